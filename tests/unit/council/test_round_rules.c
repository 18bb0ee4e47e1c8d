/* What a round may ask for, rule by rule: each is told of with one fault at its place, and what
 * stands just inside of it is taken. */
#include "heap_kept.h"
#include "support.h"

#define MOCK               "'provider': 'mock', 'model': 'm'"
#define FIRST              "{'type': 'independent_analysis'}"
#define SEATS(seats, rest) "{" HEAD "'members': [" seats "], " rest "}"
#define ALONE              "{'id': 'a', " MOCK "}"
#define BOTH               ALONE ", {'id': 'b', " MOCK "}"
#define LATER(round)       "{" HEAD MEMBERS3 ", 'rounds': [" FIRST ", " round "]}"
#define LONE(round)        SEATS(ALONE, "'rounds': [" FIRST ", " round "]")
#define VOTE(opts)         LATER("{'type': 'vote', 'opts': {'question': 'q?', " opts "}}")
#define ANSWERS            "'options': ['x', 'y']"
#define RANKED(opts)       LATER("{'type': 'ranking', 'opts': {" opts "}}")
#define REVIEWED(opts)     LATER("{'type': 'anonymized_peer_review', 'opts': {" opts "}}")
#define ENDED(opts)        CHAIRED("{'type': 'synthesis', 'opts': {" opts "}}")
#define LOOP(opts)                                                                                 \
    "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'iterate', 'opts': {'wrap': {'type':"                 \
    " 'independent_analysis'}, " opts "}}]}"
#define ROUTED(router)                                                                             \
    "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'independent_analysis', 'router': " router "}]}"
#define BUDGETED(quorum, tokens)                                                                   \
    SEATS("{'id': 'a', " MOCK ", 'max_tokens': 9000, 'system_prompt': 'abc'}, {'id': 'b', " MOCK   \
          ", 'max_tokens': 10, 'system_prompt': 'abc'}",                                           \
          "'rounds': [{'type': 'independent_analysis', 'quorum': " quorum                          \
          "}], 'budget': {'max_tokens': " tokens "}")
#define SUB "{'id': 's', 'sub_council': " SEATS(ALONE, "'rounds': [" FIRST "]") "}"

