/* What a council will cost before it runs: an estimate that counts a seat twice refuses a council
 * that fits, one that forgets a seat lets one in that does not. */
#include "support.h"

#include <stdlib.h>

#include "proto/council/round/estimate.h"

/* Seats of tier mini count 1, the chair of tier large 4; each answer that is shown adds a fifth, a
 * form makes it 1.2 times as much, tools 1.5 times. */
#define A      "{'id': 'a', 'tier': 'mini'}"
#define B      "{'id': 'b', 'tier': 'mini'}"
#define C      "{'id': 'c', 'tier': 'mini'}"
#define D      "{'id': 'd', 'tier': 'mini'}"
#define STRONG "{'id': 'a', 'tier': 'reasoning'}"
#define OF(members, round)                                                                         \
    "{'members': [" members "], 'chair': {'id': 'chair', 'tier': 'large'}, 'rounds': [" round "]}"
#define THREE(round)     OF(A ", " B ", " C, round)
#define TYPE(name, opts) "{'type': '" name "', 'opts': {" opts "}}"
#define ROUTED(router)   "{'type': 'debate', 'opts': {}, 'router': {" router "}}"
#define ALONE(seat)      OF("{'id': 'a', " seat "}", TYPE("independent_analysis", ""))
#define LOOP(opts, wrap, until)                                                                    \
    TYPE("iterate", "'min_iterations': 2, 'max_iterations': 4, 'wrap': {'type': '" wrap            \
                    "', 'opts': {" opts "}}, 'until': {" until "}")
#define ENTROPY(more) "'tier': 'mini', 'confidence': {'semantic_entropy': {'samples': 4" more "}}"
#define SUB(round)    "'sub_council': " OF(A ", " B, round)

