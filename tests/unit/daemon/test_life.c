/* A run is driven through its whole life without a process: what its runner says and does comes in
 * as from a real one, and every word that goes to those who watch, and every signal, is looked at.
 * A step left out here is a run that is told dead while it lives, or one that cannot be ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/core/core.h"
#include "daemon/records/keeper.h"
#include "daemon/records/record.h"
#include "daemon/records/records.h"
#include "daemon/run/life.h"
#include "daemon/run/stop.h"
#include "daemon/runner/spare.h"
#include "daemon/settings/config.h"
#include "fake_runner.h"
#include "fixture.h"
#include "serve/blob.h"

enum { START_TIMEOUT_MS = 11000, STOP_LIMIT_MS = 90000, KILL_LIMIT_MS = 9000 };

/* ---- the neighbours ---- */

struct runner *spare_take(struct spares *s)
{
    (void)s;
    return NULL;
}

void spares_fill(struct spares *s)
{
    (void)s;
    fake_note("fill");
}

void spares_praise(struct spares *s)
{
    (void)s;
    fake_note("praise");
}

void keeper_apply(struct keeper *k)
{
    (void)k;
    fake_note("keep");
}

static struct folder folder;
static struct config config;
static struct core core;
static struct records *records;
static struct runs *runs;

static int setup(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof(fake));
    folder_make(&folder);
    config = (struct config){.start_timeout_ms = START_TIMEOUT_MS,
                             .stop_limit_ms = STOP_LIMIT_MS,
                             .kill_limit_ms = KILL_LIMIT_MS};
    core = (struct core){.config = &config, .notify.fd = -1};
    struct loop *loop = loop_new();
    if (!loop || core_init(&core, loop, NULL) || records_open(folder.fd, &records, NULL))
        return -1;
    struct runs_parts parts = {.core = &core, .records = records};
    return runs_new(&parts, &runs);
}

static int teardown(void **state)
{
    (void)state;
    runs_free(runs);
    records_free(records);
    core_release(&core);
    loop_free(core.loop);
    folder_remove(&folder);
    return fake.made == fake.freed ? 0 : -1;
}

/* ---- who watches: notes each word ---- */

struct ear {
    struct run_watch watch; /* first */
    char heard[256];
    bool id_was_free; /* when the end was told */
    enum reason_kind reason, cause;
    char down[512]; /* the line of the DOWN behind its ref */
};

static void hear(struct run_watch *w, const char *what)
{
    struct ear *ear = (struct ear *)w;
    size_t len = strlen(ear->heard);
    snprintf(ear->heard + len, sizeof(ear->heard) - len, "%s%s", len ? " " : "", what);
}

static void hear_event(struct run_watch *w, struct run *run, const struct run_news *news)
{
    (void)run;
    hear(w, news->delta ? "delta" : "event");
}

static void hear_ready(struct run_watch *w, struct run *run)
{
    (void)run;
    hear(w, "ready");
}

static void hear_unkillable(struct run_watch *w, struct run *run)
{
    (void)run;
    hear(w, "unkillable");
}

static void note_end(struct run_watch *w, struct run *run)
{
    struct ear *ear = (struct ear *)w;
    ear->id_was_free = runs_find(runs, run->run_id, strlen(run->run_id)) == NULL;
    ear->reason = run->reason.kind;
    ear->cause = run->cause.kind;
}

static void hear_ended(struct run_watch *w, struct run *run)
{
    struct ear *ear = (struct ear *)w;
    snprintf(ear->down, sizeof(ear->down), "%.*s", (int)run->down->len, run->down->bytes);
    note_end(w, run);
    hear(w, "ended");
}

static void hear_refused(struct run_watch *w, struct run *run)
{
    note_end(w, run);
    hear(w, "refused");
}

static void hear_drop(struct run_watch *w)
{
    hear(w, "drop");
}

static const struct run_watch_ops EAR = {.rank = RANK_MONITOR,
                                         .event = hear_event,
                                         .ready = hear_ready,
                                         .unkillable = hear_unkillable,
                                         .ended = hear_ended,
                                         .refused = hear_refused,
                                         .drop = hear_drop};

/* ---- starting ---- */

