/* What the chair is asked for decides what the final answer is: its words, or somebody else's. */
#include <math.h>

#include "drive.h"

#define SYNTHESIS(type, opts)                                                                      \
    "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"a\", "   \
    "\"weight\": 3}, " SEAT("bob") ", " SEAT("cy") "], \"chair\": " CHAIR ", \"rounds\": [" ROUND( \
        "independent_analysis") ", {\"type\": \"" type "\", \"name\": \"s\", \"opts\": {" opts     \
                                "}}]}"

static void select_takes_an_answer_word_for_word(void **state)
{
    (void)state;
    struct drive d =
        drive_new(SYNTHESIS("synthesis", "\"mode\": \"select\""),
                  "{\"r1i0:chair:chair\": [{\"text\": \"{\\\"rationale\\\": \\\"r\\\", "
                  "\\\"choice\\\": \\\"Response B\\\", \\\"confidence\\\": 0.9}\"}]}");
    drive_run(&d);
    const char *id = j_str(json_object_get(d.result, "labels"), "Response B", "?");
    char text[100];
    snprintf(text, sizeof text, "Answer of %s in r0i0:member:%s.", id, id);
    assert_string_equal(j_str(json_object_get(d.result, "final"), "content", ""), text);
    assert_string_equal(j_str(json_object_get(d.result, "final"), "winner", ""), id);
    assert_at(d.result, "final.confidence", "0.90000000000000002");
    assert_non_null(strstr(prompt_of(&d, "r1i0:chair:chair", 0),
                           "Choose the response that answers the task best: correctness first."));
    assert_null(strstr(prompt_of(&d, "r1i0:chair:chair", 0), "Write the one final answer"));
    drive_release(&d);
}

static void a_chair_with_a_schema_is_asked_for_that(void **state)
{
    (void)state;
    static const char SCHEMA[] = "{\"type\":\"object\",\"properties\":{\"verdict\":{\"type\":"
                                 "\"string\"}},\"required\":[\"verdict\"]}";
    char document[1500];
    snprintf(document, sizeof document,
             "{\"id\": \"x\", \"members\": [" SEAT("bob") ", " SEAT(
                 "cy") "], \"chair\": {\"id\": \"chair\", \"provider\": \"mock\", \"model\": "
                       "\"c\", \"output_schema_inline\": %s}, "
                       "\"rounds\": [" ROUND("independent_analysis") ", " ROUND("synthesis") "]}",
             SCHEMA);
    struct drive d = drive_new(document, "{\"r1i0:chair:chair\": [{\"text\": \"{\\\"verdict\\\": "
                                         "\\\"yes\\\"}\"}]}");
    drive_run(&d);
    assert_at(asked_of(&d, "r1i0:chair:chair", 0), "schema.properties.verdict.type", "\"string\"");
    assert_at(d.result, "final.parsed.verdict", "\"yes\"");
    drive_release(&d);
}

static void verdict_takes_an_option(void **state)
{
    (void)state;
    struct drive d =
        drive_new(SYNTHESIS("synthesis", "\"mode\": \"verdict\", \"options\": [{\"id\": \"go\", "
                                         "\"text\": \"Go ahead\"}, \"stop\"]"),
                  "{\"r1i0:chair:chair\": [{\"text\": \"Choice: go\"}]}");
    drive_run(&d);
    assert_at(d.result, "final.content", "\"Go ahead\"");
    assert_at(d.result, "final.winner", "\"go\"");
    assert_at(d.result, "final.source", "\"chair\"");
    assert_non_null(strstr(prompt_of(&d, "r1i0:chair:chair", 0), "- go: Go ahead\n- stop\n"));
    drive_release(&d);
}

static void dissent_is_listed(void **state)
{
    (void)state;
    struct drive d = drive_new(SYNTHESIS("synthesis", "\"extract_dissent\": true"),
                               "{\"r1i0:chair:chair\": [{\"text\": \"{\\\"answer\\\": \\\"Eggs in "
                               "the fridge.\\\", \\\"dissent\\\": [{\\\"point\\\": \\\"cellar\\\", "
                               "\\\"labels\\\": [\\\"Response A\\\"]}]}\"}]}");
    drive_run(&d);
    assert_at(d.result, "final.content", "\"Eggs in the fridge.\"");
    assert_at(d.result, "dissent",
              "[{\"index\":1,\"member_id\":\"chair\",\"kind\":\"chair\",\"position\":[\"Response "
              "A\"],\"text\":\"cellar\"}]");
    drive_release(&d);
}

