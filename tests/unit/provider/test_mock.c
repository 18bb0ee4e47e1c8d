/* Tests and demonstrations stand on the mock provider: it must answer the same to the same seed,
 * differ between members, and fit what was asked. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "runner/provider/formats.h"

static json_t *json(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

struct answer {
    char *text;
    int64_t at_ms; /* of the last piece */
    size_t parts;
    json_t *usage;
    struct reply_fault fault;
};

static void ask_mock(struct provider_ask *ask, struct answer *ret)
{
    const struct provider *p = provider_find("mock");
    struct provider_config config = {.name = "mock"};
    struct provider_request request = {0};
    struct reply r;
    *ret = (struct answer){0};
    assert_int_equal(p->build(&config, ask, &request, NULL), 0);
    assert_true(request.part_count > 0);
    reply_init(&r, NULL, NULL);
    int failed = 0;
    for (size_t i = 0; i < request.part_count && !failed; i++) {
        assert_true(request.parts[i].at_ms >= ret->at_ms);
        ret->at_ms = request.parts[i].at_ms;
        failed = p->event(&r, "", request.parts[i].data, request.parts[i].len);
    }
    assert_true(failed || r.finish_reason);
    ret->parts = request.part_count;
    ret->text = strndup(r.content.at ? r.content.at : "", r.content.len);
    ret->usage = json_incref(r.usage);
    ret->fault = r.fault;
    reply_release(&r);
    provider_request_release(&request);
}

static void forget(struct answer *a)
{
    free(a->text);
    json_decref(a->usage);
}

static struct provider_ask question(const char *task, json_t *params)
{
    char text[2000];
    snprintf(text, sizeof(text), "# Task\n\n%s\n\n# Your part\n\nAnswer.\n", task);
    json_t *messages = json_pack("[{s:s, s:s}, {s:s, s:s}]", "role", "system", "content",
                                 "You are one member.\nYour role: careful engineer.", "role",
                                 "user", "content", text);
    return (struct provider_ask){.seed = "s1",
                                 .call_id = "r0i0:member:ann",
                                 .member_id = "ann",
                                 .kind = CALL_KIND_MEMBER,
                                 .attempt = 1,
                                 .model = "mock-1",
                                 .messages = messages,
                                 .params = params};
}

static void same_seed_same_answer(void **state)
{
    (void)state;
    json_t *params = json("{}");
    struct provider_ask ask =
        question("Should we use PostgreSQL or SQLite for a desktop application?", params);
    struct answer a, b, c, d;
    ask_mock(&ask, &a);
    ask_mock(&ask, &b);
    assert_string_equal(a.text, b.text);
    assert_int_equal(a.at_ms, 0);
    ask.call_id = "r0i0:member:bob";
    ask_mock(&ask, &c);
    assert_string_not_equal(a.text, c.text);
    ask.seed = "s2";
    ask_mock(&ask, &d);
    assert_string_not_equal(c.text, d.text);
    assert_non_null(strstr(a.text, "PostgreSQL"));
    assert_non_null(strstr(a.text, "careful engineer"));
    assert_true(json_integer_value(json_object_get(a.usage, "input_tokens")) > 10);
    assert_true(json_integer_value(json_object_get(a.usage, "output_tokens")) > 10);
    forget(&a);
    forget(&b);
    forget(&c);
    forget(&d);
    json_decref(ask.messages);
    json_decref(params);
}

static bool is_permutation(json_t *list, size_t count)
{
    size_t i, k;
    json_t *x, *y;
    if (json_array_size(list) != count)
        return false;
    json_array_foreach (list, i, x)
        json_array_foreach (list, k, y)
            if (i < k && json_equal(x, y))
                return false;
    return true;
}

