/* What is told of a matter that was decided early, and when: the whole event, in each mode, with
 * the ballot that decided and none before. */
#include "drive.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))
#define FIVE         "[" SEAT("s0") ", " SEAT("s1") ", " SEAT("s2") ", " SEAT("s3") ", " SEAT("s4") "]"
#define ELECTION                                                                                   \
    "{\"id\": \"x\", \"members\": " FIVE ", \"rounds\": [{\"type\": \"vote\", \"name\": \"v\", "   \
    "\"quorum\": %d, \"opts\": {\"options\": [\"A\", \"B\"], \"early_stop\": \"%s\"%s}}]}"

static void add_reply(json_t *script, const char *votes, int seat, int delay_ms)
{
    char id[32];
    snprintf(id, sizeof id, "r0i0:member:s%d", seat);
    json_t *reply =
        votes[seat] == '-'
            ? json_pack("{s{ssss}si}", "error", "kind", "permanent", "code", "auth", "delay_ms",
                        delay_ms)
            : json_pack("{sosi}", "text",
                        json_sprintf("{\"choice\": \"%c\", \"confidence\": 0.5}", votes[seat]),
                        "delay_ms", delay_ms);
    json_object_set_new(script, id, json_pack("[o]", reply));
}

/* votes: "AAB-A", one for each seat, - for one that fails; answered in the order of `order`. */
static struct drive vote(const char *votes, const char *order, int quorum, const char *mode,
                         const char *opts)
{
    char council[2000];
    snprintf(council, sizeof council, ELECTION, quorum, mode, opts);
    struct drive d = drive_new(council, "{}");
    for (int i = 0; order[i]; i++)
        add_reply(d.script, votes, order[i] - '0', 1000 * (i + 1));
    drive_run(&d);
    return d;
}

#define TOLD(mode, leader, margin, cast, out)                                                      \
    "{\"index\":0,\"mode\":\"" mode "\",\"leader\":" leader ",\"margin\":" margin                  \
    ",\"cast\":" cast ",\"outstanding\":" out "}"
#define MAJORITY ", \"aggregator\": \"majority\""

static const struct {
    const char *votes, *order;
    int quorum;
    const char *mode, *opts, *event, *result; /* event without its envelope; NULL: none */
    int asked_to_the_end;                     /* how many seats were */
} CASES[] = {
    {"AAAAA", "01234", 1, "off", "", NULL, "null", 5},
    {"AAAAA", "01234", 1, "stop", "", TOLD("stop", "\"A\"", "3.0", "3", "2"),
     TOLD("stop", "\"A\"", "3.0", "3", "2"), 3},
    {"AAAAA", "43210", 1, "stop", "", TOLD("stop", "\"A\"", "3.0", "3", "2"),
     TOLD("stop", "\"A\"", "3.0", "3", "2"), 3},
    {"AAAAA", "01234", 4, "stop", "", TOLD("stop", "\"A\"", "4.0", "4", "1"),
     TOLD("stop", "\"A\"", "4.0", "4", "1"), 4},
    {"AAAAA", "01234", 5, "stop", "", NULL, "null", 5}, /* there is nothing left to stop */
    {"ABABA", "01234", 1, "stop", "", NULL, "null", 5},
    {"BAAAA", "01234", 1, "stop", "", TOLD("stop", "\"A\"", "2.0", "4", "1"),
     TOLD("stop", "\"A\"", "2.0", "4", "1"), 4},
    {"AA-AA", "01234", 1, "stop", "", TOLD("stop", "\"A\"", "3.0", "3", "1"),
     TOLD("stop", "\"A\"", "3.0", "3", "1"), 4},
    {"AAAAA", "01234", 1, "shadow", "", TOLD("shadow", "\"A\"", "3.0", "3", "2"),
     TOLD("shadow", "\"A\"", "3.0", "3", "2"), 5},
    {"AAAAA", "01234", 4, "shadow", "", TOLD("shadow", "\"A\"", "4.0", "4", "1"),
     TOLD("shadow", "\"A\"", "4.0", "4", "1"), 5},
    {"AAAAA", "01234", 5, "shadow", "", NULL, "null", 5},
    {"ABABA", "01234", 1, "shadow", "", NULL, "null", 5},
    {"BAAAA", "12340", 1, "shadow", "", TOLD("shadow", "\"A\"", "3.0", "3", "2"),
     TOLD("shadow", "\"A\"", "2.0", "4", "1"), 5}, /* as if in document order */
    {"-AAAA", "01234", 1, "shadow", "", TOLD("shadow", "\"A\"", "3.0", "3", "1"),
     TOLD("shadow", "\"A\"", "3.0", "3", "1"), 5},
    {"AAAAA", "01234", 1, "stop", MAJORITY, TOLD("stop", "\"A\"", "3.0", "3", "2"),
     TOLD("stop", "\"A\"", "3.0", "3", "2"), 3},
    {"AB---", "23401", 1, "stop", MAJORITY ", \"of\": \"seats\"",
     TOLD("stop", "null", "1.0", "1", "1"), TOLD("stop", "null", "1.0", "1", "1"), 4},
    /* Of all seats, those too that have not answered yet. */
    {"AAAAA", "01234", 1, "stop", MAJORITY ", \"of\": \"seats\", \"threshold\": 0.8",
     TOLD("stop", "\"A\"", "4.0", "4", "1"), TOLD("stop", "\"A\"", "4.0", "4", "1"), 4},
    {"AAAAA", "01234", 1, "stop", ", \"weights\": \"confidence\"",
     TOLD("stop", "\"A\"", "2.0", "4", "1"), TOLD("stop", "\"A\"", "2.0", "4", "1"), 4},
    {"AAAAA", "01234", 1, "stop", ", \"one_vote_per\": \"provider\"", NULL, "null", 5},
};

