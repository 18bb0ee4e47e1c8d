/* What is answered later, when a run is ready, has ended or a record is gone, is answered once too,
 * whatever allocation fails until then; and whoever asked for a run that cannot be told of is not
 * left with one that nobody knows. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "allocations.h"
#include "common/cleanup.h"
#include "daemon/method/handler/provider_choice.h"
#include "desk_fixture.h"

struct later {
    const char *method, *params;
    void (*goes_on)(void); /* until it is answered */
    const char *answer;    /* a part of what is told when nothing fails */
    bool fails_at_last;    /* from what is asked on; else before it */
};

static const struct later *now;

static struct run *find_run(const char *run_id)
{
    return runs_find(runs, run_id, strlen(run_id));
}

static void is_ready(void)
{
    struct run *run = find_run("r2");
    if (run)
        say_ready(run);
}

static void has_ended(void)
{
    leader_exits(find_run("r1"), CLD_EXITED, 0);
}

static void was_kept(void)
{
    if (kept_order)
        kept_order->done(kept_order);
    kept_order = NULL;
}

static void has_stopped(void)
{
    pendings_error(&desk.stop_waiters, RPC_UNKILLABLE, NULL);
}

static void nothing(void)
{
}

static const struct later CASES[] = {
    {"run.start", "{\"council\":\"quick\",\"input\":\"x\",\"run_id\":\"r2\"}", is_ready,
     "\"warnings\":[]}", true},
    {"run.start",
     "{\"council\":\"quick\",\"input\":\"x\",\"run_id\":\"r2\",\"monitor\":true,"
     "\"subscribe\":{\"deltas\":true}}",
     is_ready, "\"subscription\":\"", true},
    {"run.terminate", "{\"run_id\":\"r1\"}", has_ended, "\"result\":{}", false},
    {"run.terminate", "{\"run_id\":\"r1\"}", has_ended, "\"result\":{}", true},
    {"run.await", "{\"run_id\":\"r1\",\"timeout_ms\":60000}", has_ended, "\"reason\":", false},
    {"run.prune", "{\"keep\":1}", was_kept, "\"removed\":0", false},
    {"run.prune", "{\"keep\":1}", was_kept, "\"removed\":0", true},
    {"supervisor.drain", "{}", nothing, "{\"live\":", false},
    {"supervisor.stop", "{}", has_stopped, "\"unkillable\"", false},
    {"run.list", "{\"council_id\":\"none\"}", nothing, "\"runs\":[]", false},
    {"run.list", "{\"registry\":\"none\"}", nothing, "\"runs\":[]", false},
    {"audit.list", "{}", nothing, "\"entries\":[]", false},
    {"provider.models", "{\"provider\":\"none\"}", nothing, "it is not configured", false},
};

static void prepare(void)
{
    void *state = NULL;
    assert_int_equal(setup_desk(&state), 0);
    some_run("r1");
}

static void clear(void)
{
    static const char *const IDS[] = {"r1", "r2"};
    void *state = NULL;
    for (size_t i = 0; i < ARRAY_LEN(IDS); i++)
        if (find_run(IDS[i]))
            leader_exits(find_run(IDS[i]), CLD_EXITED, 0);
    turns(2);
    assert_int_equal(teardown_desk(&state), 0);
}

static bool is_gone(void)
{
    char byte;
    return recv(client, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void ask_it(void)
{
    request_is(1, now->method, now->params);
}

/* One of both with that allocation failing; how many there were. */
static long go(void (*piece)(void), long fails_after)
{
    left = fails_after;
    piece();
    turns(5);
    const long used = fails_after - left;
    left = -1;
    return used;
}

static void check(const char *line, long k)
{
    const char *error = strstr(line, "\"internal_error\"");
    const bool refused = error || strstr(line, "\"ENOMEM\"");
    if (!*line && !is_gone())
        fail_msg("%s, allocation %ld: nothing was said", now->method, k);
    if (*line && !refused && !strstr(line, now->answer))
        fail_msg("%s, allocation %ld: %s", now->method, k, line);
    if (*line && !failed && refused)
        fail_msg("%s: %s", now->method, line);
    const struct run *run = find_run("r2");
    if (run && refused && !now->fails_at_last && run->machine.want != RUN_DOWN)
        fail_msg("%s, allocation %ld: it was refused and runs", now->method, k);
}

/* An end for which there was no memory comes a little later. */
static void let_it_end(void)
{
    for (const int64_t end = clock_mono_us() + DEADLINE_MS * 1000; find_run("r1"); turn())
        assert_true(clock_mono_us() < end);
    turns(2);
}

/* False: there is no such allocation. */
static bool try_one(long k)
{
    prepare();
    failed = false;
    if (now->fails_at_last) {
        ask_it();
        go(now->goes_on, k);
    } else {
        go(ask_it, k);
        now->goes_on();
        turns(5);
    }
    if (now->goes_on == has_ended)
        let_it_end();
    check(next_line(), k);
    clear();
    return failed;
}

static void each_is_answered_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        long k = 0;
        now = &CASES[i];
        while (try_one(k))
            k++;
        if (k == 0)
            fail_msg("%s: nothing failed", now->method);
    }
}

