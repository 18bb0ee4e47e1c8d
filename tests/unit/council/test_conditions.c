/* Conditions of routers and of until, value by value: one that is taken though it means nothing is
 * found in a paid run, one that is refused with another's words is not mended. */
#include "support.h"

#include "common/cleanup.h"
#include "heap_kept.h"

struct tried {
    const char *condition;
    const char *faults; /* `pointer: message` below the condition, one on a line; "": it is good */
};

#define ONE_KEY                                                                                    \
    ": A condition is an object with one key: all, any, not, input, pointer (with is), round, "    \
    "iteration_from, tie, agreement_below, mean_confidence_below or member_status."
#define KNOWN                                                                                      \
    "Known are all, any, not, input, pointer (with is), round, iteration_from, tie, "              \
    "agreement_below, mean_confidence_below and member_status."
#define ONE_MATCH                                                                                  \
    "A match is an object with one key: equals, in, contains_any, contains_all, glob, min_chars, " \
    "max_chars or exists."
#define A_LIST    "This takes a list of at least one condition."
#define A_POINTER "This must be a JSON Pointer: \"\" or \"/name/0/name\"."
#define GOES_WITH ": pointer goes with \"is\": {\"pointer\": \"/x\", \"is\": {...}}."
#define STATUSES                                                                                   \
    "Statuses are ok, error, timeout, invalid_output, budget, cancelled, skipped and eliminated."
#define ONE_UNTIL                                                                                  \
    ": until is an object with one key: converged, never, unanimous, same_winner, agreement, "     \
    "mean_confidence, judge, all or any."
#define A_JUDGE "/judge: judge takes {\"score\": 0.85, \"seat\": ...}; seat may be left out."

/* The faults of a council whose condition stands at `below`. */
static void expect(struct fixture *f, const char *council, const char *below,
                   const struct tried *row)
{
    struct council_plan plan;
    struct council_faults faults;
    char got[4096] = "";
    size_t len = 0;
    json_t *document = parse(council);
    const struct council_request request = {.council = document};
    const int r = council_resolve(&f->context, &request, &plan, &faults);
    for (size_t i = 0; r < 0 && i < faults.council.count; i++) {
        const struct fault *one = &faults.council.at[i];
        assert_memory_equal(one->path, below, strlen(below));
        len += (size_t)snprintf(got + len, sizeof got - len, "%s%s: %s", i ? "\n" : "",
                                one->path + strlen(below), one->message);
    }
    if (strcmp(got, row->faults) != 0)
        print_error("%s\n", row->condition);
    assert_string_equal(got, row->faults);
    assert_int_equal(r, *row->faults ? -EINVAL : 0);
    if (r == 0)
        council_plan_release(&plan);
    council_faults_release(&faults);
    json_decref(document);
}

/* As the condition of a rule: `before`, the row's and `after`. */
static void try_rule(struct fixture *f, const char *before, const char *after, const char *below,
                     const struct tried *row)
{
    char council[2048];
    snprintf(council, sizeof council,
             "{" HEAD MEMBERS3 ", " ROUNDS ", 'router': {'kind': 'rules', 'rules': [{'when': "
             "%s%s%s, 'members': ['a']}]}}",
             before, row->condition, after);
    expect(f, council, below, row);
}