static void what_is_told_and_when(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct drive d =
            vote(CASES[i].votes, CASES[i].order, CASES[i].quorum, CASES[i].mode, CASES[i].opts);
        json_t *event = nth_event(&d, "early_stop", 0);
        print_message("case %zu: %s\n", i, CASES[i].votes);
        assert_int_equal(count_events(&d, "early_stop"), CASES[i].event != NULL);
        assert_at(d.result, "rounds.0.early_stop", CASES[i].result);
        if (event) {
            static const char *const envelope[] = {"v",  "run_id", "seq", "ts",
                                                   "ms", "path",   "type"};
            json_t *payload = json_copy(event);
            for (size_t k = 0; k < COUNT(envelope); k++)
                assert_int_equal(json_object_del(payload, envelope[k]), 0);
            char *text = json_dumps(payload, JSON_COMPACT);
            assert_string_equal(text, CASES[i].event);
            free(text);
            json_decref(payload);
        }
        assert_int_equal(json_array_size(d.aborted), 5 - CASES[i].asked_to_the_end);
        drive_release(&d);
    }
}

/* Iterations whose ballots are pooled are never cut short: each ballot changes the shares. */
static void pooled_iterations_are_heard_out(void **state)
{
    (void)state;
    static const char *const retain[] = {"last", "pool"};
    for (size_t i = 0; i < COUNT(retain); i++) {
        char council[1200];
        snprintf(council, sizeof council,
                 "{\"id\": \"x\", \"members\": " FIVE
                 ", \"rounds\": [{\"type\": \"iterate\", \"name\": \"v\", \"quorum\": 1, \"opts\": "
                 "{\"max_iterations\": 1, \"retain\": \"%s\", \"wrap\": {\"type\": \"vote\", "
                 "\"opts\": {\"options\": [\"A\", \"B\"], \"early_stop\": \"%s\"}}}}]}",
                 retain[i], "shadow");
        struct drive d = drive_new(council, "{}");
        for (int k = 0; k < 5; k++)
            add_reply(d.script, "AAAAA", k, 1000 * (k + 1));
        drive_run(&d);
        assert_int_equal(count_events(&d, "early_stop"), i == 0);
        assert_int_equal(json_is_object(at_path(d.result, "rounds.0.early_stop")), i == 0);
        drive_release(&d);
    }
}

/* Where members choose in their own words, all who are still asked may come up with one more. */
static void an_answer_of_their_own(void **state)
{
    (void)state;
    struct drive d = drive_new("{\"id\": \"x\", \"members\": " FIVE ", \"rounds\": [{\"type\": "
                               "\"vote\", \"name\": \"v\", \"quorum\": 1, \"opts\": "
                               "{\"question\": \"q?\", \"early_stop\": \"stop\"}}]}",
                               "{}");
    for (int i = 0; i < 5; i++)
        add_reply(d.script, "AAAAA", i, 1000 * (i + 1));
    drive_run(&d);
    json_t *told = at_path(d.result, "rounds.0.early_stop");
    assert_int_equal(j_int(told, "cast", -1), 3);
    assert_int_equal(j_int(told, "outstanding", -1), 2);
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_and_when),
        cmocka_unit_test(an_answer_of_their_own),
        cmocka_unit_test(pooled_iterations_are_heard_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