static const struct {
    const char *council, *wanted; /* NULL: nothing is wrong */
} ROWS[] = {
    /* Who judges others needs another one. */
    {LONE("{'type': 'anonymized_peer_review'}"), "/rounds/1 too_few_members"},
    {LONE("{'type': 'debate'}"), "/rounds/1 too_few_members"},
    {LONE("{'type': 'critique'}"), "/rounds/1 too_few_members"},
    {LONE("{'type': 'peer_review'}"), "/rounds/1 too_few_members"},
    {LONE("{'type': 'pairwise_elimination'}"), "/rounds/1 too_few_members"},
    {LONE("{'type': 'vote', 'opts': {'question': 'q?', 'candidates': 'answers'}}"),
     "/rounds/1 too_few_members"},
    /* Scores are there when there is a rubric, and an aggregator counts what there is. */
    {REVIEWED("'aggregator': 'mean_score', 'rubric': []"),
     "/rounds/1/opts/aggregator aggregator_mismatch"},
    {REVIEWED("'aggregator': 'mean_score', 'rubric': [{'id': 'r', 'text': 't'}]"), NULL},
    /* What a chair's form leaves room for. */
    {ENDED("'mode': 'synthesize', 'extract_dissent': true"), NULL},
    {ENDED("'mode': 'select', 'extract_dissent': true"),
     "/rounds/1/opts/extract_dissent schema_conflict"},
    /* Loops. */
    {LOOP("'min_iterations': 2, 'max_iterations': 2"), NULL},
    {LOOP("'min_iterations': 3, 'max_iterations': 2"),
     "/rounds/0/opts/min_iterations out_of_range"},
    /* Candidates. */
    {VOTE("'options': [{'text': 'x'}, 'y']"), "/rounds/1/opts/options/0 missing_field"},
    {VOTE("'candidates': 'options'"), "/rounds/1/opts/candidates bad_candidates"},
    {VOTE(ANSWERS ", 'candidates': 'answers', 'missing_counts_as': 'zz'"),
     "/rounds/1/opts/candidates bad_candidates"},
    {VOTE("'candidates': 5, 'missing_counts_as': 'zz'"), "/rounds/1/opts/candidates wrong_type"},
    {VOTE("'candidates': 'answers', 'missing_counts_as': 'a'"), NULL},
    {VOTE("'candidates': 'answers', 'missing_counts_as': 'zz'"),
     "/rounds/1/opts/missing_counts_as bad_candidates"},
    {VOTE(ANSWERS ", 'missing_counts_as': 'x'"), NULL},
    {VOTE(ANSWERS ", 'missing_counts_as': 'a'"), "/rounds/1/opts/missing_counts_as bad_candidates"},
    {VOTE("'candidates': 'free', 'missing_counts_as': 'a'"),
     "/rounds/1/opts/missing_counts_as bad_candidates"},
    {"{" HEAD MEMBERS3 ", 'rounds': [" FIRST ", {'type': 'vote', 'name': 'v', 'opts': {'question':"
     " 'q?', " ANSWERS "}}, {'type': 'vote', 'opts': {'question': 'q?', 'candidates':"
     " 'answers'}}]}",
     NULL},
    {"{" HEAD MEMBERS3 ", 'rounds': [{'type': 'vote', 'opts': {'question': 'q?', 'candidates':"
     " 'answers'}}]}",
     "/rounds/0/opts/candidates bad_candidates"},
    /* Of an aggregator that does not fit nothing else is told. */
    {VOTE(ANSWERS ", 'aggregator': 5, 'threshold': 0.5"), "/rounds/1/opts/aggregator wrong_type"},
    {VOTE(ANSWERS ", 'aggregator': 'borda', 'threshold': 0.5"),
     "/rounds/1/opts/aggregator aggregator_mismatch"},
    /* Opts for which an aggregator has no use. */
    {VOTE(ANSWERS ", 'weights': 'reliability', 'weight_transform': 'log_odds'"), NULL},
    {VOTE(ANSWERS ", 'weights': 'member', 'weight_transform': 'log_odds'"),
     "/rounds/1/opts/weight_transform aggregator_mismatch"},
    {VOTE(ANSWERS ", 'weight_transform': 'log_odds'"),
     "/rounds/1/opts/weight_transform aggregator_mismatch"},
    {VOTE(ANSWERS ", 'aggregator': 'median_confidence', 'weight_transform': 'log_odds'"),
     "/rounds/1/opts/weight_transform aggregator_mismatch"},
    /* Without a completion a tie stays one. */
    {RANKED("'aggregator': 'condorcet', 'tie_break': ['pairwise']"),
     "/rounds/1/opts/tie_break aggregator_mismatch"},
    {RANKED("'aggregator': 'condorcet', 'completion': 'none', 'tie_break': ['pairwise']"),
     "/rounds/1/opts/tie_break aggregator_mismatch"},
    {RANKED("'aggregator': 'condorcet', 'completion': 'schulze', 'tie_break': ['pairwise']"), NULL},
    {RANKED("'aggregator': 'condorcet', 'tie_break': ['none']"), NULL},
    /* Who is named. */
    {LATER("{'type': 'debate', 'router': {'kind': 'rules', 'rules': [{'when': {'member_status':"
           " {'zz': ['ok']}}, 'members': ['a']}]}}"),
     "/rounds/1/router/rules/0/when/member_status/zz unknown_member"},
    {ROUTED("{'kind': 'rules', 'rules': [{'when': {'tie': true}, 'members': ['a',"
            " 'b']}], 'otherwise': ['a', 'zz']}"),
     "/rounds/0/router/otherwise/1 unknown_member"},
    {ROUTED("{'kind': 'llm', 'max': 2}"), "/rounds/0/router chair_required"},
    {ROUTED("{'kind': 'llm', 'max': 2, 'seat': {'id': 'j', 'provider': 'mock'}}"),
     "/rounds/0/router/seat missing_model"},
    {ROUTED("{'kind': 'llm', 'max': 2, 'seat': 'zz'}"), "/rounds/0/router/seat unknown_member"},
    /* A council among the members counts as itself. */
    {SEATS(ALONE ", " SUB, "'rounds': [{'type': 'independent_analysis', 'quorum': {'min': 2,"
                           " 'distinct': 'model'}}]"),
     NULL},
    {SEATS(BOTH, "'rounds': [{'type': 'independent_analysis', 'quorum': {'min': 2, 'distinct':"
                 " 'model'}}]"),
     "/rounds/0/quorum/min bad_quorum"},
    /* The limits leave room for the cheapest that are a quorum, and a quorum is one at least. */
    {BUDGETED("1", "11"), NULL},
    {BUDGETED("1", "10"), "/budget/max_tokens budget_too_small"},
    {BUDGETED("{'ratio': 0.0}", "11"), NULL},
    {BUDGETED("{'ratio': 0.0}", "10"), "/budget/max_tokens budget_too_small"},
    {BUDGETED("{'min': 1, 'ratio': 1.0}", "9012"), NULL},
    {BUDGETED("{'min': 1, 'ratio': 1.0}", "9011"), "/budget/max_tokens budget_too_small"},
    /* A chair that begins is held to what is left for it when it is asked. */
    {"{" HEAD MEMBERS3 ", " CHAIR_MOCK ", 'rounds': [{'type': 'synthesis'}], 'budget':"
     " {'max_tokens': 1}}",
     NULL},
};

