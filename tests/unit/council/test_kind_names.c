/* Names: of kinds, where one that is not found has to be told and one that is must be the right
 * one, and of models, letter by letter, since they stand in URLs. */
#include "proto/council/seat/model_name.h"
#include "proto/council/tables/format_kinds.h"
#include "proto/council/tables/kinds.h"
#include "support.h"

static const char *const NO_KINDS[] = {NULL, "", "x", "borda ", "Borda", "chai", "chairs"};

static void every_kind_by_its_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof NO_KINDS / sizeof NO_KINDS[0]; i++) {
        assert_null(round_kind_find(NO_KINDS[i]));
        assert_null(tie_kind_find(NO_KINDS[i]));
        assert_null(aggregator_kind_find(NO_KINDS[i]));
        assert_null(template_kind_find(NO_KINDS[i]));
        assert_null(router_kind_find(NO_KINDS[i]));
    }
    for (size_t i = 0; i < ROUND_TYPE_COUNT; i++)
        assert_int_equal(round_kind_find(ROUND_KINDS[i].name)->id, i);
    for (size_t i = 0; i < TIE_RULE_COUNT; i++)
        assert_int_equal(tie_kind_find(TIE_KINDS[i].name)->id, i);
    for (size_t i = 0; i < AGGREGATOR_COUNT; i++)
        assert_int_equal(aggregator_kind_find(AGGREGATOR_KINDS[i].name)->id, i);
    for (size_t i = 0; i < TEMPLATE_COUNT; i++)
        assert_int_equal(template_kind_find(TEMPLATE_KINDS[i].name)->id, i);
    for (size_t i = 0; i < ROUTER_COUNT; i++)
        assert_int_equal(router_kind_find(ROUTER_KINDS[i].name)->id, i);
    assert_int_equal(aggregator_kind_find("weighted_mean")->id, AGGREGATOR_CONFIDENCE_WEIGHTED);
    assert_int_equal(template_kind_find("karpathy")->id, TEMPLATE_PEER_REVIEW);
}

