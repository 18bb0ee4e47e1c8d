#include "runlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/log.h"
#include "daemon/core/phases.h"

enum {
    LINK_BOUND = 64 * 1024, /* bytes read in one turn */
    LINK_KEEP = 16 * 1024,
    JUNK_LOGGED = 10, /* lines of junk that are logged for one runner */
};

static void work_in(void *arg)
{
    runlink_read(arg);
}

static void flush(void *arg);

int runlink_init(struct runlink *l, struct loop *loop, const struct runner_tie *tie, int *fd,
                 size_t longest)
{
    *l = (struct runlink){.tie = tie, .fd = fd, .longest = longest};
    buf_init(&l->received, l->longest + LINK_BOUND);
    buf_init(&l->to_send, LINK_DOWN_MAX);
    l->to_send.wipe = true;
    if (watch_init(loop, &l->in, *fd, WATCH_READ, PHASE_LINKS, work_in, l) ||
        watch_init(loop, &l->out, *fd, WATCH_WRITE, LOOP_OUTPUT, flush, l))
        return -ENOMEM;
    return 0;
}

static void drop_sent(struct runlink *l)
{
    buf_release(&l->to_send);
    for (size_t i = 0; i < l->n_fds; i++)
        fd_close(&l->fds[i]);
    l->n_fds = 0;
}

static void shut(struct runlink *l)
{
    watch_release(&l->in);
    watch_release(&l->out);
    drop_sent(l);
    buf_release(&l->received);
    fd_close(l->fd);
}

void runlink_release(struct runlink *l)
{
    if (l->tie)
        shut(l);
}

bool runlink_at_end(const struct runlink *l)
{
    return !l->fd || *l->fd < 0;
}

/* ---- down ---- */

static void sent(struct runlink *l, size_t n)
{
    buf_consume(&l->to_send, n);
    for (size_t i = 0; i < l->n_fds; i++)
        fd_close(&l->fds[i]);
    l->n_fds = 0;
}

static void flush(void *arg)
{
    struct runlink *l = arg;
    while (!runlink_at_end(l) && l->to_send.len) {
        ssize_t n = link_send_fds(*l->fd, l->to_send.at, l->to_send.len, l->fds, l->n_fds);
        if (n == -EAGAIN) {
            watch_arm(&l->out);
            return;
        }
        if (n == -EINTR)
            continue;
        if (n < 0)
            break; /* nobody reads; the end of the link or the exit will tell */
        sent(l, (size_t)n);
    }
    watch_disarm(&l->out);
    drop_sent(l);
}

int runlink_send_spec(struct runlink *l, struct buf *spec, const int *fds, size_t n_fds)
{
    l->to_send = *spec;
    buf_init(spec, spec->max);
    l->to_send.max = LINK_DOWN_MAX;
    memcpy(l->fds, fds, n_fds * sizeof(*fds));
    l->n_fds = n_fds;
    if (watch_arm(&l->in))
        return -ENOMEM;
    flush(l);
    return 0;
}

static int send_line(struct runlink *l, int made)
{
    if (made < 0 || runlink_at_end(l)) {
        if (!runlink_at_end(l))
            log_warning("a line to a runner is lost", LOG_I("pid", l->tie->pid));
        return made < 0 ? made : -EPIPE;
    }
    if (!l->out.armed)
        flush(l);
    return 0;
}

int runlink_cancel(struct runlink *l, bool now, enum link_cause cause)
{
    return send_line(l, link_make_cancel(&l->to_send, now, cause));
}

int runlink_deltas(struct runlink *l, bool on)
{
    return send_line(l, link_make_deltas(&l->to_send, on));
}

/* ---- up ---- */

static void count_junk(struct runlink *l, const char *why)
{
    if (++l->junk <= JUNK_LOGGED)
        log_warning("junk on a link", LOG_S("run_id", l->tie->run_id), LOG_I("pid", l->tie->pid),
                    LOG_S("error", why), LOG_I("count", (int64_t)l->junk));
}

static void junk(struct runlink *l, const char *why)
{
    count_junk(l, why);
    l->tie->owner->nonsense(l->tie->arg);
}

static void take_line(struct runlink *l, const char *line, size_t len)
{
    struct error err = {0};
    struct link_up up;
    int r = link_parse_up(line, len, &up, &err);
    if (r < 0) {
        junk(l, r == -ENOMEM ? "out of memory" : err.text);
        return;
    }
    if (!l->tie->owner->line(l->tie->arg, &up))
        count_junk(l, "out of place");
    link_up_release(&up);
}

/* A line that is too long is forgotten at once; its end is waited for. */
static void check_length(struct runlink *l)
{
    if (l->received.len <= l->longest && !l->skipping)
        return;
    if (!l->skipping)
        junk(l, "line too long");
    l->skipping = true;
    buf_clear(&l->received);
    l->searched = 0;
}

static void take_lines(struct runlink *l)
{
    while (l->received.len > l->searched) {
        const char *from = l->received.at + l->searched;
        const char *end = memchr(from, '\n', l->received.len - l->searched);
        if (!end) {
            l->searched = l->received.len;
            break;
        }
        size_t len = (size_t)(end - l->received.at);
        if (l->skipping)
            l->skipping = false;
        else if (len > l->longest)
            junk(l, "line too long");
        else
            take_line(l, l->received.at, len);
        buf_consume(&l->received, len + 1);
        l->searched = 0;
    }
    check_length(l);
    if (!l->received.len && l->received.size > LINK_KEEP)
        buf_release(&l->received);
}

static void reach_end(struct runlink *l)
{
    if (l->received.len)
        junk(l, "torn line");
    shut(l);
    l->tie->owner->closed(l->tie->arg);
}

bool runlink_read(struct runlink *l)
{
    if (runlink_at_end(l) || !l->in.armed)
        return false;
    char *to = buf_reserve(&l->received, LINK_BOUND);
    if (!to) { /* no memory: what is there of the line is lost, and its end waited for */
        if (l->received.len && !l->skipping)
            count_junk(l, "out of memory");
        l->skipping = l->skipping || l->received.len;
        buf_release(&l->received);
        l->searched = 0;
        return false;
    }
    ssize_t n = recv(*l->fd, to, LINK_BOUND, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    runner_tie_heard(l->tie);
    if (n <= 0) {
        reach_end(l);
        return true;
    }
    buf_commit(&l->received, (size_t)n);
    take_lines(l);
    return true;
}
