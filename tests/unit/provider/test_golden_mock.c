/* Runs that are equal give equal results, today and in the next version: what the mock provider
 * answers to every kind of question is written down in tests/golden/mock.txt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "golden_text.h"
#include "heap_kept.h"
#include "runner/provider/formats.h"

#define ANSWER(word) "\n\n<<<council:7 BEGIN answer \"A\">>>\n**" word "**\n<<<council:7 END>>>"
#define FORM         "\n\n# Form\n\nEnd with "

static const struct question_case {
    const char *task, *role, *labels; /* labels: JSON, or NULL */
    enum call_kind kind;
} QUESTIONS[] = {
    {"Should we use PostgreSQL or SQLite for a desktop application?", "careful engineer.", NULL,
     CALL_KIND_MEMBER},
    {"Is it tea or green coffee?", NULL, NULL, CALL_KIND_MEMBER},
    {"Would the old mill or our big new factory by the sea pay?", NULL, NULL, CALL_KIND_MEMBER},
    {"Take bread or the cake, and say why.", NULL, NULL, CALL_KIND_MEMBER},
    {"must everybody migrate, everybody and MIGRATE?", "  ", NULL, CALL_KIND_MEMBER},
    {"Has it rained?", "sceptic . \n", NULL, CALL_KIND_CHAIR},
    {"Why?", NULL, NULL, CALL_KIND_MEMBER},
    {"Name the best colour of a well-kept wall_paper, x1y2z3 and 4th\xc3\xa9 caf\xc3\xa9s.", NULL,
     NULL, CALL_KIND_MEMBER},
    {"Plan an evacuation, a celebration, an excavation, an invitation, an occupation, an "
     "inspiration, a conversation, an exhibition, a foundation, a generation, a hesitation, an "
     "imagination, a justification, a legislation.",
     "planner", NULL, CALL_KIND_CHAIR},
    {"Review:\n```c\nint parse_header(char *text)\n{\n    return strlen(text);\n}\n```\n", NULL,
     NULL, CALL_KIND_MEMBER},
    {"What of this?\nint counter = 7;\nreturn counter;\n", "reader of code", NULL,
     CALL_KIND_MEMBER},
    {"Read the change.\n@@ -1 +1 @@\n-alpha\n+omega\n", NULL, NULL, CALL_KIND_CHAIR},
    {"Which answer is better?\n<<<council:7f \"Response A\" BEGIN >>>\nyes\n"
     "<<<council:7f \"Response A\" END>>>\n<<<council:7f \"Response B\" BEGIN >>>\nno\n"
     "<<<council:7f \"Response B\" END>>>\n<<<council:7f no label BEGIN >>>\n"
     "<<<council:7f \"half BEGIN >>>\n<<<council:7f \"Response A\" BEGIN >>>",
     NULL, NULL, CALL_KIND_MEMBER},
    {"tea or ale?\n\n# Material" ANSWER("tea") ANSWER("ale") ANSWER("ale"), NULL, NULL,
     CALL_KIND_CHAIR},
    {"tea or ale?\n\n# Material" ANSWER("tea") ANSWER("tea"), NULL, NULL, CALL_KIND_CHAIR},
    {"tea or ale?\n\n# Material" ANSWER("ale") ANSWER("tea"), NULL, NULL, CALL_KIND_CHAIR},
    {"tea or ale?\n\n# Material" ANSWER("tea"), NULL, NULL, CALL_KIND_CHAIR},
    {"tea or ale?\n\n# Material" ANSWER("neither"), NULL, NULL, CALL_KIND_CHAIR},
    {"Is it?\n\n# Material" ANSWER("Yes") ANSWER("Not yet") ANSWER("Yes"), NULL, NULL,
     CALL_KIND_CHAIR},
    {"Is it?", NULL, NULL, CALL_KIND_MEMBER},
    {"Judge them." FORM "{\"confidence\": c, \"changed\": b}", "judge",
     "[\"Response A\", \"Response B\", 7, \"Response A\", \"\"]", CALL_KIND_MEMBER},
    {"Judge them." FORM "{\"changed\": b}", NULL, "[\"Response C\"]", CALL_KIND_MEMBER},
    {"Choose." FORM "{\"confidence\": c}", NULL, NULL, CALL_KIND_CHAIR},
    {"Choose the \"confidence\" and what \"changed\".", NULL, NULL, CALL_KIND_MEMBER},
};

