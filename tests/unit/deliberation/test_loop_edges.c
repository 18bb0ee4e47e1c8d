/* Loops from their first iteration to their last: what a wrapped round takes from whom, when a
 * judge ends it, and what is kept from one iteration for the next. */
#include "drive.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))
#define OPTIONS      "\"options\": [\"yes\", \"no\"], \"early_stop\": \"off\""
#define JURY(opts, beside, wrap)                                                                   \
    "{\"id\": \"x\", \"members\": " THREE ", \"chair\": " CHAIR                                    \
    ", \"rounds\": [{\"type\": \"iterate\", \"name\": \"jury\"" beside ", \"opts\": {" opts        \
    "\"wrap\": {\"type\": \"vote\"" wrap "}}}]}"
#define VOTE            ", \"opts\": {" OPTIONS "}"
#define SAY(id, choice) "\"" id "\": [{\"text\": \"{\\\"choice\\\": \\\"" choice "\\\"}\"}]"
#define DEAD(id)        "\"" id "\": [{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\"}}]"
#define ALL_SAY(i, a, b, c)                                                                        \
    SAY("r0i" i ":member:ann", a)                                                                  \
    ", " SAY("r0i" i ":member:bob", b) ", " SAY("r0i" i ":member:cy", c)

#define THRICE                                                                                     \
    "{" ALL_SAY("0", "yes", "yes", "yes") ", " ALL_SAY("1", "yes", "yes", "yes") ", " ALL_SAY(     \
        "2", "yes", "yes", "yes") "}"

static size_t rounds_of(struct drive *d)
{
    return json_array_size(at_path(d->result, "rounds"));
}

static const struct {
    const char *council, *script;
    size_t rounds;
    bool warned;
    const char *converged; /* of the last */
} LOOPS[] = {
    {JURY("\"until\": {\"never\": true}, \"max_iterations\": 1, ", "", VOTE), THRICE, 1, true,
     "false"},
    {JURY("\"until\": {\"never\": true}, \"max_iterations\": 3, ", "", VOTE), THRICE, 3, true,
     "false"},
    {JURY("\"until\": {\"unanimous\": true}, \"max_iterations\": 3, ", "", VOTE),
     "{" ALL_SAY("0", "yes", "yes", "yes") "}", 1, false, "true"},
    {JURY("\"until\": {\"unanimous\": true}, \"max_iterations\": 3, \"min_iterations\": 2, ", "",
          VOTE),
     "{" ALL_SAY("0", "yes", "yes", "yes") ", " ALL_SAY("1", "yes", "yes", "yes") "}", 2, false,
     "true"},
    {JURY("\"until\": {\"unanimous\": true}, \"max_iterations\": 3, \"min_iterations\": 3, ", "",
          VOTE),
     "{" ALL_SAY("0", "yes", "yes", "yes") ", " ALL_SAY("1", "yes", "yes", "yes") ", " ALL_SAY(
         "2", "yes", "no", "yes") "}",
     3, true, "false"},
    {JURY("\"until\": {\"same_winner\": 2}, \"max_iterations\": 4, ", "", VOTE),
     "{" ALL_SAY("0", "yes", "yes", "no") ", " ALL_SAY("1", "yes", "yes", "no") "}", 2, false,
     "true"},
    {JURY("\"until\": {\"same_winner\": 2}, \"max_iterations\": 4, ", "", VOTE),
     "{" ALL_SAY("0", "yes", "yes", "no") ", " ALL_SAY("1", "no", "yes", "no") ", " ALL_SAY(
         "2", "yes", "yes", "no") ", " ALL_SAY("3", "yes", "yes", "no") "}",
     4, false, "true"},
    {JURY("\"until\": {\"same_winner\": 3}, \"max_iterations\": 5, ", "", VOTE),
     "{" ALL_SAY("0", "yes", "yes", "no") ", " ALL_SAY("1", "yes", "yes", "no") ", " ALL_SAY(
         "2", "yes", "yes", "no") "}",
     3, false, "true"},
    /* the winner and the ballots of the iteration before are those of now */
    {JURY("\"until\": {\"converged\": true}, \"max_iterations\": 4, ", "", VOTE),
     "{" ALL_SAY("0", "yes", "yes", "no") ", " ALL_SAY("1", "yes", "yes", "no") "}", 2, false,
     "true"},
    {JURY("\"until\": {\"converged\": true}, \"max_iterations\": 4, ", "", VOTE),
     "{" ALL_SAY("0", "yes", "yes", "no") ", " ALL_SAY("1", "yes", "no", "yes") ", " ALL_SAY(
         "2", "yes", "no", "yes") "}",
     3, false, "true"},
    /* a tie has no winner, and begins the count anew */
    {JURY("\"until\": {\"same_winner\": 2}, \"max_iterations\": 4, ", "", VOTE),
     "{" ALL_SAY("0", "yes", "yes", "no") ", " ALL_SAY("1", "yes", "no", "abstain") ", " ALL_SAY(
         "2", "yes", "yes", "no") ", " ALL_SAY("3", "no", "no", "no") "}",
     4, true, "false"},
};

