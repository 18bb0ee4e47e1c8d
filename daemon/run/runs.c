#include "runs.h"

#include "daemon/maintain.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/records/record.h"
#include "daemon/runner/runner.h"
#include "daemon/server.h"
#include "ending.h"
#include "serve/outq.h"
#include "start.h"
#include "stop.h"

enum { LINK_NOTE_MS = 500 };

static void fire(void *arg)
{
    run_event(arg, RUN_EV_TIMER);
}

/* Every end closes the link; only a run that goes on without it is worth a line. */
static void note_link(void *arg)
{
    const struct run *run = arg;
    if (run->machine.state == RUN_RUNNING || run->machine.state == RUN_TERMINATING)
        log_warning("link closed by a run that goes on", LOG_S("run_id", run->run_id),
                    LOG_I("pid", run->pid));
}

struct run *run_new(struct server *s, const char *run_id)
{
    struct run *run = calloc(1, sizeof(*run));
    if (!run)
        return NULL;
    run->server = s;
    run->number = ++s->run_number;
    snprintf(run->run_id, sizeof(run->run_id), "%s", run_id);
    run->peak_memory = -1;
    run->started_us = clock_mono_us();
    HASH_ADD_STR(s->runs, run_id, run);
    if (!run->hh.tbl || loop_timer_init(s->loop, &run->timer, fire, run) ||
        loop_timer_init(s->loop, &run->link_timer, note_link, run)) {
        run_free(run);
        return NULL;
    }
    maintain_status(s);
    return run;
}

void run_leave_table(struct run *run)
{
    if (run->hh.tbl) {
        HASH_DEL(run->server->runs, run);
        maintain_status(run->server);
    }
    run->hh.tbl = NULL;
}

void run_free(struct run *run)
{
    if (!run)
        return;
    run_leave_table(run);
    timer_release(&run->timer);
    timer_release(&run->link_timer);
    record_free(run->record);
    reason_release(&run->cause);
    reason_release(&run->reason);
    blob_drop(run->down);
    json_decref(run->warnings);
    free(run->council_id);
    free(run->registry);
    free(run->labels);
    free(run->started_by);
    free(run->limits_json);
    free(run->phase);
    free(run->usage);
    free(run);
}

struct run *runs_find(const struct server *s, const char *run_id, size_t len)
{
    struct run *run = NULL;
    HASH_FIND(hh, s->runs, run_id, len, run);
    return run;
}

bool run_listed(const struct run *run)
{
    return run_is_listed(run->machine.state, run->announced);
}

struct run *runs_find_listed(const struct server *s, const char *run_id, size_t len)
{
    struct run *run = runs_find(s, run_id, len);
    return run && run_listed(run) ? run : NULL;
}

size_t runs_count(const struct server *s)
{
    return HASH_COUNT(s->runs);
}

bool run_in_registry(const struct run *run, const char *registry)
{
    return !registry || !strcmp(run->registry, registry);
}

void runs_tally(const struct server *s, const char *registry, struct runs_counts *ret)
{
    *ret = (struct runs_counts){0};
    for (const struct run *run = s->runs; run; run = run->hh.next) {
        if (!run_in_registry(run, registry))
            continue;
        if (!run_listed(run))
            ret->starting++;
        else
            ret->active++;
        if (run_listed(run) && run->machine.state != RUN_RUNNING)
            ret->terminating++;
    }
}

const char *run_shown_state(const struct run *run)
{
    return run->machine.state == RUN_RUNNING ? "running" : "terminating";
}

static void act(struct run *run, enum run_event event, enum run_action action)
{
    switch (action) {
    case RUN_DO_ANNOUNCE:
        start_succeeded(run);
        break;
    case RUN_DO_ABORT:
        start_abort(run, event);
        break;
    case RUN_DO_AWAIT_EXIT:
        start_await_exit(run);
        break;
    case RUN_DO_NOTE_LINK:
        loop_timer_set(run->server->loop, &run->link_timer, LINK_NOTE_MS);
        break;
    case RUN_DO_STOP:
        stop_begin(run);
        break;
    case RUN_DO_CLIMB:
        stop_climb(run);
        break;
    case RUN_DO_DEADLINE:
        stop_deadline(run);
        break;
    case RUN_DO_CLEAN:
        ending_begin(run);
        break;
    case RUN_DO_CLEAN_ON:
        ending_go_on(run);
        break;
    case RUN_DO_FINISH:
        ending_finish(run);
        break;
    case RUN_DO_NOTHING:
    case RUN_DO_CANCEL:
    case RUN_DO_JOIN_FIRST:
    case RUN_DO_JOIN:
    case RUN_DO_REFUSE:
    case RUN_ACTIONS:
        break;
    }
}

enum run_action run_event(struct run *run, enum run_event event)
{
    enum run_state before = run->machine.state;
    enum run_action action = run_advance(&run->machine, event);
    if (run->machine.state != before)
        log_debug("run moves", LOG_S("run_id", run->run_id), LOG_S("from", run_state_name(before)),
                  LOG_S("to", run_state_name(run->machine.state)),
                  LOG_S("on", run_event_name(event)));
    act(run, event, action);
    return action;
}