static int begin_with(struct run **ret, struct reason *cause, int64_t shutdown, int64_t deadline_ms,
                      bool keep)
{
    struct buf record = BUF_INIT(1024), link = BUF_INIT(1024);
    struct run_limits limits;
    run_limits_init(&limits);
    limits.deadline_ms = deadline_ms;
    buf_add_str(&record, "{}");
    buf_add_str(&link, "{}\n");
    struct start_order order = {.run_id = "r1",
                                .council_id = "c",
                                .registry = "default",
                                .labels = "{}",
                                .started_by = "{}",
                                .limits = limits,
                                .shutdown = shutdown,
                                .keep_record = keep,
                                .record_spec = &record,
                                .link_spec = &link,
                                .resume_fd = -1,
                                .now_ms = 1000};
    int r = life_start(runs, &order, ret, cause);
    buf_release(&record);
    buf_release(&link);
    return r;
}

static struct run *begin(struct ear *ear, int64_t shutdown, int64_t deadline_ms)
{
    struct run *run;
    struct reason cause = {0};
    *ear = (struct ear){0};
    assert_int_equal(begin_with(&run, &cause, shutdown, deadline_ms, true), 0);
    run_watch_hang(&run->watches, &ear->watch, &EAR);
    return run;
}

static bool say(struct run *run, struct link_up up)
{
    const struct runner_tie *tie = &run->runner->tie;
    return tie->owner->line(tie->arg, &up);
}

static bool say_ready(struct run *run)
{
    return say(run, (struct link_up){.type = LINK_READY});
}

/* A run that is ready. */
static struct run *running(struct ear *ear, int64_t shutdown)
{
    struct run *run = begin(ear, shutdown, LIMIT_NONE);
    assert_true(say_ready(run));
    fake_done();
    return run;
}

/* Its leader ends; *run may be gone afterwards. */
static void leader_exits(struct run *run, int code, int status)
{
    struct runner *r = run->runner;
    r->alive = false;
    fake.info.si_code = code;
    fake.info.si_status = status;
    r->tie.owner->exited(r->tie.arg);
}

static bool table_is_empty(void)
{
    return runs_count(runs) == 0 && core.runs == 0;
}

static bool is_recorded(void)
{
    struct record_key key;
    return records_find(records, "r1", &key) == 0;
}

static int64_t due_in_ms(const struct run *run)
{
    assert_true(timer_is_set(&run->timer));
    return (run->timer.due_us - loop_now_us(core.loop)) / 1000;
}

static void assert_due(const struct run *run, int64_t ms)
{
    int64_t due = due_in_ms(run);
    assert_true(due <= ms && due >= ms - 1500);
}

/* ---- starts ---- */

static void a_start_is_refused_before_anything_is_made(void **state)
{
    (void)state;
    struct run *run;
    struct reason cause = {0};
    fake.no_room = true;
    assert_int_equal(begin_with(&run, &cause, 0, LIMIT_NONE, true), 1);
    assert_int_equal(cause.kind, REASON_SPAWN);
    assert_int_equal(cause.errnum, EMFILE);
    fake.no_room = false;
    fake.new_fails = -EAGAIN;
    assert_int_equal(begin_with(&run, &cause, 0, LIMIT_NONE, true), 1);
    assert_int_equal(cause.kind, REASON_SPAWN);
    assert_int_equal(cause.errnum, EAGAIN);
    assert_true(table_is_empty());
    assert_false(exists(&folder, "open/0000000001000-r1"));
    assert_string_equal(fake_done(), "");
}

static void a_start_without_a_record_is_refused(void **state)
{
    (void)state;
    struct run *run;
    struct reason cause = {0};
    unlinkat(folder.fd, "open", AT_REMOVEDIR);
    assert_int_equal(begin_with(&run, &cause, 0, LIMIT_NONE, true), 1);
    assert_int_equal(cause.kind, REASON_RECORD);
    assert_int_equal(cause.errnum, ENOENT);
    assert_true(table_is_empty());
    assert_int_equal(fake.made, 0);
}

static void a_usual_life(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_string_equal(fake_done(), "spec");
    assert_due(run, START_TIMEOUT_MS);
    assert_int_equal(core.runs, 1);
    assert_null(runs_find_listed(runs, "r1", 2));
    assert_true(say_ready(run));
    assert_ptr_equal(runs_find_listed(runs, "r1", 2), run);
    assert_string_equal(fake_done(), "praise");
    assert_false(timer_is_set(&run->timer));
    assert_true(say(run, (struct link_up){.type = LINK_EVENT, .seq = 7}));
    assert_true(say(run, (struct link_up){.type = LINK_DELTA, .seq = 9}));
    assert_int_equal(run->last_seq, 7);
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready event delta ended");
    assert_true(ear.id_was_free);
    assert_int_equal(ear.reason, REASON_NORMAL);
    assert_string_equal(fake_done(), "reap keep fill");
    assert_true(table_is_empty());
    assert_true(is_recorded());
    assert_int_equal(fake.freed, 1);
}