static bool is_alnum(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void every_letter_of_a_model(void **state)
{
    (void)state;
    json_t *azure = parse("{'api_version': '1'}"), *plain = parse("{'api_version': 1}");
    static const enum format_id IN_BODY[] = {FORMAT_OPENAI, FORMAT_OPENAI_RESPONSES,
                                             FORMAT_ANTHROPIC, FORMAT_OPENROUTER, FORMAT_OLLAMA};
    for (int c = 1; c < 256; c++) {
        const char first[] = {(char)c, 'a', '\0'}, later[] = {'a', (char)c, '\0'};
        const bool alnum = is_alnum(c);
        for (size_t i = 0; i < sizeof IN_BODY / sizeof IN_BODY[0]; i++) {
            assert_int_equal(model_name_fits(IN_BODY[i], plain, first),
                             alnum || strchr("@/~", c) != NULL);
            assert_int_equal(model_name_fits(IN_BODY[i], NULL, later),
                             alnum || strchr("._:/@+~-", c) != NULL);
        }
        assert_int_equal(model_name_fits(FORMAT_GEMINI, NULL, first), alnum);
        assert_int_equal(model_name_fits(FORMAT_GEMINI, NULL, later),
                         alnum || strchr("._@-", c) != NULL);
        assert_int_equal(model_name_fits(FORMAT_OPENAI, azure, first), alnum);
        assert_int_equal(model_name_fits(FORMAT_OPENAI, azure, later),
                         alnum || strchr("._-", c) != NULL);
        assert_true(model_name_fits(FORMAT_MOCK, NULL, first));
    }
    assert_true(model_name_fits(FORMAT_MOCK, NULL, ""));
    for (size_t i = 0; i < sizeof IN_BODY / sizeof IN_BODY[0]; i++)
        assert_false(model_name_fits(IN_BODY[i], NULL, ""));
    json_decref(azure);
    json_decref(plain);
}

static void how_long_a_model_may_be(void **state)
{
    (void)state;
    for (size_t len = MODEL_NAME_BYTES - 1; len <= MODEL_NAME_BYTES + 1; len++) {
        char name[MODEL_NAME_BYTES + 2];
        memset(name, 'm', sizeof name);
        name[len] = '\0';
        for (int f = 0; f < FORMAT_COUNT; f++)
            assert_int_equal(model_name_fits((enum format_id)f, NULL, name),
                             f == FORMAT_MOCK || len <= MODEL_NAME_BYTES);
    }
}

static void collections_of_gemini(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool fits;
    } ROWS[] = {
        {"models/a", true},
        {"tunedModels/a", true},
        {"endpoints/a", true},
        {"models/", false},
        {"tunedModels/", false},
        {"endpoints/", false},
        {"model/a", false},
        {"models/a/b", false},
        {"models/models/a", false},
        {"Models/a", false},
        {"publishers/p/models/a", true},
        {"publishers/p/models/", false},
        {"publishers//models/a", false},
        {"publishers/p/model/a", false},
        {"publishers/p", false},
        {"publishers/p/models/a/b", false},
        {"publishers/p/tunedModels/a", false},
        {"publishers/-/models/a", false},
        {"a/b", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (model_name_fits(FORMAT_GEMINI, NULL, ROWS[i].name) != ROWS[i].fits)
            fail_msg("%s", ROWS[i].name);
}

static void what_people_are_told(void **state)
{
    (void)state;
    static const char BODY[] = "a name of letters, digits, \".\", \"_\", \":\", \"/\", \"@\", "
                               "\"+\", \"~\" and \"-\"";
    json_t *azure = parse("{'api_version': '1'}");
    for (int f = 0; f < FORMAT_COUNT; f++)
        if (f != FORMAT_GEMINI)
            assert_string_equal(model_name_rule((enum format_id)f, NULL), BODY);
    assert_string_equal(model_name_rule(FORMAT_OPENAI, azure),
                        "a deployment's name of letters, digits, \".\", \"_\" and \"-\"");
    assert_string_equal(model_name_rule(FORMAT_OPENROUTER, azure), BODY);
    assert_string_equal(model_name_rule(FORMAT_GEMINI, NULL),
                        "a name of letters, digits, \".\", \"_\", \"@\" and \"-\", alone or behind "
                        "models/, tunedModels/, endpoints/ or publishers/NAME/models/");
    json_decref(azure);
}

static void which_ids_are_reserved(void **state)
{
    (void)state;
    static const char *const RESERVED[] = {"abstain", "none", "all"};
    static const char *const FREE[] = {"abstains", "non", "All", "chair", "members"};
    char council[400], message[100];
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < sizeof RESERVED / sizeof RESERVED[0]; i++) {
        snprintf(council, sizeof council,
                 "{" HEAD "'members': [{'id': '%s', 'provider': 'mock', 'model': 'x'}], " ROUNDS
                 "}",
                 RESERVED[i]);
        snprintf(message, sizeof message, "\"%s\" has a meaning of its own: choose another id.",
                 RESERVED[i]);
        assert_faults(&f, council, "/members/0/id reserved_id");
        assert_message_with(&f, council, message);
    }
    for (size_t i = 0; i < sizeof FREE / sizeof FREE[0]; i++) {
        snprintf(council, sizeof council,
                 "{" HEAD "'members': [{'id': '%s', 'provider': 'mock', 'model': 'x'}], " ROUNDS
                 "}",
                 FREE[i]);
        struct council_plan plan = resolve_with(&f, council, NULL);
        council_plan_release(&plan);
    }
    fixture_release(&f);
}

static void how_many_options_there_are(void **state)
{
    (void)state;
    static const int COUNTS[] = {0, 1, 2, 26, 27};
    for (size_t i = 0; i < sizeof COUNTS / sizeof COUNTS[0]; i++) {
        struct fixture f;
        char options[400] = "", council[1000], message[64];
        size_t len = 0;
        fixture_init(&f, NULL);
        for (int k = 0; k < COUNTS[i]; k++)
            len +=
                (size_t)snprintf(options + len, sizeof options - len, "%s'o%d'", k ? ", " : "", k);
        snprintf(council, sizeof council,
                 "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'vote', 'opts': {'options': [%s]}}]}",
                 options);
        snprintf(message, sizeof message, "There must be 2 to 26 options, not %d.", COUNTS[i]);
        if (COUNTS[i] >= 2 && COUNTS[i] <= 26) {
            struct council_plan plan = resolve_with(&f, council, NULL);
            assert_int_equal(json_array_size(at(plan.document, "/rounds/0/opts/options")),
                             COUNTS[i]);
            council_plan_release(&plan);
        } else {
            assert_message_with(&f, council, message);
        }
        fixture_release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_by_its_name),     cmocka_unit_test(every_letter_of_a_model),
        cmocka_unit_test(how_long_a_model_may_be),    cmocka_unit_test(collections_of_gemini),
        cmocka_unit_test(what_people_are_told),       cmocka_unit_test(which_ids_are_reserved),
        cmocka_unit_test(how_many_options_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
