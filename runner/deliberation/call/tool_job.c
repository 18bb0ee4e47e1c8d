#include "tool_job.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/form/schema.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/want.h"
#include "runner/deliberation/words/bm25.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"
#include "tool_offer.h"

static void free_job(struct tool_job *job)
{
    free(job->id);
    free(job->name);
    free(job->text);
    json_decref(job->raw);
    json_decref(job->args);
    free(job);
}

void tool_jobs_clear(struct tool_loop *loop)
{
    struct tool_job *job, *next;
    LL_FOREACH_SAFE (loop->jobs, job, next)
        free_job(job);
    loop->jobs = NULL;
    json_decref(loop->own);
    loop->own = NULL;
}

struct tool_job *tool_job_of(const struct tool_loop *loop, const char *id)
{
    struct tool_job *job;
    LL_FOREACH (loop->jobs, job)
        if (strcmp(job->id, id) == 0)
            return job;
    return NULL;
}

/* Arguments come as text; an empty one stands for no arguments. */
static json_t *parse_args(const json_t *raw)
{
    const char *text = json_string_value(raw);
    if (!text)
        return json_is_object(raw) ? json_incref((json_t *)raw) : NULL;
    if (!*text)
        return j_object();
    json_t *args = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(args))
        return args;
    json_decref(args);
    return NULL;
}

void tool_job_add(struct seat_call *c, const json_t *asked, size_t at)
{
    struct tool_loop *loop = c->tools;
    struct tool_job *job = xcalloc(1, sizeof *job);
    const char *id = j_str(asked, "id", "");
    bool usable = *id && !tool_job_of(loop, id);
    job->id = usable ? xstrdup(id) : xasprintf("turn%d-%zu", loop->turn, at);
    job->name = xstrdup(j_str(asked, "name", ""));
    job->doc = tool_offer_doc(c, job->name);
    job->raw = json_incref(j_get(asked, "args_raw"));
    job->args = parse_args(job->raw);
    LL_APPEND(loop->jobs, job);
}

void tool_job_tell(struct seat_call *c, const struct tool_job *job)
{
    json_t *p = j_object(), *tool_call = j_object();
    j_set(tool_call, "id", j_string(job->id));
    j_set(tool_call, "name", j_string(job->name));
    j_ref(tool_call, "args_raw", job->raw);
    j_ref(tool_call, "args", job->args);
    j_set(p, "call_id", j_string(c->id));
    j_set(p, "turn", j_integer(c->tools->turn));
    j_set(p, "tool_call", tool_call);
    engine_emit(c->e, c->council->path, "tool_call_request", p);
}

static void log_result(struct seat_call *c, const struct tool_job *job, int64_t latency)
{
    json_t *o = j_object();
    j_set(o, "turn", j_integer(c->tools->turn));
    j_set(o, "id", j_string(job->id));
    j_set(o, "name", j_string(job->name));
    j_set(o, "ok", json_boolean(job->ok));
    j_set(o, "latency_ms", j_integer(latency));
    j_add(c->tool_log, o);
}

static char *shown_text(const json_t *value)
{
    return json_is_string(value) ? xstrdup(json_string_value(value)) : j_dump(value);
}

/* The one way in which a job ends. value: the result, or the error as a string; taken over. */
void tool_job_end(struct seat_call *c, struct tool_job *job, bool ok, json_t *value,
                  int64_t latency)
{
    json_t *p = j_object();
    job->reused &= c->reusing;
    job->state = TOOL_JOB_DONE;
    job->ok = ok;
    job->text = shown_text(value);
    j_set(p, "call_id", j_string(c->id));
    j_set(p, "turn", j_integer(c->tools->turn));
    j_set(p, "id", j_string(job->id));
    j_set(p, "name", j_string(job->name));
    j_set(p, "ok", json_boolean(ok));
    j_set(p, ok ? "result" : "error", value);
    j_set(p, "latency_ms", j_integer(latency));
    if (job->reused)
        j_set(p, "reused", json_true());
    engine_emit(c->e, c->council->path, "tool_call_result", p);
    log_result(c, job, latency);
}

void tool_job_fail(struct seat_call *c, struct tool_job *job, const char *message)
{
    tool_job_end(c, job, false, j_string(message), 0);
}

