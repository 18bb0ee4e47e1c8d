#include "mcp_server.h"

#include <errno.h>
#include <poll.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/jx.h"
#include "common/xalloc.h"

static void end(struct mcp_call_slot *c, bool ok, json_t *answer)
{
    c->done = true;
    c->answered(c->context, ok, answer);
}

static void answer(void *context, int64_t id, bool ok, const char *text)
{
    struct mcp_server *s = context;
    for (struct mcp_call_slot *c = s->waiting; c; c = c->next)
        if (c->id && c->id == id && !c->done)
            end(c, ok, j_string(text));
}

struct mcp_server *mcp_server_new(json_t *program, const struct tool_box *box)
{
    struct mcp_server *s = xcalloc(1, sizeof(*s));
    struct error err = {0};
    s->program = json_incref(program);
    s->child = (struct child)NO_CHILD_HERE;
    mcp_init(&s->mcp, answer, s);
    if (child_start(&s->child, program, box, &err) < 0) {
        s->mcp.state = MCP_BROKEN;
        snprintf(s->mcp.why, sizeof(s->mcp.why), "%.190s", err.text);
        s->dead = true;
    }
    return s;
}

void mcp_server_free(struct mcp_server *s)
{
    child_end(&s->child);
    mcp_release(&s->mcp);
    json_decref(s->program);
    free(s);
}

static bool is_nothing(const json_t *value)
{
    return !value || json_is_null(value) || json_is_false(value) ||
           (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

bool mcp_server_runs(const struct mcp_server *s, const json_t *program)
{
    static const char *const MEMBERS[] = {"argv",    "env",        "read", "write",
                                          "network", "disk_bytes", "fault"};
    for (size_t i = 0; i < ARRAY_LEN(MEMBERS); i++) {
        const json_t *own = json_object_get(s->program, MEMBERS[i]),
                     *other = json_object_get(program, MEMBERS[i]);
        if (!json_equal(own, other) && !(is_nothing(own) && is_nothing(other)))
            return false;
    }
    return true;
}

bool mcp_server_usable(const struct mcp_server *s)
{
    return !s->dead && s->mcp.state != MCP_BROKEN;
}

void mcp_server_join(struct mcp_server *s, struct mcp_call_slot *c)
{
    c->id = 0;
    c->done = false;
    c->next = s->waiting;
    s->waiting = c;
    s->users++;
    mcp_server_step(s);
}

void mcp_server_leave(struct mcp_server *s, struct mcp_call_slot *c)
{
    for (struct mcp_call_slot **at = &s->waiting; *at; at = &(*at)->next) {
        if (*at != c)
            continue;
        *at = c->next;
        s->users--;
        break;
    }
    if (c->id && !c->done && mcp_server_usable(s))
        mcp_cancel(&s->mcp, c->id, "nobody waits for it any more");
}

static void send_waiting(struct mcp_server *s)
{
    for (struct mcp_call_slot *c = s->waiting; c; c = c->next)
        if (!c->id && !c->done)
            c->id = mcp_call(&s->mcp, c->tool, c->args);
}

/* Why it is of no use, in words; malloc'ed. */
static char *last_word(struct mcp_server *s, const char *otherwise)
{
    if (*s->mcp.why)
        return xstrdup(s->mcp.why);
    if (child_ended(&s->child) && s->child.pid > 0)
        return child_epitaph(&s->child);
    return xstrdup(otherwise);
}

static void fail_waiting(struct mcp_server *s)
{
    _cleanup_free_ char *why = last_word(s, "no reason known");
    _cleanup_free_ char *text = xasprintf("the tool's server is gone: %s", why);
    for (struct mcp_call_slot *c = s->waiting; c; c = c->next)
        if (!c->done)
            end(c, false, j_string(text));
}

void mcp_server_step(struct mcp_server *s)
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
    if (!mcp_server_usable(s))
        fail_waiting(s);
}

int mcp_server_wait_ready(struct mcp_server *s, int64_t timeout_ms, struct error *err)
{
    int64_t end = clock_mono_ms() + timeout_ms;
    while (mcp_server_usable(s) && s->mcp.state != MCP_READY) {
        struct pollfd fds[4];
        int64_t left = end - clock_mono_ms();
        if (left <= 0)
            return error_set(err, ETIMEDOUT, "the tool's server says nothing");
        size_t n = child_fds(&s->child, s->mcp.out.len > 0, fds, 4);
        if (poll(fds, n, (int)left) < 0 && errno != EINTR)
            return error_errno(err, errno, "poll");
        mcp_server_step(s);
    }
    if (mcp_server_usable(s))
        return 0;
    _cleanup_free_ char *why = last_word(s, "it closed its output");
    return error_set(err, EPROTO, "the tool's server is of no use: %s", why);
}
