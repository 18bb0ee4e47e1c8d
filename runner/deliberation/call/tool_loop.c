#include "tool_loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "call_read.h"
#include "runner/deliberation/form/schema.h"
#include "runner/deliberation/words/bm25.h"
#include "runner/deliberation/words/fence.h"
#include "common/jx.h"
#include "runner/deliberation/words/text.h"

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_DONE };

struct tool_job {
    char *id, *name;
    json_t *doc;  /* NULL: there is no such tool */
    json_t *raw;  /* as the model wrote the arguments */
    json_t *args; /* NULL: they do not parse */
    enum job_state state;
    int64_t start_ms;
    bool ok, reused;
    char *text; /* as the model sees the result */
    struct tool_job *next;
};

struct tool_loop {
    int turn; /* of the jobs */
    struct tool_job *jobs;
    json_t *own; /* the model's message that called them */
};

/* ---- what is offered ---- */

static json_t *tool_docs(const struct seat_call *c)
{
    static const char *const kinds[] = {"member", "chair", "sample"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(c->kind, kinds[i]) == 0)
            return j_get(c->seat->doc, "tools");
    return NULL;
}

json_t *tool_loop_offered(const struct seat_call *c)
{
    json_t *tool, *list = j_array();
    size_t i;
    json_array_foreach (tool_docs(c), i, tool) {
        json_t *o = j_object();
        j_ref(o, "name", j_get(tool, "name"));
        j_set(o, "description", j_string(j_str(tool, "description", "")));
        j_ref(o, "parameters", j_get(tool, "parameters"));
        j_add(list, o);
    }
    return list;
}

const char *tool_loop_first_choice(const struct seat_call *c)
{
    if (json_array_size(tool_docs(c)) == 0)
        return "none";
    return j_str(c->seat->doc, "tool_choice", "auto");
}

bool tool_loop_used_up(const struct seat_call *c)
{
    return c->tool_turns >= j_int(c->seat->doc, "max_tool_turns", 8);
}

const char *tool_loop_choice(const struct seat_call *c)
{
    const char *first = tool_loop_first_choice(c);
    if (tool_loop_used_up(c) || strcmp(first, "none") == 0)
        return "none";
    return c->exchanges == 0 ? first : "auto";
}

bool tool_loop_called(const struct seat_call *c, const json_t *fact)
{
    return json_array_size(tool_docs(c)) > 0 && json_array_size(j_get(fact, "tool_calls")) > 0 &&
           strcmp(j_str(fact, "finish_reason", "stop"), "length") != 0;
}

json_t *council_documents(const struct council *c)
{
    json_t *all = j_array(), *own = j_get(c->doc, "documents");
    json_t *more = c == c->e->root ? j_get(c->e->options, "documents") : NULL;
    if ((own && json_array_extend(all, own) < 0) || (more && json_array_extend(all, more) < 0))
        xcheck(NULL);
    return all;
}

/* ---- jobs ---- */

static void free_job(struct tool_job *job)
{
    free(job->id);
    free(job->name);
    free(job->text);
    json_decref(job->raw);
    json_decref(job->args);
    free(job);
}

static void clear(struct tool_loop *loop)
{
    struct tool_job *job, *next;
    LL_FOREACH_SAFE (loop->jobs, job, next)
        free_job(job);
    loop->jobs = NULL;
    json_decref(loop->own);
    loop->own = NULL;
}

void tool_loop_free(struct tool_loop *loop)
{
    if (!loop)
        return;
    clear(loop);
    free(loop);
}

static struct tool_job *job_of(const struct tool_loop *loop, const char *id)
{
    struct tool_job *job;
    LL_FOREACH (loop->jobs, job)
        if (strcmp(job->id, id) == 0)
            return job;
    return NULL;
}