void tool_job_abort(struct seat_call *c, struct tool_job *job)
{
    engine_push_want(c->e,
                     (struct engine_want){.kind = ENGINE_ABORT_TOOL,
                                          .call_id = c->id,
                                          .turn = c->tools->turn,
                                          .tool_id = job->id,
                                          .tool = job->name},
                     c);
}

static char *argument_faults(const struct tool_job *job, int64_t *steps)
{
    struct strbuf out = STRBUF_INIT;
    size_t i;
    json_t *line, *errors = j_array();
    if (!job->args) {
        strbuf_str(&out, "the arguments are not a JSON object");
    } else if (j_get(job->doc, "parameters") &&
               !schema_check_within(j_get(job->doc, "parameters"), job->args, errors, steps)) {
        strbuf_str(&out, "the arguments do not fit: ");
        json_array_foreach (errors, i, line) {
            if (i < 5)
                strbuf_addf(&out, "%s%s", i ? "; " : "", json_string_value(line));
        }
    }
    json_decref(errors);
    return out.len ? strbuf_take(&out) : NULL;
}

static json_t *search(const struct seat_call *c, const struct tool_job *job)
{
    json_t *own = j_get(job->doc, "documents");
    json_t *documents = own ? json_incref(own) : council_documents(c->council);
    json_t *hits =
        bm25_search(documents, j_str(job->args, "query", ""), (int)j_int(job->args, "top_k", 4));
    json_decref(documents);
    return hits;
}

/* The line of the ended run about this job; NULL for none. */
static json_t *stored_line(const struct seat_call *c, const struct tool_job *job, const char *list)
{
    size_t i;
    json_t *line;
    json_array_foreach (j_get(c->stored, list), i, line) {
        const char *id = j_str(line, "id", j_str(j_get(line, "tool_call"), "id", ""));
        if (j_int(line, "turn", -1) == c->tools->turn && strcmp(id, job->id) == 0)
            return line;
    }
    return NULL;
}

static bool is_search(const struct tool_job *job)
{
    return need_word(job->doc, "kind", TOOL_KIND_NAMES) == TOOL_KIND_DOCS;
}

static bool harmless(const struct tool_job *job)
{
    return !job->doc || is_search(job) || need_bool(job->doc, "idempotent");
}

/* What a tool said in the run that is resumed is not fetched again; nor is a tool run again that
 * may have done its work, unless that does no harm. */
static bool reuse_result(struct seat_call *c, struct tool_job *job)
{
    json_t *result = c->reusing ? stored_line(c, job, "tools") : NULL;
    job->reused = true;
    if (result) {
        bool ok = j_bool(result, "ok", false);
        tool_job_end(c, job, ok, j_null_or(json_object_get(result, ok ? "result" : "error")),
                     j_int(result, "latency_ms", 0));
        return true;
    }
    if (c->reusing && stored_line(c, job, "requests") && !harmless(job)) {
        tool_job_fail(c, job,
                      "outcome unknown: the run was broken off while this tool was running");
        return true;
    }
    job->reused = false;
    return false;
}

void tool_job_start(struct seat_call *c, struct tool_job *job)
{
    char *faults;
    job->state = TOOL_JOB_RUNNING;
    job->start_ms = c->e->now;
    tool_job_tell(c, job);
    if (c->stored && reuse_result(c, job))
        return;
    if (!job->doc) {
        tool_job_fail(c, job, "there is no tool of that name");
        return;
    }
    if (c->tools->started++ >= TOOL_CALLS_MOST) {
        tool_job_fail(c, job, "too many tools were called in one turn; this one was not run");
        return;
    }
    if ((faults = argument_faults(job, &c->tools->steps))) {
        tool_job_fail(c, job, faults);
        free(faults);
        return;
    }
    if (is_search(job)) {
        tool_job_end(c, job, true, search(c, job), 0);
        return;
    }
    engine_push_want(c->e,
                     (struct engine_want){
                         .kind = ENGINE_TOOL,
                         .call_id = c->id,
                         .turn = c->tools->turn,
                         .tool_id = job->id,
                         .tool = job->name,
                         .tool_doc = job->doc,
                         .args = job->args,
                         .tool_timeout_ms = need_int(c->seat->doc, "tool_timeout_ms"),
                     },
                     c);
}
