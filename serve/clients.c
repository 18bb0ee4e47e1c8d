#include "clients.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "common/fd.h"
#include "common/log.h"
#include "conn.h"
#include "daemon/method/dispatch.h"
#include "daemon/server.h"
#include "proto/rpc.h"

enum {
    ACCEPT_BOUND = 64,     /* new clients in one turn */
    ACCEPT_PAUSE_MS = 200, /* when there was no descriptor even for turning away */
    RESERVED_FDS = 32,     /* for records, spares and the like */
    CONNS_MIN = 4,
};

/* K has to fit: half of what is left after the daemon's own descriptors is for the runs. */
static int64_t fitting_cap(const struct server *s)
{
    struct rlimit limit;
    int64_t cap = s->config->max_connections;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return cap;
    int64_t room = ((int64_t)limit.rlim_cur - (int64_t)s->core.base_fds - RESERVED_FDS) / 2;
    if (room < CONNS_MIN)
        room = CONNS_MIN;
    return room < cap ? room : cap;
}

static void tell_too_many(struct server *s, int fd)
{
    struct buf out = BUF_INIT(4096);
    json_t *data = json_pack("{s:I}", "limit", (json_int_t)s->max_conns);
    if (data && rpc_error(&out, (struct json_span){0}, RPC_TOO_MANY_CONNECTIONS, NULL, data) == 0)
        (void)!send(fd, out.at, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    json_decref(data);
    buf_release(&out);
}

/* A connection that was closed before the new one came makes room for it. */
static void make_room(struct server *s)
{
    struct conn *c, *next;
    DL_FOREACH_SAFE (s->conns, c, next)
        if (conn_is_over(c))
            conn_free(c);
}

static void welcome(struct server *s, int fd)
{
    struct peer peer = {0};
    if ((int64_t)s->conn_count >= s->max_conns)
        make_room(s);
    if (listen_check_peer(fd, s->config->access_gid, &peer)) {
        log_notice("connection refused", LOG_I("uid", peer.uid), LOG_I("pid", peer.pid));
        close(fd);
    } else if ((int64_t)s->conn_count >= s->max_conns) {
        tell_too_many(s, fd);
        close(fd);
    } else {
        conn_new(s, fd, &peer);
    }
}

static void pause_accepting(struct server *s)
{
    s->full = true;
    watch_disarm(&s->accepting);
    loop_timer_set(s->loop, &s->accept_pause, ACCEPT_PAUSE_MS);
}

/* No descriptor is left: the reserve lets one client be turned away instead of left hanging; then
 * the listener rests, for a level-triggered one would spin. */
static void turn_away(struct server *s)
{
    fd_close(&s->reserve_fd);
    int fd = accept4(s->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        tell_too_many(s, fd);
        close(fd);
    }
    s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pause_accepting(s);
}

static size_t gather_descriptors(const struct server *s, struct pollfd *fds)
{
    size_t n = 0;
    for (const struct conn *c = s->conns; c; c = c->next)
        fds[n++] = (struct pollfd){.fd = c->fd};
    return n;
}

/* Who closes one connection and opens another must not find the old one counted, only because the
 * news of both came at once. True when a connection has ended and is about to be let go. */
static bool somebody_left(struct server *s)
{
    struct pollfd *fds = calloc(s->conn_count + 1, sizeof(*fds));
    bool left = false;
    if (!fds)
        return false;
    size_t n = gather_descriptors(s, fds), i = 0;
    if (poll(fds, n, 0) > 0) {
        for (struct conn *c = s->conns; c; c = c->next, i++) {
            if (!(fds[i].revents & (POLLHUP | POLLERR)))
                continue;
            watch_note(&c->in);
            watch_note(&c->out);
            left = true;
        }
    }
    free(fds);
    return left;
}

static void work_accept(void *arg)
{
    struct server *s = arg;
    if (s->listener.fd < 0 || s->full)
        return;
    s->max_conns = fitting_cap(s);
    for (int i = 0; i < ACCEPT_BOUND; i++) {
        if ((int64_t)s->conn_count >= s->max_conns && somebody_left(s))
            return;
        int fd = accept4(s->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            welcome(s, fd);
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
    struct server *s = arg;
    if (!s->full || s->listener.fd < 0)
        return;
    if (s->reserve_fd < 0)
        s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    s->full = false;
    if (watch_arm(&s->accepting))
        pause_accepting(s);
}

void server_room_for_clients(struct server *s)
{
    if (s->full)
        end_pause(s);
}

int clients_open(struct server *s, struct error *err)
{
    s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    s->max_conns = fitting_cap(s);
    /* After the clients' input, in the phase in which connections may be freed. */
    if (loop_timer_init(s->loop, &s->accept_pause, end_pause, s) ||
        watch_init(s->loop, &s->accepting, s->listener.fd, WATCH_READ, LOOP_OUTPUT, work_accept,
                   s) ||
        watch_arm(&s->accepting))
        return error_errno(err, ENOMEM, "cannot watch the socket");
    return 0;
}

void clients_reload(struct server *s)
{
    s->max_conns = fitting_cap(s);
}

void clients_refuse(struct server *s)
{
    watch_release(&s->accepting);
    listen_close(&s->listener);
}

void clients_close(struct server *s)
{
    while (s->conns)
        conn_free(s->conns);
    timer_release(&s->accept_pause);
    fd_close(&s->reserve_fd);
}