static void rankings_differ(void **state)
{
    (void)state;
    static const char *const CALLS[] = {"r1i0:member:a", "r1i0:member:b", "r1i0:member:c",
                                        "r1i0:member:d", "r1i0:member:e", "r1i0:member:f"};
    json_t *params = json("{}");
    struct provider_ask ask = question("Name the best colour.", params);
    ask.schema = json("{\"type\": \"object\", \"properties\": {\"rationale\": {\"type\":"
                      " \"string\"}, \"ordering\": {\"type\": \"array\", \"items\": {\"type\":"
                      " \"string\"}}, \"confidence\": {\"type\": \"number\", \"minimum\": 0,"
                      " \"maximum\": 1}}}");
    ask.presented = json("[\"Response A\", \"Response B\", \"Response C\", \"Response D\"]");
    size_t different = 0;
    char *first = NULL;
    for (size_t i = 0; i < 6; i++) {
        struct answer a;
        ask.call_id = CALLS[i];
        ask.member_id = CALLS[i] + strlen(CALLS[i]) - 1;
        ask_mock(&ask, &a);
        json_t *value = json(a.text);
        json_t *ordering = json_object_get(value, "ordering");
        assert_true(is_permutation(ordering, 4));
        double confidence = json_number_value(json_object_get(value, "confidence"));
        assert_true(confidence >= 0 && confidence <= 1);
        assert_true(json_string_length(json_object_get(value, "rationale")) > 10);
        char *order = json_dumps(ordering, 0);
        different += first && strcmp(order, first) != 0;
        if (first)
            free(order);
        else
            first = order;
        json_decref(value);
        forget(&a);
    }
    assert_true(different > 0);
    free(first);
    json_decref(ask.schema);
    json_decref(ask.presented);
    json_decref(ask.messages);
    json_decref(params);
}

static json_t *filled(const char *schema)
{
    json_t *params = json("{}");
    struct provider_ask ask = question("Which plan?", params);
    ask.schema = json(schema);
    ask.presented = json("[\"Response A\", \"Response B\"]");
    struct answer a;
    ask_mock(&ask, &a);
    json_t *value = json(a.text);
    forget(&a);
    json_decref(ask.schema);
    json_decref(ask.presented);
    json_decref(ask.messages);
    json_decref(params);
    return value;
}

static void fills_any_schema(void **state)
{
    (void)state;
    json_t *vote = filled("{\"type\": \"object\", \"properties\": {\"choice\": {\"type\":"
                          " \"string\", \"enum\": [\"abstain\", \"go\"]}, \"approved\": {\"type\":"
                          " \"array\", \"items\": {\"enum\": [\"x\", \"y\", \"z\"]}}}}");
    assert_string_equal(json_string_value(json_object_get(vote, "choice")), "go");
    assert_int_equal(json_array_size(json_object_get(vote, "approved")), 2);
    json_decref(vote);
    json_t *only = filled("{\"enum\": [\"abstain\"]}");
    assert_string_equal(json_string_value(only), "abstain");
    json_decref(only);
    json_t *scores =
        filled("{\"type\": \"object\", \"properties\": {\"scores\": {\"type\": \"array\","
               " \"items\": {\"$ref\": \"#/$defs/one\"}}}, \"$defs\": {\"one\": {\"type\":"
               " \"object\", \"properties\": {\"label\": {\"type\": \"string\"}, \"score\":"
               " {\"type\": \"number\", \"minimum\": 1, \"maximum\": 5}, \"criteria\": {\"type\":"
               " \"object\", \"properties\": {\"accuracy\": {\"type\": \"number\", \"minimum\": 1,"
               " \"maximum\": 5}}}}}}}");
    json_t *list = json_object_get(scores, "scores");
    assert_int_equal(json_array_size(list), 2);
    json_t *one = json_array_get(list, 1);
    assert_string_equal(json_string_value(json_object_get(one, "label")), "Response B");
    double score = json_number_value(json_object_get(one, "score"));
    assert_true(score >= 1 && score <= 5);
    assert_true(json_is_number(json_object_get(json_object_get(one, "criteria"), "accuracy")));
    json_decref(scores);
    json_t *odd = filled("{\"type\": [\"null\", \"object\"], \"properties\": {\"n\": {\"type\":"
                         " \"integer\", \"minimum\": 3, \"maximum\": 4}, \"c\": {\"const\": 7},"
                         " \"s\": {\"type\": \"string\", \"minLength\": 200}, \"t\": {\"type\":"
                         " \"string\", \"maxLength\": 3}, \"l\": {\"type\": \"array\","
                         " \"minItems\": 5, \"items\": {\"type\": \"boolean\"}}, \"a\": {\"anyOf\":"
                         " [{\"type\": \"null\"}]}}}");
    assert_in_range(json_integer_value(json_object_get(odd, "n")), 3, 4);
    assert_int_equal(json_integer_value(json_object_get(odd, "c")), 7);
    assert_true(json_string_length(json_object_get(odd, "s")) >= 200);
    assert_int_equal(json_string_length(json_object_get(odd, "t")), 3);
    assert_int_equal(json_array_size(json_object_get(odd, "l")), 5);
    assert_true(json_is_null(json_object_get(odd, "a")));
    json_decref(odd);
}

