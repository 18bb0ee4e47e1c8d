/* A council that chooses itself wrongly spends the money of another one: each strategy finds what
 * it must find and nothing else, and what it found is checked like any document. */
#include <math.h>

#include "auto_drive.h"

#define AUTO(strategy, catalog, more)                                                              \
    "{\"schema_version\": 1, \"id\": \"pick\", \"strategy\": \"" strategy                          \
    "\", \"catalog\": " catalog more "}"

static void rules_take_the_first_that_holds(void **state)
{
    (void)state;
    struct drive d = auto_new_drive(
        AUTO("rules",
             "[{\"council\": \"far\"}, {\"council\": \"garage\", \"match\": {\"input\": "
             "{\"contains_any\": [\"car\"]}}}, {\"council\": \"kitchen\", \"id\": \"k\", "
             "\"match\": {\"input\": {\"contains_any\": [\"EGGS\"]}}}]",
             ""),
        "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    json_t *selected = nth_event(&d, "council_selected", 0);
    assert_int_equal(j_int(selected, "seq", 0), 2);
    assert_at(selected, "council_id", "\"kitchen\"");
    assert_at(selected, "catalog_id", "\"k\"");
    assert_at(selected, "kind", "\"static\"");
    assert_at(selected, "council.id", "\"kitchen\"");
    assert_at(selected, "members.1.id", "\"bob\"");
    assert_int_equal(strlen(j_str(json_object_get(selected, "hashes"), "ask_sha256", "")), 64);
    assert_at(nth_event(&d, "run_started", 0), "members", "null");
    assert_at(nth_event(&d, "run_started", 0), "council.id", "\"pick\"");
    assert_at(d.result, "council_id", "\"kitchen\"");
    assert_at(d.result, "auto.strategy", "\"rules\"");
    assert_at(d.result, "auto.steps.0.result", "\"match\"");
    assert_int_equal(json_array_size(d.asked), 2);
    drive_release(&d);
}

static void no_match_fails_or_falls_back(void **state)
{
    (void)state;
    struct drive d = auto_new_drive(AUTO("rules", BOTH, ""), "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "failed");
    assert_at(d.result, "final", "null");
    assert_at(d.result, "errors.0.code", "\"no_match\"");
    assert_at(d.result, "auto.steps.0.result", "\"no_match\"");
    assert_int_equal(json_array_size(d.asked), 0);
    drive_release(&d);
    d = auto_new_drive(AUTO("rules", BOTH, ", \"on_no_match\": {\"fallback\": \"garage\"}"), "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "auto.kind", "\"fallback\"");
    assert_at(d.result, "council_id", "\"garage\"");
    drive_release(&d);
}

static void what_is_chosen_must_be_valid(void **state)
{
    (void)state;
    static const char catalog[] =
        "[{\"council\": \"far\", \"match\": {\"input\": {\"min_chars\": 1}}}, {\"council\": "
        "\"kitchen\", \"match\": {\"input\": {\"min_chars\": 1}}}]";
    char document[600];
    snprintf(document, sizeof document,
             "{\"schema_version\": 1, \"id\": \"p\", \"strategy\": \"rules\", \"catalog\": %s}",
             catalog);
    struct drive d = auto_new_drive(document, "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "failed");
    assert_at(d.result, "errors.0.code", "\"invalid_council\"");
    drive_release(&d);
    snprintf(document, sizeof document,
             "{\"schema_version\": 1, \"id\": \"p\", \"strategy\": \"rules\", \"provider_check\": "
             "true, \"catalog\": %s}",
             catalog);
    d = auto_new_drive(document, "{}");
    drive_run(&d);
    assert_at(d.result, "council_id", "\"kitchen\"");
    drive_release(&d);
}

/* A council of the catalogue's own, without a file of its own. */
static void what_was_written_into_the_catalogue_is_dynamic(void **state)
{
    (void)state;
    struct drive d = auto_new_drive(
        AUTO("rules",
             "[{\"id\": \"own\", \"match\": {\"input\": {\"min_chars\": 1}}, \"council\": "
             "{\"schema_version\": 1, \"id\": \"inline\", " MEMBERS "}}]",
             ""),
        "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "council_id", "\"dynamic:inline\"");
    assert_at(nth_event(&d, "council_selected", 0), "kind", "\"dynamic\"");
    drive_release(&d);
}

#define CLERK "r0i0:auto:clerk"
#define SAYS(id, confidence)                                                                       \
    "{\"text\": \"{\\\"reason\\\": \\\"food\\\", \\\"id\\\": \\\"" id                              \
    "\\\", \\\"confidence\\\": " confidence "}\"}"

static void a_model_classifies(void **state)
{
    (void)state;
    struct drive d = auto_new_drive(AUTO("llm_classify", BOTH, ", \"options\": {" SEAT_OF "}"),
                                    "{\"" CLERK "\": [" SAYS("kitchen", "0.9") "]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "auto.catalog_id", "\"kitchen\"");
    assert_at(d.result, "auto.reason", "\"food\"");
    assert_at(d.result, "auto.score", "0.90000000000000002");
    assert_at(d.result, "auto.latency_ms", "100");
    assert_at(d.result, "usage.attempts", "3");
    assert_at(d.result, "budget.charged_tokens", "45");
    assert_at(d.result, "timing.duration_ms", "200");
    const char *prompt = prompt_of(&d, CLERK, 0);
    assert_non_null(strstr(prompt, "BEGIN task \"Task\">>>\nWhat is the best way to store eggs?"));
    assert_non_null(strstr(prompt, "- kitchen: Cooking, eggs, and storing food"));
    drive_release(&d);
}

/* The call that chose counts: of three there are two for the members, of two one. */
static void the_choice_is_one_of_the_calls_of_the_budget(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        int asked;
    } CASES[] = {
        {AUTO("llm_classify", BOTH, ", \"budget\": {\"max_calls\": 3}, \"options\": {" SEAT_OF "}"),
         3},
        {AUTO("llm_classify", BOTH, ", \"budget\": {\"max_calls\": 2}, \"options\": {" SEAT_OF "}"),
         2},
    };
    for (size_t i = 0; i < 2; i++) {
        struct drive d =
            auto_new_drive(CASES[i].document, "{\"" CLERK "\": [" SAYS("kitchen", "0.9") "]}");
        drive_run(&d);
        assert_int_equal(json_array_size(d.asked), CASES[i].asked);
        drive_release(&d);
    }
}

static void an_unsure_model_is_no_match(void **state)
{
    (void)state;
    static const char *const replies[] = {SAYS("kitchen", "0.3"), SAYS("none", "1"),
                                          "{\"text\": \"who knows\"}"};
    for (size_t i = 0; i < 3; i++) {
        char script[400];
        snprintf(script, sizeof script, "{\"%s\": [%s]}", CLERK, replies[i]);
        struct drive d =
            auto_new_drive(AUTO("llm_classify", BOTH, ", \"options\": {" SEAT_OF "}"), script);
        drive_run(&d);
        assert_at(d.result, "errors.0.code", "\"no_match\"");
        assert_int_equal(json_array_size(d.asked), i == 2 ? 2 : 1);
        drive_release(&d);
    }
}

static void a_cascade_goes_on_after_a_failure(void **state)
{
    (void)state;
    struct drive d = auto_new_drive(
        AUTO("cascade", BOTH,
             ", \"options\": {\"chain\": [\"rules\", {\"strategy\": \"llm_classify\", "
             "\"options\": {" SEAT_OF "}}, {\"strategy\": \"embedding\", \"options\": "
             "{\"backend\": \"lexical\"}}]}"),
        "{\"r0i0:auto:clerk:s1\": [{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\", "
        "\"message\": \"m\"}}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "auto.strategy", "\"embedding\"");
    assert_at(d.result, "auto.steps.0.strategy", "\"rules\"");
    assert_at(d.result, "auto.steps.1.reason", "\"auth\"");
    assert_at(d.result, "auto.catalog_id", "\"kitchen\"");
    drive_release(&d);
}

/* Two descriptions with one word each; the input has both. */
static void lexical_scores_are_those_of_the_formula(void **state)
{
    (void)state;
    struct drive d = auto_new_drive(
        AUTO("embedding",
             "[{\"council\": \"garage\", \"desc\": \"store cars\"}, {\"council\": \"kitchen\", "
             "\"desc\": \"store eggs eggs\"}]",
             ", \"options\": {\"backend\": \"lexical\"}"),
        "{}");
    json_decref(d.input);
    d.input = json_string("Store eggs, please");
    drive_run(&d);
    double store = log(1 + 0.5 / 2.5), eggs = log(1 + 1.5 / 1.5), twice = (1 + log(2)) * eggs;
    double expected = (store * store + eggs * twice) /
                      sqrt((store * store + eggs * eggs) * (store * store + twice * twice));
    assert_true(fabs(j_num(at_path(d.result, "auto"), "score", 0) - expected) < 1e-12);
    assert_at(d.result, "auto.catalog_id", "\"kitchen\"");
    drive_release(&d);
}

#define EMBED         "r0i0:auto:embedding"
#define EMBED_OPTIONS ", \"options\": {\"provider\": \"mock\", \"model\": \"vec\""

static void vectors_choose_the_nearest(void **state)
{
    (void)state;
    struct drive d = auto_new_drive(
        AUTO("embedding",
             "[{\"council\": \"garage\", \"vector\": [1, 0]}, {\"council\": \"kitchen\", \"desc\": "
             "\"food\"}]",
             EMBED_OPTIONS "}"),
        "{\"" EMBED "\": [{\"text\": \"\", \"structured\": {\"vectors\": [[0.6, 0.8], [0, 2]]}}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(asked_of(&d, EMBED, 0), "embed",
              "[\"What is the best way to store eggs?\",\"food\"]");
    assert_at(d.result, "auto.catalog_id", "\"kitchen\"");
    assert_true(fabs(j_num(at_path(d.result, "auto"), "score", 0) - 0.8) < 1e-12);
    drive_release(&d);
    d = auto_new_drive(
        AUTO("embedding",
             "[{\"council\": \"garage\", \"vector\": [1, 0]}, {\"council\": \"kitchen\", \"desc\": "
             "\"food\"}]",
             EMBED_OPTIONS ", \"min_margin\": 0.3}"),
        "{\"" EMBED "\": [{\"text\": \"\", \"structured\": {\"vectors\": [[0.6, 0.8], [0, 2]]}}]}");
    drive_run(&d);
    assert_at(d.result, "errors.0.code", "\"no_match\"");
    drive_release(&d);
}

#define REFUSED "{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\", \"message\": \"m\"}}"
#define TWO_MODELS                                                                                 \
    "{\"strategy\": \"embedding\", \"options\": {\"provider\": \"mock\", \"model\": \"vec\"}}, "   \
    "{\"strategy\": \"embedding\", \"options\": {\"provider\": \"mock\", \"model\": \"wide\"}}, "  \
    "{\"strategy\": \"embedding\", \"options\": {\"provider\": \"mock\", \"model\": \"vec\"}}"

/* Each link of a chain asks the model that it names, whoever was asked before it. */
static void each_link_asks_its_own_model(void **state)
{
    (void)state;
    static const struct {
        const char *call, *provider, *model;
    } CASES[] = {
        {EMBED, "mock", "vec"}, {EMBED ":s1", "mock", "wide"}, {EMBED ":s2", "mock", "vec"}};
    struct drive d = auto_new_drive(
        AUTO("cascade", BOTH, ", \"options\": {\"chain\": [" TWO_MODELS "]}"),
        "{\"" EMBED "\": [" REFUSED "], \"" EMBED ":s1\": [" REFUSED "], \"" EMBED
        ":s2\": [{\"text\": \"\", \"structured\": {\"vectors\": [[1, 0], [1, 0], [0, "
        "1]]}}]}");
    drive_run(&d);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        json_t *asked = asked_of(&d, CASES[i].call, 0);
        assert_string_equal(j_str(asked, "provider", "nobody"), CASES[i].provider);
        assert_string_equal(j_str(asked, "model", "none"), CASES[i].model);
    }
    assert_at(d.result, "auto.steps.0.reason", "\"auth\"");
    assert_at(d.result, "auto.steps.1.reason", "\"auth\"");
    assert_at(d.result, "auto.steps.2.result", "\"match\"");
    assert_int_equal(count_events(&d, "exchange_completed"), 3);
    drive_release(&d);
}

#define BUILD(more)                                                                                \
    AUTO("llm_build", BOTH, ", \"options\": {" SEAT_OF ", \"profiles\": [\"plain\"]" more "}")
#define DESIGN(profile, template)                                                                  \
    "{\"text\": \"{\\\"reason\\\": \\\"r\\\", \\\"name\\\": \\\"Egg council\\\", "                 \
    "\\\"template\\\": "                                                                           \
    "\\\"" template "\\\", \\\"members\\\": [{\\\"id\\\": \\\"hen\\\", \\\"role\\\": "             \
                    "\\\"farmer\\\", "                                                             \
                    "\\\"system_prompt\\\": \\\"s\\\", \\\"profile\\\": \\\"" profile              \
                    "\\\"}, {\\\"id\\\": "                                                         \
                    "\\\"fox\\\", \\\"role\\\": \\\"taster\\\", \\\"system_prompt\\\": "           \
                    "\\\"s\\\", \\\"profile\\\": "                                                 \
                    "\\\"plain\\\"}]}\"}"

static void a_model_designs_a_council(void **state)
{
    (void)state;
    struct drive d =
        auto_new_drive(BUILD(""), "{\"" CLERK "\": [" DESIGN("plain", "parallel_panel") "]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "auto.kind", "\"built\"");
    assert_int_equal(strncmp(j_str(d.result, "council_id", ""), "dynamic:built-", 14), 0);
    assert_int_equal(strlen(j_str(d.result, "council_id", "")), 22);
    assert_at(d.result, "rounds.0.member_results.hen.status", "\"ok\"");
    assert_at(d.result, "members.fox.role", "\"taster\"");
    drive_release(&d);
}

static void a_faulty_design_is_asked_for_once_more(void **state)
{
    (void)state;
    struct drive d = auto_new_drive(
        BUILD(""), "{\"" CLERK "\": [" DESIGN("costly", "parallel_panel") ", " DESIGN(
                       "plain", "parallel_panel") "]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_int_equal(count_events(&d, "member_reask"), 1);
    drive_release(&d);
    /* of good form, but no valid council: weighted_consensus needs a chair */
    d = auto_new_drive(BUILD(""), "{\"" CLERK "\": [" DESIGN("plain", "weighted_consensus") "]}");
    drive_run(&d);
    assert_at(d.result, "errors.0.code", "\"no_match\"");
    assert_non_null(strstr(prompt_of(&d, CLERK, 1), "chair_required"));
    drive_release(&d);
}

static void a_cancelled_choice_ends_the_run(void **state)
{
    (void)state;
    struct drive d = auto_new_drive(AUTO("llm_classify", BOTH, ", \"options\": {" SEAT_OF "}"),
                                    "{\"" CLERK "\": [{\"error\": \"never\"}]}");
    drive_at(&d, 50, "{\"type\": \"cancel_requested\", \"mode\": \"now\"}");
    drive_run(&d);
    assert_string_equal(d.outcome, "cancelled");
    drive_release(&d);
    d = auto_new_drive(AUTO("llm_classify", BOTH,
                            ", \"budget\": {\"deadline_ms\": 2000}, \"options\": {" SEAT_OF "}"),
                       "{\"" CLERK "\": [{\"error\": \"never\"}]}");
    drive_run(&d);
    assert_string_equal(d.outcome, "failed");
    assert_at(d.result, "timing.duration_ms", "2000");
    drive_release(&d);
}

/* What a field must say that a strategy cannot go without. */
static void add_needed(json_t *options, const char *field)
{
    static const char *const VALUES[][2] = {
        {"seat", "{" SEAT_OF "}"},
        {"profiles", "{\"profiles\": [\"plain\"]}"},
        {"chain", "{\"chain\": [\"rules\"]}"},
    };
    for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++) {
        if (strcmp(VALUES[i][0], field) != 0)
            continue;
        json_t *value = parse_json(VALUES[i][1]);
        json_object_update(options, value);
        json_decref(value);
        return;
    }
    fail_msg("a strategy needs \"%s\": say here what it may be", field);
}

/* The rows of kinds.h, none by its name: each is accepted with what its table requires, tried, and
 * comes to a council. */
static void every_strategy(void **state)
{
    (void)state;
    for (size_t i = 0; i < STRATEGY_COUNT; i++) {
        const struct doc_field *f;
        json_t *options = json_object();
        for (size_t k = 0; (f = doc_field_at(STRATEGY_KINDS[i].options, k)); k++)
            if (f->flags & F_REQUIRED)
                add_needed(options, f->name);
        json_t *document =
            json_pack("{sisssssos{ss}so}", "schema_version", 1, "id", "pick", "strategy",
                      STRATEGY_KINDS[i].name, "catalog", parse_json(BOTH), "on_no_match",
                      "fallback", "garage", "options", options);
        char *text = json_dumps(document, 0);
        struct drive d = auto_new_drive(text, "{}");
        d.fills = true;
        drive_run(&d);
        assert_string_equal(d.outcome, "complete");
        assert_true(json_array_size(at_path(d.result, "auto.steps")) > 0);
        drive_release(&d);
        free(text);
        json_decref(document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_take_the_first_that_holds),
        cmocka_unit_test(no_match_fails_or_falls_back),
        cmocka_unit_test(what_is_chosen_must_be_valid),
        cmocka_unit_test(what_was_written_into_the_catalogue_is_dynamic),
        cmocka_unit_test(a_model_classifies),
        cmocka_unit_test(the_choice_is_one_of_the_calls_of_the_budget),
        cmocka_unit_test(an_unsure_model_is_no_match),
        cmocka_unit_test(a_cascade_goes_on_after_a_failure),
        cmocka_unit_test(lexical_scores_are_those_of_the_formula),
        cmocka_unit_test(vectors_choose_the_nearest),
        cmocka_unit_test(each_link_asks_its_own_model),
        cmocka_unit_test(a_model_designs_a_council),
        cmocka_unit_test(a_faulty_design_is_asked_for_once_more),
        cmocka_unit_test(a_cancelled_choice_ends_the_run),
        cmocka_unit_test(every_strategy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