/* Quotes are written as ' here. */
static const char *const SCHEMAS[] = {
    "{'type': 'string'}",
    "{'type': ['null', 'string'], 'maxLength': 79}",
    "{'maxLength': 80}",
    "{'minLength': 90, 'maxLength': 100}",
    "{'type': 'string', 'maxLength': 4}",
    "{'properties': {'answer': {}, 'revised_answer': {}, 'content': {}, 'final': {}}}",
    "{'properties': {'name': {}, 'title': {}, 'id': {}, 'reason': {}}}",
    "{'properties': {'confidence': {'type': 'number'}, 'score': {'type': 'number'}, 'other':"
    " {'type': 'number'}}}",
    "{'properties': {'a': {'type': 'number', 'minimum': 3, 'maximum': 5}, 'b': {'type': 'integer',"
    " 'minimum': 1, 'maximum': 9}, 'c': {'type': 'number', 'exclusiveMinimum': 2}, 'd': {'type':"
    " 'number', 'exclusiveMaximum': 1}, 'e': {'type': 'integer', 'minimum': 7}}}",
    "{'properties': {'changed': {'type': 'boolean'}, 'changed2': {'type': 'boolean'}, 'x': {'type':"
    " 'boolean'}, 'y': {'type': 'boolean'}, 'nothing': {'type': 'null'}}}",
    "{'enum': ['red', 'green', 'blue', 'yellow']}",
    "{'enum': ['abstain', 'none']}",
    "{'enum': ['none', 'go', 'abstain']}",
    "{'enum': ['abstain']}",
    "{'enum': [1, 2, 3]}",
    "{'const': {'a': [1, null]}}",
    "{'properties': {'ordering': {'items': {'type': 'string'}}, 'approved': {'items': {'type':"
    " 'string'}}, 'labels': {'items': {'type': 'string'}, 'maxItems': 1}, 'ranking': {'items':"
    " {'type': 'string'}}, 'others': {'items': {'type': 'string'}}}}",
    "{'properties': {'approved': {'items': {'enum': ['u', 'v', 'w', 'x', 'y']}}, 'members':"
    " {'items': {'enum': ['u', 'v', 'w']}, 'minItems': 3}, 'all': {'items': {'enum': ['u', 'v',"
    " 'w']}}, 'few': {'items': {'enum': ['u', 'v', 'w']}, 'maxItems': 2}}}",
    "{'items': {'enum': [4, 5]}, 'type': 'array'}",
    "{'items': {'type': 'array', 'items': {'type': 'integer', 'minimum': 1, 'maximum': 4}}}",
    "{'items': {'type': 'integer', 'minimum': 5}}",
    "{'items': {'type': 'integer', 'minimum': 0, 'maximum': 127}}",
    "{'items': {'type': 'integer', 'minimum': 0, 'maximum': 999}}",
    "{'properties': {'three': {'items': {'type': 'string'}, 'minItems': 3}, 'none': {'items':"
    " {'type': 'string'}, 'maxItems': 0}, 'point': {'items': {'type': 'number', 'maximum': 2}},"
    " 'some': {'items': {'type': 'boolean'}}}}",
    "{'items': {'properties': {'label': {'type': 'string'}, 'score': {'type': 'integer', 'minimum':"
    " 1, 'maximum': 5}, 'why': {'type': 'string'}}}}",
    "{'items': {'properties': {'target': {'enum': ['m1', 'm2', 'm3']}, 'x': {'type': 'number',"
    " 'maximum': 1}, 'y': {'type': 'number'}, 'confidence': {'type': 'number'}}}, 'maxItems': 2}",
    "{'items': {'properties': {'id': {'$ref': '#/$defs/which'}}}, '$defs': {'which': {'enum': ['i',"
    " 'j']}}}",
    "{'items': {'properties': {'id': {'type': 'integer'}}}}",
    "{'anyOf': [{'$ref': '#/$defs/n'}, {'type': 'null'}], '$defs': {'n': {'type': 'integer',"
    " 'maximum': 0}}}",
    "{'$ref': '#/$defs/loop', '$defs': {'loop': {'properties': {'next': {'$ref':"
    " '#/$defs/loop'}}}}}",
    "{'$ref': '#/elsewhere', 'type': 'boolean'}",
    "{'$ref': '#/$defs/me', '$defs': {'me': {'$ref': '#/$defs/me'}}}",
};

