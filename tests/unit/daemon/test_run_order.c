/* What becomes of an order: a member that is lost on its way to the run, to its runner or to the
 * record is one that ps, info and every list tell wrongly for as long as the run lives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/run/watch.h"
#include "life_fixture.h"
#include "log_lines.h"
#include "proto/shutdown_words.h"

static void all_that_was_ordered_is_shown(void **state)
{
    (void)state;
    struct start_order order = make_order(7000, 60000, true);
    order.council_id = "three";
    order.registry = "mine";
    order.labels = "{\"a\":\"b\"}";
    order.started_by = "{\"uid\":7}";
    order.limits.open_files = 99;
    fake.has_cgroup = true;
    struct run *run = begin_order(&order);
    const struct run_view v = run_view(run);
    assert_string_equal(v.run_id, "r1");
    assert_int_equal(v.number, 1);
    assert_int_equal(v.pid, runner_pid(run->runner));
    assert_int_equal(v.incarnation, 1000);
    assert_int_equal(v.record->incarnation, 1000);
    assert_string_equal(v.record->run_id, "r1");
    assert_string_equal(v.council_id, "three");
    assert_string_equal(v.registry, "mine");
    assert_string_equal(v.labels, "{\"a\":\"b\"}");
    assert_string_equal(v.started_by, "{\"uid\":7}");
    assert_string_equal(v.limits, "{\"deadline_ms\":60000,\"open_files\":99}");
    assert_int_equal(v.started_ms, 1000);
    assert_true(v.started_us > 0);
    assert_true(v.has_cgroup);
    assert_int_equal(v.shutdown, 7000);
    assert_int_equal(fake.limits.open_files, 99);
    assert_int_equal(fake.limits.deadline_ms, 60000);
    assert_int_equal(fake.limits.memory_bytes, LIMIT_NONE);
    leader_exits(run, CLD_EXITED, 0);
}

static void what_nobody_knows_yet_is_shown_as_that(void **state)
{
    (void)state;
    struct start_order order = make_order(5000, LIMIT_NONE, true);
    struct run *run = begin_order(&order);
    const struct run_view v = run_view(run);
    assert_null(v.phase);
    assert_null(v.usage);
    assert_null(v.down);
    assert_false(v.has_cgroup);
    assert_false(v.told_unkillable);
    assert_int_equal(v.calls, 0);
    assert_int_equal(v.last_seq, 0);
    assert_int_equal(v.outcome, OUTCOME_NONE);
    assert_int_equal(v.cancel, CANCEL_STATE_NONE);
    assert_int_equal(v.stopped_by, STOPPED_BY_NONE);
    assert_int_equal(v.cause->kind, REASON_NONE);
    assert_int_equal(v.reason->kind, REASON_NONE);
    assert_string_equal(v.limits, "{}");
    leader_exits(run, CLD_EXITED, 0);
}

/* While it is made, for a list that is written meanwhile. */
static void one_without_a_record_is_shown_without_one(void **state)
{
    (void)state;
    struct run *run = run_new(runs, "r1");
    assert_non_null(run);
    assert_null(run_view(run).record);
    run_free(run);
}

/* What has happened since then. */
static void what_happens_to_it_is_shown(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 0);
    run->last_seq = 5;
    life_cancel(run, false);
    life_stop(run, STOPPED_BY_ALL, 3000);
    assert_int_equal(run_view(run).shutdown, 3000);
    assert_int_equal(run_view(run).cancel, CANCEL_STATE_DRAIN);
    assert_int_equal(run_view(run).stopped_by, STOPPED_BY_ALL);
    assert_int_equal(run_view(run).last_seq, 5);
    run_event(run, RUN_EV_TIMER);
    run_event(run, RUN_EV_TIMER);
    assert_true(run_view(run).told_unkillable);
    leader_exits(run, CLD_KILLED, SIGKILL);
}

/* ---- its clock ---- */

static void its_time_runs_from_ready_on(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_true(run->started_us > 0);
    run->started_us = 1;
    assert_true(say_ready(run));
    assert_true(run->started_us > 1);
    leader_exits(run, CLD_EXITED, 0);
}

static void one_that_has_exited_has_no_deadline_any_more(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, 60000);
    fake.says = "ready";
    fake.rest_lives = true;
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready");
    assert_false(timer_is_set(&run->timer));
    fake.rest_lives = false;
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready ended");
}

static void a_stop_that_waits_for_ever_ends_the_deadline(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, SHUTDOWN_INFINITY, 60000);
    say_ready(run);
    assert_due(run, 60000);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_false(timer_is_set(&run->timer));
    leader_exits(run, CLD_EXITED, 0);
}