static void each_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct fixture f;
        fixture_init(&f, NULL);
        if (ROWS[i].wanted) {
            assert_faults(&f, ROWS[i].council, ROWS[i].wanted);
        } else {
            struct council_plan plan = resolve_with(&f, ROWS[i].council, NULL);
            council_plan_release(&plan);
        }
        fixture_release(&f);
    }
}

static void a_mismatch_names_the_ballots(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    assert_message_with(&f,
                        REVIEWED("'aggregator': 'plurality', 'rubric': [{'id': 'r', 'text':"
                                 " 't'}]"),
                        "plurality cannot count the ballots of this round (ranked score).");
    assert_message_with(&f, REVIEWED("'aggregator': 'plurality'"),
                        "plurality cannot count the ballots of this round (ranked).");
    fixture_release(&f);
}

static const struct {
    const char *council, *field, *wanted;
} FIELDS[] = {
    {ENDED("'mode': 'verdict', 'options': ['x', {'id': 'y', 'text': 'Y'}]"),
     "/rounds/1/opts/options", "[{'id': 'x', 'text': 'x'}, {'id': 'y', 'text': 'Y'}]"},
    {ROUTED("{'kind': 'llm', 'max': 2, 'seat': {'id': 'j', 'provider': 'mock', 'model': 'm'}}"),
     "/rounds/0/router/seat/timeouts/total_ms", "300000"},
    {RANKED("'aggregator': 'borda'"), "/rounds/1/opts/tie_break", "['pairwise', 'none']"},
    {RANKED("'aggregator': 'condorcet'"), "/rounds/1/opts/tie_break", "['none']"},
    {RANKED("'aggregator': 'condorcet', 'completion': 'none'"), "/rounds/1/opts/tie_break",
     "['none']"},
    {RANKED("'aggregator': 'condorcet', 'completion': 'schulze'"), "/rounds/1/opts/tie_break",
     "['pairwise', 'none']"},
    {VOTE(ANSWERS), "/rounds/1/opts/tie_break", "['none']"},
    {VOTE(ANSWERS ", 'aggregator': 'median_confidence'"), "/rounds/1/opts/tie_break",
     "['votes', 'none']"},
    {VOTE(ANSWERS ", 'candidates': 'options'"), "/rounds/1/opts/candidates", "'options'"},
    {VOTE("'candidates': 'answers'"), "/rounds/1/opts/candidates", "'answers'"},
    {LATER("{'type': 'debate'}"), "/rounds/0/max_parallel", "16"},
    {LATER("{'type': 'debate', 'max_parallel': 17}"), "/rounds/1/max_parallel", "16"},
    {LATER("{'type': 'debate', 'max_parallel': 15}"), "/rounds/1/max_parallel", "15"},
};

static void what_is_filled_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        struct fixture f;
        fixture_init(&f, NULL);
        struct council_plan plan = resolve_with(&f, FIELDS[i].council, NULL);
        assert_json(plan.document, FIELDS[i].field, FIELDS[i].wanted);
        council_plan_release(&plan);
        fixture_release(&f);
    }
}

/* The bundles of a request are looked at like those of a document. */
static void bundles_of_options(void **state)
{
    (void)state;
    static const char *const ROWS_OF[][2] = {
        {"{'defaults': {'provider': 'nope'}}", "/options/defaults/provider"},
        {"{'overrides': {'all': {'provider': 'nope'}}}", "/options/overrides/all/provider"},
        {"{'overrides': {'seats': {'a': {'provider': 'nope'}}}}",
         "/options/overrides/seats/a/provider"},
        {"{'overrides': {'all': {'tools': ['nope']}}}", "/options/overrides/all/tools/0"},
    };
    for (size_t i = 0; i < sizeof ROWS_OF / sizeof ROWS_OF[0]; i++) {
        struct fixture f;
        struct council_plan plan;
        struct council_faults faults;
        fixture_init(&f, NULL);
        json_t *document = parse(LATER("{'type': 'debate'}")), *options = parse(ROWS_OF[i][0]);
        struct council_request request = {.council = document, .options = options};
        assert_int_equal(council_resolve(&f.context, &request, &plan, &faults), -EINVAL);
        assert_string_equal(faults.option_field, ROWS_OF[i][1]);
        council_faults_release(&faults);
        assert_null(faults.option_field);
        json_decref(document);
        json_decref(options);
        fixture_release(&f);
    }
}

static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(each_rule);
    assert_keeps_nothing(what_is_filled_in);
    assert_keeps_nothing(bundles_of_options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule),         cmocka_unit_test(a_mismatch_names_the_ballots),
        cmocka_unit_test(what_is_filled_in), cmocka_unit_test(bundles_of_options),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
