#include "job.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "common/jx.h"
#include "common/xalloc.h"

struct job *job_new(const struct tool_call *what, int64_t now_ms)
{
    struct job *c = xcalloc(1, sizeof(*c));
    c->call_id = xstrdup(what->call_id);
    c->id = xstrdup(what->id);
    c->name = xstrdup(what->name);
    c->turn = what->turn;
    c->doc = json_incref(what->doc);
    c->args = json_is_object(what->args) ? json_incref(what->args) : j_object();
    c->started_ms = now_ms;
    c->deadline_ms = now_ms + what->timeout_ms;
    c->child = (struct child)NO_CHILD_HERE;
    buf_init(&c->in, TOOL_OUTPUT_MAX);
    buf_init(&c->out, SIZE_MAX / 4);
    return c;
}

void job_free(struct job *c)
{
    if (c->server)
        mcp_server_leave(c->server, &c->asked);
    child_end(&c->child);
    buf_release(&c->in);
    buf_release(&c->out);
    json_decref(c->doc);
    json_decref(c->args);
    json_decref(c->answer);
    free(c->call_id);
    free(c->id);
    free(c->name);
    free(c);
}

void job_end(struct job *c, bool ok, json_t *answer)
{
    if (c->over) {
        json_decref(answer);
        return;
    }
    c->over = true;
    c->ok = ok;
    c->answer = xcheck(answer);
}

void job_begin_command(struct job *c, const struct tool_box *box)
{
    struct error err = {0};
    char *args = j_dump(c->args);
    if (buf_addf(&c->out, "%s\n", args) < 0)
        xcheck(NULL);
    free(args);
    if (child_start(&c->child, c->doc, box, &err) < 0)
        job_end(c, false, j_string(err.text));
}

static void server_answered(void *context, bool ok, json_t *answer)
{
    job_end(context, ok, answer);
}

void job_begin_server(struct job *c, struct mcp_server *s)
{
    c->server = s;
    c->asked = (struct mcp_call_slot){.tool = j_str(c->doc, "tool", c->name),
                                      .args = c->args,
                                      .answered = server_answered,
                                      .context = c};
    mcp_server_join(s, &c->asked);
}

/* JSON as JSON, anything else as text. */
static json_t *command_result(struct job *c)
{
    json_t *value =
        c->in.len ? json_loadb(c->in.at, c->in.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
    return value ? value : j_text(c->in.at, c->in.len);
}

static void command_ended(struct job *c)
{
    child_read_last_words(&c->child);
    if (WIFEXITED(c->child.status) && WEXITSTATUS(c->child.status) == 0) {
        job_end(c, true, command_result(c));
        return;
    }
    char *why = child_epitaph(&c->child);
    job_end(c, false, j_string(why));
    free(why);
}

static void step_command(struct job *c)
{
    child_write(&c->child, &c->out, true);
    child_read_last_words(&c->child);
    bool ended = child_ended(&c->child);
    if (child_read(&c->child, &c->in) == -EMSGSIZE)
        job_end(c, false, json_sprintf("wrote more than %d bytes", TOOL_OUTPUT_MAX));
    else if (ended)
        command_ended(c);
}

void job_step(struct job *c, int64_t now_ms)
{
    if (!c->over && !c->server)
        step_command(c);
    if (!c->over && now_ms >= c->deadline_ms)
        job_end(
            c, false,
            json_sprintf("no result within %lld ms", (long long)(c->deadline_ms - c->started_ms)));
}

json_t *job_fact(const struct job *c, int64_t now_ms)
{
    return j_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:O, s:I}", "type", "tool_call_result", "call_id",
                  c->call_id, "turn", c->turn, "id", c->id, "name", c->name, "ok", c->ok,
                  c->ok ? "result" : "error", c->answer, "latency_ms",
                  (json_int_t)(now_ms - c->started_ms));
}