/* ---- its runner ---- */

static void a_spare_is_taken_before_one_is_made(void **state)
{
    (void)state;
    struct ear ear;
    assert_int_equal(runner_new(NULL, false, &ready_spare), 0);
    struct runner *spare = ready_spare;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_ptr_equal(run->runner, spare);
    assert_int_equal(fake.made, 1);
    assert_string_equal(spare->tie.run_id, "r1");
    leader_exits(run, CLD_EXITED, 0);
}

static ino_t inode_of(const char *name)
{
    struct stat st;
    return fstatat(folder.fd, name, &st, 0) == 0 ? st.st_ino : 0;
}

static void some_records(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "elder%zu", i);
        put_file(&folder, name, "");
        fds[i] = openat(folder.fd, name, O_RDONLY | O_CLOEXEC);
        assert_true(fds[i] >= 0);
    }
}

/* Its own record, the folder of it, and those that it goes on from. */
static void descriptors_go_down_in_their_order(void **state)
{
    (void)state;
    for (int folder_too = 0; folder_too < 2; folder_too++) {
        for (size_t n = 0; n <= RESUME_CHAIN_MAX; n += RESUME_CHAIN_MAX / 2) {
            struct start_order order = make_order(5000, LIMIT_NONE, false);
            order.folder = folder_too;
            order.n_resume = n;
            some_records(order.resume_fds, n);
            struct run *run = begin_order(&order);
            assert_int_equal(order.n_resume, 0); /* taken */
            size_t at = 0;
            char name[RECORD_FILE_SIZE + 8] = "open/";
            record_key_file(run_view(run).record, name + strlen(name));
            assert_int_equal(fake.given[at++], inode_of(name));
            if (folder_too)
                assert_int_equal(fake.given[at++], inode_of("open"));
            for (size_t i = 0; i < n; i++) {
                snprintf(name, sizeof name, "elder%zu", i);
                assert_int_equal(fake.given[at++], inode_of(name));
            }
            assert_int_equal(fake.n_given, at);
            leader_exits(run, CLD_EXITED, 0);
        }
    }
}

/* With room for so many more descriptors: 0, or 1 and *ret_cause. */
static int start_with_room(rlim_t room, struct run **ret, struct reason *ret_cause)
{
    struct rlimit limit;
    struct start_order order = make_order(5000, LIMIT_NONE, false);
    const int next = dup(folder.fd);
    close(next);
    order.folder = true;
    getrlimit(RLIMIT_NOFILE, &limit);
    const struct rlimit narrow = {.rlim_cur = (rlim_t)next + room, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &narrow), 0);
    const int r = life_start(runs, &order, ret, ret_cause);
    setrlimit(RLIMIT_NOFILE, &limit);
    release_order();
    return r;
}

/* A start for which there is no room gives back what it has; none goes on without the folder. */
static void without_room_for_all_of_them_there_is_no_start(void **state)
{
    (void)state;
    struct run *run = NULL;
    const int before = fd_count_open();
    int refused = 0;
    for (;; refused++) {
        struct reason cause = {0};
        if (start_with_room((rlim_t)refused, &run, &cause) == 0)
            break;
        assert_int_equal(cause.kind, REASON_RECORD);
        assert_int_equal(cause.errnum, EMFILE);
        assert_int_equal(fd_count_open(), before);
        assert_true(table_is_empty());
        assert_true(refused < 16);
    }
    assert_true(refused >= 2);
    assert_int_equal(fake.n_given, 2);
    assert_int_equal(fake.given[1], inode_of("open"));
    leader_exits(run, CLD_EXITED, 0);
    fake.new_fails = -EAGAIN;
    assert_int_equal(start_with_room(64, &run, &(struct reason){0}), 1);
    assert_int_equal(fd_count_open(), before);
}

static void records_that_nobody_took_are_closed(void **state)
{
    (void)state;
    struct start_order order = {.n_resume = 2};
    some_records(order.resume_fds, 2);
    const int first = order.resume_fds[0], second = order.resume_fds[1];
    start_order_release(&order);
    assert_int_equal(fcntl(first, F_GETFD), -1);
    assert_int_equal(fcntl(second, F_GETFD), -1);
    assert_int_equal(order.n_resume, 0);
    start_order_release(&order);
}

static void a_runner_that_cannot_be_set_up_says_why(void **state)
{
    (void)state;
    static const struct {
        int limits, spec, told;
    } CASES[] = {{-EPERM, 0, EPERM}, {0, -EPIPE, EPIPE}, {-EPERM, -EPIPE, EPERM}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct ear ear;
        fake.limit_fails = CASES[i].limits;
        fake.spec_fails = CASES[i].spec;
        struct run *run = begin(&ear, 5000, LIMIT_NONE);
        assert_string_equal(fake_done(), "spec TERM CONT");
        leader_exits(run, CLD_KILLED, SIGTERM);
        assert_string_equal(ear.heard, "refused");
        assert_int_equal(ear.cause, REASON_SPAWN);
        assert_int_equal(ear.errnum, CASES[i].told);
        fake_done();
    }
}