static const struct {
    const char *council;
    int min, max;
    double score_min, score_max;
} ROWS[] = {
    {THREE(""), 0, 0, 0, 0},
    {THREE("{'type': 'nothing'}"), 0, 0, 0, 0},
    {THREE(TYPE("independent_analysis", "")), 3, 3, 3, 3},
    {THREE(TYPE("independent_analysis", "") ", " TYPE("debate", "")), 6, 6, 7.8, 7.8},
    {THREE(TYPE("peer_review", "")), 3, 3, 4.2, 4.2},
    {THREE(TYPE("peer_review", "'revise': true")), 3, 3, 5.76, 5.76},
    {THREE(TYPE("anonymized_peer_review", "")), 3, 3, 5.04, 5.04},
    {THREE(TYPE("critique", "")), 3, 3, 4.8, 4.8},
    {THREE(TYPE("critique", "'revise': true")), 3, 3, 5.76, 5.76},
    {THREE(TYPE("debate", "")), 3, 3, 4.8, 4.8},
    {THREE(TYPE("vote", "'candidates': 'options'")), 3, 3, 4.32, 4.32},
    {THREE(TYPE("vote", "'candidates': 'free', 'show': 'own'")), 3, 3, 4.32, 4.32},
    {THREE(TYPE("vote", "'show': 'all'")), 3, 3, 5.76, 5.76},
    {THREE(TYPE("ranking", "'show': 'none'")), 3, 3, 3.6, 3.6},
    {THREE(TYPE("ranking", "'candidates': 'answers', 'show': 'all'")), 3, 3, 5.04, 5.04},
    {THREE(TYPE("vote", "'tie_break': ['chair', 'votes', 'chair', 'lot']")), 3, 5, 4.32, 4.32},
    {THREE(TYPE("synthesis", "'mode': 'synthesize'")), 1, 1, 6.4, 6.4},
    {THREE(TYPE("synthesis", "'mode': 'select'")), 1, 1, 7.68, 7.68},
    {THREE(TYPE("weighted_synthesis", "'mode': 'verdict'")), 1, 1, 7.68, 7.68},
    {THREE(TYPE("synthesis", "'mode': 'synthesize', 'extract_dissent': true")), 1, 1, 7.68, 7.68},
    /* Who is asked. */
    {THREE("{'type': 'debate', 'opts': {}, 'members': ['a', 'c']}"), 2, 2, 3.2, 3.2},
    {THREE(ROUTED("'kind': 'sample', 'k': 2")), 2, 3, 3.2, 4.8},
    {THREE(ROUTED("'kind': 'sample', 'k': 3")), 3, 3, 4.8, 4.8},
    {THREE(ROUTED("'kind': 'sample', 'k': 7")), 3, 3, 4.8, 4.8},
    {THREE(ROUTED("'kind': 'rules'")), 1, 3, 1.6, 4.8},
    {THREE(ROUTED("'kind': 'llm'")), 2, 4, 1.6, 4.8},
    {THREE(ROUTED("'kind': 'llm', 'k': 2")), 3, 4, 3.2, 4.8},
    /* Seats. */
    {ALONE("'tier': 'nano'"), 1, 1, 0.5, 0.5},
    {ALONE("'tier': 'mini'"), 1, 1, 1, 1},
    {ALONE("'tier': 'mid'"), 1, 1, 2, 2},
    {ALONE("'tier': 'large'"), 1, 1, 4, 4},
    {ALONE("'tier': 'reasoning'"), 1, 1, 8, 8},
    {ALONE("'tier': null"), 1, 1, 2, 2},
    {ALONE("'tier': 'mini', 'tools': []"), 1, 1, 1, 1},
    {ALONE("'tier': 'mini', 'tools': [{}]"), 1, 1, 1.5, 1.5},
    {ALONE("'tier': 'mini', 'output_schema_inline': {}"), 1, 1, 1.2, 1.2},
    {ALONE("'tier': 'mini', 'output_schema_inline': null"), 1, 1, 1, 1},
    {ALONE(ENTROPY("")), 4, 4, 4, 4},
    {ALONE(ENTROPY(", 'cluster': 'exact'")), 4, 4, 4, 4},
    {ALONE(ENTROPY(", 'cluster': 'judge'")), 5, 5, 5, 5},
    {OF("{'id': 'a', " ENTROPY("") "}", TYPE("peer_review", "")), 1, 1, 1, 1},
    {OF("{'id': 'a', " ENTROPY("") "}", TYPE("peer_review", "'revise': true")), 4, 4, 5.76, 5.76},
    {OF("{'id': 'a', " ENTROPY("") "}", TYPE("vote", "'show': 'none'")), 4, 4, 4.8, 4.8},
    {OF("{'id': 'a', " ENTROPY("") "}", TYPE("ranking", "'show': 'none'")), 1, 1, 1.2, 1.2},
    {OF("{'id': 'a', 'tier': 'mini', 'output_schema_inline': {}}", TYPE("peer_review", "")), 1, 1,
     1, 1},
    {ALONE(SUB(TYPE("debate", ""))), 2, 2, 2.8, 2.8},
    {ALONE(SUB(ROUTED("'kind': 'rules'"))), 1, 2, 1.4, 2.8},
    /* Matches. */
    {THREE(TYPE("pairwise_elimination", "'judge': 'chair'")), 1, 1, 6.72, 6.72},
    {THREE(TYPE("pairwise_elimination", "'judge': 'chair', 'swap': true")), 2, 2, 13.44, 13.44},
    {THREE(TYPE("pairwise_elimination", "'judge': 'members'")), 1, 1, 1.68, 1.68},
    {THREE(TYPE("pairwise_elimination", "'judge': 'a'")), 1, 1, 1.68, 1.68},
    {THREE(TYPE("pairwise_elimination", "'judge': {'tier': 'nano', 'tools': [1]}")), 1, 1, 1.26,
     1.26},
    {OF(A, TYPE("pairwise_elimination", "'judge': 'members'")), 0, 0, 0, 0},
    {OF(A ", " B, TYPE("pairwise_elimination", "'judge': 'members'")), 0, 0, 0, 0},
    {OF(A ", " B ", " C ", " D, TYPE("pairwise_elimination", "'judge': 'members'")), 4, 4, 6.72,
     6.72},
    {OF(STRONG ", " B ", " C ", " D, TYPE("pairwise_elimination", "'judge': 'members'")), 4, 4,
     18.48, 18.48},
    {OF(A ", " B ", " C ", " D, TYPE("pairwise_elimination", "'judge': 'a'")), 2, 3, 3.36, 5.04},
    {OF("{'id': 'a', 'tier': 'mini', 'recuse': ['b']}, " B ", " C ", " D,
        TYPE("pairwise_elimination", "'judge': 'a'")),
     2, 4, 3.36, 6.72},
    {OF("{'id': 'a', 'tier': 'mini', 'recuse': ['b', 'c']}, " B ", " C ", " D,
        TYPE("pairwise_elimination", "'judge': 'a'")),
     2, 4, 3.36, 6.72},
    {THREE(TYPE("pairwise_elimination", "'judge': {'tier': 'nano', 'recuse': ['b']}")), 1, 1, 0.84,
     1.68},
    {OF(A ", " B ", " C ", " D, TYPE("pairwise_elimination", "'judge': 'a', 'swap': true")), 4, 4,
     6.72, 6.72},
    /* A member that is named counts as itself; a match it may not judge is left to the others,
     * who may be fewer calls and cheaper ones. */
    {OF(STRONG ", " B ", " C, TYPE("pairwise_elimination", "'judge': 'b'")), 1, 1, 1.68, 5.6},
    {OF(STRONG ", " B ", " C, TYPE("pairwise_elimination", "'judge': 'a'")), 1, 1, 5.6, 13.44},
    {OF(STRONG ", " B ", " C, TYPE("pairwise_elimination", "'judge': 'a', 'swap': true")), 1, 2,
     5.6, 26.88},
    {OF(STRONG ", " B ", " C ", " D, TYPE("pairwise_elimination", "'judge': 'a'")), 2, 3, 22.68,
     26.88},
    {OF(A ", " B, TYPE("pairwise_elimination", "'judge': 'a'")), 0, 1, 0, 1.68},
    /* Rounds that are repeated. */
    {THREE(LOOP("", "debate", "")), 6, 12, 9.6, 19.2},
    {THREE(LOOP("", "debate", "'judge': {}")), 6, 16, 9.6, 19.2},
    {THREE(LOOP("", "debate", "'any': [{'agree': 1}, {'judge': {}}]")), 6, 16, 9.6, 19.2},
    {THREE(LOOP("", "debate", "'all': [{'agree': 1}, {'any': [{'judge': {}}]}]")), 6, 16, 9.6,
     19.2},
    {THREE(LOOP("", "debate", "'any': [{'agree': 1}]")), 6, 12, 9.6, 19.2},
    {THREE(LOOP("", "nothing", "")), 0, 0, 0, 0},
    {THREE(LOOP("'judge': 'chair'", "pairwise_elimination", "")), 2, 2, 13.44, 13.44},
    {OF(A ", " B ", " C ", " D, LOOP("'judge': 'a'", "pairwise_elimination", "")), 3, 5, 5.04, 8.4},
    {OF(A, LOOP("'judge': 'chair'", "pairwise_elimination", "")), 0, 0, 0, 0},
};