static void weights_sum_to_one(void **state)
{
    (void)state;
    struct drive d = drive_new(SYNTHESIS("weighted_synthesis", ""), "{}");
    drive_run(&d);
    json_t *w = at_path(d.result, "rounds.1.weights");
    /* only ann has a weight: the others get the mean of the known, which is hers */
    assert_float_equal(j_num(w, "ann", 0), 1.0 / 3, 1e-12);
    assert_float_equal(j_num(w, "ann", 0) + j_num(w, "bob", 0) + j_num(w, "cy", 0), 1, 1e-12);
    assert_non_null(strstr(prompt_of(&d, "r1i0:chair:chair", 0), " 0.33"));
    drive_release(&d);
    d = drive_new("{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", "
                  "\"model\": \"a\", \"weight\": 3}, {\"id\": \"bob\", \"provider\": \"mock\", "
                  "\"model\": \"b\", \"weight\": 1}], \"chair\": " CHAIR ", \"rounds\": [" ROUND(
                      "independent_analysis") ", " ROUND("weighted_synthesis") "]}",
                  "{}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.weights", "{\"ann\":0.75,\"bob\":0.25}");
    drive_release(&d);
}

#define WEIGHED(sources)                                                                           \
    "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"a\", "   \
    "\"weight\": 3, \"confidence\": \"self_report\"}, {\"id\": \"bob\", \"provider\": \"mock\", "  \
    "\"model\": \"b\", \"weight\": 1, \"confidence\": \"self_report\"}, " SEAT(                    \
        "cy") "], \"chair\": " CHAIR                                                               \
              ", \"rounds\": [" ROUND(                                                             \
                  "independent_analysis") ", {\"type\": \"weighted_synthesis\", \"name\": \"s\", " \
                                          "\"opts\": {" sources "}}]}"
#define SURE                                                                                       \
    "{\"r0i0:member:ann\": [{\"text\": \"Yes.\\n{\\\"confidence\\\": 0.2}\"}], "                   \
    "\"r0i0:member:bob\": [{\"text\": \"No.\\n{\\\"confidence\\\": 0.6}\"}]}"

/* The first source that knows one of them; who is not known gets the mean of the others. */
static void where_weights_come_from(void **state)
{
    (void)state;
    static const struct {
        const char *council, *script, *reliability;
        double ann, bob, cy;
    } CASES[] = {
        {WEIGHED(""), SURE, NULL, 3, 1, 2},
        {WEIGHED("\"sources\": [\"static\"]"), SURE, NULL, 3, 1, 2},
        {WEIGHED("\"sources\": [\"equal\"]"), SURE, NULL, 1, 1, 1},
        {WEIGHED("\"sources\": [\"equal\", \"static\"]"), SURE, NULL, 1, 1, 1},
        {WEIGHED("\"sources\": [\"confidence\"]"), SURE, NULL, 0.2, 0.6, 0.4},
        {WEIGHED("\"sources\": [\"confidence\", \"static\"]"), SURE, NULL, 0.2, 0.6, 0.4},
        {WEIGHED("\"sources\": [\"confidence\", \"static\"]"), "{}", NULL, 3, 1, 2},
        {WEIGHED("\"sources\": [\"reliability\"]"), SURE, "{\"mock/b\": 0.5}", 1, 1, 1},
        {WEIGHED("\"sources\": [\"reliability\"]"), SURE,
         "{\"mock/a\": 0.9, \"mock/b\": 0.3, \"mock/m-cy\": 0.8}", 9, 3, 8},
        {WEIGHED("\"sources\": [\"reliability\", \"static\"]"), SURE, NULL, 3, 1, 2},
        {WEIGHED("\"sources\": [\"reliability\"]"), SURE, NULL, 1, 1, 1}, /* nobody is known */
        {WEIGHED("\"sources\": [\"reliability\"]"), SURE, "{\"mock/a\": 0, \"mock/b\": 0}", 1, 1,
         1},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct drive d = drive_new(CASES[i].council, CASES[i].script);
        d.reliability = CASES[i].reliability ? parse_json(CASES[i].reliability) : NULL;
        drive_run(&d);
        json_t *w = at_path(d.result, "rounds.1.weights");
        double sum = CASES[i].ann + CASES[i].bob + CASES[i].cy;
        double ann = j_num(w, "ann", -1), bob = j_num(w, "bob", -1), cy = j_num(w, "cy", -1);
        if (fabs(ann - CASES[i].ann / sum) > 1e-9 || fabs(bob - CASES[i].bob / sum) > 1e-9 ||
            fabs(cy - CASES[i].cy / sum) > 1e-9)
            fail_msg("case %zu: %g %g %g", i, ann, bob, cy);
        drive_release(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(select_takes_an_answer_word_for_word),
        cmocka_unit_test(a_chair_with_a_schema_is_asked_for_that),
        cmocka_unit_test(verdict_takes_an_option),
        cmocka_unit_test(dissent_is_listed),
        cmocka_unit_test(weights_sum_to_one),
        cmocka_unit_test(where_weights_come_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
