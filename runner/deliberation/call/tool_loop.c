#include "tool_loop.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "attempt.h"
#include "call_read.h"
#include "runner/deliberation/form/schema.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/gate.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"
#include "tool_job.h"

/* ---- what is offered ---- */

/* ---- jobs ---- */

/* ---- results ---- */

/* ---- running them ---- */

static int at_once(const struct seat_call *c)
{
    if (!need_bool(c->seat->doc, "parallel_tools"))
        return 1;
    return (int)need_int(c->seat->doc, "tool_concurrency");
}

static bool fails_fast(const struct seat_call *c)
{
    return need_word(c->seat->doc, "parallel_tools_strategy", PARALLEL_TOOLS_NAMES) ==
           PARALLEL_TOOLS_FAIL_FAST;
}

static void cancel_rest(struct seat_call *c)
{
    struct tool_job *job;
    LL_FOREACH (c->tools->jobs, job) {
        if (job->state == TOOL_JOB_DONE)
            continue;
        if (job->state == TOOL_JOB_RUNNING)
            tool_job_abort(c, job);
        else
            tool_job_tell(c, job);
        tool_job_fail(c, job, "cancelled, because another tool of this turn failed");
    }
}

static bool any_failed(const struct tool_loop *loop)
{
    struct tool_job *job;
    LL_FOREACH (loop->jobs, job)
        if (job->state == TOOL_JOB_DONE && !job->ok)
            return true;
    return false;
}

/* ---- back to the model ---- */

/* A name that no tool has is the model's own words. */
static char *result_text(struct seat_call *c, const struct tool_job *job)
{
    struct gate gate;
    struct strbuf out = STRBUF_INIT;
    gate_init(&gate, c->e->seed, c->id, GATE_OTHERS);
    int number = gate_take(&gate, job->ok ? "tool_result" : "tool_error",
                           job->doc ? job->name : "unknown tool", job->text, TOOL_TEXT_MAX);
    call_warn_steering(c, gate_flags(&gate, number),
                       "a tool's result holds text that tries to steer its readers");
    gate_write(&gate, number, &out);
    gate_release(&gate);
    return strbuf_take(&out);
}

static json_t *result_message(struct seat_call *c, const struct tool_job *job)
{
    char *content = result_text(c, job);
    json_t *m = j_object();
    j_set(m, "role", j_string("tool"));
    j_set(m, "tool_call_id", j_string(job->id));
    j_set(m, "name", j_string(job->name));
    j_set(m, "ok", json_boolean(job->ok));
    j_set(m, "content", j_string(content));
    free(content);
    return m;
}

static void send_back(struct seat_call *c)
{
    struct tool_job *job;
    /* The attempt that was answered still refers to the old list. */
    json_t *messages = xcheck(json_copy(c->messages));
    j_add(messages, json_incref(c->tools->own));
    LL_FOREACH (c->tools->jobs, job)
        j_add(messages, result_message(c, job));
    json_decref(c->messages);
    c->messages = messages;
    tool_jobs_clear(c->tools);
    c->tool_turns++;
    attempt_go_on(c, "tool");
}

/* Starts what may start; true when every job has its result. */
static bool pump(struct seat_call *c)
{
    struct tool_job *job;
    int running = 0, left = 0;
    if (fails_fast(c) && any_failed(c->tools))
        cancel_rest(c);
    LL_FOREACH (c->tools->jobs, job)
        running += job->state == TOOL_JOB_RUNNING;
    LL_FOREACH (c->tools->jobs, job) {
        if (job->state == TOOL_JOB_QUEUED && running < at_once(c)) {
            tool_job_start(c, job);
            running += job->state == TOOL_JOB_RUNNING;
            if (!job->ok && job->state == TOOL_JOB_DONE && fails_fast(c))
                cancel_rest(c);
        }
    }
    LL_FOREACH (c->tools->jobs, job)
        left += job->state != TOOL_JOB_DONE;
    return left == 0;
}

static json_t *own_message(const struct seat_call *c, const json_t *fact)
{
    json_t *own = j_object(), *calls = j_array();
    struct tool_job *job;
    LL_FOREACH (c->tools->jobs, job) {
        json_t *o = j_object();
        j_set(o, "id", j_string(job->id));
        j_set(o, "name", j_string(job->name));
        j_ref(o, "args_raw", job->raw);
        j_add(calls, o);
    }
    j_set(own, "role", j_string("assistant"));
    j_set(own, "content", j_string(j_str(fact, "content", "")));
    j_ref(own, "assistant", j_get(fact, "assistant"));
    j_set(own, "provider", j_string(seat_entry(c->seat, c->entry).provider));
    j_set(own, "tool_calls", calls);
    return own;
}

void tool_loop_begin(struct seat_call *c, const json_t *fact)
{
    size_t i;
    json_t *asked;
    if (!c->tools)
        c->tools = xcalloc(1, sizeof *c->tools);
    c->tools->turn = c->tool_turns;
    c->tools->steps = SCHEMA_STEPS;
    c->tools->started = 0;
    json_array_foreach (j_get(fact, "tool_calls"), i, asked) {
        tool_job_add(c, asked, i);
    }
    c->tools->own = own_message(c, fact);
    c->state = CALL_TOOLS;
    if (pump(c))
        send_back(c);
}

int tool_loop_feed(struct seat_call *c, json_t *fact)
{
    struct tool_job *job = tool_job_of(c->tools, j_str(fact, "id", ""));
    bool ok = j_bool(fact, "ok", false);
    if (!job || job->state != TOOL_JOB_RUNNING || j_int(fact, "turn", -1) != c->tools->turn)
        return -ESTALE;
    json_t *value = json_object_get(fact, ok ? "result" : "error");
    tool_job_end(c, job, ok, value ? json_incref(value) : j_string(ok ? "" : "the tool failed"),
                 j_int(fact, "latency_ms", c->e->now - job->start_ms));
    if (pump(c))
        send_back(c);
    return 0;
}

void tool_loop_stop(struct seat_call *c)
{
    struct tool_job *job;
    LL_FOREACH (c->tools->jobs, job)
        if (job->state == TOOL_JOB_RUNNING)
            tool_job_abort(c, job);
    tool_jobs_clear(c->tools);
}

void tool_loop_free(struct tool_loop *loop)
{
    if (!loop)
        return;
    tool_jobs_clear(loop);
    free(loop);
}