static void writes_the_tail(void **state)
{
    (void)state;
    json_t *params = json("{}");
    struct provider_ask ask = question("Why?\n\n# Form\n\nEnd with {\"confidence\": c}", params);
    struct answer a;
    ask_mock(&ask, &a);
    const char *last = strrchr(a.text, '\n');
    assert_non_null(last);
    json_t *tail = json(last + 1);
    assert_true(json_is_real(json_object_get(tail, "confidence")));
    assert_int_equal(json_object_size(tail), 1);
    json_decref(tail);
    forget(&a);
    json_decref(ask.messages);
    json_decref(params);
}

/* Whoever tries a council out is to see votes of different weight, and none of no weight. */
static void is_rather_sure_of_itself(void **state)
{
    (void)state;
    double least = 1, most = 0;
    for (int i = 0; i < 40; i++) {
        char seed[8];
        json_t *params = json("{}");
        struct provider_ask ask =
            question("Why?\n\n# Form\n\nEnd with {\"confidence\": c}", params);
        struct answer a;
        snprintf(seed, sizeof seed, "s%d", i);
        ask.seed = seed;
        ask_mock(&ask, &a);
        json_t *tail = json(strrchr(a.text, '\n') + 1);
        double x = json_real_value(json_object_get(tail, "confidence"));
        least = x < least ? x : least;
        most = x > most ? x : most;
        json_decref(tail);
        forget(&a);
        json_decref(ask.messages);
        json_decref(params);
    }
    assert_true(least >= 0.55 && least < 0.7);
    assert_true(most > 0.8 && most <= 0.95);
}

static void scripts(void **state)
{
    (void)state;
    json_t *params =
        json("{\"provider_options\": {\"token_delay_ms\": 5, \"script\": {\"r0i0:member:ann\":"
             " [{\"error\": \"rate_limited\", \"delay_ms\": 30}, {\"error\": {\"kind\":"
             " \"transient\", \"status\": 503, \"retry_after_ms\": 9}}, {\"text\": {\"choice\":"
             " \"go\"}, \"usage\": {\"input_tokens\": 3, \"output_tokens\": 4}}, {\"error\": 404}],"
             " \"s\": []}}}");
    struct provider_ask ask = question("Why?", params);
    struct answer a;
    ask_mock(&ask, &a);
    assert_string_equal(a.fault.code, "rate_limited");
    assert_string_equal(a.fault.kind, "transient");
    assert_int_equal(a.fault.http_status, 429);
    assert_int_equal(a.at_ms, 30);
    forget(&a);
    ask.attempt = 2;
    ask_mock(&ask, &a);
    assert_int_equal(a.fault.http_status, 503);
    assert_int_equal(a.fault.retry_after_ms, 9);
    forget(&a);
    ask.attempt = 3;
    ask_mock(&ask, &a);
    assert_string_equal(a.text, "{\"choice\":\"go\"}");
    assert_int_equal(json_integer_value(json_object_get(a.usage, "output_tokens")), 4);
    assert_true(json_is_null(json_object_get(a.usage, "reasoning_tokens")));
    forget(&a);
    for (ask.attempt = 4; ask.attempt < 6; ask.attempt++) {
        ask_mock(&ask, &a);
        assert_int_equal(a.fault.http_status, 404);
        forget(&a);
    }
    ask.call_id = "r0i0:member:bob";
    ask_mock(&ask, &a);
    assert_string_equal(a.fault.code, "missing_member_id");
    assert_string_equal(a.fault.kind, "permanent");
    forget(&a);
    json_decref(ask.messages);
    json_decref(params);
}

