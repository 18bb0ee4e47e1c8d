/* The final answer is all that most readers see: whose words it has, whose winner it names, and
 * that it says so where there is none. Each member of it, for each way to come by it. */
#include "drive.h"

#define COUNCIL(more, rounds)                                                                      \
    "{\"id\": \"x\", \"members\": " THREE more ", \"rounds\": [" rounds "]}"
#define CHAIRED   ", \"chair\": " CHAIR
#define ANSWERS   ROUND("independent_analysis")
#define SYNTHESIS ROUND("synthesis")
#define VOTE(opts)                                                                                 \
    "{\"type\": \"vote\", \"name\": \"v\", \"opts\": {\"options\": [{\"id\": \"x\", \"text\": "    \
    "\"Do x\"}, \"y\"]" opts "}}"
#define FINAL(content, source, member, confidence, winner, tied, withheld)                         \
    "{\"content\":" content ",\"parsed\":null,\"source\":\"" source "\",\"member_id\":" member     \
    ",\"confidence\":" confidence ",\"winner\":" winner ",\"tied\":" tied                          \
    ",\"withheld\":" withheld "}"
#define FAILED "[{\"error\": {\"kind\": \"permanent\", \"code\": \"x\"}}]"

/* Three answers, of which bob's is most like the others. */
#define SAID                                                                                       \
    "\"r0i0:member:ann\": [{\"text\": \"a b\"}], \"r0i0:member:bob\": [{\"text\": \"a b c\"}], "   \
    "\"r0i0:member:cy\": [{\"text\": \"a b c d\"}]"
#define VOTES(n, a, b, c)                                                                          \
    "\"r" #n "i0:member:ann\": [{\"text\": \"Vote: " a "\"}], \"r" #n                              \
    "i0:member:bob\": [{\"text\": \"Vote: " b "\"}], \"r" #n "i0:member:cy\": [{\"text\": "        \
    "\"Vote: " c "\"}]"

static void expect(const char *council, const char *script, const char *final, const char *outcome)
{
    struct drive d = drive_new(council, script);
    drive_run(&d);
    assert_at(d.result, "final", final);
    assert_string_equal(d.outcome, outcome);
    drive_release(&d);
}

#define NONE FINAL("null", "none", "null", "null", "null", "[]", "false")

static void without_a_chair(void **state)
{
    (void)state;
    expect(COUNCIL("", ANSWERS), "{" SAID "}", NONE, "complete");
    expect("{\"id\": \"x\", \"members\": [" SEAT("ann") "], \"rounds\": [" ANSWERS "]}",
           "{" SAID "}",
           FINAL("\"a b\"", "single_answer", "\"ann\"", "null", "null", "[]", "false"), "complete");
}

static void what_was_voted_for(void **state)
{
    (void)state;
    expect(COUNCIL("", VOTE("")), "{" VOTES(0, "x", "y", "x") "}",
           FINAL("\"Do x\"", "aggregate", "null", "null", "\"x\"", "[]", "false"), "complete");
    expect(COUNCIL("", VOTE("")), "{" VOTES(0, "y", "y", "x") "}",
           FINAL("\"y\"", "aggregate", "null", "null", "\"y\"", "[]", "false"), "complete");
    expect(COUNCIL("", VOTE(", \"allow_abstain\": true, \"tie_break\": []")),
           "{" VOTES(0, "x", "y", "abstain") "}",
           FINAL("null", "tie", "null", "null", "null", "[\"x\",\"y\"]", "false"), "complete");
    expect(COUNCIL("", VOTE(", \"allow_abstain\": true")),
           "{" VOTES(0, "abstain", "abstain", "abstain") "}", NONE, "complete");
}

/* Its own words, beside the winner of the count. */
static void what_the_chair_writes(void **state)
{
    (void)state;
    expect(COUNCIL(CHAIRED, ANSWERS ", " SYNTHESIS),
           "{" SAID ", \"r1i0:chair:chair\": [{\"text\": \"So be it.\"}]}",
           FINAL("\"So be it.\"", "chair", "\"chair\"", "null", "null", "[]", "false"), "complete");
    expect(COUNCIL(CHAIRED, ANSWERS ", " VOTE("") ", " SYNTHESIS),
           "{" SAID ", " VOTES(1, "x", "y", "x") ", \"r2i0:chair:chair\": [{\"text\": \"So.\"}]}",
           FINAL("\"So.\"", "chair", "\"chair\"", "null", "\"x\"", "[]", "false"), "complete");
}

/* The winner of the count, else the answer that is most like the others. */
static void where_the_chair_fails(void **state)
{
    (void)state;
    expect(COUNCIL(CHAIRED, ANSWERS ", " SYNTHESIS), "{" SAID ", \"r1i0:chair:chair\": " FAILED "}",
           FINAL("\"a b c\"", "best_answer", "\"bob\"", "null", "null", "[]", "false"), "degraded");
    expect(COUNCIL(CHAIRED, ANSWERS ", " VOTE("") ", " SYNTHESIS),
           "{" SAID ", " VOTES(1, "x", "y", "x") ", \"r2i0:chair:chair\": " FAILED "}",
           FINAL("\"Do x\"", "best_answer", "null", "null", "\"x\"", "[]", "false"), "degraded");
}