static void conditions_of_routers(void **state)
{
    (void)state;
    static const struct tried rows[] = {
        {"{}", ONE_KEY},
        {"7", ": This must be an object, not an integer."},
        {"{'tie': true, 'round': ['x']}", ONE_KEY},
        {"{'soon': 1}", "/soon: " KNOWN},
        {"{'all': [{'tie': true}]}", ""},
        {"{'any': [{'tie': true}, {'not': {'tie': true}}]}", ""},
        {"{'all': []}", "/all: " A_LIST},
        {"{'any': {'tie': true}}", "/any: " A_LIST},
        {"{'all': [{'tie': true}, 7]}", "/all/1" ONE_KEY},
        {"{'not': []}", "/not" ONE_KEY},
        {"{'round': ['vote']}", ""},
        {"{'round': []}", "/round: round takes a list of round names or types."},
        {"{'round': ['vote', 1]}", "/round: round takes a list of round names or types."},
        {"{'iteration_from': 0}", ""},
        {"{'iteration_from': -1}",
         "/iteration_from: iteration_from takes an iteration number from 0."},
        {"{'iteration_from': 0.5}",
         "/iteration_from: iteration_from takes an iteration number from 0."},
        {"{'tie': false}", "/tie: tie takes true."},
        {"{'agreement_below': 0}", ""},
        {"{'agreement_below': 1}", ""},
        {"{'agreement_below': 1.01}",
         "/agreement_below: agreement_below takes a number from 0 to 1."},
        {"{'agreement_below': -0.01}",
         "/agreement_below: agreement_below takes a number from 0 to 1."},
        {"{'agreement_below': '1'}",
         "/agreement_below: agreement_below takes a number from 0 to 1."},
        {"{'mean_confidence_below': 0.5}", ""},
        {"{'mean_confidence_below': 2}",
         "/mean_confidence_below: mean_confidence_below takes a number from 0 to 1."},
        {"{'member_status': {'a': ['ok', 'error', 'timeout', 'invalid_output', 'budget',"
         " 'cancelled', 'skipped', 'eliminated']}}",
         ""},
        {"{'member_status': {}}", "/member_status: member_status takes {member id: [statuses]}."},
        {"{'member_status': ['ok']}",
         "/member_status: member_status takes {member id: [statuses]}."},
        {"{'member_status': {'a': []}}", "/member_status/a: This must be a list of statuses."},
        {"{'member_status': {'a': 'ok'}}", "/member_status/a: This must be a list of statuses."},
        {"{'member_status': {'a': [7]}}", "/member_status/a: This must be a list of statuses."},
        {"{'member_status': {'a': ['ok', 'late']}}", "/member_status/a/1: " STATUSES},
    };
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        try_rule(&f, "", "", "/router/rules/0/when", &rows[i]);
    fixture_release(&f);
}

static void matches_of_values(void **state)
{
    (void)state;
    static const struct tried rows[] = {
        {"{'equals': null}", ""},
        {"{'in': [1]}", ""},
        {"{'in': []}", "/in: in takes a list of at least one value."},
        {"{'in': 1}", "/in: in takes a list of at least one value."},
        {"{'contains_any': ['x']}", ""},
        {"{'contains_any': []}", "/contains_any: contains_any takes a list of at least one text."},
        {"{'contains_all': ['x', 'y']}", ""},
        {"{'contains_all': ['x', 1]}",
         "/contains_all: contains_all takes a list of at least one text."},
        {"{'glob': '*'}", ""},
        {"{'glob': 1}", "/glob: glob takes a text with * and ?."},
        {"{'min_chars': 0}", ""},
        {"{'min_chars': -1}", "/min_chars: min_chars takes a number of characters."},
        {"{'max_chars': 1}", ""},
        {"{'max_chars': true}", "/max_chars: max_chars takes a number of characters."},
        {"{'exists': false}", ""},
        {"{'exists': 1}", "/exists: exists takes true or false."},
        {"{}", ": " ONE_MATCH},
        {"'x'", ": " ONE_MATCH},
        {"{'glob': 'a', 'exists': true}", ": " ONE_MATCH},
        {"{'like': 1}", "/like: Known are equals, in, contains_any, contains_all, glob, "
                        "min_chars, max_chars and exists."},
    };
    static const struct {
        const char *head, *below;
    } places[] = {{"{'input': ", "/router/rules/0/when/input"},
                  {"{'pointer': '/x', 'is': ", "/router/rules/0/when/is"}};
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows) * 2; i++)
        try_rule(&f, places[i % 2].head, "}", places[i % 2].below, &rows[i / 2]);
    static const struct tried pointers[] = {
        {"{'pointer': '', 'is': {'exists': true}}", ""},
        {"{'pointer': '/x'}", GOES_WITH},
        {"{'pointer': '/x', 'are': {'exists': true}}", GOES_WITH},
        {"{'pointer': '/x', 'is': {'exists': true}, 'tie': true}", GOES_WITH},
        {"{'pointer': 'x', 'is': {'exists': true}}", "/pointer: " A_POINTER},
        {"{'pointer': 1, 'is': 1}", "/is: " ONE_MATCH "\n/pointer: " A_POINTER},
    };
    for (size_t i = 0; i < ARRAY_LEN(pointers); i++)
        try_rule(&f, "", "", "/router/rules/0/when", &pointers[i]);
    fixture_release(&f);
}