/* A script names a fault; what a provider would have answered comes with it. */
static void each_fault_has_its_kind_and_status(void **state)
{
    (void)state;
    static const struct {
        const char *code, *kind;
        int status;
    } ROWS[] = {
        {"context_length", "permanent", 400},
        {"quota_exhausted", "permanent", 429},
        {"content_filtered", "permanent", 400},
        {"overloaded", "transient", 529},
        {"invalid_request", "permanent", 400},
        {"auth", "permanent", 401},
        {"insufficient_credit", "permanent", 402},
        {"model_not_found", "permanent", 404},
        {"request_timeout", "transient", 408},
        {"conflict", "transient", 409},
        {"rate_limited", "transient", 429},
        {"server_error", "transient", 500},
        {"unexpected_redirect", "permanent", 302},
        {"bad_response", "transient", 200},
        {"response_too_large", "permanent", 200},
        {"dns", "transient", 0},
        {"connect", "transient", 0},
        {"connect_timeout", "transient", 0},
        {"tls_handshake", "transient", 0},
        {"connection_lost", "transient", 0},
        {"tls", "permanent", 0},
        {"out_of_memory", "transient", 0},
        {"transport", "permanent", 0},
        {"missing_member_id", "permanent", 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        json_t *params = json_pack("{s{s{s[{ss}]}}}", "provider_options", "script",
                                   "r0i0:member:ann", "error", ROWS[i].code);
        struct provider_ask ask = question("Why?", params);
        struct answer a;
        ask_mock(&ask, &a);
        assert_string_equal(a.fault.code, ROWS[i].code);
        assert_string_equal(a.fault.kind, ROWS[i].kind);
        assert_int_equal(a.fault.http_status, ROWS[i].status);
        assert_int_equal(a.fault.retry_after_ms, -1);
        forget(&a);
        json_decref(ask.messages);
        json_decref(params);
    }
}

static void delays(void **state)
{
    (void)state;
    json_t *params = json("{\"provider_options\": {\"delay_ms\": 100, \"token_delay_ms\": 2}}");
    struct provider_ask ask = question("Why?", params);
    struct answer a;
    ask_mock(&ask, &a);
    assert_int_equal(a.at_ms, 100 + 2 * ((int64_t)a.parts - 2));
    forget(&a);
    json_decref(ask.messages);
    json_decref(params);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(same_seed_same_answer);
    assert_keeps_nothing(rankings_differ);
    assert_keeps_nothing(fills_any_schema);
    assert_keeps_nothing(writes_the_tail);
    assert_keeps_nothing(is_rather_sure_of_itself);
    assert_keeps_nothing(scripts);
    assert_keeps_nothing(each_fault_has_its_kind_and_status);
    assert_keeps_nothing(delays);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_answer),
        cmocka_unit_test(rankings_differ),
        cmocka_unit_test(fills_any_schema),
        cmocka_unit_test(writes_the_tail),
        cmocka_unit_test(is_rather_sure_of_itself),
        cmocka_unit_test(scripts),
        cmocka_unit_test(each_fault_has_its_kind_and_status),
        cmocka_unit_test(delays),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
