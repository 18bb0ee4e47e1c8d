/* What a failure means is decided by its words: whether it is tried again, whether another is asked
 * in its place, whether the provider charges for it, whether the seat is dead. Each of the words is
 * here. */
#include "drive.h"

/* Two rounds; ann fails in the first. */
#define PANEL(more)                                                                                \
    "{\"id\": \"x\", \"budget\": {\"max_tokens\": 1000000}, \"members\": [{\"id\": \"ann\", "      \
    "\"provider\": \"mock\", \"model\": \"m-ann\", \"max_tokens\": 100" more                       \
    "}, " SEAT("bob") "], \"rounds\": [{\"type\": \"independent_analysis\", \"name\": \"a\"}, "    \
                      "{\"type\": \"independent_analysis\", \"name\": \"b\"}]}"
#define ONCE ", \"retry\": {\"max_attempts\": 1}"
#define ELSE ONCE ", \"fallback\": [{\"provider\": \"q\", \"model\": \"n\"}]"

static struct drive failing(const char *council, const char *kind, const char *code, int status)
{
    char script[400];
    snprintf(script, sizeof script,
             "{\"r0i0:member:ann\": [{\"error\": {\"kind\": \"%s\", \"code\": \"%s\", "
             "\"message\": \"m\"%s%.0d}}, {}]}",
             kind, code, status ? ", \"http_status\": " : "", status);
    struct drive d = drive_new(council, script);
    drive_run(&d);
    return d;
}

static bool charges(struct drive *d)
{
    json_t *failed = nth_event(d, "attempt_failed", 0);
    int64_t tokens = json_integer_value(at_path(failed, "charged.tokens"));
    assert_at(d->result, "rounds.0.member_results.ann.attempts.0.usage_estimated",
              tokens > 0 ? "true" : "false");
    assert_at(d->result, "rounds.0.member_results.ann.attempts.0.cost",
              tokens > 0 ? "null" : "0.0");
    assert_int_equal(json_integer_value(at_path(d->result, "usage.estimated_tokens")), tokens);
    return tokens > 0;
}

/* Where nobody else can be asked. */
static void what_each_code_means(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        bool charged, slow, dead;
    } CASES[] = {
        {"connection_lost", .charged = true},
        {"bad_response", .charged = true},
        {"first_token", .charged = true, .slow = true},
        {"response_too_large", .charged = true},
        {"stall", .charged = true, .slow = true},
        {"attempt", .charged = true, .slow = true},
        {"total", .charged = true},
        {"cancelled", .charged = true},
        {"deadline", .charged = true},
        {"auth", .dead = true},
        {"insufficient_credit", .dead = true},
        {"quota_exhausted", .dead = true},
        {"model_not_found", .dead = true},
        {"tls", .dead = true},
        {"server_error", .slow = false},
        {"rate_limited", .slow = false},
        {"content_filtered", .slow = false},
        {"something", .slow = false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char code[64];
        snprintf(code, sizeof code, "\"%s\"", CASES[i].code);
        struct drive d = failing(PANEL(ONCE), "permanent", CASES[i].code, 0);
        json_t *ann = at_path(d.result, "rounds.0.member_results.ann");
        if (charges(&d) != CASES[i].charged)
            fail_msg("%s: charged", code);
        assert_at(ann, "status", CASES[i].slow ? "\"timeout\"" : "\"error\"");
        assert_at(ann, "reason", code);
        assert_at(nth_event(&d, "attempt_failed", 0), "next", "\"give_up\"");
        assert_at(nth_event(&d, "attempt_failed", 0), "wait_ms", "null");
        assert_at(d.result, "rounds.1.member_results.ann.reason",
                  CASES[i].dead ? "\"unavailable\"" : "null");
        drive_release(&d);
    }
}

/* What the provider answered itself it does not charge for. */
static void an_answer_that_is_an_error_costs_nothing(void **state)
{
    (void)state;
    static const struct {
        int status;
        bool charged;
    } CASES[] = {{0, true}, {200, true}, {299, true}, {300, false}, {301, false}, {500, false}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct drive d = failing(PANEL(ONCE), "permanent", "bad_response", CASES[i].status);
        assert_int_equal(charges(&d), CASES[i].charged);
        drive_release(&d);
    }
}