/* ---- the start alone ---- */

/* The run waits and nothing is said, or it was said that there is none, or whoever asked has to be
 * told. */
static void check_start(int r, long k)
{
    struct run *run = find_run("r1");
    const bool said = next_line()[0] != '\0';
    const bool goes_on = run && run->machine.want == RUN_UP;
    if (r == 0 ? said == goes_on : r != -ENOMEM || said || goes_on)
        fail_msg("allocation %ld: %d, %s, %s", k, r, said ? "told" : "untold",
                 goes_on ? "goes on" : "ends");
    assert_true(failed || goes_on);
    if (run)
        leader_exits(run, CLD_EXITED, 0);
}

static void a_start_waits_or_is_told_that_there_is_none(void **state)
{
    static const struct start_wishes WISHES = {.monitor = true};
    failed = true;
    for (long k = 0; failed; k++) {
        assert_int_equal(setup_desk(state), 0);
        struct start_order order = make_order(5000, LIMIT_NONE, true);
        struct call call = ask("1");
        failed = false;
        left = k;
        const int r = start_wait(&call, &order, &WISHES);
        left = -1;
        release_order();
        check_start(r, k);
        assert_int_equal(teardown_desk(state), 0);
    }
}

/* ---- a start that waits with the one before it ---- */

/* How often the two were answered, each in a digit of its own; 11 also for a connection that ended.
 */
static int count_answers(void)
{
    int count = 0;
    for (const char *line; *(line = next_line());)
        count += strstr(line, "\"id\":1,") ? 1 : 10;
    return is_gone() ? 11 : count;
}

static void who_waits_with_the_first_is_answered_too(void **state)
{
    static const char PARAMS[] =
        "{\"council\":\"quick\",\"input\":\"x\",\"run_id\":\"r2\",\"key\":\"k\",\"monitor\":true}";
    for (int at_last = 0; at_last < 2; at_last++) {
        failed = true;
        for (long k = 0; failed; k++) {
            assert_int_equal(setup_desk(state), 0);
            request_is(1, "run.start", PARAMS);
            failed = false;
            left = at_last ? -1 : k;
            request_is(2, "run.start", PARAMS);
            left = at_last ? k : -1;
            is_ready();
            turns(5);
            left = -1;
            assert_int_equal(count_answers(), 11);
            assert_int_equal(runs_count(runs), 1);
            leader_exits(find_run("r2"), CLD_EXITED, 0);
            assert_int_equal(teardown_desk(state), 0);
        }
    }
}

/* ---- one of the providers ---- */

static void one_is_chosen_or_there_is_no_memory(void **state)
{
    (void)state;
    const struct field_string name = {(char *)"mock", 4};
    prepare();
    failed = true;
    for (long k = 0; failed; k++) {
        failed = false;
        left = k;
        json_t *got = provider_choice(&desk, NULL, &name);
        left = -1;
        assert_int_equal(got == NULL, failed);
        assert_int_equal(json_object_size(got), !failed);
        json_decref(got);
    }
    clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_answered_once),
        cmocka_unit_test(a_start_waits_or_is_told_that_there_is_none),
        cmocka_unit_test(who_waits_with_the_first_is_answered_too),
        cmocka_unit_test(one_is_chosen_or_there_is_no_memory),
    };
    json_set_alloc_funcs(malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
