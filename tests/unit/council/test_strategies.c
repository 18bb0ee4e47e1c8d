/* What the strategies of an auto document come to, option by option: who is asked for a vector or a
 * council must be one that is configured, and reach the runner. */
#include "support.h"

#include "common/cleanup.h"
#include "heap_kept.h"
#include "proto/council/tables/kinds.h"

static const char FILES[] =
    "{'councils': {'one': {'schema_version': 1, 'id': 'one', " MEMBERS3 ", " ROUNDS "}},"
    " 'profiles': {'p': {'provider': 'openai', 'model': 'm'}, 'q': {'temperature': 1},"
    " 'r': {'provider': 'gemini', 'model': 'm'}}}";

#define AUTO(strategy, options)                                                                    \
    "{'auto': {" HEAD "'strategy': '" strategy "', 'catalog': 'all', 'options': {" options "}}}"
#define LINKED(strategy, options)                                                                  \
    AUTO("cascade", "'chain': ['rules', {'strategy': '" strategy "', 'options': {" options "}}]")
#define ASKED       "'seat': {'id': 'j', 'provider': 'mock', 'model': 'y'}"
#define VECTORS_BY  "'provider': 'openai', 'model': 'm'"
#define ALONE(more) "{'mock': {'type': 'mock'}" more "}"
#define OPENAI      ", 'openai': {'type': 'openai'}"
#define GEMINI      ", 'gemini': {'type': 'gemini'}"

static const struct {
    const char *council, *options, *providers;
} GOOD[] = {
    {AUTO("rules", ""), "{}", ALONE("")},
    {AUTO("embedding", ""),
     "{'backend': 'lexical', 'provider': null, 'model': null, 'threshold': 0.15, 'min_margin': 0}",
     ALONE("")},
    {AUTO("embedding", "'threshold': 0.5, 'min_margin': 0.25"),
     "{'backend': 'lexical', 'provider': null, 'model': null, 'threshold': 0.5, 'min_margin':"
     " 0.25}",
     ALONE("")},
    {AUTO("embedding", VECTORS_BY),
     "{'backend': 'provider', 'provider': 'openai', 'model': 'm', 'threshold': 0.72, 'min_margin':"
     " 0}",
     ALONE(OPENAI)},
    {AUTO("embedding", VECTORS_BY ", 'threshold': 0"),
     "{'backend': 'provider', 'provider': 'openai', 'model': 'm', 'threshold': 0, 'min_margin':"
     " 0}",
     ALONE(OPENAI)},
    {AUTO("embedding", VECTORS_BY ", 'backend': 'lexical'"),
     "{'backend': 'lexical', 'provider': 'openai', 'model': 'm', 'threshold': 0.15, 'min_margin':"
     " 0}",
     ALONE(OPENAI)},
    {AUTO("embedding", VECTORS_BY ", 'backend': 'provider'"),
     "{'backend': 'provider', 'provider': 'openai', 'model': 'm', 'threshold': 0.72, 'min_margin':"
     " 0}",
     ALONE(OPENAI)},
};

static void what_is_resolved(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FILES);
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        struct council_plan plan = resolve_with(&f, GOOD[i].council, NULL);
        char *told = json_dumps(at(plan.document, "/options"), JSON_SORT_KEYS);
        json_t *options = parse(GOOD[i].options), *got = at(plan.document, "/options"), *one;
        const char *key;
        assert_int_equal(json_object_size(got), json_object_size(options));
        json_object_foreach (options, key, one)
            if (json_number_value(one) != json_number_value(json_object_get(got, key)) ||
                (!json_is_number(one) && !json_equal(one, json_object_get(got, key))))
                fail_msg("%s: %s", GOOD[i].council, told);
        assert_json(plan.providers, "", GOOD[i].providers);
        free(told);
        json_decref(options);
        council_plan_release(&plan);
    }
    fixture_release(&f);
}