/* The exec comes after the link: what it failed with is truer than what the link showed. */
static void how_the_child_failed_is_why_the_start_failed(void **state)
{
    (void)state;
    static const struct {
        enum spawn_stage stage;
        int number;
        enum reason_kind before, after;
        int errnum;
    } CASES[] = {
        {SPAWN_STAGE_EXEC, ENOENT, REASON_NONE, REASON_EXEC, ENOENT},
        {SPAWN_STAGE_DIRECTORY, EACCES, REASON_NONE, REASON_SPAWN, EACCES},
        {SPAWN_STAGE_CGROUP, EBUSY, REASON_LINK, REASON_SPAWN, EBUSY},
        {SPAWN_STAGE_EXEC, ENOEXEC, REASON_TIMEOUT, REASON_EXEC, ENOEXEC},
        {SPAWN_STAGE_EXEC, ENOENT, REASON_SHUTDOWN, REASON_SHUTDOWN, 0},
        {SPAWN_STAGE_CGROUP, 0, REASON_LINK, REASON_LINK, 0},
        {SPAWN_STAGE_CGROUP, 0, REASON_NONE, REASON_EXIT, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct ear ear;
        struct run *run = begin(&ear, 5000, LIMIT_NONE);
        run->cause.kind = CASES[i].before;
        fake.failure = (struct spawn_failure){CASES[i].stage, CASES[i].number};
        leader_exits(run, CLD_EXITED, 127);
        assert_string_equal(ear.heard, "refused");
        assert_int_equal(ear.cause, CASES[i].after);
        assert_int_equal(ear.errnum, CASES[i].errnum);
    }
}

static void a_failed_start_is_logged(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    run->pid = 4001;
    fake.failure = (struct spawn_failure){SPAWN_STAGE_EXEC, ENOENT};
    log_lines_begin();
    leader_exits(run, CLD_EXITED, 127);
    const char *lines = log_lines();
    assert_non_null(strstr(lines, "<5>start failed run_id=r1 pid=4001 reason=exec "));
    assert_null(strstr(lines, "run ended"));
    log_lines_end();
}

/* ---- the record that it goes on from ---- */

static void an_elder_is_kept_for_as_long_as_its_heir_is(void **state)
{
    (void)state;
    struct ear ear;
    struct record_key elder;
    leader_exits(running(&ear, 5000), CLD_EXITED, 0);
    assert_int_equal(records_find(records, "r1", NULL, &elder), 0);
    order_id = "r2";
    struct start_order order = make_order(5000, LIMIT_NONE, true);
    order.elder = &elder;
    struct run *run = begin_order(&order);
    say_ready(run);
    assert_int_equal(records_remove(records, &elder), -EBUSY);
    leader_exits(run, CLD_EXITED, 0);
    assert_non_null(strstr(get_file(&folder, "runs/0000000001000-r2.jsonl"),
                           "\"resume_from\":\"0000000001000-r1\""));
    assert_int_equal(records_remove(records, &elder), -EBUSY);
    order_id = "r3"; /* keeps no record, so needs none */
    order = make_order(5000, LIMIT_NONE, false);
    struct record_key heir;
    assert_int_equal(records_find(records, "r2", NULL, &heir), 0);
    order.elder = &heir;
    run = begin_order(&order);
    assert_int_equal(records_remove(records, &heir), 0);
    leader_exits(run, CLD_EXITED, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_that_was_ordered_is_shown),
        TEST(what_nobody_knows_yet_is_shown_as_that),
        TEST(one_without_a_record_is_shown_without_one),
        TEST(what_happens_to_it_is_shown),
        TEST(its_time_runs_from_ready_on),
        TEST(one_that_has_exited_has_no_deadline_any_more),
        TEST(a_stop_that_waits_for_ever_ends_the_deadline),
        TEST(a_spare_is_taken_before_one_is_made),
        TEST(descriptors_go_down_in_their_order),
        TEST(without_room_for_all_of_them_there_is_no_start),
        TEST(records_that_nobody_took_are_closed),
        TEST(a_runner_that_cannot_be_set_up_says_why),
        TEST(how_the_child_failed_is_why_the_start_failed),
        TEST(a_failed_start_is_logged),
        TEST(an_elder_is_kept_for_as_long_as_its_heir_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