static void a_runner_says_that_it_cannot(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    fake_done();
    assert_true(say(run, (struct link_up){.type = LINK_FAILED, .failed = json_object()}));
    assert_string_equal(fake_done(), "TERM CONT");
    assert_null(runs_find_listed(runs, "r1", 2));
    assert_string_equal(ear.heard, ""); /* only when it is gone */
    leader_exits(run, CLD_EXITED, 3);
    assert_string_equal(ear.heard, "refused");
    assert_int_equal(ear.cause, REASON_FAILED);
    assert_true(ear.id_was_free);
    assert_string_equal(fake_done(), "reap fill");
    assert_false(is_recorded());
    assert_false(exists(&folder, "open/0000000001000-r1"));
}

static void what_comes_first_is_why_a_start_failed(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    const struct runner_tie *tie = &run->runner->tie;
    tie->owner->nonsense(tie->arg);
    tie->owner->nonsense(tie->arg);
    assert_string_equal(fake_done(), "spec TERM CONT");
    json_t *failed = json_object();
    say(run, (struct link_up){.type = LINK_FAILED, .failed = failed});
    json_decref(failed); /* it was not taken */
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_string_equal(ear.heard, "refused");
    assert_int_equal(ear.cause, REASON_LINK);
}

static void a_start_takes_too_long(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, SHUTDOWN_INFINITY, LIMIT_NONE);
    fake_done();
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(fake_done(), "TERM CONT");
    assert_due(run, STOP_LIMIT_MS); /* `infinity` is for those who were ready */
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(fake_done(), "KILL-ALL");
    assert_true(say_ready(run)); /* too late */
    leader_exits(run, CLD_KILLED, SIGKILL);
    assert_string_equal(ear.heard, "refused");
    assert_int_equal(ear.cause, REASON_TIMEOUT);
}

static void a_link_that_closes_waits_for_the_exit_status(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    const struct runner_tie *tie = &run->runner->tie;
    fake_done();
    tie->owner->closed(tie->arg);
    assert_string_equal(fake_done(), "");
    assert_due(run, 100);
    leader_exits(run, CLD_EXITED, 9);
    assert_int_equal(ear.cause, REASON_EXIT);

    run = begin(&ear, 5000, LIMIT_NONE);
    tie = &run->runner->tie;
    tie->owner->closed(tie->arg);
    run_event(run, RUN_EV_TIMER); /* it lives on */
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_int_equal(ear.cause, REASON_LINK);
}

static void a_runner_without_its_limits_never_works(void **state)
{
    (void)state;
    struct ear ear;
    fake.limit_fails = -EPERM;
    struct run *run = begin(&ear, 0, LIMIT_NONE);
    assert_string_equal(fake_done(), "spec TERM CONT KILL-ALL");
    leader_exits(run, CLD_KILLED, SIGKILL);
    assert_string_equal(ear.heard, "refused");
    assert_int_equal(ear.cause, REASON_SPAWN);
}

static void an_exec_that_failed_is_the_cause(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    fake.failure = (struct spawn_failure){.stage = SPAWN_STAGE_EXEC, .number = ENOENT};
    leader_exits(run, CLD_EXITED, 127);
    assert_int_equal(ear.cause, REASON_EXEC);
}

static void a_ready_that_is_read_after_the_exit_counts(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    fake.says = "ready";
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready ended");
    assert_true(is_recorded());
}

/* ---- stops ---- */

static void the_stop_sequence_climbs(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    assert_int_equal(life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT), RUN_DO_STOP);
    assert_string_equal(fake_done(), "TERM CONT");
    assert_due(run, 5000);
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(fake_done(), "KILL-ALL");
    assert_due(run, KILL_LIMIT_MS);
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready unkillable");
    assert_true(run->told_unkillable);
    run_event(run, RUN_EV_TIMER); /* that was the top */
    assert_string_equal(ear.heard, "ready unkillable");
    assert_string_equal(fake_done(), "");
    leader_exits(run, CLD_KILLED, SIGKILL); /* after all */
    assert_string_equal(ear.heard, "ready unkillable ended");
    assert_int_equal(ear.reason, REASON_KILLED);
}

