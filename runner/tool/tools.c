#include "tools.h"

#include <string.h>

#include "common/clock.h"
#include "common/jx.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "job.h"
#include "mcp_server.h"
#include "proto/council/program_tools.h"

struct tools {
    struct tool_hooks hooks;
    void *context;
    struct tool_box box;
    struct job *calls;
    struct mcp_server *servers;
};

struct tools *tools_new(const struct tool_hooks *hooks, void *context)
{
    struct tools *t = xcalloc(1, sizeof(*t));
    t->hooks = *hooks;
    t->context = context;
    t->box.own_group = child_run_has_cgroup();
    return t;
}

void tools_close_in(struct tools *t, const struct tool_box *box)
{
    bool own_group = t->box.own_group;
    t->box = *box;
    t->box.own_group = own_group;
}

void tools_free(struct tools *t)
{
    if (!t)
        return;
    for (struct job *c = t->calls, *next; c; c = next) {
        next = c->next;
        job_free(c);
    }
    for (struct mcp_server *s = t->servers, *next; s; s = next) {
        next = s->next;
        mcp_server_free(s);
    }
    free(t);
}

/* The server of that tool, started if there is none. Dead ones give way to a new one. */
static struct mcp_server *server_for(struct tools *t, json_t *document)
{
    for (struct mcp_server *s = t->servers; s; s = s->next)
        if (mcp_server_runs(s, document) && mcp_server_usable(s))
            return s;
    struct mcp_server *s = mcp_server_new(document, &t->box);
    s->next = t->servers;
    t->servers = s;
    return s;
}

void tools_start(struct tools *t, const struct tool_call *what)
{
    struct job *c = job_new(what, t->hooks.now(t->context));
    c->next = t->calls;
    t->calls = c;
    if (tool_is_at_server(what->doc))
        job_begin_server(c, server_for(t, what->doc));
    else
        job_begin_command(c, &t->box);
}

void tools_abort(struct tools *t, const char *call_id, int turn, const char *id)
{
    for (struct job **at = &t->calls; *at; at = &(*at)->next) {
        struct job *c = *at;
        if (c->turn != turn || strcmp(c->call_id, call_id) || strcmp(c->id, id))
            continue;
        *at = c->next;
        job_free(c);
        return;
    }
}

size_t tools_fds(const struct tools *t, struct pollfd *ret, size_t room)
{
    size_t n = 0;
    for (const struct job *c = t->calls; c; c = c->next)
        n += child_fds(&c->child, c->out.len > 0, ret + n, room - n);
    for (const struct mcp_server *s = t->servers; s; s = s->next)
        n += child_fds(&s->child, s->mcp.out.len > 0, ret + n, room - n);
    return n;
}

int64_t tools_wake_ms(const struct tools *t)
{
    int64_t soonest = -1;
    for (const struct job *c = t->calls; c; c = c->next) {
        int64_t at = c->over ? 0 : c->deadline_ms;
        soonest = soonest < 0 || at < soonest ? at : soonest;
    }
    return soonest;
}

static void step_servers(struct tools *t)
{
    for (struct mcp_server **at = &t->servers; *at;) {
        struct mcp_server *s = *at;
        mcp_server_step(s);
        if (mcp_server_usable(s) || s->users > 0) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        mcp_server_free(s);
    }
}

void tools_step(struct tools *t, int64_t now_ms)
{
    step_servers(t);
    for (struct job **at = &t->calls; *at;) {
        struct job *c = *at;
        job_step(c, now_ms);
        if (!c->over) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        t->hooks.fact(t->context, job_fact(c, now_ms));
        job_free(c);
    }
}

/* ---- what members are told of the tools of servers ---- */

static json_t *server_tool(struct tools *t, json_t *document, const char *name, int64_t timeout_ms)
{
    struct error err = {0};
    struct mcp_server *s = server_for(t, document);
    if (mcp_server_wait_ready(s, timeout_ms > 0 ? timeout_ms : 0, &err) < 0) {
        log_debug("a tool's server cannot be asked", LOG_S("tool", name), LOG_S("error", err.text));
        return NULL;
    }
    return mcp_tool(&s->mcp, j_str(document, "tool", name));
}

static bool is_server(const json_t *document)
{
    return tool_is_program(document) && tool_is_at_server(document);
}

json_t *tools_told(struct tools *t, json_t *documents, json_t *names, int64_t timeout_ms)
{
    int64_t end_ms = clock_mono_ms() + timeout_ms;
    json_t *told = j_object(), *document, *value;
    const char *name;
    size_t i;
    /* All of them start at once, then they are waited for. */
    json_object_foreach (documents, name, document)
        if (is_server(document))
            server_for(t, document);
    json_array_foreach (names, i, value) {
        name = json_string_value(value);
        document = name ? json_object_get(documents, name) : NULL;
        json_t *tool =
            is_server(document) ? server_tool(t, document, name, end_ms - clock_mono_ms()) : NULL;
        if (!tool)
            continue;
        json_t *one = j_object();
        j_keep(one, "description", json_object_get(tool, "description"));
        j_keep(one, "inputSchema", json_object_get(tool, "inputSchema"));
        j_set(told, name, one);
    }
    return told;
}
