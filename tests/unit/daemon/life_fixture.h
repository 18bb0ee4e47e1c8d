/* What the tests of a run's life share: its neighbours, an ear that hangs on it and notes each
 * word, and ways to let its runner speak and end. Taken in behind cmocka.h, by one source of a
 * test. */
#ifndef TESTS_UNIT_DAEMON_LIFE_FIXTURE_H
#define TESTS_UNIT_DAEMON_LIFE_FIXTURE_H

#include "daemon/core/core.h"
#include "daemon/records/keeper.h"
#include "daemon/records/record.h"
#include "daemon/records/record_archive.h"
#include "daemon/run/life.h"
#include "daemon/run/run_inside.h"
#include "daemon/runner/spare.h"
#include "daemon/settings/config.h"
#include "fake_runner.h"
#include "fixture.h"
#include "one_turn.h"
#include "proto/fields.h"
#include "serve/blob.h"
#include "serve/loop.h"

enum { START_TIMEOUT_MS = 11000, STOP_LIMIT_MS = 90000, KILL_LIMIT_MS = 9000 };

/* ---- the neighbours ---- */

static struct runner *ready_spare; /* for the next start; NULL: none */

struct runner *spare_take(struct spares *s)
{
    struct runner *r = ready_spare;
    (void)s;
    ready_spare = NULL;
    return r;
}

size_t spares_ready(const struct spares *s)
{
    (void)s;
    return ready_spare != NULL;
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
static const char *order_id; /* of the runs that are started */

static inline int setup(void **state)
{
    (void)state;
    memset(&fake, 0, sizeof(fake));
    order_id = "r1";
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

static inline int teardown(void **state)
{
    (void)state;
    runs_free(runs);
    records_free(records);
    core_release(&core);
    loop_free(core.loop);
    folder_remove(&folder);
    return fake.made == fake.freed ? 0 : -1;
}

static inline void turn(void)
{
    one_turn(core.loop);
}

/* ---- who watches: notes each word ---- */

struct ear {
    struct run_watch watch; /* first */
    char heard[256];
    bool id_was_free; /* when the end was told */
    enum reason_kind reason, cause;
    int errnum;     /* of the cause */
    char down[512]; /* the line of the DOWN behind its ref */
};

static inline void hear(struct run_watch *w, const char *what)
{
    struct ear *ear = (struct ear *)w;
    size_t len = strlen(ear->heard);
    snprintf(ear->heard + len, sizeof(ear->heard) - len, "%s%s", len ? " " : "", what);
}

static inline void hear_event(struct run_watch *w, struct run *run, const struct run_news *news)
{
    (void)run;
    hear(w, news->delta ? "delta" : "event");
}

static inline void hear_ready(struct run_watch *w, struct run *run)
{
    (void)run;
    hear(w, "ready");
}

static inline void hear_unkillable(struct run_watch *w, struct run *run)
{
    (void)run;
    hear(w, "unkillable");
}

static inline void note_end(struct run_watch *w, struct run *run)
{
    struct ear *ear = (struct ear *)w;
    ear->id_was_free = runs_find(runs, run->run_id, strlen(run->run_id)) == NULL;
    ear->reason = run->reason.kind;
    ear->cause = run->cause.kind;
    ear->errnum = run->cause.errnum;
}

static inline void hear_ended(struct run_watch *w, struct run *run)
{
    struct ear *ear = (struct ear *)w;
    snprintf(ear->down, sizeof(ear->down), "%.*s", (int)run->down->len, run->down->bytes);
    note_end(w, run);
    hear(w, "ended");
}

static inline void hear_refused(struct run_watch *w, struct run *run)
{
    note_end(w, run);
    hear(w, "refused");
}

static inline void hear_drop(struct run_watch *w)
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

/* An order for the run `order_id`, with its texts; release_order frees them. */
static struct buf order_record, order_link;

#define QUESTION "\"why?\""
#define MEMBERS  "[\"s\",\"t\"]"
/* What lists show of it. */
#define ASKED "\"question\":" QUESTION ",\"members\":" MEMBERS

static inline struct start_order make_order(int64_t shutdown, int64_t deadline_ms, bool keep)
{
    struct run_limits limits;
    fields_defaults(FIELDS_RUN_LIMITS, &limits);
    limits.deadline_ms = deadline_ms;
    buf_init(&order_record, 1024);
    buf_init(&order_link, 1024);
    buf_add_str(&order_record, "{}");
    buf_add_str(&order_link, "{}\n");
    return (struct start_order){.run_id = order_id,
                                .council_id = "c",
                                .registry = "default",
                                .labels = "{}",
                                .question = QUESTION,
                                .members = MEMBERS,
                                .started_by = "{}",
                                .limits = limits,
                                .shutdown = shutdown,
                                .keep_record = keep,
                                .record_spec = &order_record,
                                .link_spec = &order_link,
                                .now_ms = 1000};
}

static inline void release_order(void)
{
    buf_release(&order_record);
    buf_release(&order_link);
}

static inline int begin_with(struct run **ret, struct reason *cause, int64_t shutdown,
                             int64_t deadline_ms, bool keep)
{
    struct start_order order = make_order(shutdown, deadline_ms, keep);
    int r = life_start(runs, &order, ret, cause);
    release_order();
    return r;
}

static inline struct run *begin_order(struct start_order *order)
{
    struct run *run = NULL;
    struct reason cause = {0};
    assert_int_equal(life_start(runs, order, &run, &cause), 0);
    release_order();
    return run;
}

static inline struct run *begin(struct ear *ear, int64_t shutdown, int64_t deadline_ms)
{
    struct run *run;
    struct reason cause = {0};
    *ear = (struct ear){0};
    assert_int_equal(begin_with(&run, &cause, shutdown, deadline_ms, true), 0);
    run_watch_hang(&run->watches, &ear->watch, &EAR);
    return run;
}

static inline bool say(struct run *run, struct link_up up)
{
    const struct runner_tie *tie = &run->runner->tie;
    return tie->owner->line(tie->arg, &up);
}

static inline bool say_ready(struct run *run)
{
    return say(run, (struct link_up){.type = LINK_READY});
}

/* A run that is ready. */
static inline struct run *running(struct ear *ear, int64_t shutdown)
{
    struct run *run = begin(ear, shutdown, LIMIT_NONE);
    assert_true(say_ready(run));
    fake_done();
    return run;
}

/* Its leader ends; *run may be gone afterwards. */
static inline void leader_exits(struct run *run, int code, int status)
{
    struct runner *r = run->runner;
    r->alive = false;
    fake.info.si_code = code;
    fake.info.si_status = status;
    r->tie.owner->exited(r->tie.arg);
}

static inline bool table_is_empty(void)
{
    return runs_count(runs) == 0 && core.runs == 0;
}

static inline bool is_recorded(void)
{
    struct record_key key;
    return records_find(records, "r1", NULL, &key) == 0;
}

static inline int64_t due_in_ms(const struct run *run)
{
    assert_true(timer_is_set(&run->timer));
    return (run->timer.due_us - loop_now_us(core.loop)) / 1000;
}

static inline void assert_due(const struct run *run, int64_t ms)
{
    int64_t due = due_in_ms(run);
    assert_true(due <= ms && due >= ms - 1500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