static void how_gently_is_said_by_the_request_or_the_run(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_BRUTAL_KILL);
    assert_string_equal(fake_done(), "KILL-ALL");
    leader_exits(run, CLD_KILLED, SIGKILL);

    run = running(&ear, 0);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_string_equal(fake_done(), "TERM CONT KILL-ALL");
    leader_exits(run, CLD_KILLED, SIGKILL);

    run = running(&ear, SHUTDOWN_INFINITY);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    assert_string_equal(fake_done(), "TERM CONT");
    assert_false(timer_is_set(&run->timer));
    stop_limit(run); /* now the daemon stops */
    assert_due(run, STOP_LIMIT_MS);
    leader_exits(run, CLD_EXITED, 0);
}

static void while_the_daemon_stops_infinity_has_an_end(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, SHUTDOWN_INFINITY);
    core.stop_level = STOP_ORDERLY;
    life_stop(run, STOPPED_BY_STOP, SHUTDOWN_DEFAULT);
    assert_due(run, STOP_LIMIT_MS);
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_int_equal(ear.reason, REASON_SHUTDOWN);
}

static void the_first_request_decides(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    life_stop(run, STOPPED_BY_ALL, SHUTDOWN_DEFAULT);
    fake_done();
    assert_int_equal(life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_BRUTAL_KILL), RUN_DO_JOIN);
    assert_int_equal(run->stopped_by, STOPPED_BY_ALL);
    assert_int_equal(run->shutdown, 5000);
    assert_string_equal(fake_done(), "");
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_int_equal(ear.reason, REASON_SHUTDOWN);
}

static void a_start_is_called_off(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_int_equal(life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT), RUN_DO_ABORT);
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_string_equal(ear.heard, "refused");
    assert_int_equal(ear.cause, REASON_SHUTDOWN);
}

static void a_zombie_was_not_killed_by_us(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    run->runner->alive = false; /* and nobody has noticed yet */
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_BRUTAL_KILL);
    assert_false(run->sent_kill);
    leader_exits(run, CLD_EXITED, 0);
    assert_int_equal(ear.reason, REASON_NORMAL);
}

static void the_deadline_cancels_and_then_stops(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, 60000);
    say_ready(run);
    assert_due(run, 60000);
    fake_done();
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(fake_done(), "cancel:deadline");
    assert_int_equal(run->machine.state, RUN_RUNNING);
    assert_int_equal(run->cancel, CANCEL_STATE_NOW);
    assert_due(run, 2000);
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(fake_done(), "TERM CONT");
    assert_int_equal(run->machine.state, RUN_TERMINATING);
    assert_int_equal(run->stopped_by, STOPPED_BY_DEADLINE);
    leader_exits(run, CLD_KILLED, SIGTERM);
}

static void a_cancel_is_passed_on_and_never_softened(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    fake_done();
    assert_false(life_cancel(run, false)); /* nobody sees it yet */
    say_ready(run);
    fake_done();
    assert_true(life_cancel(run, false));
    assert_int_equal(run->cancel, CANCEL_STATE_DRAIN);
    assert_true(life_cancel(run, true));
    assert_true(life_cancel(run, false));
    assert_int_equal(run->cancel, CANCEL_STATE_NOW);
    assert_string_equal(fake_done(), "cancel:drain cancel:now cancel:drain");
    leader_exits(run, CLD_EXITED, 0);
}

/* ---- ends ---- */

static void an_end_waits_until_everything_is_read(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    fake.undrained = true;
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready");
    assert_int_equal(run->machine.state, RUN_ENDING);
    assert_int_equal(life_stop(run, STOPPED_BY_CLIENT, 0), RUN_DO_JOIN_FIRST);
    fake.undrained = false;
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready ended");
    assert_int_equal(ear.reason, REASON_NORMAL);
}

static void silence_ends_the_reading(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    fake.undrained = true; /* somebody else holds the other end of its output */
    leader_exits(run, CLD_EXITED, 0);
    assert_true(timer_is_set(&run->timer));
    run->quiet_since_us -= 200 * 1000;
    const struct runner_tie *tie = &run->runner->tie;
    tie->owner->heard(tie->arg); /* but it still speaks */
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready");
    run->quiet_since_us -= 200 * 1000;
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready ended");
}

