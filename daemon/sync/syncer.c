#include "syncer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/log.h"
#include "daemon/os/spawn.h"
#include "daemon/os/sys.h"
#include "proto/link.h"
#include "sync_helper.h"

enum {
    QUEUE_BYTES = 64 * 1024, /* as the kernel counts, some 170 pieces of work */
    PAUSE_FIRST_US = 200 * 1000,
    PAUSE_MAX_US = 30 * 1000 * 1000,
    TELL_US = 60 * 1000 * 1000,
};

struct syncer {
    struct syncer_options options;
    char *env[2];
    int near; /* our end */
    int far;  /* the other one, until a process has got it; -1 */
    bool begun;
    int64_t started_us, pause_us;
    int64_t lost;    /* pieces of work that did not fit, since it was told */
    int64_t told_us; /* 0: never */
};

/* ---- the queue ---- */

static void close_both(struct syncer *s)
{
    fd_close(&s->near);
    fd_close(&s->far);
}

static int open_queue(struct syncer *s)
{
    const int bytes = QUEUE_BYTES;
    int both[2];
    if (sys.socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, both) < 0)
        return -errno;
    close_both(s);
    s->near = both[0];
    s->far = both[1];
    (void)!setsockopt(s->near, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return 0;
}

/* Whoever had the other end is gone, and it with him. */
static bool is_gone(ssize_t r)
{
    return r == -EPIPE || r == -ECONNRESET || r == -ECONNREFUSED || r == -ENOTCONN;
}

static int put(const struct syncer *s, const struct sync_work *work)
{
    const int fds[] = {work->file, work->to, work->from};
    const ssize_t r = link_send_fds(s->near, "", 1, fds, 3);
    return r < 0 ? (int)r : 0;
}

static int put_anew(struct syncer *s, const struct sync_work *work)
{
    log_warning("the process that syncs records has died: there will be another one");
    const int r = open_queue(s);
    return r < 0 ? r : put(s, work);
}

static void note_lost(struct syncer *s, int error)
{
    const int64_t now = sys.mono_us();
    s->lost++;
    if (s->told_us && now - s->told_us < TELL_US)
        return;
    log_warning("ends of records are left to the kernel to sync", LOG_I("records", s->lost),
                LOG_S("error", strerror(-error)));
    s->told_us = now;
    s->lost = 0;
}

/* ---- the process ---- */

static bool may_start(struct syncer *s, int64_t now)
{
    return s->begun && s->far >= 0 && (!s->pause_us || now - s->started_us >= s->pause_us);
}

static void pause_starts(struct syncer *s, int64_t now)
{
    const bool lasted = now - s->started_us > PAUSE_MAX_US;
    s->pause_us = lasted || !s->pause_us ? PAUSE_FIRST_US : s->pause_us * 2;
    if (s->pause_us > PAUSE_MAX_US)
        s->pause_us = PAUSE_MAX_US;
    s->started_us = now;
}

static void start_if_due(struct syncer *s)
{
    char *argv[] = {(char *)SYNC_HELPER_NAME, NULL};
    const struct spawn_helper helper = {.path = s->options.program,
                                        .argv = argv,
                                        .env = s->env,
                                        .origin = s->options.origin,
                                        .link_fd = s->far};
    const int64_t now = sys.mono_us();
    if (!may_start(s, now))
        return;
    pause_starts(s, now);
    const pid_t pid = spawn_helper_start(&helper);
    if (pid < 0) {
        log_warning("cannot start the process that syncs records", LOG_S("error", strerror(-pid)));
        return;
    }
    fd_close(&s->far);
    log_debug("a process syncs records", LOG_I("pid", pid));
}

/* ---- for others ---- */

/* Of what the daemon was started with it gets the one thing that says how lines of the log begin.
 */
static int make_env(struct syncer *s)
{
    const char *stream = getenv("JOURNAL_STREAM");
    if (!stream || asprintf(&s->env[0], "JOURNAL_STREAM=%s", stream) >= 0)
        return 0;
    s->env[0] = NULL;
    return -ENOMEM;
}

int syncer_new(const struct syncer_options *options, struct syncer **ret)
{
    struct syncer *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->options = *options;
    if (!s->options.program)
        s->options.program = "/proc/self/exe";
    s->near = s->far = -1;
    int r = make_env(s);
    r = r < 0 ? r : open_queue(s);
    if (r < 0)
        syncer_free(s);
    else
        *ret = s;
    return r;
}

void syncer_free(struct syncer *s)
{
    if (!s)
        return;
    close_both(s);
    free(s->env[0]);
    free(s);
}

void syncer_begin(struct syncer *s)
{
    s->begun = true;
    start_if_due(s);
}

void syncer_hand(struct syncer *s, const struct sync_work *work)
{
    if (!s)
        return;
    int r = put(s, work);
    if (is_gone(r))
        r = put_anew(s, work);
    if (r < 0)
        note_lost(s, r);
    start_if_due(s);
}
