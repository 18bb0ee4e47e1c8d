#include "mcp_server.h"

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/xalloc.h"
#include "job.h"

static const char *remote_name(const struct job *c)
{
    const char *name = json_string_value(json_object_get(c->doc, "tool"));
    return name ? name : c->name;
}

static void answer(void *context, int64_t id, bool ok, const char *text)
{
    struct server *s = context;
    for (struct job *c = s->waiting; c; c = c->next_waiting)
        if (c->server_id == id)
            job_end(c, ok, json_string(text));
}

struct server *server_new(json_t *argv, bool own_group)
{
    struct server *s = xcalloc(1, sizeof(*s));
    struct error err = {0};
    s->argv = json_incref(argv);
    s->child = (struct child){.pidfd = -1, .in_fd = -1, .out_fd = -1, .err_fd = -1};
    mcp_init(&s->mcp, answer, s);
    if (child_start(&s->child, argv, own_group, &err) < 0) {
        s->mcp.state = MCP_BROKEN;
        snprintf(s->mcp.why, sizeof(s->mcp.why), "%.190s", err.text);
        s->dead = true;
    }
    return s;
}

void server_free(struct server *s)
{
    child_end(&s->child);
    mcp_release(&s->mcp);
    json_decref(s->argv);
    free(s);
}

bool server_usable(const struct server *s)
{
    return !s->dead && s->mcp.state != MCP_BROKEN;
}

void server_join(struct server *s, struct job *c)
{
    c->next_waiting = s->waiting;
    s->waiting = c;
    s->users++;
    server_step(s);
}

void server_leave(struct server *s, struct job *c)
{
    for (struct job **at = &s->waiting; *at; at = &(*at)->next_waiting) {
        if (*at != c)
            continue;
        *at = c->next_waiting;
        s->users--;
        break;
    }
    if (c->server_id && !c->over && server_usable(s))
        mcp_cancel(&s->mcp, c->server_id, "nobody waits for it any more");
    c->server = NULL;
}

static void send_waiting(struct server *s)
{
    for (struct job *c = s->waiting; c; c = c->next_waiting)
        if (!c->server_id && !c->over)
            c->server_id = mcp_call(&s->mcp, remote_name(c), c->args);
}

static void fail_waiting(struct server *s)
{
    char *epitaph = child_ended(&s->child) && s->child.pid > 0 ? child_epitaph(&s->child) : NULL;
    for (struct job *c = s->waiting; c; c = c->next_waiting)
        if (!c->over)
            job_end(c, false,
                    json_sprintf("the tool's server is gone: %s", *s->mcp.why ? s->mcp.why
                                                                  : epitaph   ? epitaph
                                                                              : "no reason known"));
    free(epitaph);
}

void server_step(struct server *s)
{
    if (!s->dead) {
        struct buf in = BUF_INIT(MCP_LINE_MAX);
        child_read_last_words(&s->child);
        if (child_read(&s->child, &in) == 0)
            s->dead = true;
        if (in.len)
            mcp_input(&s->mcp, in.at, in.len);
        buf_release(&in);
        if (s->mcp.state == MCP_READY)
            send_waiting(s);
        if (child_write(&s->child, &s->mcp.out, false) < 0)
            s->dead = true;
    }
    if (!server_usable(s))
        fail_waiting(s);
}

size_t child_fds(const struct child *c, bool wants_out, struct pollfd *ret, size_t room)
{
    const struct pollfd all[] = {
        {.fd = c->out_fd, .events = POLLIN},
        {.fd = c->err_fd, .events = POLLIN},
        {.fd = wants_out ? c->in_fd : -1, .events = POLLOUT},
        {.fd = c->pid > 0 && !c->reaped ? c->pidfd : -1, .events = POLLIN},
    };
    size_t n = 0;
    for (size_t i = 0; i < 4 && n < room; i++)
        if (all[i].fd >= 0)
            ret[n++] = all[i];
    return n;
}

int server_wait_ready(struct server *s, int64_t timeout_ms, struct error *err)
{
    int64_t end = clock_mono_ms() + timeout_ms;
    while (server_usable(s) && s->mcp.state != MCP_READY) {
        struct pollfd fds[4];
        int64_t left = end - clock_mono_ms();
        if (left <= 0)
            return error_set(err, ETIMEDOUT, "the tool's server says nothing");
        size_t n = child_fds(&s->child, s->mcp.out.len > 0, fds, 4);
        if (poll(fds, n, (int)left) < 0 && errno != EINTR)
            return error_errno(err, errno, "poll");
        server_step(s);
    }
    if (server_usable(s))
        return 0;
    char *epitaph = child_ended(&s->child) && s->child.pid > 0 ? child_epitaph(&s->child) : NULL;
    int r = error_set(err, EPROTO, "the tool's server is of no use: %s",
                      *s->mcp.why ? s->mcp.why
                      : epitaph   ? epitaph
                                  : "it closed its output");
    free(epitaph);
    return r;
}
