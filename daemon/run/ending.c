#include "ending.h"

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/core/core.h"
#include "daemon/os/reap.h"
#include "daemon/records/keeper.h"
#include "daemon/records/record.h"
#include "daemon/runner/runner.h"
#include "daemon/runner/spare.h"
#include "down.h"
#include "run_inside.h"
#include "run_log.h"
#include "run_view.h"

enum {
    QUIET_US = 100 * 1000,  /* of silence end the draining */
    LIMIT_US = 1000 * 1000, /* draining and waiting together */
    POLL_FIRST_MS = 1,
    POLL_MAX_MS = 20,
    RETRY_MS = 50, /* when memory runs out */
};

/* ---- 1 to 3: look, kill the rest, reap: nothing comes in between ---- */

bool ending_begin(struct run *run)
{
    timer_clear(&run->timer);
    run->exit_known = runner_reap(run->runner, &run->exit_info, &run->usage_at_exit);
    run->ending_since_us = loop_now_us(run_loop(run));
    run->quiet_since_us = run->ending_since_us;
    run->poll_ms = POLL_FIRST_MS;
    return ending_go_on(run);
}

/* ---- 4: drain ---- */

static bool drained(struct run *run, int64_t now)
{
    if (run->drained)
        return true;
    if (!runner_drain(run->runner) && now - run->quiet_since_us < QUIET_US &&
        now - run->ending_since_us < LIMIT_US)
        return false;
    runner_shut(run->runner);
    run->drained = true;
    return true;
}

/* ---- 5: wait for the rest ---- */

static bool empty(struct run *run, int64_t now)
{
    if (!runner_rest_lives(run->runner))
        return true;
    if (now - run->ending_since_us < LIMIT_US)
        return false;
    log_warning("processes of a run resist", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid));
    run->rest_resists = true;
    return true;
}

static void look_again(struct run *run, int64_t ms)
{
    loop_timer_set(run_loop(run), &run->cleaning, ms);
    if (run->poll_ms < POLL_MAX_MS)
        run->poll_ms *= 2;
}

/* ---- 6: the reason ---- */

static void find_cause(struct run *run)
{
    const struct spawn_failure *f = runner_failure(run->runner);
    if (f->number && run->cause.kind != REASON_SHUTDOWN) {
        reason_release(&run->cause);
        run->cause.kind = f->stage == SPAWN_STAGE_EXEC ? REASON_EXEC : REASON_SPAWN;
        run->cause.errnum = f->number;
    }
    if (run->cause.kind == REASON_NONE)
        reason_copy(&run->cause, &run->reason);
}

/* Of the whole run, where it had a cgroup that counts; else of its leader or a child that it has
 * waited for, whichever had more. The process itself cannot be looked into. */
static int64_t find_peak(const struct run *run)
{
    const int64_t peak = runner_memory_peak(run->runner);
    if (peak >= 0 || run->usage_at_exit.ru_maxrss <= 0)
        return peak;
    return (int64_t)run->usage_at_exit.ru_maxrss * 1024;
}

static void find_reason(struct run *run)
{
    struct runner *r = run->runner;
    struct reap_facts facts = {
        .sent_term = run->sent_term,
        .stopping = core_stops(run->parts->core),
        .sent_kill = run->sent_kill,
        .oom = runner_ran_out_of_memory(r),
    };
    run->peak_memory = find_peak(run);
    run->ended_ms = clock_wall_ms();
    run->duration_ms = (clock_mono_us() - run->started_us) / 1000;
    reason_release(&run->reason);
    reap_reason(run->exit_known ? &run->exit_info : NULL, &facts, &run->reason);
    if (!run->announced)
        find_cause(run);
}

/* ---- 7: the record ---- */

static void write_down(struct run *run)
{
    int r = down_write(run);
    if (r < 0)
        log_error("cannot write the end of a record", LOG_S("run_id", run->run_id),
                  LOG_S("error", strerror(-r)));
}

/* What the DOWN says; the same stands in the record. False: no memory, nothing was done yet. */
static bool make_down(struct run *run)
{
    if (!run->announced || run->down)
        return true;
    run->down = down_tail(run);
    return run->down != NULL;
}

bool ending_go_on(struct run *run)
{
    int64_t now = loop_now_us(run_loop(run));
    if (!drained(run, now) || !empty(run, now)) {
        look_again(run, run->poll_ms);
        return false;
    }
    find_reason(run);
    if (!make_down(run)) {
        look_again(run, RETRY_MS);
        return false;
    }
    timer_clear(&run->cleaning);
    runner_free(run->runner);
    run->runner = NULL;
    return true;
}

/* ---- 8: everybody is told, in one step ---- */

static void note_end(const struct run *run)
{
    const struct record_usage used = run_used(run);
    const struct stats_end end = {.reason = run->reason.kind,
                                  .outcome = run->outcome,
                                  .duration_ms = run->duration_ms,
                                  .tokens = used.tokens,
                                  .cost = record_usage_cost(&used)};
    run_log_ended(run);
    stats_ended(&run->parts->core->stats, &end);
}

static void tell_ended(struct runs *table, struct run *run)
{
    runs_ended(table, run);
    run_watches_ended(&run->watches, run);
}

static void tell_refused(struct run *run)
{
    run_log_refused(run);
    stats_refused(&run->parts->core->stats, RPC_START_FAILED);
    run_watches_refused(&run->watches, run);
}

/* A record that is kept is closed before anybody is told, so that whoever is told finds it. One
 * that is not goes after that: its result is still wanted. */
void ending_finish(struct run *run)
{
    const struct runs_parts *parts = run->parts;
    struct runs *table = run->table;
    const bool recorded = run->announced && run->keep_record;
    if (run->announced)
        note_end(run);
    if (recorded)
        write_down(run);
    run_leave_table(run);
    if (run->announced)
        tell_ended(table, run);
    else
        tell_refused(run);
    if (!recorded && run->record)
        record_discard(run->record);
    run_free(run);
    if (recorded)
        keeper_apply(parts->keeper);
    spares_fill(parts->spares);
    core_nudge(parts->core);
}
