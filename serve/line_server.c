#include "line_server.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "conn_life.h"
#include "loop.h"
#include "proto/rpc_out.h"

enum {
    ACCEPT_BOUND = 64,     /* new clients in one turn */
    ACCEPT_PAUSE_MS = 200, /* when there was no descriptor even for turning away */
    CONNS_MIN = 4,
    TOLD_AT_ONCE = 20, /* refusals in the log; then one in a second */
};

struct line_server {
    struct conn_home home; /* first */
    struct listener listener;
    struct line_limits limits;
    int64_t max_conns; /* lowered to fit RLIMIT_NOFILE */
    struct watch accepting;
    struct timer pause;
    int reserve_fd; /* given up for a moment to turn a client away at the descriptor limit */
    bool full;      /* accepting is paused */
    int64_t told_us,
        told; /* refusals in the log: the last time that some were forgotten, and those since */
    int64_t untold; /* refusals that are not there */
};

/* ---- the cap ---- */

static int64_t fitting_cap(const struct line_limits *l)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return l->max_conns;
    int64_t room = ((int64_t)limit.rlim_cur - (int64_t)l->fds_kept) / (int64_t)l->fds_each;
    if (room < CONNS_MIN)
        room = CONNS_MIN;
    return room < l->max_conns ? room : l->max_conns;
}

static bool is_at_cap(const struct line_server *s)
{
    return (int64_t)s->home.count >= s->max_conns;
}

/* How many there may be, its own one among them, for it to come in: of all, or of its user. 0: it
 * may come in. */
static int64_t limit_for(const struct line_server *s, const struct peer *peer)
{
    const int64_t kept = s->limits.kept < s->max_conns / 2 ? s->limits.kept : s->max_conns / 2;
    const int64_t others = (int64_t)(s->home.count - s->home.shares.kept);
    if (is_at_cap(s))
        return s->max_conns;
    if (!peer->is_kept && others >= s->max_conns - kept)
        return s->max_conns - kept;
    if (!peer->is_bound || !s->limits.parts)
        return 0;
    const int64_t part = s->max_conns < s->limits.parts ? 1 : s->max_conns / s->limits.parts;
    return (int64_t)shares_bound(&s->home.shares, peer->uid) >= part ? part : 0;
}

