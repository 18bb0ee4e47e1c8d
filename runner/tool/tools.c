#include "tools.h"

#include <string.h>

#include "common/xalloc.h"
#include "job.h"
#include "server.h"

struct tools {
    struct tool_hooks hooks;
    void *context;
    bool own_group;
    struct job *calls;
    struct server *servers;
};

struct tools *tools_new(const struct tool_hooks *hooks, void *context)
{
    struct tools *t = xcalloc(1, sizeof(*t));
    t->hooks = *hooks;
    t->context = context;
    t->own_group = child_run_has_cgroup();
    return t;
}

void tools_free(struct tools *t)
{
    if (!t)
        return;
    for (struct job *c = t->calls, *next; c; c = next) {
        next = c->next;
        job_free(c);
    }
    for (struct server *s = t->servers, *next; s; s = next) {
        next = s->next;
        server_free(s);
    }
    free(t);
}

/* The server of that command, started if there is none. Dead ones give way to a new one. */
static struct server *server_for(struct tools *t, json_t *argv)
{
    for (struct server *s = t->servers; s; s = s->next)
        if (json_equal(s->argv, argv) && server_usable(s))
            return s;
    struct server *s = server_new(argv, t->own_group);
    s->next = t->servers;
    t->servers = s;
    return s;
}

void tools_start(struct tools *t, const struct tool_call *what)
{
    const char *kind = json_string_value(json_object_get(what->doc, "kind"));
    struct job *c = job_new(what, t->hooks.now(t->context));
    c->next = t->calls;
    t->calls = c;
    if (kind && !strcmp(kind, "mcp"))
        job_begin_server(c, server_for(t, json_object_get(what->doc, "argv")));
    else
        job_begin_command(c, t->own_group);
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
    for (const struct server *s = t->servers; s; s = s->next)
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
    for (struct server **at = &t->servers; *at;) {
        struct server *s = *at;
        server_step(s);
        if (server_usable(s) || s->users > 0) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        server_free(s);
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

json_t *tools_list_server(struct tools *t, json_t *argv, int64_t timeout_ms, struct error *err)
{
    struct server *s = server_for(t, argv);
    return server_wait_ready(s, timeout_ms, err) == 0 ? json_incref(s->mcp.tools) : NULL;
}
