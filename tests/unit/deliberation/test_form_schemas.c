/* The schema that goes to the provider is all that binds a model to the form: each property, its
 * order, what it may hold and what must be there; and the words for models that know no schemas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/words/strbuf.h"

#define OBJECT(properties, required)                                                               \
    "{\"type\":\"object\",\"properties\":{" properties "},\"required\":[" required                 \
    "],\"additionalProperties\":false}"
#define LIST(items) "{\"type\":\"array\",\"items\":" items "}"
#define TEXT        "{\"type\":\"string\"}"
#define SHARE       "{\"type\":\"number\",\"minimum\":0.0,\"maximum\":1.0}"
#define RANGE(m, n) "{\"type\":\"number\",\"minimum\":" m ",\"maximum\":" n "}"
#define WORDS(list) "{\"type\":\"string\",\"enum\":[" list "]}"
#define NAMES       WORDS("\"cy\",\"bob\"")

static void expect(const struct form *f, const char *name, const char *schema)
{
    char *text = j_dump(f->schema);
    assert_string_equal(f->name, name);
    assert_string_equal(text, schema);
    free(text);
}

static void each_kind(void **state)
{
    (void)state;
    static const struct {
        enum form_kind kind;
        const char *name, *schema;
    } CASES[] = {
        {FORM_VOTE, "vote",
         OBJECT("\"rationale\":" TEXT ",\"choice\":" NAMES ",\"confidence\":" SHARE,
                "\"rationale\",\"choice\",\"confidence\"")},
        {FORM_APPROVAL, "approval",
         OBJECT("\"rationale\":" TEXT ",\"approved\":" LIST(NAMES) ",\"confidence\":" SHARE,
                "\"rationale\",\"approved\",\"confidence\"")},
        {FORM_RANKING, "ranking",
         OBJECT("\"rationale\":" TEXT ",\"ordering\":" LIST(NAMES) ",\"confidence\":" SHARE,
                "\"rationale\",\"ordering\",\"confidence\"")},
        {FORM_SCORES, "scores",
         OBJECT(
             "\"scores\":" LIST(OBJECT(
                 "\"label\":" NAMES ",\"rationale\":" TEXT ",\"score\":" RANGE("0.0", "10.0"),
                 "\"label\",\"rationale\",\"score\"")) ",\"ordering\":" LIST(NAMES) ",\"confidence"
                                                                                    "\":" SHARE,
             "\"scores\",\"ordering\",\"confidence\"")},
        {FORM_CRITIQUE, "critique",
         OBJECT("\"critiques\":" LIST(OBJECT(
                    "\"target\":" NAMES
                    ",\"severity\":" WORDS("\"minor\",\"major\",\"fatal\"") ",\"point\":" TEXT,
                    "\"target\",\"severity\",\"point\"")) ",\"revised_answer\":" TEXT
                                                          ",\"changed\":{\"type\":\"boolean\"},"
                                                          "\"confidence\":" SHARE,
                "\"critiques\",\"revised_answer\",\"changed\",\"confidence\"")},
        {FORM_CONSENSUS, "consensus",
         OBJECT("\"open_points\":" LIST(TEXT) ",\"agree\":{\"type\":\"boolean\"},\"score\":" SHARE,
                "\"open_points\",\"agree\",\"score\"")},
        {FORM_DISSENT, "dissent_report",
         OBJECT("\"answer\":" TEXT
                ",\"dissent\":" LIST(OBJECT("\"point\":" TEXT ",\"labels\":" LIST(NAMES),
                                            "\"point\",\"labels\"")) ",\"confidence\":" SHARE,
                "\"answer\",\"dissent\",\"confidence\"")},
        {FORM_MEMBERS, "members",
         OBJECT("\"reason\":" TEXT ",\"members\":" LIST(NAMES), "\"reason\",\"members\"")},
        {FORM_GROUPS, "groups",
         OBJECT("\"reason\":" TEXT ",\"groups\":" LIST(LIST("{\"type\":\"integer\"}")),
                "\"reason\",\"groups\"")},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct form f;
        form_init(&f, CASES[i].kind);
        f.presented = json_pack("[ss]", "cy", "bob");
        form_build(&f);
        expect(&f, CASES[i].name, CASES[i].schema);
        form_release(&f);
        assert_null(f.schema);
        assert_int_equal(f.kind, FORM_TEXT);
    }
}

static void a_text_has_no_schema(void **state)
{
    (void)state;
    static const enum form_kind KINDS[] = {FORM_TEXT, FORM_SCHEMA};
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        struct form f;
        form_init(&f, KINDS[i]);
        form_build(&f);
        assert_null(f.schema);
        assert_null(f.name);
        form_release(&f);
    }
}

/* To abstain is one more choice; free words have none; where nothing is shown any word fits. */
static void what_may_be_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *presented;
        bool abstain, free;
        const char *choice;
    } CASES[] = {
        {"[\"x\"]", false, false, WORDS("\"x\"")},
        {"[\"x\"]", true, false, WORDS("\"x\",\"abstain\"")},
        {"[\"x\"]", false, true, TEXT},
        {"[]", true, false, WORDS("\"abstain\"")},
        {"[]", false, false, TEXT},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct form f;
        form_init(&f, FORM_VOTE);
        f.presented = json_loads(CASES[i].presented, 0, NULL);
        f.abstain = CASES[i].abstain;
        f.free = CASES[i].free;
        form_build(&f);
        char *text = j_dump(j_get(j_get(f.schema, "properties"), "choice"));
        assert_string_equal(text, CASES[i].choice);
        free(text);
        form_release(&f);
    }
}