static void tell_too_many(int64_t limit, int fd)
{
    struct buf out = BUF_INIT(4096);
    json_t *data = json_pack("{s:I}", "limit", (json_int_t)limit);
    if (data && rpc_error(&out, (struct json_span){0}, RPC_TOO_MANY_CONNECTIONS, NULL, data) == 0)
        (void)!send(fd, out.at, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    json_decref(data);
    buf_release(&out);
}

/* A connection that was closed before the new one came makes room for it: any, or one of its own
 * user, where it is that user's part that is full. */
static void make_room(struct line_server *s, const struct peer *peer)
{
    const bool any = is_at_cap(s) || !peer->is_bound;
    struct conn *c = s->home.conns;
    while (c) {
        struct conn *next = conn_next(c);
        if ((any || conn_peer(c)->uid == peer->uid) && conn_is_over(c))
            conn_free(c);
        c = next;
    }
}

static size_t gather_descriptors(const struct line_server *s, struct pollfd *fds)
{
    size_t n = 0;
    for (const struct conn *c = s->home.conns; c; c = conn_next(c))
        fds[n++] = (struct pollfd){.fd = conn_fd(c)};
    return n;
}

/* Who closes one connection and opens another must not find the old one counted, only because the
 * news of both came at once. True when a connection has ended and is about to be let go. */
static bool somebody_left(struct line_server *s)
{
    struct pollfd *fds = calloc(s->home.count + 1, sizeof(*fds));
    bool left = false;
    if (!fds)
        return false;
    size_t n = gather_descriptors(s, fds), i = 0;
    if (poll(fds, n, 0) > 0) {
        for (struct conn *c = s->home.conns; c; c = conn_next(c), i++) {
            if (!(fds[i].revents & (POLLHUP | POLLERR)))
                continue;
            conn_note(c);
            left = true;
        }
    }
    free(fds);
    return left;
}

/* ---- accepting ---- */

/* NULL: it may come in; else why not. */
static const char *refusal(const struct line_server *s, int fd, struct peer *ret)
{
    const struct conn_home *home = &s->home;
    if (listen_peer(fd, ret) < 0)
        return "it is not known who it is";
    if (home->owner->refuses)
        return home->owner->refuses(home->context, fd, ret);
    return ret->uid == 0 || ret->uid == geteuid() ? NULL : "it has another uid";
}

static void forget(const struct line_server *s, const struct peer *peer)
{
    if (peer->card && s->home.owner->forget)
        s->home.owner->forget(peer->card);
}

/* Where anybody may try, somebody could fill the log. */
static void tell_refusal(struct line_server *s, const struct peer *peer, const char *why)
{
    const int64_t now = loop_now_us(s->home.loop), seconds = (now - s->told_us) / 1000000;
    if (seconds > 0) {
        s->told_us = now;
        s->told -= seconds < s->told ? seconds : s->told;
    }
    if (s->told >= TOLD_AT_ONCE) {
        s->untold++;
        return;
    }
    log_notice("connection refused", LOG_I("uid", peer->uid), LOG_I("pid", peer->pid),
               LOG_S("why", why), LOG_I("untold", s->untold));
    s->told++;
    s->untold = 0;
}

static void welcome(struct line_server *s, int fd)
{
    struct peer peer = {0};
    const char *why = refusal(s, fd, &peer);
    if (!why && limit_for(s, &peer))
        make_room(s, &peer);
    const int64_t limit = why ? 0 : limit_for(s, &peer);
    if (why) {
        tell_refusal(s, &peer, why);
        close(fd);
    } else if (limit) {
        tell_too_many(limit, fd);
        forget(s, &peer);
        close(fd);
    } else {
        conn_new(&s->home, fd, &peer);
    }
}

static void pause_accepting(struct line_server *s)
{
    s->full = true;
    watch_disarm(&s->accepting);
    loop_timer_set(s->home.loop, &s->pause, ACCEPT_PAUSE_MS);
}

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int accept_one(const struct line_server *s)
{
    return accept4(s->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/* No descriptor is left: the reserve lets one client be turned away instead of left hanging; then
 * the listener rests, for a level-triggered one would spin. */
static void turn_away(struct line_server *s)
{
    fd_close(&s->reserve_fd);
    struct peer peer = {0};
    int fd = accept_one(s);
    if (fd >= 0) {
        if (!refusal(s, fd, &peer))
            tell_too_many(s->max_conns, fd);
        forget(s, &peer);
        close(fd);
    }
    s->reserve_fd = open_reserve();
    pause_accepting(s);
}

static void work_accept(void *arg)
{
    struct line_server *s = arg;
    if (s->listener.fd < 0 || s->full)
        return;
    s->max_conns = fitting_cap(&s->limits);
    for (int i = 0; i < ACCEPT_BOUND; i++) {
        if (is_at_cap(s) && somebody_left(s))
            return;
        int fd = accept_one(s);
        if (fd >= 0) {
            welcome(s, fd);
            if (loop_share_is_over(s->home.loop))
                return; /* the kernel reports the others again */
            continue;
        }
        int number = errno;
        if (number == EMFILE || number == ENFILE)
            turn_away(s);
        else if (number == ENOMEM || number == ENOBUFS)
            pause_accepting(s);
        if (number != ECONNABORTED && number != EINTR)
            return;
    }
}

static void end_pause(void *arg)
{
    struct line_server *s = arg;
    if (!s->full || s->listener.fd < 0)
        return;
    if (s->reserve_fd < 0)
        s->reserve_fd = open_reserve();
    s->full = false;
    if (watch_arm(&s->accepting))
        pause_accepting(s);
}

/* A descriptor became free, a paused listener may go on. */
static void go_on(struct conn_home *home)
{
    end_pause(home);
}

/* ---- the server ---- */

int line_server_new(struct loop *loop, struct listener *l, const struct line_limits *limits,
                    const struct conn_owner *owner, void *context, struct line_server **ret,
                    struct error *err)
{
    struct line_server *s = calloc(1, sizeof(*s));
    if (!s)
        return error_errno(err, ENOMEM, "cannot watch the socket");
    s->home = (struct conn_home){.loop = loop, .owner = owner, .context = context, .room = go_on};
    s->listener = (struct listener)LISTENER_INIT;
    s->reserve_fd = open_reserve();
    line_server_set_limits(s, limits);
    /* After the clients' input, in the phase in which connections may be freed. */
    if (loop_timer_init(loop, &s->pause, end_pause, s) ||
        watch_init(loop, &s->accepting, l->fd, WATCH_READ, LOOP_OUTPUT, work_accept, s) ||
        watch_arm(&s->accepting)) {
        line_server_free(s);
        return error_errno(err, ENOMEM, "cannot watch the socket");
    }
    s->listener = *l;
    *l = (struct listener)LISTENER_INIT;
    *ret = s;
    return 0;
}

void line_server_set_limits(struct line_server *s, const struct line_limits *limits)
{
    s->limits = *limits;
    s->home.line_bytes = limits->line_bytes;
    s->home.queue_bytes = limits->queue_bytes;
    s->home.half_line_ms = limits->half_line_ms;
    s->home.shares.most[SHARE_INPUT] = limits->input_bytes;
    s->home.shares.most[SHARE_OUTPUT] = limits->output_bytes;
    s->max_conns = fitting_cap(limits);
}

int line_server_set_mode(struct line_server *s, mode_t mode)
{
    return listen_set_mode(&s->listener, mode);
}

void line_server_refuse(struct line_server *s)
{
    watch_release(&s->accepting);
    listen_close(&s->listener);
}

void line_server_free(struct line_server *s)
{
    if (!s)
        return;
    line_server_refuse(s);
    while (s->home.conns)
        conn_free(s->home.conns);
    timer_release(&s->pause);
    fd_close(&s->reserve_fd);
    free(s);
}

int64_t line_server_max_conns(const struct line_server *s)
{
    return s->max_conns;
}

const size_t *line_server_count(const struct line_server *s)
{
    return &s->home.count;
}

size_t line_server_queued(const struct line_server *s)
{
    return s->home.shares.bytes[SHARE_OUTPUT];
}

bool line_server_is_flushed(const struct line_server *s)
{
    for (const struct conn *c = s->home.conns; c; c = conn_next(c))
        if (!conn_is_flushed(c))
            return false;
    return true;
}