/* What happens next, where a retry and a fallback are there. */
static void who_is_asked_next(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *code, *once, *status; /* where there is no retry */
        bool retried;
    } CASES[] = {
        {"transient", "server_error", "fallback", "ok", true},
        {"permanent", "bad_request", "fallback", "ok", false},
        {"permanent", "auth", "fallback", "ok", false},
        {"permanent", "content_filtered", "give_up", "error", false},
        {"permanent", "response_too_large", "give_up", "error", false},
        {"transient", "response_too_large", "give_up", "error", true},
        {"deadline", "x", "give_up", "timeout", false},
        {"cancelled", "x", "give_up", "cancelled", false},
        {"another", "x", "give_up", "error", false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char status[32], next[32];
        snprintf(status, sizeof status, "\"%s\"", CASES[i].status);
        snprintf(next, sizeof next, "\"%s\"", CASES[i].once);
        struct drive d = failing(PANEL(ELSE), CASES[i].kind, CASES[i].code, 0);
        assert_at(nth_event(&d, "attempt_failed", 0), "next", next);
        assert_at(d.result, "rounds.0.member_results.ann.status", status);
        assert_at(d.result, "rounds.0.member_results.ann.fallback_index",
                  strcmp(CASES[i].once, "fallback") == 0 ? "0" : "null");
        drive_release(&d);
        d = failing(PANEL(""), CASES[i].kind, CASES[i].code, 0);
        assert_at(nth_event(&d, "attempt_failed", 0), "next",
                  CASES[i].retried ? "\"retry\"" : "\"give_up\"");
        drive_release(&d);
    }
}

/* One dead entry of two does not make a dead seat. */
static void a_seat_is_dead_when_all_its_entries_are(void **state)
{
    (void)state;
    static const struct {
        const char *second;
        bool dead;
    } CASES[] = {{"tls", true}, {"bad_request", false}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char script[400];
        snprintf(script, sizeof script,
                 "{\"r0i0:member:ann\": [{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\"}}"
                 ", {\"error\": {\"kind\": \"permanent\", \"code\": \"%s\"}}]}",
                 CASES[i].second);
        struct drive d = drive_new(PANEL(ELSE), script);
        drive_run(&d);
        assert_at(d.result, "rounds.1.member_results.ann.reason",
                  CASES[i].dead ? "\"unavailable\"" : "null");
        drive_release(&d);
    }
}

/* ---- what is told of it ---- */

static void expect_error(const char *error, const char *told)
{
    char script[600];
    snprintf(script, sizeof script, "{\"r0i0:member:ann\": [{\"error\": %s}]}", error);
    struct drive d = drive_new(PANEL(ONCE), script);
    drive_run(&d);
    assert_at(nth_event(&d, "attempt_failed", 0), "error", told);
    assert_at(d.result, "rounds.0.member_results.ann.error", told);
    assert_at(d.result, "rounds.0.member_results.ann.attempts.0.error", told);
    drive_release(&d);
}

#define WHERE                                                                                      \
    "\"member_id\":\"ann\",\"round\":\"r0i0\",\"call_id\":\"r0i0:member:ann\",\"attempt\":1,"      \
    "\"provider\":\"mock\",\"model\":\"m-ann\","

static void each_member_of_an_error(void **state)
{
    (void)state;
    expect_error("{}", "{\"kind\":\"permanent\",\"code\":\"transport\",\"message\":\"\"," WHERE
                       "\"http_status\":null,\"curl_code\":null,\"retry_after_ms\":null,"
                       "\"context\":null}");
    expect_error("{\"kind\": \"k\", \"code\": \"c\", \"message\": \"m\", \"http_status\": 418, "
                 "\"curl_code\": 7, \"retry_after_ms\": 9, \"context\": {\"a\": 1}, \"other\": 1}",
                 "{\"kind\":\"k\",\"code\":\"c\",\"message\":\"m\"," WHERE
                 "\"http_status\":418,\"curl_code\":7,\"retry_after_ms\":9,\"context\":{\"a\":1}}");
}

/* What an attempt that the council gives up itself says. */
static void what_is_given_up_says_so(void **state)
{
    (void)state;
    struct drive d = drive_new(PANEL(", \"timeouts\": {\"total_ms\": 700}"),
                               "{\"r0i0:member:ann\": [{\"error\": \"never\"}]}");
    drive_run(&d);
    json_t *failed = nth_event(&d, "attempt_failed", 0);
    assert_at(failed, "error",
              "{\"kind\":\"deadline\",\"code\":\"total\",\"message\":\"the attempt was given up by "
              "the council\"," WHERE "\"http_status\":null,\"curl_code\":null,"
              "\"retry_after_ms\":null,\"context\":null}");
    assert_at(failed, "next", "\"give_up\"");
    assert_at(failed, "wait_ms", "null");
    assert_at(failed, "provider", "\"mock\"");
    assert_at(failed, "model", "\"m-ann\"");
    assert_at(failed, "attempt", "1");
    assert_true(charges(&d));
    assert_at(d.result, "rounds.0.member_results.ann.status", "\"timeout\"");
    assert_at(d.result, "rounds.0.member_results.ann.reason", "\"total\"");
    assert_at(d.aborted, "0", "\"r0i0:member:ann\"");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_code_means),
        cmocka_unit_test(an_answer_that_is_an_error_costs_nothing),
        cmocka_unit_test(who_is_asked_next),
        cmocka_unit_test(a_seat_is_dead_when_all_its_entries_are),
        cmocka_unit_test(each_member_of_an_error),
        cmocka_unit_test(what_is_given_up_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
