/* A provider that is down must not be asked by every seat in turn until all their time is gone. */
#include "drive.h"

#define FAILS "{\"error\": {\"kind\": \"transient\", \"code\": \"server_error\"}}"
#define LONE(id)                                                                                   \
    "{\"id\": \"" id "\", \"provider\": \"p\", \"model\": \"m\", \"retry\": {\"max_attempts\": "   \
    "1}}"
#define COUNCIL(last)                                                                              \
    "{\"id\": \"x\", \"members\": [" LONE("a") ", " LONE("b") ", " LONE("c") ", " LONE(            \
        "d") ", " LONE("e") ", " last "], \"rounds\": [{\"type\": \"independent_analysis\", "      \
                            "\"name\": \"r\", \"max_parallel\": 1, \"quorum\": 1}]}"
#define FIVE                                                                                       \
    "\"r0i0:member:a\": [" FAILS "], \"r0i0:member:b\": [" FAILS "], \"r0i0:member:c\": [" FAILS   \
    "], "                                                                                          \
    "\"r0i0:member:d\": [" FAILS "], \"r0i0:member:e\": [" FAILS "]"

static void a_call_without_fallback_waits_for_the_probe(void **state)
{
    (void)state;
    struct drive d = drive_new(COUNCIL(LONE("f")), "{" FIVE "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.f.status", "\"ok\"");
    assert_at(d.result, "rounds.0.member_results.f.attempts.0.started_ms", "30500");
    assert_true(has_warning(&d, "circuit_open"));
    drive_release(&d);
}

static void a_fallback_is_taken_at_once(void **state)
{
    (void)state;
    struct drive d = drive_new(COUNCIL("{\"id\": \"f\", \"provider\": \"p\", \"model\": \"m\", "
                                       "\"fallback\": [{\"provider\": \"q\", \"model\": \"n\"}]}"),
                               "{" FIVE "}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.f.provider", "\"q\"");
    assert_at(d.result, "rounds.0.member_results.f.attempts.0.started_ms", "500");
    drive_release(&d);
}

static void four_failures_are_not_enough(void **state)
{
    (void)state;
    struct drive d = drive_new(
        COUNCIL(LONE("f")), "{\"r0i0:member:a\": [" FAILS "], \"r0i0:member:b\": [" FAILS
                            "], \"r0i0:member:d\": [" FAILS "], \"r0i0:member:e\": [" FAILS "]}");
    drive_run(&d);
    assert_false(has_warning(&d, "circuit_open"));
    drive_release(&d);
}

static void a_failed_probe_opens_it_again(void **state)
{
    (void)state;
    struct drive d =
        drive_new(COUNCIL(LONE("f") ", " LONE("g")), "{" FIVE ", \"r0i0:member:f\": [" FAILS "]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.member_results.f.status", "\"error\"");
    assert_at(d.result, "rounds.0.member_results.g.attempts.0.started_ms", "60600");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_without_fallback_waits_for_the_probe),
        cmocka_unit_test(a_fallback_is_taken_at_once),
        cmocka_unit_test(four_failures_are_not_enough),
        cmocka_unit_test(a_failed_probe_opens_it_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