static void ends_of_loops(void **state)
{
    (void)state;
    static const struct tried rows[] = {
        {"{'converged': true}", ""},
        {"{'converged': false}", "/converged: converged takes true."},
        {"{'never': 1}", "/never: never takes true."},
        {"{'unanimous': null}", "/unanimous: unanimous takes true."},
        {"{'same_winner': 1}", ""},
        {"{'same_winner': 0}", "/same_winner: same_winner takes a number of iterations from 1."},
        {"{'same_winner': 1.5}", "/same_winner: same_winner takes a number of iterations from 1."},
        {"{'agreement': 1.5}", "/agreement: agreement takes a number from 0 to 1."},
        {"{'mean_confidence': -1}",
         "/mean_confidence: mean_confidence takes a number from 0 to 1."},
        {"{}", ONE_UNTIL},
        {"{'never': true, 'converged': true}", ONE_UNTIL},
        {"{'soon': true}", "/soon: Known are converged, never, unanimous, same_winner, "
                           "agreement, mean_confidence, judge, all and any."},
        {"{'any': [{'never': true}, {'all': [{'converged': true}]}]}", ""},
        {"{'any': []}", "/any: " A_LIST},
        {"{'all': [{'never': true}, {'never': 2}]}", "/all/1/never: never takes true."},
        {"{'judge': {'score': 0}}", ""},
        {"{'judge': {'score': 1, 'seat': null}}", ""},
        {"{'judge': {'score': 0.5, 'seat': 'a'}}", ""},
        {"{'judge': {'score': 1, 'seat': 5}}", "/judge/seat: This must be a member id or a seat."},
        {"{'judge': {'score': 1, 'seat': 'z'}}", "/judge/seat: No member has the id \"z\"."},
        {"{'judge': {'score': 1.5}}", "/judge/score: score takes a number from 0 to 1."},
        {"{'judge': {'seat': 'a'}}", A_JUDGE},
        {"{'judge': {'score': 1, 'more': 1}}", A_JUDGE},
        {"{'judge': {'score': 1, 'seat': 'a', 'more': 1}}", A_JUDGE},
        {"{'judge': 1}", A_JUDGE},
    };
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char council[2048];
        snprintf(council, sizeof council,
                 "{" HEAD MEMBERS3 ", " CHAIR_MOCK ", 'rounds': [{'type': 'independent_analysis'}, "
                 "{'type': 'iterate', 'opts': {'wrap': 'critique', 'until': %s}}]}",
                 rows[i].condition);
        expect(&f, council, "/rounds/1/opts/until", &rows[i]);
    }
    assert_message_with(&f,
                        "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'independent_analysis'}, {'type': "
                        "'iterate', 'opts': {'wrap': 'critique', 'until': {'judge': {'score': "
                        "1}}}}]}",
                        "The judge is the chair: add a chair, or name a seat.");
    fixture_release(&f);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(conditions_of_routers);
    assert_keeps_nothing(matches_of_values);
    assert_keeps_nothing(ends_of_loops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_of_routers),
        cmocka_unit_test(matches_of_values),
        cmocka_unit_test(ends_of_loops),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
