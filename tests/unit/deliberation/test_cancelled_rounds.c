/* What a round is called that a cancel came into, whoever was asked in it: one that is said to be
 * complete is taken for a result. */
#include "drive.h"

#define AFTER(more)                                                                                \
    "{\"id\": \"x\", \"members\": " THREE ", \"chair\": " CHAIR                                    \
    ", \"rounds\": [" ROUND("independent_analysis") ", " more "]}"
#define LATE(call) "\"" call "\": [{\"text\": \"late\", \"delay_ms\": 5000}]"

static void the_round_of_each_kind(void **state)
{
    (void)state;
    static const struct {
        const char *council, *script;
    } ROWS[] = {
        {AFTER(ROUND("peer_review")), "{" LATE("r1i0:member:ann") "}"},
        {AFTER(ROUND("synthesis")), "{" LATE("r1i0:chair:chair") "}"},
        {AFTER(ROUND("pairwise_elimination")),
         "{" LATE("r1i0:judge:chair:m0s0") ", " LATE("r1i0:judge:chair:m0s1") "}"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct drive d = drive_new(ROWS[i].council, ROWS[i].script);
        drive_at(&d, 1000, "{\"type\": \"cancel_requested\", \"mode\": \"now\"}");
        drive_run(&d);
        assert_string_equal(d.outcome, "cancelled");
        assert_at(d.result, "rounds.0.status", "\"completed\"");
        assert_at(d.result, "rounds.1.status", "\"cancelled\"");
        drive_release(&d);
    }
}

/* Who is under way in a run that is being drained is paid for, and heard, quorum or not. */
static void a_drained_round_hears_whom_it_asked(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [{\"type\": "
                  "\"independent_analysis\", \"name\": \"a\", \"quorum\": 3}]}",
                  "{\"r0i0:member:bob\": [{\"error\": {\"kind\": \"permanent\", \"code\": "
                  "\"auth\"}}], " LATE("r0i0:member:cy") "}");
    drive_at(&d, 50, "{\"type\": \"cancel_requested\", \"mode\": \"drain\"}");
    drive_run(&d);
    assert_string_equal(d.outcome, "cancelled");
    assert_at(d.result, "rounds.0.member_results.cy.status", "\"ok\"");
    assert_int_equal(json_array_size(d.aborted), 0);
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_round_of_each_kind),
        cmocka_unit_test(a_drained_round_hears_whom_it_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