/* Who may build a council may take any of the profiles, so their providers are needed. */
static void who_is_reached_by_a_builder(void **state)
{
    (void)state;
    static const struct {
        const char *council, *profiles, *providers;
    } ROWS[] = {
        {AUTO("llm_build", ASKED ", 'profiles': ['q']"), "{'q': {'temperature': 1}}", ALONE("")},
        {AUTO("llm_build", ASKED ", 'profiles': ['p']"),
         "{'p': {'provider': 'openai', 'model': 'm'}}", ALONE(OPENAI)},
        {AUTO("llm_build", ASKED ", 'profiles': ['q', 'r', 'p']"),
         "{'p': {'provider': 'openai', 'model': 'm'}, 'q': {'temperature': 1},"
         " 'r': {'provider': 'gemini', 'model': 'm'}}",
         ALONE(OPENAI GEMINI)},
        {LINKED("llm_build", ASKED ", 'profiles': ['r']"),
         "{'r': {'provider': 'gemini', 'model': 'm'}}", ALONE(GEMINI)},
    };
    struct fixture f;
    fixture_init(&f, FILES);
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct council_plan plan = resolve_with(&f, ROWS[i].council, NULL);
        assert_json(plan.catalogue, "/profiles", ROWS[i].profiles);
        assert_json(plan.providers, "", ROWS[i].providers);
        council_plan_release(&plan);
    }
    struct council_plan plan = resolve_with(
        &f, AUTO("llm_build", ASKED ", 'profiles': ['q'], 'templates': ['voting']"), NULL);
    assert_json(plan.document, "/options/templates", "['voting']");
    council_plan_release(&plan);
    plan = resolve_with(&f, AUTO("llm_build", ASKED ", 'profiles': ['q']"), NULL);
    json_t *templates = at(plan.document, "/options/templates");
    size_t n = 0;
    for (const char *const *known = TEMPLATE_NAMES; *known; known++, n++)
        assert_string_equal(json_string_value(json_array_get(templates, n)), *known);
    assert_int_equal(json_array_size(templates), n);
    council_plan_release(&plan);
    fixture_release(&f);
}

/* A word is a strategy with the options that it has without any. */
static void what_a_chain_is(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FILES);
    struct council_plan plan = resolve_with(
        &f, AUTO("cascade", "'chain': ['rules', {'strategy': 'rules'}, 'embedding']"), NULL);
    assert_json(plan.document, "/options/chain/0", "{'strategy': 'rules', 'options': {}}");
    assert_json(plan.document, "/options/chain/1", "{'strategy': 'rules', 'options': {}}");
    assert_json(plan.document, "/options/chain/2/strategy", "'embedding'");
    assert_json(plan.document, "/options/chain/2/options/threshold", "0.15");
    assert_int_equal(json_array_size(at(plan.document, "/options/chain")), 3);
    council_plan_release(&plan);
    plan = resolve_with(&f, LINKED("embedding", VECTORS_BY), NULL);
    assert_json(plan.document, "/options/chain/1/options/backend", "'provider'");
    assert_json(plan.document, "/options/chain/1/options/threshold", "0.72");
    council_plan_release(&plan);
    fixture_release(&f);
}

static const struct {
    const char *council, *faults;
} BAD[] = {
    {AUTO("rules", "'x': 1"), "/auto/options/x unknown_field"},
    {AUTO("embedding", "'backend': 'provider'"),
     "/auto/catalog auto_conflict\n/auto/options missing_provider"},
    {AUTO("embedding", "'backend': 'provider', 'model': 'm'"),
     "/auto/catalog auto_conflict\n/auto/options missing_provider"},
    {AUTO("embedding", "'provider': 'openai'"), "/auto/options missing_model"},
    {AUTO("embedding", "'provider': 'nobody', 'model': 'm'"),
     "/auto/options/provider unknown_provider"},
    {AUTO("embedding", "'provider': 'nobody', 'backend': 'lexical'"),
     "/auto/options/provider unknown_provider"},
    {AUTO("embedding", "'threshold': 2"), "/auto/options/threshold out_of_range"},
    {AUTO("llm_classify", ""), "/auto/options missing_field"},
    {AUTO("llm_classify", "'seat': {'id': 'j', 'model': 'y'}"),
     "/auto/options/seat missing_provider"},
    {AUTO("llm_build", ASKED ", 'profiles': ['p', 'none']"),
     "/auto/options/profiles/1 unknown_profile"},
    {AUTO("llm_build", ASKED ", 'profiles': ['p', 1]"), "/auto/options/profiles/1 wrong_type"},
    {AUTO("llm_build", ASKED ", 'profiles': ['p'], 'templates': ['voting', 'none', 1]"),
     "/auto/options/templates/1 unknown_template\n/auto/options/templates/2 wrong_type"},
    {AUTO("cascade", "'chain': []"), "/auto/options/chain empty"},
    {AUTO("cascade", "'chain': ['rules', 'cascade']"), "/auto/options/chain/1 auto_conflict"},
    {LINKED("cascade", "'chain': ['rules']"), "/auto/options/chain/1 auto_conflict"},
    {LINKED("embedding", "'provider': 'openai'"), "/auto/options/chain/1/options missing_model"},
    {AUTO("cascade", "'chain': ['llm_classify']"), "/auto/options/chain/0 missing_field"},
    {LINKED("rules", "'x': 1"), "/auto/options/chain/1/options/x unknown_field"},
};

static void what_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FILES);
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        assert_faults(&f, BAD[i].council, BAD[i].faults);
    fixture_release(&f);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(what_is_resolved);
    assert_keeps_nothing(who_is_reached_by_a_builder);
    assert_keeps_nothing(what_a_chain_is);
    assert_keeps_nothing(what_is_refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_resolved), cmocka_unit_test(who_is_reached_by_a_builder),
        cmocka_unit_test(what_a_chain_is),  cmocka_unit_test(what_is_refused),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
