/* Which council is near enough, sure enough and far enough ahead is decided at bounds; what a model
 * is asked to choose from, and to design, is bound by a schema: each of them as it is. */
#include <math.h>

#include "auto_drive.h"

#define AUTO(strategy, options)                                                                    \
    "{\"schema_version\": 1, \"id\": \"x\", \"strategy\": \"" strategy "\", \"catalog\": %s, "     \
    "\"options\": {" options "}}"
#define CLERK "r0i0:auto:clerk"

/* ---- vectors ---- */

#define ENTRIES(garage, kitchen)                                                                   \
    "[{\"council\": \"garage\", \"vector\": " garage                                               \
    "}, {\"council\": \"kitchen\", \"vector\": " kitchen "}]"
#define PLAIN ENTRIES("[1, 0]", "[0, 1]")

struct near_case {
    const char *entries, *input, *bounds, *id;
    double score; /* below 0: none */
};

static void expect_nearest(const struct near_case *c)
{
    char document[700], script[300];
    snprintf(document, sizeof document,
             AUTO("embedding", "\"provider\": \"mock\", \"model\": \"vec\", %s"), c->entries,
             c->bounds);
    snprintf(script, sizeof script,
             "{\"r0i0:auto:embedding\": [{\"text\": \"\", \"structured\": {\"vectors\": [%s]}}]}",
             c->input);
    struct drive d = auto_new_drive(document, script);
    drive_run(&d);
    const char *id = j_str(at_path(d.result, "auto"), "catalog_id", NULL);
    double score = j_num(at_path(d.result, "auto"), "score", -1);
    if (!id != !c->id || (id && strcmp(id, c->id) != 0) || fabs(score - c->score) > 1e-9)
        fail_msg("%s of %s with %s: %s, %g", c->input, c->entries, c->bounds, id ? id : "none",
                 score);
    if (!c->id)
        assert_at(d.result, "errors.0.code", "\"no_match\"");
    drive_release(&d);
}