static bool is_near(double a, double b)
{
    return a > b - 1e-9 && a < b + 1e-9;
}

static void what_a_round_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        json_t *council = parse(ROWS[i].council);
        struct council_planned p;
        council_planned(council, &p);
        if (p.calls_min != ROWS[i].min || p.calls_max != ROWS[i].max ||
            !is_near(p.score_min, ROWS[i].score_min) || !is_near(p.score_max, ROWS[i].score_max))
            fail_msg("%s: %d..%d, %g..%g", ROWS[i].council, (int)p.calls_min, (int)p.calls_max,
                     p.score_min, p.score_max);
        json_decref(council);
    }
}

#define SEAT(id, tokens)                                                                           \
    "{'id': '" id "', 'provider': 'mock', 'model': '" id                                           \
    "', 'system_prompt': '123456', 'max_tokens': " tokens ", 'price': {'input': 3, 'output': 5}}"
#define BUDGETED(round, budget)                                                                    \
    "{" HEAD "'members': [" SEAT("a", "1000") ", " SEAT("b", "2000") ", " SEAT(                    \
        "c", "4000") "],"                                                                          \
                     " 'rounds': [{'type': 'independent_analysis'" round "}], 'budget': {" budget  \
                     "}}"
#define NEEDS(needed, limit, held)                                                                 \
    "The first round needs at least " needed " for its quorum, and " limit " leaves " held         \
    " for members: raise it, or lower max_tokens of the members."

