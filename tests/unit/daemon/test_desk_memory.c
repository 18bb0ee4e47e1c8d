/* What a request takes of memory is given back once it is answered: a daemon answers many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "desk_fixture.h"
#include "failing.h"

static void hear_all(void)
{
    while (next_line()[0])
        ;
}

static void end_with(struct run *run, enum outcome outcome)
{
    static const char RESULT[] = "{\"outcome\":\"complete\",\"result\":{\"ok\":true}}";
    if (outcome != OUTCOME_NONE)
        assert_true(say(run, (struct link_up){.type = LINK_RESULT,
                                              .outcome = outcome,
                                              .result = {RESULT, sizeof RESULT - 1}}));
    leader_exits(run, CLD_EXITED, 0);
    hear_all();
}

static void a_probe(const char *method, const char *params, enum outcome outcome, bool ready)
{
    request_is(1, method, params);
    struct run *run = runs_next(runs, NULL);
    assert_non_null(run);
    if (ready)
        say_ready(run);
    end_with(run, outcome);
}

static void probes(void)
{
    a_probe("provider.check", "{\"council\":\"quick\"}", OUTCOME_COMPLETE, true);
    a_probe("provider.models", "{\"provider\":\"mock\"}", OUTCOME_NONE, true);
    a_probe("provider.check", "{}", OUTCOME_FAILED, true);
    a_probe("provider.check", "{}", OUTCOME_NONE, false);
}

static void runs_that_leave_nothing(void)
{
    request_is(1, "run.start",
               "{\"council\":\"quick\",\"input\":\"x\",\"run_id\":\"r\",\"recorder\":\"none\","
               "\"labels\":{\"a\":\"b\"},\"monitor\":true,\"subscribe\":{\"deltas\":true}}");
    hear_all();
    struct run *run = runs_find(runs, "r", 1);
    if (!run)
        fail_msg("it was not started");
    say_ready(run);
    hear_all();
    request_is(2, "run.await", "{\"run_id\":\"r\"}");
    request_is(3, "run.await", "{\"run_id\":\"r\"}");
    request_is(4, "run.info", "{\"run_id\":\"r\"}");
    request_is(5, "run.ps", "{}");
    request_is(6, "run.cancel", "{\"run_id\":\"r\"}");
    request_is(7, "run.terminate", "{\"run_id\":\"r\"}");
    hear_all();
    end_with(run, OUTCOME_NONE);
}

static void what_is_answered_at_once(void)
{
    static const char *const REQUESTS[][2] = {
        {"council.get", "{\"name\":\"quick\"}"},
        {"council.list", "{}"},
        {"council.validate", "{\"council\":\"quick\"}"},
        {"council.validate", "{\"council\":{\"members\":[]}}"},
        {"provider.list", "{}"},
        {"provider.check", "{\"provider\":\"none\"}"},
        {"supervisor.info", "{}"},
        {"rpc.discover", "{}"},
        {"run.list", "{}"},
        {"run.info", "{\"run_id\":\"old\"}"},
        {"run.info", "{\"run_id\":\"none\"}"},
        {"run.await", "{\"run_id\":\"old\"}"},
        {"run.start", "{\"council\":\"none\",\"input\":\"x\"}"},
        {"run.start", "{\"options\":{\"resume_from\":\"none\"}}"},
        {"run.start", "{\"council\":\"quick\",\"input\":\"x\",\"options\":{\"colour\":1}}"},
        {"no.such", "{}"},
        {"run.start", "[]"},
    };
    for (size_t i = 0; i < sizeof REQUESTS / sizeof *REQUESTS; i++) {
        request_is(1, REQUESTS[i][0], REQUESTS[i][1]);
        hear_all();
    }
}

/* No runner is had, or there is one that leaves again. */
static void starts_that_fail(void)
{
    static const char START[] = "{\"council\":\"quick\",\"input\":\"x\",\"run_id\":\"f\"}";
    fake.new_fails = -EAGAIN;
    request_is(1, "run.start", START);
    request_is(2, "provider.check", "{\"council\":\"quick\"}");
    fake.new_fails = 0;
    request_is(3, "run.start", START);
    struct run *run = run_of("f");
    say(run, (struct link_up){.type = LINK_FAILED,
                              .failed = json_pack("{s:s}", "message", "no such thing")});
    end_with(run, OUTCOME_NONE);
}

/* The first two times something is made that stays. */
static void memory_is_given_back_with_the_answer(void **state)
{
    (void)state;
    static void (*const DEEDS[])(void) = {what_is_answered_at_once, probes, starts_that_fail,
                                          runs_that_leave_nothing};
    struct record *record;
    assert_int_equal(record_open(records, "old", 1000, "{}", 2, &record), 0);
    assert_int_equal(record_end(record, "{}", 2), 0);
    record_free(record);
    for (size_t i = 0; i < sizeof DEEDS / sizeof *DEEDS; i++) {
        long live = 0;
        for (int pass = 0; pass < 4; pass++) {
            DEEDS[i]();
            assert_true(pass < 2 || failing_live <= live);
            live = failing_live;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {AT_DESK(memory_is_given_back_with_the_answer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