static void near_enough_and_far_enough_ahead(void **state)
{
    (void)state;
    static const struct near_case CASES[] = {
        {PLAIN, "[1, 0]", "\"threshold\": 0, \"min_margin\": 0", "garage", 1},
        {PLAIN, "[0, 5]", "\"threshold\": 0, \"min_margin\": 0", "kitchen", 1},
        {PLAIN, "[3, 4]", "\"threshold\": 0.8, \"min_margin\": 0", "kitchen", 0.8},
        {PLAIN, "[3, 4]", "\"threshold\": 0.8001, \"min_margin\": 0", NULL, -1},
        {PLAIN, "[3, 4]", "\"threshold\": 0, \"min_margin\": 0.2", "kitchen", 0.8},
        {PLAIN, "[3, 4]", "\"threshold\": 0, \"min_margin\": 0.2001", NULL, -1},
        {PLAIN, "[4, 3]", "\"threshold\": 0, \"min_margin\": 0.2", "garage", 0.8},
        {PLAIN, "[4, 3]", "\"threshold\": 0, \"min_margin\": 0.2001", NULL, -1},
        {PLAIN, "[4, 4]", "\"threshold\": 0, \"min_margin\": 0", "garage", 0.70710678118654757},
        {PLAIN, "[4, 4]", "\"threshold\": 0, \"min_margin\": 0.0001", NULL, -1},
        /* what cannot be compared is no rival */
        {ENTRIES("[1, 0, 0]", "[0, 1]"), "[4, 3]", "\"threshold\": 0, \"min_margin\": 0.9",
         "kitchen", 0.6},
        {ENTRIES("[1, 0]", "[0, 0]"), "[3, 4]", "\"threshold\": 0, \"min_margin\": 0.9", "garage",
         0.6},
        {PLAIN, "[0, 0]", "\"threshold\": 0, \"min_margin\": 0", NULL, -1},
        {PLAIN, "[1]", "\"threshold\": 0, \"min_margin\": 0", NULL, -1},
        {PLAIN, "[]", "\"threshold\": 0, \"min_margin\": 0", NULL, -1},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        expect_nearest(&CASES[i]);
}

/* ---- a model chooses ---- */

static struct drive classified(const char *catalog, const char *more, const char *said)
{
    char document[900], script[300];
    snprintf(document, sizeof document, AUTO("llm_classify", SEAT_OF "%s"), catalog, more);
    snprintf(script, sizeof script, "{\"" CLERK "\": [{\"structured\": %s, \"text\": \"\"}]}",
             said);
    struct drive d = auto_new_drive(document, script);
    drive_run(&d);
    return d;
}

static void how_sure_is_sure(void **state)
{
    (void)state;
    static const struct {
        const char *more, *confidence, *id;
    } CASES[] = {
        {", \"min_confidence\": 0.25", "0.25", "\"kitchen\""},
        {", \"min_confidence\": 0.25", "0.2499", "null"},
        {", \"min_confidence\": 0", "0", "\"kitchen\""},
        {", \"min_confidence\": 1", "1", "\"kitchen\""},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char said[120];
        snprintf(said, sizeof said, "{\"reason\": \"r\", \"id\": \"kitchen\", \"confidence\": %s}",
                 CASES[i].confidence);
        struct drive d = classified(BOTH, CASES[i].more, said);
        assert_at(d.result, "auto.catalog_id", CASES[i].id);
        assert_at(d.result, "auto.steps.0.reason", "\"r\"");
        drive_release(&d);
    }
}

#define TAGGED                                                                                     \
    "[{\"council\": \"garage\", \"desc\": \"\", \"tags\": [\"cars\", \"work\"]}, {\"council\": "   \
    "\"kitchen\", \"tags\": [\"work\"]}]"
#define CHOICE(ids)                                                                                \
    "{\"type\":\"object\",\"properties\":{\"reason\":{\"type\":\"string\"},\"id\":{\"type\":"      \
    "\"string\",\"enum\":[" ids "]},\"confidence\":{\"type\":\"number\",\"minimum\":0,"            \
    "\"maximum\":1}},\"required\":[\"reason\",\"id\",\"confidence\"],"                             \
    "\"additionalProperties\":false}"

/* Councils without any of the tags are not shown. */
static void what_there_is_to_choose_from(void **state)
{
    (void)state;
    static const char SAID[] = "{\"reason\": \"r\", \"id\": \"garage\", \"confidence\": 1}";
    struct drive d = classified(TAGGED, ", \"tags\": [\"eggs\", \"cars\"]", SAID);
    assert_at(asked_of(&d, CLERK, 0), "schema", CHOICE("\"garage\",\"none\""));
    assert_non_null(strstr(prompt_of(&d, CLERK, 0), "\n- garage\n"));
    assert_null(strstr(prompt_of(&d, CLERK, 0), "kitchen"));
    assert_at(d.result, "auto.catalog_id", "\"garage\"");
    drive_release(&d);
    d = classified(TAGGED, ", \"tags\": [\"work\"]", SAID);
    json_t *ids = at_path(asked_of(&d, CLERK, 0), "schema.properties.id.enum");
    assert_int_equal(json_array_size(ids), 3);
    drive_release(&d);
    d = classified(TAGGED, "", SAID);
    ids = at_path(asked_of(&d, CLERK, 0), "schema.properties.id.enum");
    assert_int_equal(json_array_size(ids), 3);
    drive_release(&d);
    d = classified(TAGGED, ", \"tags\": [\"nobody\"]", SAID);
    assert_at(asked_of(&d, CLERK, 0), "schema", CHOICE("\"none\""));
    drive_release(&d);
}

/* ---- a model designs ---- */

#define WORD "{\"type\":\"string\"}"
#define DESIGN                                                                                     \
    "{\"type\":\"object\",\"properties\":{\"reason\":" WORD ",\"name\":" WORD                      \
    ",\"template\":{\"type\":\"string\",\"enum\":[\"debate\",\"voting\"]},\"template_opts\":{"     \
    "\"type\":\"object\"},\"members\":{\"type\":\"array\",\"minItems\":2,\"maxItems\":3,"          \
    "\"items\":{\"type\":\"object\",\"properties\":{\"id\":" WORD ",\"role\":" WORD                \
    ",\"system_prompt\":" WORD ",\"profile\":{\"type\":\"string\",\"enum\":[\"plain\"]}},"         \
    "\"required\":[\"id\",\"role\",\"system_prompt\",\"profile\"],\"additionalProperties\":false}" \
    "}"                                                                                            \
    ",\"chair\":{\"type\":\"object\",\"properties\":{\"system_prompt\":" WORD                      \
    ",\"profile\":{\"type\":\"string\",\"enum\":[\"plain\"]}},\"required\":[\"profile\"],"         \
    "\"additionalProperties\":false}},\"required\":[\"reason\",\"name\",\"template\","             \
    "\"members\"],\"additionalProperties\":false}"

static void what_a_design_may_be(void **state)
{
    (void)state;
    char document[600];
    snprintf(document, sizeof document,
             AUTO("llm_build", SEAT_OF ", \"profiles\": [\"plain\"], \"templates\": [\"debate\", "
                                       "\"voting\"], \"max_members\": 3"),
             BOTH);
    struct drive d = auto_new_drive(document, "{\"" CLERK "\": [{\"text\": \"no\"}]}");
    drive_run(&d);
    assert_at(asked_of(&d, CLERK, 0), "schema", DESIGN);
    const char *prompt = prompt_of(&d, CLERK, 0);
    assert_non_null(strstr(prompt, "Design a council of 2 to 3 members for the task."));
    assert_non_null(strstr(prompt, "\nProfiles: plain\nTemplates: debate, voting\n"));
    assert_at(d.result, "errors.0.code", "\"no_match\"");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_enough_and_far_enough_ahead),
        cmocka_unit_test(how_sure_is_sure),
        cmocka_unit_test(what_there_is_to_choose_from),
        cmocka_unit_test(what_a_design_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
