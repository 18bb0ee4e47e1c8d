#include "tools.h"

#include <string.h>

#include "common/clock.h"
#include "common/jx.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "job.h"
#include "mcp_server.h"
#include "proto/council/tables/words.h"

struct tools {
    struct tool_hooks hooks;
    void *context;
    bool own_group;
    struct job *calls;
    struct mcp_server *servers;
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
    struct mcp_server *s = mcp_server_new(document, t->own_group);
    s->next = t->servers;
    t->servers = s;
    return s;
}

bool tool_is_at_server(const json_t *document)
{
    return word_index(TOOL_KIND_NAMES, j_str(document, "kind", NULL)) == TOOL_KIND_MCP;
}

void tools_start(struct tools *t, const struct tool_call *what)
{
    struct job *c = job_new(what, t->hooks.now(t->context));
    c->next = t->calls;
    t->calls = c;
    if (tool_is_at_server(what->doc))
        job_begin_server(c, server_for(t, what->doc));
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

struct completion {
    struct tools *tools;
    json_t *documents;
    int64_t end_ms;
};

static json_t *server_tool(struct completion *c, const char *name)
{
    struct error err = {0};
    json_t *document = json_object_get(c->documents, name);
    struct mcp_server *s = server_for(c->tools, document);
    int64_t left = c->end_ms - clock_mono_ms();
    if (mcp_server_wait_ready(s, left > 0 ? left : 0, &err) < 0) {
        log_debug("a tool's server cannot be asked", LOG_S("tool", name), LOG_S("error", err.text));
        return NULL;
    }
    return mcp_tool(&s->mcp, j_str(document, "tool", name));
}

static void complete_one(struct completion *c, json_t *tool, const char *name)
{
    bool described = json_string_length(json_object_get(tool, "description")) > 0;
    bool has_parameters = json_is_object(json_object_get(tool, "parameters"));
    json_t *told = described && has_parameters ? NULL : server_tool(c, name);
    json_t *description = json_object_get(told, "description");
    json_t *parameters = json_object_get(told, "inputSchema");
    if (!described && json_is_string(description))
        j_keep(tool, "description", description);
    if (has_parameters)
        return;
    if (json_is_object(parameters))
        j_keep(tool, "parameters", parameters);
    else
        j_set(tool, "parameters", j_pack("{s:s, s:{}}", "type", "object", "properties"));
}

static void complete_tree(struct completion *c, json_t *tree)
{
    const char *key = j_str(tree, "name", NULL);
    json_t *value;
    size_t i;
    if (key && tool_is_at_server(tree) && json_object_get(c->documents, key)) {
        complete_one(c, tree, key);
        return;
    }
    json_object_foreach (tree, key, value)
        complete_tree(c, value);
    json_array_foreach (tree, i, value)
        complete_tree(c, value);
}

void tools_complete(struct tools *t, json_t *documents, json_t *tree, int64_t timeout_ms)
{
    struct completion c = {t, documents, clock_mono_ms() + timeout_ms};
    const char *name;
    json_t *document;
    /* All of them start at once, then they are waited for. */
    json_object_foreach (documents, name, document)
        if (json_is_array(json_object_get(document, "argv")) && tool_is_at_server(document))
            server_for(t, document);
    complete_tree(&c, tree);
}