static void how_often_it_is_gone_round(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(LOOPS); i++) {
        char last[32];
        struct drive d = drive_new(LOOPS[i].council, LOOPS[i].script);
        drive_run(&d);
        print_message("case %zu\n", i);
        assert_int_equal(rounds_of(&d), LOOPS[i].rounds + 1); /* the chair has the last */
        snprintf(last, sizeof last, "rounds.%zu.converged", LOOPS[i].rounds - 1);
        assert_at(d.result, last, LOOPS[i].converged);
        assert_int_equal(has_warning(&d, "not_converged"), LOOPS[i].warned);
        if (LOOPS[i].warned)
            assert_at(d.result, "warnings.0.message",
                      "\"the loop ended at its maximum of iterations\"");
        drive_release(&d);
    }
}

/* What stands in the wrapped round comes before what stands beside it. */
static void whose_word_the_wrapped_round_takes(void **state)
{
    (void)state;
    static const struct {
        const char *council, *path, *expected;
    } CASES[] = {
#define ONCE(beside, wrap) JURY("\"max_iterations\": 1, ", beside, VOTE wrap)
        {ONCE(", \"quorum\": 3", ""), "quorum.need", "3"},
        {ONCE(", \"quorum\": 3", ", \"quorum\": 1"), "quorum.need", "1"},
        {ONCE("", ", \"quorum\": 2"), "quorum.need", "2"},
        {ONCE(", \"members\": [\"bob\"]", ""), "asked", "[\"bob\"]"},
        {ONCE(", \"router\": {\"kind\": \"reliability\", \"k\": 1}", ""), "asked", "[\"ann\"]"},
        {ONCE(", \"deadline_ms\": 100", ""), "member_results.bob.reason", "\"stage_deadline\""},
        {ONCE(", \"max_parallel\": 1", ""), "ended_ms", "700"},
        {ONCE("", ""), "name", "\"jury\""},
        {ONCE("", ""), "type", "\"vote\""},
        {ONCE("", ""), "iteration", "0"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char path[64];
        struct drive d = drive_new(
            CASES[i].council,
            "{" SAY("r0i0:member:ann", "yes") ", " SAY(
                "r0i0:member:cy",
                "no") ", \"r0i0:member:bob\": "
                      "[{\"delay_ms\": 500, \"text\": \"{\\\"choice\\\": \\\"yes\\\"}\"}]}");
        drive_run(&d);
        snprintf(path, sizeof path, "rounds.0.%s", CASES[i].path);
        print_message("case %zu\n", i);
        assert_at(d.result, path, CASES[i].expected);
        drive_release(&d);
    }
}

static void what_a_failure_means_for_a_loop(void **state)
{
    (void)state;
    static const struct {
        const char *council, *outcome, *code; /* code: of the last error */
    } CASES[] = {
        {ONCE(", \"failure_mode\": \"fail_fast\"", ""), "failed", "member_failed"},
        {ONCE("", ", \"failure_mode\": \"fail_fast\""), "failed", "member_failed"},
        {ONCE(", \"quorum\": 3, \"on_quorum_lost\": \"refuse\"", ""), "refused", "quorum_lost"},
        {ONCE(", \"on_quorum_lost\": \"refuse\"", ", \"quorum\": 3"), "refused", "quorum_lost"},
        {ONCE(", \"quorum\": 1", ""), "degraded", "auth"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct drive d = drive_new(CASES[i].council,
                                   "{" SAY("r0i0:member:ann", "yes") ", " DEAD(
                                       "r0i0:member:bob") ", " SAY("r0i0:member:cy", "yes") "}");
        drive_run(&d);
        print_message("case %zu\n", i);
        assert_string_equal(d.outcome, CASES[i].outcome);
        json_t *errors = at_path(d.result, "errors");
        json_t *last = json_array_get(errors, json_array_size(errors) - 1);
        assert_string_equal(j_str(last, "code", "none"), CASES[i].code);
        drive_release(&d);
    }
}

/* Ranks by label, whoever is asked. */
static json_t *says_alike(const struct engine_want *w)
{
    if (!w->ask->schema_name)
        return json_pack("{ss}", "text", "An answer.");
    json_t *labels = json_object(), *order = json_array(), *one;
    const char *label;
    size_t i;
    json_array_foreach (w->ask->presented, i, one)
        json_object_set_new(labels, json_string_value(one), json_true());
    char *sorted = json_dumps(labels, JSON_SORT_KEYS);
    json_decref(labels);
    labels = parse_json(sorted);
    json_object_foreach (labels, label, one)
        json_array_append_new(order, json_string(label));
    json_t *ballot = json_pack("{ssso}", "rationale", "by merit", "ordering", order);
    char *text = json_dumps(ballot, 0);
    json_t *reply = json_pack("{ss}", "text", text);
    free(sorted);
    free(text);
    json_decref(labels);
    json_decref(ballot);
    return reply;
}

/* The count of a round before the loop is none of the loop. */
static void a_count_before_the_loop_ends_none(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": " THREE
                  ", \"rounds\": [" ROUND("independent_analysis") ", " ROUND(
                      "anonymized_peer_review") ", {\"type\": \"iterate\", "
                                                "\"name\": \"loop\", \"opts\": "
                                                "{\"max_iterations\": 3, \"wrap\": {\"type\": "
                                                "\"anonymized_peer_review\"}}}]}",
                  "{}");
    d.says = says_alike;
    drive_run(&d);
    json_t *order = at_path(d.result, "rounds.1.aggregate.order");
    assert_int_equal(json_array_size(order), 3);
    assert_true(json_equal(order, at_path(d.result, "rounds.2.aggregate.order")));
    assert_at(d.result, "rounds.2.converged", "false");
    assert_at(d.result, "rounds.3.converged", "true");
    drive_release(&d);
}

#define DEBATE(until) DEBATE_BESIDE("", until)
#define DEBATE_BESIDE(beside, until)                                                               \
    "{\"id\": \"x\", \"members\": " THREE ", \"chair\": " CHAIR ", \"rounds\": [" ROUND(           \
        "independent_analysis") ", {\"type\": \"iterate\", \"name\": \"loop\", " beside            \
                                "\"opts\": "                                                       \
                                "{\"wrap\": {\"type\": \"debate\"}, \"max_iterations\": 2, "       \
                                "\"until\": " until "}}, " ROUND("synthesis") "]}"
#define VERDICT(who, agree, score)                                                                 \
    "{\"r1i0:consensus:" who "\": [{\"text\": \"{\\\"open_points\\\": [], \\\"agree\\\": " agree   \
    ", \\\"score\\\": " score "}\"}]}"

/* A judge has to agree, and to be as sure as it is asked to be. */
static void when_a_judge_ends_it(void **state)
{
    (void)state;
    static const struct {
        const char *council, *script;
        const char *converged; /* of the first iteration */
    } CASES[] = {
        {DEBATE("{\"judge\": {\"score\": 0.8}}"), VERDICT("chair", "true", "0.8"), "true"},
        {DEBATE("{\"judge\": {\"score\": 0.8}}"), VERDICT("chair", "true", "0.79"), "false"},
        {DEBATE("{\"judge\": {\"score\": 0.8}}"), VERDICT("chair", "false", "0.9"), "false"},
        {DEBATE("{\"judge\": {\"score\": 0}}"), VERDICT("chair", "true", "0"), "true"},
        {DEBATE("{\"judge\": {\"score\": 0.8}}"), "{" DEAD("r1i0:consensus:chair") "}", "false"},
        {DEBATE("{\"judge\": {\"score\": 0.8, \"seat\": {\"id\": \"j\", \"provider\": \"mock\", "
                "\"model\": \"j\"}}}"),
         VERDICT("j", "true", "0.8"), "true"},
        {DEBATE("{\"judge\": {\"score\": 0.8, \"seat\": \"ann\"}}"), VERDICT("ann", "true", "0.8"),
         "true"},
        {DEBATE("{\"all\": [{\"judge\": {\"score\": 0.8}}, {\"judge\": {\"score\": 0.8, \"seat\": "
                "\"ann\"}}]}"),
         VERDICT("chair", "true", "0.8"), "false"}, /* ann says nothing of the kind */
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct drive d = drive_new(CASES[i].council, CASES[i].script);
        drive_run(&d);
        print_message("case %zu\n", i);
        assert_at(d.result, "rounds.1.converged", CASES[i].converged);
        drive_release(&d);
    }
}

/* An answer that comes when nobody waits for it any more is paid for nothing. */
static void no_judge_is_asked_about_a_round_that_was_ended(void **state)
{
    (void)state;
    static const struct {
        const char *beside, *script, *cancel;
    } CASES[] = {
        {"", "{}", "{\"type\": \"cancel_requested\", \"mode\": \"drain\"}"},
        {"", "{}", "{\"type\": \"cancel_requested\", \"mode\": \"now\"}"},
        {"\"failure_mode\": \"fail_fast\", ", "{" DEAD("r1i0:member:ann") "}", NULL},
        {"\"deadline_ms\": 150, ",
         "{\"r1i0:member:cy\": [{\"text\": \"late\", \"delay_ms\": 1000}]}", NULL},
        {"", "{}", NULL},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const bool asked = i + 1 == COUNT(CASES);
        char council[1500];
        snprintf(council, sizeof council, DEBATE_BESIDE("%s", "{\"judge\": {\"score\": 0.8}}"),
                 CASES[i].beside);
        struct drive d = drive_new(council, CASES[i].script);
        if (CASES[i].cancel)
            drive_at(&d, 150, CASES[i].cancel);
        drive_run(&d);
        print_message("case %zu\n", i);
        assert_int_equal(asked_of(&d, "r1i0:consensus:chair", 0) != NULL, asked);
        assert_int_equal(json_array_size(at_path(d.result, "rounds.1.calls")), asked);
        assert_at(d.result, "rounds.1.converged", "false");
        drive_release(&d);
    }
}

static void what_a_judge_reads(void **state)
{
    (void)state;
    struct drive d = drive_new(DEBATE("{\"judge\": {\"score\": 0.8}}"), "{}");
    drive_run(&d);
    const char *prompt = prompt_of(&d, "r1i0:consensus:chair", 0);
    assert_non_null(strstr(prompt, "Answer of ann in r1i0"));
    assert_non_null(strstr(prompt, "Answer of bob in r1i0"));
    assert_non_null(strstr(prompt, "Answer of cy in r1i0"));
    assert_non_null(
        strstr(prompt, "First list the points that are still open. Then say whether the responses "
                       "above agree in substance; score 1 means that a reader could act on any of "
                       "them with the same result."));
    drive_release(&d);
}

/* Ballots of a silent member: kept once and for all, or shared with its later ones. */
static void what_is_kept_of_ballots(void **state)
{
    (void)state;
    static const struct {
        const char *retain, *script, *scores, *ballots;
    } CASES[] = {
        {"last",
         "{" ALL_SAY("0", "yes", "yes", "no") ", " SAY("r0i1:member:ann", "no") ", " DEAD(
             "r0i1:member:bob") ", " SAY("r0i1:member:cy", "no") "}",
         "{\"yes\":1.0,\"no\":2.0}",
         "{\"seats\":3,\"cast\":3,\"abstained\":0,\"invalid\":0,\"missing\":0,\"carried\":1}"},
        {"last",
         "{" SAY("r0i0:member:ann", "yes") ", " DEAD("r0i0:member:bob") ", " SAY(
             "r0i0:member:cy",
             "no") ", " SAY("r0i1:member:ann",
                            "no") ", " DEAD("r0i1:member:bob") ", " SAY("r0i1:member:cy", "no") "}",
         "{\"yes\":0.0,\"no\":2.0}",
         "{\"seats\":3,\"cast\":2,\"abstained\":0,\"invalid\":0,\"missing\":1,\"carried\":0}"},
        {"pool",
         "{" ALL_SAY("0", "yes", "yes", "no") ", " SAY("r0i1:member:ann", "no") ", " DEAD(
             "r0i1:member:bob") ", " SAY("r0i1:member:cy", "no") "}",
         "{\"yes\":1.5,\"no\":1.5}",
         "{\"seats\":3,\"cast\":3,\"abstained\":0,\"invalid\":0,\"missing\":0,\"carried\":1}"},
        {"pool",
         "{" SAY("r0i0:member:ann", "yes") ", " DEAD("r0i0:member:bob") ", " SAY(
             "r0i0:member:cy",
             "no") ", " SAY("r0i1:member:ann",
                            "no") ", " DEAD("r0i1:member:bob") ", " SAY("r0i1:member:cy", "no") "}",
         "{\"yes\":0.5,\"no\":1.5}",
         "{\"seats\":3,\"cast\":2,\"abstained\":0,\"invalid\":0,\"missing\":1,\"carried\":0}"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char council[1500];
        snprintf(council, sizeof council,
                 JURY("\"until\": {\"never\": true}, \"max_iterations\": 2, \"retain\": \"%s\", ",
                      ", \"quorum\": 1", VOTE),
                 CASES[i].retain);
        struct drive d = drive_new(council, CASES[i].script);
        drive_run(&d);
        print_message("case %zu\n", i);
        assert_at(d.result, "rounds.1.aggregate.scores", CASES[i].scores);
        assert_at(d.result, "rounds.1.aggregate.ballots", CASES[i].ballots);
        drive_release(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_often_it_is_gone_round),
        cmocka_unit_test(whose_word_the_wrapped_round_takes),
        cmocka_unit_test(what_a_failure_means_for_a_loop),
        cmocka_unit_test(a_count_before_the_loop_ends_none),
        cmocka_unit_test(when_a_judge_ends_it),
        cmocka_unit_test(no_judge_is_asked_about_a_round_that_was_ended),
        cmocka_unit_test(what_a_judge_reads),
        cmocka_unit_test(what_is_kept_of_ballots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