/* A round that may go on without its quorum cannot go on without any answer. */
static void where_nobody_answers(void **state)
{
    (void)state;
    static const char *const CHAIRS[] = {"", CHAIRED};
    for (size_t i = 0; i < 2; i++) {
        char council[1200];
        snprintf(council, sizeof council,
                 COUNCIL("%s", "{\"type\": \"independent_analysis\", \"name\": \"a\", "
                               "\"on_quorum_lost\": \"continue\"}%s"),
                 CHAIRS[i], i ? ", " SYNTHESIS : "");
        struct drive d =
            drive_new(council, "{\"r0i0:member:ann\": " FAILED ", \"r0i0:member:bob\": " FAILED
                               ", \"r0i0:member:cy\": " FAILED "}");
        drive_run(&d);
        assert_string_equal(d.outcome, "failed");
        assert_at(d.result, "final", "null");
        assert_at(d.result, "errors.3.code", "\"no_answers\"");
        assert_at(d.result, "errors.3.message", "\"no member has an answer\"");
        assert_int_equal(json_array_size(d.asked), 3); /* no chair */
        drive_release(&d);
    }
}

static void refused(void **state)
{
    (void)state;
    struct drive d =
        drive_new(COUNCIL(CHAIRED ", \"on_degraded\": \"refuse\"", ANSWERS ", " SYNTHESIS),
                  "{" SAID ", \"r1i0:chair:chair\": " FAILED "}");
    drive_run(&d);
    assert_at(d.result, "final", FINAL("null", "none", "null", "null", "null", "[]", "true"));
    assert_string_equal(d.outcome, "refused");
    assert_at(d.result, "status", "\"failed\"");
    assert_at(d.result, "outcome", "\"refused\"");
    drive_release(&d);
}

static void cancelled(void **state)
{
    (void)state;
    struct drive d = drive_new(COUNCIL("", ANSWERS), "{" SAID "}");
    drive_at(&d, 50, "{\"type\": \"cancel_requested\", \"mode\": \"now\"}");
    drive_run(&d);
    assert_at(d.result, "final", "null");
    assert_string_equal(d.outcome, "cancelled");
    assert_at(d.result, "status", "\"cancelled\"");
    drive_release(&d);
}

/* How sure the member is whose answer it is. */
static void how_sure_it_is(void **state)
{
    (void)state;
    struct drive d = drive_new("{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": "
                               "\"mock\", \"model\": \"m\", \"confidence\": \"self_report\"}], "
                               "\"rounds\": [" ANSWERS "]}",
                               "{\"r0i0:member:ann\": [{\"text\": \"a\\n{\\\"confidence\\\": "
                               "0.25}\"}]}");
    drive_run(&d);
    assert_at(d.result, "final",
              FINAL("\"a\"", "single_answer", "\"ann\"", "0.25", "null", "[]", "false"));
    assert_at(d.result, "members.ann.confidence", "0.25");
    drive_release(&d);
}

/* ---- the time of a chair ---- */

#define NEVER "[{\"error\": \"never\"}]"
#define CHAIR_OF(more)                                                                             \
    ", \"budget\": {\"deadline_ms\": 10000}, \"chair\": {\"id\": \"chair\", \"provider\": "        \
    "\"mock\", \"model\": \"m-chair\"" more "}"

/* While another can still be asked a chair has half of the time that is left, the last all of it.
 */
static void each_chair_leaves_time_for_the_next(void **state)
{
    (void)state;
    static const struct {
        const char *more;
        int n;
        int64_t start[3];
    } CASES[] = {
        {"", 1, {100}},
        {", \"fallback_chairs\": [\"ann\"]", 2, {100, 5050}},
        {", \"fallback_chairs\": [\"ann\", \"bob\"]", 3, {100, 5050, 7525}},
    };
    static const char *const CALLS[] = {"chair", "ann", "bob"};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char council[1200];
        snprintf(council, sizeof council, COUNCIL(CHAIR_OF("%s"), ANSWERS ", " SYNTHESIS),
                 CASES[i].more);
        struct drive d =
            drive_new(council, "{" SAID ", \"r1i0:chair:chair\": " NEVER
                               ", \"r1i0:chair:ann\": " NEVER ", \"r1i0:chair:bob\": " NEVER "}");
        drive_run(&d);
        assert_at(d.result, "timing.duration_ms", "10000");
        assert_at(d.result, "final.source", "\"best_answer\"");
        assert_int_equal(json_array_size(d.aborted), CASES[i].n);
        for (int k = 0; k < CASES[i].n; k++) {
            json_t *results = at_path(d.result, "rounds.1.member_results");
            json_t *result = json_object_get(results, CALLS[k]);
            assert_int_equal(j_int(json_array_get(j_get(result, "attempts"), 0), "started_ms", -1),
                             CASES[i].start[k]);
            assert_at(result, "reason", k + 1 < CASES[i].n ? "\"total\"" : "\"run_deadline\"");
        }
        drive_release(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_chair),
        cmocka_unit_test(what_was_voted_for),
        cmocka_unit_test(what_the_chair_writes),
        cmocka_unit_test(where_the_chair_fails),
        cmocka_unit_test(where_nobody_answers),
        cmocka_unit_test(refused),
        cmocka_unit_test(cancelled),
        cmocka_unit_test(how_sure_it_is),
        cmocka_unit_test(each_chair_leaves_time_for_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
