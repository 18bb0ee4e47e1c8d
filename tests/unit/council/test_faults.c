/* Every code that validation knows is provoked once, alone: a fault that is not found would fail
 * in the middle of a paid run, one that is found twice or at the wrong place misleads its author.
 */
#include "fault_cases.h"

static void each_fault_alone(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FAULT_FILES);
    for (size_t i = 0; i < sizeof(FAULT_CASES) / sizeof(FAULT_CASES[0]); i++)
        assert_faults(&f, FAULT_CASES[i].council, FAULT_CASES[i].faults);
    fixture_release(&f);
}

static void all_at_once_and_sorted(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FAULT_FILES);
    assert_faults(
        &f,
        "{'schema_version': 1, 'id': 't', 'colour': 1, 'members': ["
        "{'id': 'm0', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm1', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm2', 'provider': 'mock', 'model': 'x', 'tier': 'x', 'weight': -1},"
        "{'id': 'm3', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm4', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm5', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm6', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm7', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm8', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm9', 'provider': 'mock', 'model': 'x'},"
        "{'id': 'm0', 'provider': 'nope', 'model': 'x'}],"
        "'rounds': [{'type': 'nope'}, {'type': 'synthesis'}]}",
        "/colour unknown_field\n/members/2/tier bad_enum\n/members/2/weight out_of_range\n"
        "/members/10/id duplicate_id\n/members/10/provider unknown_provider\n"
        "/rounds/0/type unknown_round_type\n/rounds/1 chair_required");
    fixture_release(&f);
}

/* Errors of a template's opts point at where they were written. */
static void template_faults(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FAULT_FILES);
    assert_faults(&f,
                  "{" HEAD MEMBERS3 ", 'template': {'name': 'voting', 'opts': {'options':"
                  " ['a'], 'tie_break': ['chair'], 'quorum': 9, 'nope': 1, 'ballot': 'x'}}}",
                  "/template/opts/ballot bad_enum\n/template/opts/nope unknown_field\n"
                  "/template/opts/options bad_candidates\n/template/opts/quorum bad_quorum");
    assert_faults(
        &f,
        "{" HEAD MEMBERS3 ", 'template': {'name': 'consensus', 'opts': {'until':"
        " {'x': 1}, 'max_iterations': 17}}}",
        "/template/opts/max_iterations out_of_range\n/template/opts/until/x bad_condition");
    assert_faults(&f, "{" HEAD MEMBERS3 ", 'template': {'name': 'weighted_consensus'}}",
                  "/template chair_required");
    fixture_release(&f);
}

/* What the tables name, the engine does: no word is left that only tests may use. */
static void nothing_is_switched_off(void **state)
{
    (void)state;
    static const char *const COUNCILS[] = {
        ROUND2("{'type': 'vote', 'opts': {'options': ['a', 'b'], 'weights': 'reliability'}}"),
        ROUND2("{'type': 'vote', 'opts': {'options': ['a', 'b'], 'aggregator': "
               "'reliability_weighted'}}"),
        COUNCIL_OF("'router': {'kind': 'reliability', 'k': 2}"),
        SEAT("'confidence': {'semantic_entropy': {'samples': 3}}"),
    };
    struct fixture f;
    fixture_init(&f, FAULT_FILES);
    for (size_t i = 0; i < sizeof(COUNCILS) / sizeof(COUNCILS[0]); i++) {
        struct council_plan one = resolve_with(&f, COUNCILS[i], NULL);
        council_plan_release(&one);
    }
    struct council_plan plan = resolve_with(&f, SEAT("'input_mapper': null, 'tools': []"), NULL);
    council_plan_release(&plan);
    fixture_release(&f);
}

/* What nothing would be done for is no word, and the message names those that are. */
static void words_without_a_meaning_are_refused(void **state)
{
    (void)state;
    static const char *const OPTS[][3] = {
        {"'aggregator': 'condorcet', 'completion': 'order'", "completion bad_enum",
         "none, schulze, ranked_pairs"},
        {"'aggregator': 'bracket'", "aggregator unknown_aggregator", "plurality, majority, borda"},
    };
    struct fixture f;
    fixture_init(&f, FAULT_FILES);
    for (size_t i = 0; i < sizeof(OPTS) / sizeof(OPTS[0]); i++) {
        char council[2048], expected[128];
        snprintf(council, sizeof(council),
                 ROUND2("{'type': 'ranking', 'opts': {'options': ['a', 'b'], %s}}"), OPTS[i][0]);
        snprintf(expected, sizeof(expected), "/rounds/1/opts/%s", OPTS[i][1]);
        assert_faults(&f, council, expected);
        assert_message_with(&f, council, OPTS[i][2]);
    }
    fixture_release(&f);
}

/* Councils come from anybody: what is wrong with one is kept in bounded memory. */
static void long_paths_cut_the_list(void **state)
{
    (void)state;
    enum { MIB = 1 << 20 };
    struct faults list = {0};
    char *path = malloc(MIB + 1);
    assert_non_null(path);
    memset(path, 'x', MIB);
    path[MIB] = '\0';
    for (int i = 0; i < 12; i++)
        assert_int_equal(faults_add(&list, path, "unknown_field", "%d", i), 0);
    assert_int_equal(list.count, 9);
    assert_int_equal(list.found, 12);
    assert_true(list.cut);
    faults_release(&list);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_alone),
        cmocka_unit_test(all_at_once_and_sorted),
        cmocka_unit_test(template_faults),
        cmocka_unit_test(nothing_is_switched_off),
        cmocka_unit_test(words_without_a_meaning_are_refused),
        cmocka_unit_test(long_paths_cut_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