static json_t *doc_of(const struct seat_call *c, const char *name)
{
    size_t i;
    json_t *tool;
    json_array_foreach (tool_docs(c), i, tool) {
        if (strcmp(j_str(tool, "name", ""), name) == 0)
            return tool;
    }
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

static void add_job(struct seat_call *c, const json_t *asked, size_t at)
{
    struct tool_loop *loop = c->tools;
    struct tool_job *job = xcalloc(1, sizeof *job);
    const char *id = j_str(asked, "id", "");
    bool usable = *id && !job_of(loop, id);
    job->id = usable ? xstrdup(id) : xasprintf("turn%d-%zu", loop->turn, at);
    job->name = xstrdup(j_str(asked, "name", ""));
    job->doc = doc_of(c, job->name);
    job->raw = json_incref(j_get(asked, "args_raw"));
    job->args = parse_args(job->raw);
    LL_APPEND(loop->jobs, job);
}

/* ---- results ---- */

static void tell_request(struct seat_call *c, const struct tool_job *job)
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
    char *text = json_is_string(value) ? xstrdup(json_string_value(value)) : j_dump(value);
    char *cut = text_cut_middle(text, TOOL_TEXT_MAX);
    if (!cut)
        return text;
    free(text);
    return cut;
}

/* The one way in which a job ends. value: the result, or the error as a string; taken over. */
static void end_job(struct seat_call *c, struct tool_job *job, bool ok, json_t *value, int64_t latency)
{
    json_t *p = j_object();
    job->reused &= c->reusing;
    job->state = JOB_DONE;
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

static void fail_job(struct seat_call *c, struct tool_job *job, const char *message)
{
    end_job(c, job, false, j_string(message), 0);
}

static void stop_job(struct seat_call *c, struct tool_job *job)
{
    engine_push_want(c->e,
                     (struct engine_want){.kind = ENGINE_ABORT_TOOL,
                                          .call_id = c->id,
                                          .turn = c->tools->turn,
                                          .tool_id = job->id,
                                          .tool = job->name},
                     c);
}

/* ---- running them ---- */

static char *argument_faults(const struct tool_job *job)
{
    struct strbuf out = STRBUF_INIT;
    size_t i;
    json_t *line, *errors = j_array();
    if (!job->args) {
        strbuf_str(&out, "the arguments are not a JSON object");
    } else if (j_get(job->doc, "parameters") &&
               !schema_check(j_get(job->doc, "parameters"), job->args, errors)) {
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
    return strcmp(j_str(job->doc, "kind", ""), "docs") == 0;
}

static bool harmless(const struct tool_job *job)
{
    return !job->doc || is_search(job) || j_bool(job->doc, "idempotent", false);
}

/* What a tool said in the run that is resumed is not fetched again; nor is a tool run again that
 * may have done its work, unless that does no harm. */
static bool reuse_result(struct seat_call *c, struct tool_job *job)
{
    json_t *result = c->reusing ? stored_line(c, job, "tools") : NULL;
    job->reused = true;
    if (result) {
        bool ok = j_bool(result, "ok", false);
        end_job(c, job, ok, j_null_or(json_object_get(result, ok ? "result" : "error")),
                j_int(result, "latency_ms", 0));
        return true;
    }
    if (c->reusing && stored_line(c, job, "requests") && !harmless(job)) {
        fail_job(c, job, "outcome unknown: the run was broken off while this tool was running");
        return true;
    }
    job->reused = false;
    return false;
}

static void start_job(struct seat_call *c, struct tool_job *job)
{
    char *faults;
    job->state = JOB_RUNNING;
    job->start_ms = c->e->now;
    tell_request(c, job);
    if (c->stored && reuse_result(c, job))
        return;
    if (!job->doc) {
        fail_job(c, job, "there is no tool of that name");
        return;
    }
    if ((faults = argument_faults(job))) {
        fail_job(c, job, faults);
        free(faults);
        return;
    }
    if (is_search(job)) {
        end_job(c, job, true, search(c, job), 0);
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
                         .tool_timeout_ms = j_int(c->seat->doc, "tool_timeout_ms", 30000),
                     },
                     c);
}

static int at_once(const struct seat_call *c)
{
    if (!j_bool(c->seat->doc, "parallel_tools", true))
        return 1;
    return (int)j_int(c->seat->doc, "tool_concurrency", 4);
}

static bool fails_fast(const struct seat_call *c)
{
    return strcmp(j_str(c->seat->doc, "parallel_tools_strategy", "collect"), "fail_fast") == 0;
}

static void cancel_rest(struct seat_call *c)
{
    struct tool_job *job;
    LL_FOREACH (c->tools->jobs, job) {
        if (job->state == JOB_DONE)
            continue;
        if (job->state == JOB_RUNNING)
            stop_job(c, job);
        else
            tell_request(c, job);
        fail_job(c, job, "cancelled, because another tool of this turn failed");
    }
}

static bool any_failed(const struct tool_loop *loop)
{
    struct tool_job *job;
    LL_FOREACH (loop->jobs, job)
        if (job->state == JOB_DONE && !job->ok)
            return true;
    return false;
}

/* ---- back to the model ---- */

static json_t *result_message(struct seat_call *c, const struct tool_job *job)
{
    char nonce[FENCE_NONCE_SIZE];
    struct strbuf out = STRBUF_INIT;
    int flags = 0;
    char *clean = fence_clean(job->text, &flags);
    const char *texts[] = {clean, job->name};
    call_warn_steering(c, flags, "a tool's result holds text that tries to steer its readers");
    fence_nonce(c->e->seed, c->id, texts, 2, nonce);
    fence_notice(&out, nonce);
    char *label = fence_header(job->name);
    fence_block(&out, nonce, job->ok ? "tool_result" : "tool_error", label, clean);
    char *content = strbuf_take(&out);
    json_t *m = j_object();
    j_set(m, "role", j_string("tool"));
    j_set(m, "tool_call_id", j_string(job->id));
    j_set(m, "name", j_string(job->name));
    j_set(m, "ok", json_boolean(job->ok));
    j_set(m, "content", j_string(content));
    free(label);
    free(content);
    free(clean);
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
    clear(c->tools);
    c->tool_turns++;
    call_go_on(c, "tool");
}

/* Starts what may start; true when every job has its result. */
static bool pump(struct seat_call *c)
{
    struct tool_job *job;
    int running = 0, left = 0;
    if (fails_fast(c) && any_failed(c->tools))
        cancel_rest(c);
    LL_FOREACH (c->tools->jobs, job)
        running += job->state == JOB_RUNNING;
    LL_FOREACH (c->tools->jobs, job) {
        if (job->state == JOB_QUEUED && running < at_once(c)) {
            start_job(c, job);
            running += job->state == JOB_RUNNING;
            if (!job->ok && job->state == JOB_DONE && fails_fast(c))
                cancel_rest(c);
        }
    }
    LL_FOREACH (c->tools->jobs, job)
        left += job->state != JOB_DONE;
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
    json_array_foreach (j_get(fact, "tool_calls"), i, asked) {
        add_job(c, asked, i);
    }
    c->tools->own = own_message(c, fact);
    c->state = CALL_TOOLS;
    if (pump(c))
        send_back(c);
}

int tool_loop_feed(struct seat_call *c, json_t *fact)
{
    struct tool_job *job = job_of(c->tools, j_str(fact, "id", ""));
    bool ok = j_bool(fact, "ok", false);
    if (!job || job->state != JOB_RUNNING || j_int(fact, "turn", -1) != c->tools->turn)
        return -ESTALE;
    json_t *value = json_object_get(fact, ok ? "result" : "error");
    end_job(c, job, ok, value ? json_incref(value) : j_string(ok ? "" : "the tool failed"),
            j_int(fact, "latency_ms", c->e->now - job->start_ms));
    if (pump(c))
        send_back(c);
    return 0;
}

void tool_loop_stop(struct seat_call *c)
{
    struct tool_job *job;
    LL_FOREACH (c->tools->jobs, job)
        if (job->state == JOB_RUNNING)
            stop_job(c, job);
    clear(c->tools);
}