static void an_end_waits_for_the_rest_but_not_for_ever(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    fake.rest_lives = true;
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready");
    run_event(run, RUN_EV_TIMER);
    assert_false(run->rest_resists);
    run->ending_since_us -= 1000 * 1000;
    run_event(run, RUN_EV_TIMER);
    assert_string_equal(ear.heard, "ready ended");
    assert_non_null(strstr(get_file(&folder, "runs/0000000001000-r1/down.json"), "\"survivors\""));
}

static void a_lost_status_is_told_as_unknown(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    fake.status_lost = true;
    leader_exits(run, CLD_EXITED, 0);
    assert_int_equal(ear.reason, REASON_UNKNOWN);
}

static void what_is_not_kept_leaves_no_record(void **state)
{
    (void)state;
    struct run *run;
    struct reason cause = {0};
    assert_int_equal(begin_with(&run, &cause, 5000, LIMIT_NONE, false), 0);
    say_ready(run);
    fake_done();
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(fake_done(), "reap fill");
    assert_false(is_recorded());
    assert_false(exists(&folder, "open/0000000001000-r1"));
}

static void a_record_that_cannot_be_written_is_told_with_the_end(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    assert_int_equal(mkdirat(folder.fd, "open/0000000001000-r1/down.json", 0700), 0);
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready ended");
    assert_non_null(strstr(ear.down, "\"record_error\":\"EISDIR\""));
}

static void lines_out_of_place_are_junk(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = begin(&ear, 5000, LIMIT_NONE);
    assert_false(say(run, (struct link_up){.type = LINK_EVENT, .seq = 1}));
    assert_false(say(run, (struct link_up){.type = LINK_RESULT}));
    assert_true(say_ready(run));
    assert_false(say_ready(run));
    json_t *failed = json_object();
    assert_false(say(run, (struct link_up){.type = LINK_FAILED, .failed = failed}));
    json_decref(failed);
    const struct runner_tie *tie = &run->runner->tie;
    tie->owner->nonsense(tie->arg); /* counted by the link; the run goes on */
    assert_int_equal(run->machine.state, RUN_RUNNING);
    leader_exits(run, CLD_EXITED, 0);
    assert_string_equal(ear.heard, "ready ended");
}

static void deltas_are_asked_for_once(void **state)
{
    (void)state;
    struct ear ear;
    struct run *run = running(&ear, 5000);
    run_set_deltas(run, true);
    run_set_deltas(run, true);
    run_set_deltas(run, false);
    assert_string_equal(fake_done(), "deltas:on deltas:off");
    run->runner->link_open = false;
    run_set_deltas(run, true);
    assert_string_equal(fake_done(), "");
    leader_exits(run, CLD_EXITED, 0);
}

static void the_daemon_goes_before_its_runs(void **state)
{
    (void)state;
    static struct ear ear; /* heard when the table is freed */
    struct run *run = running(&ear, 5000);
    assert_non_null(run);
    runs_free(runs);
    runs = NULL;
    assert_string_equal(ear.heard, "ready drop");
    assert_int_equal(fake.freed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_start_is_refused_before_anything_is_made),
        TEST(a_start_without_a_record_is_refused),
        TEST(a_usual_life),
        TEST(a_runner_says_that_it_cannot),
        TEST(what_comes_first_is_why_a_start_failed),
        TEST(a_start_takes_too_long),
        TEST(a_link_that_closes_waits_for_the_exit_status),
        TEST(a_runner_without_its_limits_never_works),
        TEST(an_exec_that_failed_is_the_cause),
        TEST(a_ready_that_is_read_after_the_exit_counts),
        TEST(the_stop_sequence_climbs),
        TEST(how_gently_is_said_by_the_request_or_the_run),
        TEST(while_the_daemon_stops_infinity_has_an_end),
        TEST(the_first_request_decides),
        TEST(a_start_is_called_off),
        TEST(a_zombie_was_not_killed_by_us),
        TEST(the_deadline_cancels_and_then_stops),
        TEST(a_cancel_is_passed_on_and_never_softened),
        TEST(an_end_waits_until_everything_is_read),
        TEST(silence_ends_the_reading),
        TEST(an_end_waits_for_the_rest_but_not_for_ever),
        TEST(a_lost_status_is_told_as_unknown),
        TEST(what_is_not_kept_leaves_no_record),
        TEST(a_record_that_cannot_be_written_is_told_with_the_end),
        TEST(lines_out_of_place_are_junk),
        TEST(deltas_are_asked_for_once),
        TEST(the_daemon_goes_before_its_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