/* Of each seat: its prompt of six bytes and an input of none, three bytes a token, and all of its
 * max_tokens. */
static const struct {
    const char *council, *message; /* NULL: it fits */
} FIRST[] = {
    {BUDGETED(", 'quorum': 1", "'max_tokens': 1002"), NULL},
    {BUDGETED(", 'quorum': 1", "'max_tokens': 1001"), NEEDS("1002", "max_tokens", "1001")},
    {BUDGETED(", 'quorum': 2", "'max_tokens': 3004"), NULL},
    {BUDGETED(", 'quorum': 2", "'max_tokens': 3003"), NEEDS("3004", "max_tokens", "3003")},
    {BUDGETED(", 'quorum': 3", "'max_tokens': 7006"), NULL},
    {BUDGETED(", 'quorum': 3", "'max_tokens': 7005"), NEEDS("7006", "max_tokens", "7005")},
    {BUDGETED(", 'quorum': 1, 'members': ['b', 'c']", "'max_tokens': 2002"), NULL},
    {BUDGETED(", 'quorum': 1, 'members': ['b', 'c']", "'max_tokens': 2001"),
     NEEDS("2002", "max_tokens", "2001")},
    {BUDGETED(", 'quorum': 2, 'members': ['a', 'c']", "'max_tokens': 5003"),
     NEEDS("5004", "max_tokens", "5003")},
    {BUDGETED(", 'quorum': 2", "'max_calls': 2"), NULL},
    {BUDGETED(", 'quorum': 2", "'max_calls': 1"), NEEDS("2", "max_calls", "1")},
    {BUDGETED(", 'quorum': 1", "'max_cost': 0.005006"), NULL},
    {BUDGETED(", 'quorum': 1", "'max_cost': 0.005005"), NEEDS("0.005006", "max_cost", "0.005005")},
    {BUDGETED(", 'quorum': 1", "'max_tokens': 2004, 'chair_reserve': 0.5"), NULL},
    {BUDGETED(", 'quorum': 1", "'max_tokens': 2002, 'chair_reserve': 0.5"),
     NEEDS("1002", "max_tokens", "1001")},
};

static void what_the_first_round_takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FIRST / sizeof FIRST[0]; i++) {
        struct fixture f;
        struct council_plan plan;
        struct council_faults faults;
        json_t *document = parse(FIRST[i].council);
        struct council_request request = {.council = document};
        fixture_init(&f, NULL);
        int r = council_resolve(&f.context, &request, &plan, &faults);
        print_faults(&faults);
        if (FIRST[i].message) {
            assert_int_equal(r, -EINVAL);
            assert_int_equal(faults.council.count, 1);
            assert_string_equal(faults.council.at[0].code, "budget_too_small");
            assert_string_equal(faults.council.at[0].message, FIRST[i].message);
        } else {
            assert_int_equal(r, 0);
            council_plan_release(&plan);
        }
        council_faults_release(&faults);
        json_decref(document);
        fixture_release(&f);
    }
}

static void how_many_calls_the_operator_allows(void **state)
{
    (void)state;
    for (int cap = 2; cap < 5; cap++) {
        struct fixture f;
        fixture_init(&f, NULL);
        f.context.max_planned_calls = cap;
        if (cap >= 3) {
            struct council_plan plan = resolve_with(&f, "{" HEAD MEMBERS3 ", " ROUNDS "}", NULL);
            council_plan_release(&plan);
        } else {
            assert_message_with(&f, "{" HEAD MEMBERS3 ", " ROUNDS "}",
                                "The council may make 3 calls; the operator allows 2. Take "
                                "members, rounds or iterations away.");
        }
        fixture_release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_round_takes),
        cmocka_unit_test(what_the_first_round_takes),
        cmocka_unit_test(how_many_calls_the_operator_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
