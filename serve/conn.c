#include "conn.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <utlist.h>

#include "common/fd.h"
#include "daemon/method/dispatch.h"
#include "daemon/server.h"
#include "daemon/shutdown.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/subscribe.h"
#include "pending.h"

enum {
    READ_BOUND = 64 * 1024,    /* bytes taken from one client in one turn */
    WRITE_BOUND = 1024 * 1024, /* bytes given to one client in one turn */
    INPUT_KEEP = 16 * 1024,    /* an idle input buffer up to this size is kept */
};

static void work_input(void *arg);
static void work_output(void *arg);

struct conn *conn_new(struct server *server, int fd, const struct peer *peer)
{
    struct conn *c = calloc(1, sizeof(*c));
    if (!c) {
        fd_close(&fd);
        return NULL;
    }
    c->server = server;
    c->fd = fd;
    c->peer = *peer;
    c->limit = (size_t)server->config->max_request_bytes;
    buf_init(&c->input, c->limit + READ_BOUND + 1);
    if (watch_init(server->loop, &c->in, fd, WATCH_READ, LOOP_CLIENTS, work_input, c) ||
        watch_init(server->loop, &c->out, fd, WATCH_WRITE, LOOP_OUTPUT, work_output, c) ||
        watch_arm(&c->in)) {
        watch_release(&c->in);
        watch_release(&c->out);
        fd_close(&fd);
        free(c);
        return NULL;
    }
    DL_APPEND(server->conns, c);
    server->conn_count++;
    return c;
}

void conn_free(struct conn *c)
{
    if (!c)
        return;
    struct server *server = c->server;
    DL_DELETE(server->conns, c);
    server->conn_count--;
    monitors_drop(c);
    subscriptions_drop(c);
    pendings_drop(c);
    watch_release(&c->in);
    watch_release(&c->out);
    buf_release(&c->input);
    outq_release(&c->queue);
    fd_close(&c->fd);
    free(c);
    server_room_for_clients(server);
    shutdown_advance(server);
}

void conn_doom(struct conn *c)
{
    c->doomed = true;
    watch_disarm(&c->in);
    watch_note(&c->out);
}

void conn_touch(struct conn *c)
{
    watch_note(&c->out);
}

void conn_push(struct conn *c, struct out_item *item)
{
    if (c->doomed) {
        out_item_free(item);
        return;
    }
    outq_push(&c->queue, item);
    if (c->queue.bytes > (size_t)c->server->config->max_output_queue_bytes)
        conn_doom(c);
    else
        watch_note(&c->out);
}

bool conn_push_line(struct conn *c, const struct buf *line)
{
    struct out_item *item = out_item_new(line->at, line->len);
    if (item)
        conn_push(c, item);
    return item != NULL;
}

void conn_close_after_flush(struct conn *c)
{
    c->closing = true;
    watch_disarm(&c->in);
    watch_note(&c->out);
}

bool conn_takes_events(const struct conn *c)
{
    return !c->doomed && c->queue.bytes <= OUT_PAUSE;
}

/* ---- input ---- */

static bool reads(const struct conn *c)
{
    return !c->doomed && !c->closing && !c->paused;
}

/* The next whole line of the buffer: its length without the newline, or -1. */
static ssize_t next_line(struct conn *c)
{
    const char *at = c->input.at + c->searched;
    const char *end =
        c->input.len > c->searched ? memchr(at, '\n', c->input.len - c->searched) : NULL;
    if (!end) {
        c->searched = c->input.len;
        return -1;
    }
    return end - c->input.at;
}

static void refuse_length(struct conn *c)
{
    dispatch_too_large(c);
    buf_release(&c->input);
    conn_close_after_flush(c);
}

static void work_lines(struct conn *c)
{
    size_t limit = c->limit;
    while (reads(c) && c->input.len) {
        ssize_t len = next_line(c);
        if (len > (ssize_t)limit || (len < 0 && c->input.len > limit)) {
            refuse_length(c);
            return;
        }
        if (len < 0)
            break;
        dispatch_line(c, c->input.at, (size_t)len);
        buf_consume(&c->input, (size_t)len + 1);
        c->searched = 0;
        if (c->queue.bytes > OUT_PAUSE)
            c->paused = true;
    }
    if (c->paused)
        watch_disarm(&c->in);
    if (!c->input.len && c->input.size > INPUT_KEEP)
        buf_release(&c->input);
}

static bool peer_hung_up(const struct conn *c)
{
    struct pollfd p = {.fd = c->fd};
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

/* The rest of a line that never got its newline is not executed. */
static void take_eof(struct conn *c)
{
    c->at_eof = true;
    if (peer_hung_up(c)) {
        conn_doom(c);
        return;
    }
    if (c->input.len)
        dispatch_torn(c);
    buf_release(&c->input);
    c->searched = 0;
    /* From now on the descriptor is readable for ever; only a change, the full close, counts. */
    watch_make_edge(&c->in, c->fd);
    watch_make_edge(&c->out, c->fd);
    if (watch_arm(&c->in))
        conn_doom(c);
    watch_note(&c->out);
}

static void work_input(void *arg)
{
    struct conn *c = arg;
    if (c->at_eof && !c->doomed && peer_hung_up(c))
        conn_doom(c);
    if (!reads(c) || c->at_eof)
        return;
    work_lines(c);
    if (!reads(c))
        return;
    char *to = buf_reserve(&c->input, READ_BOUND);
    if (!to) {
        conn_doom(c);
        return;
    }
    ssize_t n = recv(c->fd, to, READ_BOUND, MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        conn_doom(c);
    if (n > 0)
        buf_commit(&c->input, (size_t)n);
    if (n > 0)
        work_lines(c);
    else if (n == 0)
        take_eof(c);
    else if (!c->input.len)
        buf_release(&c->input);
}

/* ---- output ---- */

static void resume(struct conn *c)
{
    if (!c->paused || c->queue.bytes > OUT_PAUSE)
        return;
    c->paused = false;
    if (watch_arm(&c->in))
        conn_doom(c);
    watch_note(&c->in); /* whole lines may wait in the buffer */
}

static bool is_finished(const struct conn *c)
{
    if (c->doomed)
        return true;
    if (c->queue.bytes || c->farewells)
        return false;
    return c->closing || (c->at_eof && !c->pendings);
}

bool conn_is_over(const struct conn *c)
{
    char byte;
    if (is_finished(c))
        return true;
    return peer_hung_up(c) && recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

static void work_output(void *arg)
{
    struct conn *c = arg;
    int r = 1;
    if (!c->doomed) {
        subscriptions_pull(c);
        r = outq_flush(&c->queue, c->fd, WRITE_BOUND);
    }
    if (is_finished(c) || (r < 0 && r != -EAGAIN)) {
        conn_free(c);
        return;
    }
    if (r == -EAGAIN) {
        if (watch_arm(&c->out))
            conn_doom(c);
    } else {
        watch_disarm(&c->out);
    }
    if (r == 0 || (r > 0 && subscriptions_have_more(c)))
        watch_note(&c->out);
    resume(c);
    shutdown_advance(c->server);
}