static void a_rubric_is_scored_part_by_part(void **state)
{
    (void)state;
    struct form f;
    form_init(&f, FORM_SCORES);
    f.presented = json_pack("[ss]", "cy", "bob");
    f.rubric = json_pack("[{ss},{}]", "id", "style");
    f.min = 1;
    f.max = 5;
    form_build(&f);
    expect(
        &f, "scores",
        OBJECT(
            "\"scores\":" LIST(OBJECT(
                "\"label\":" NAMES ",\"rationale\":" TEXT
                ",\"score\":" RANGE("1.0", "5.0") ",\"criteria\":" OBJECT(
                    "\"style\":" RANGE("1.0", "5.0") ",\"?\":" RANGE("1.0", "5.0"),
                    "\"style\",\"?\""),
                "\"label\",\"rationale\",\"score\",\"criteria\"")) ",\"ordering\":" LIST(NAMES) ","
                                                                                                "\""
                                                                                                "co"
                                                                                                "nf"
                                                                                                "id"
                                                                                                "en"
                                                                                                "ce"
                                                                                                "\""
                                                                                                ":" SHARE,
            "\"scores\",\"ordering\",\"confidence\""));
    form_release(&f);
}

/* ---- words ---- */

static void expect_words(bool rebuttal, bool confidence, bool changed, const char *expected)
{
    struct strbuf out = STRBUF_INIT;
    struct form f;
    form_init(&f, FORM_TEXT);
    f.rebuttal = rebuttal;
    f.tail_confidence = confidence;
    f.tail_changed = changed;
    form_text(&f, &out);
    assert_string_equal(out.len ? out.text : "", expected);
    strbuf_release(&out);
    form_release(&f);
}

#define TAIL "End with one last line that is exactly this JSON object, filled in: {"
#define PARTS                                                                                      \
    "Answer in plain text, in two parts under these two headings, which are not translated:\n\n"   \
    "## Rebuttal\nThe best argument against your position, and your reply to it.\n\n## Answer\n"   \
    "Your full answer to the task. It is read and judged alone.\n\n"

static void the_words_for_a_text(void **state)
{
    (void)state;
    expect_words(false, false, false, "");
    expect_words(false, true, false,
                 "Answer in plain text. " TAIL "\"confidence\": <number from 0 to 1>}\n");
    expect_words(false, false, true,
                 "Answer in plain text. " TAIL "\"changed\": <true or false>}\n");
    expect_words(false, true, true,
                 "Answer in plain text. " TAIL
                 "\"confidence\": <number from 0 to 1>, \"changed\": <true or false>}\n");
    expect_words(true, false, false, PARTS);
    expect_words(true, true, false, PARTS TAIL "\"confidence\": <number from 0 to 1>}\n");
}

/* ---- names ---- */

static void expect_name(const struct form *f, const char *text, const char *id)
{
    const char *found = form_resolve(f, text);
    if (!found != !id || (found && strcmp(found, id) != 0))
        fail_msg("\"%s\" is %s", text, found ? found : "nobody");
}

static void who_is_named(void **state)
{
    (void)state;
    struct form f;
    form_init(&f, FORM_VOTE);
    f.presented = json_pack("[sss]", "bob", "Bob", "cy");
    expect_name(&f, "bob", "bob");
    expect_name(&f, "Bob", "Bob");
    expect_name(&f, " BOB\n", "bob");
    expect_name(&f, "bo", NULL);
    expect_name(&f, "", NULL);
    expect_name(&f, "abstain", NULL);
    assert_string_equal(form_name(&f, "cy"), "cy");
    f.abstain = true;
    expect_name(&f, "Abstain.", "abstain");
    expect_name(&f, "I abstain", NULL);
    form_release(&f);
}

/* A copy is whole by itself. */
static void a_form_that_is_shared(void **state)
{
    (void)state;
    struct form f, copy;
    form_init(&f, FORM_SCORES);
    f.presented = json_pack("[s]", "cy");
    f.rubric = json_pack("[{ss}]", "id", "x");
    form_build(&f);
    form_share(&copy, &f);
    form_release(&f);
    assert_string_equal(copy.name, "scores");
    assert_int_equal(copy.schema->refcount, 1);
    assert_int_equal(copy.presented->refcount, 1);
    assert_int_equal(copy.rubric->refcount, 1);
    form_release(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind),
        cmocka_unit_test(a_text_has_no_schema),
        cmocka_unit_test(what_may_be_chosen),
        cmocka_unit_test(a_rubric_is_scored_part_by_part),
        cmocka_unit_test(the_words_for_a_text),
        cmocka_unit_test(who_is_named),
        cmocka_unit_test(a_form_that_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