static json_t *read(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    if (!value)
        fail_msg("%s", text);
    return value;
}

/* The pieces of the answer with bars between them, and at last when and how it ends. */
static void write_answer(struct buf *to, const struct provider_ask *ask)
{
    struct provider_config config = {.name = "mock"};
    struct provider_request request = {0};
    assert_int_equal(provider_find("mock")->build(&config, ask, &request, NULL), 0);
    for (size_t i = 0; i < request.part_count; i++) {
        const struct provider_part *part = &request.parts[i];
        json_t *piece = read(part->data);
        const char *text = json_string_value(json_object_get(piece, "text"));
        if (text)
            buf_addf(to, "%s|", text);
        else
            buf_addf(to, "\n%lld ms %.*s\n", (long long)part->at_ms, (int)part->len, part->data);
        json_decref(piece);
    }
    provider_request_release(&request);
}

static void ask(struct buf *to, const struct question_case *question, const char *schema, size_t n)
{
    char system[200], user[2000], id[40], member[2] = {(char)('a' + n % 5), '\0'};
    snprintf(system, sizeof system, "You are one member.\n%s%s",
             question->role ? "Your role: " : "", question->role ? question->role : "");
    snprintf(user, sizeof user, "# Task\n\n%s\n\n# Your part\n\nAnswer.\n", question->task);
    snprintf(id, sizeof id, "r0i%zu:member:%s", n, member);
    json_t *messages = json_pack("[{s:s, s:s}, {s:s, s:s}]", "role", "system", "content", system,
                                 "role", "user", "content", user);
    json_t *params = read("{\"provider_options\": {\"delay_ms\": 40, \"token_delay_ms\": 3}}");
    struct provider_ask ask = {.seed = "golden",
                               .call_id = id,
                               .member_id = member,
                               .kind = question->kind,
                               .attempt = 1,
                               .model = "mock-1",
                               .messages = messages,
                               .params = params,
                               .schema = schema ? read(schema) : NULL,
                               .presented = question->labels ? read(question->labels) : NULL};
    write_answer(to, &ask);
    json_decref(messages);
    json_decref(params);
    json_decref(ask.schema);
    json_decref(ask.presented);
}

static void every_answer(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1 << 20);
    for (size_t i = 0; i < sizeof QUESTIONS / sizeof QUESTIONS[0]; i++) {
        buf_addf(&text, "== question %zu: %.*s\n", i, (int)strcspn(QUESTIONS[i].task, "\n"),
                 QUESTIONS[i].task);
        for (size_t member = 0; member < 5; member++)
            ask(&text, &QUESTIONS[i], NULL, member);
    }
    static const struct question_case SHOWN = {"Judge the caf\xc3\xa9 and the cellar.", NULL,
                                               "[\"Response A\", \"Response B\", \"Response C\"]",
                                               CALL_KIND_MEMBER};
    for (size_t i = 0; i < sizeof SCHEMAS / sizeof SCHEMAS[0]; i++) {
        char schema[1000];
        size_t len = strlen(SCHEMAS[i]);
        for (size_t k = 0; k <= len; k++)
            schema[k] = SCHEMAS[i][k] == '\'' ? '"' : SCHEMAS[i][k];
        buf_addf(&text, "== schema %zu: %s\n", i, SCHEMAS[i]);
        for (size_t member = 0; member < 3; member++)
            ask(&text, &SHOWN, schema, member);
    }
    golden_compare(GOLDEN "/mock.txt", &text);
    buf_release(&text);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
