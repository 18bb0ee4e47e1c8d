#include "conn_life.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <utlist.h>

#include "common/fd.h"
#include "common/log.h"
#include "conn_inside.h"
#include "conn_share.h"

enum {
    READ_BOUND = 64 * 1024,    /* bytes taken from one client in one turn */
    WRITE_BOUND = 1024 * 1024, /* bytes given to one client in one turn */
};

/* ---- input ---- */

static bool reads(const struct conn *c)
{
    return !c->doomed && !c->closing && !c->paused && !c->stepping;
}

static void refuse_length(struct conn *c)
{
    c->home->owner->too_long(c, c->input.limit);
    framing_release(&c->input);
    conn_close_after_flush(c);
}

/* The rest of a half line comes soon, or the connection is of no use; but nobody is to blame for
 * what is not read. */
static void await_rest(struct conn *c, bool is_half)
{
    if (!is_half || !reads(c) || !framing_has_bytes(&c->input) || !c->home->half_line_ms)
        timer_clear(&c->half);
    else if (!timer_is_set(&c->half))
        loop_timer_set(c->home->loop, &c->half, c->home->half_line_ms);
}

static void rest_is_late(void *arg)
{
    struct conn *c = arg;
    if (c->doomed || c->closing || c->at_eof)
        return;
    log_notice("a connection is given up, a line of it was not ended", LOG_I("uid", c->peer.uid),
               LOG_I("pid", c->peer.pid));
    c->home->owner->torn(c);
    framing_release(&c->input);
    conn_share_count(c);
    conn_close_after_flush(c);
}

/* False: its share of the turn is over, more lines may wait. */
static bool work_lines(struct conn *c)
{
    const char *line;
    size_t len;
    bool in_time = true;
    while (in_time && reads(c) && framing_has_bytes(&c->input)) {
        int r = framing_next(&c->input, &line, &len);
        if (r < 0) {
            refuse_length(c);
            return true;
        }
        if (r == 0)
            break;
        c->home->owner->line(c, line, len);
        framing_drop_line(&c->input);
        if (c->queue.bytes > OUT_PAUSE)
            c->paused = true;
        in_time = !loop_share_is_over(c->home->loop);
    }
    if (c->paused)
        watch_disarm(&c->in);
    framing_rest(&c->input);
    conn_share_count(c);
    await_rest(c, in_time);
    return in_time;
}

static bool peer_hung_up(const struct conn *c)
{
    struct pollfd p = {.fd = c->fd};
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

/* The rest of a line that never got its line break is not executed. */
static void take_eof(struct conn *c)
{
    c->at_eof = true;
    timer_clear(&c->half);
    if (peer_hung_up(c)) {
        conn_doom(c);
        return;
    }
    if (framing_has_bytes(&c->input))
        c->home->owner->torn(c);
    framing_release(&c->input);
    conn_share_count(c);
    /* From now on the descriptor is readable for ever; only a change, the full close, counts. */
    watch_make_edge(&c->in, c->fd);
    watch_make_edge(&c->out, c->fd);
    if (watch_arm(&c->in))
        conn_doom(c);
    watch_note(&c->out);
}

static void read_some(struct conn *c)
{
    char *to = framing_room(&c->input, READ_BOUND);
    if (!to) {
        conn_doom(c);
        return;
    }
    ssize_t n = recv(c->fd, to, READ_BOUND, MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        conn_doom(c);
    if (n > 0) {
        framing_took(&c->input, (size_t)n);
        timer_clear(&c->half);
        if (!work_lines(c))
            watch_note(&c->in);
    } else if (n == 0) {
        take_eof(c);
    } else {
        framing_rest(&c->input);
        conn_share_count(c);
    }
}

/* One after the other: the next line is read when none is left. */
static void step(struct conn *c)
{
    struct conn_part *part = c->stepping;
    if (!part || c->doomed)
        return;
    part->ops->step(part);
    watch_note(&c->in);
}

static void work_input(void *arg)
{
    struct conn *c = arg;
    if ((c->at_eof || c->closing) && !c->doomed && peer_hung_up(c))
        conn_doom(c);
    step(c);
    if (!reads(c) || c->at_eof)
        return;
    if (!work_lines(c))
        watch_note(&c->in);
    else if (reads(c))
        read_some(c);
}

/* ---- output ---- */

static void pull(struct conn *c)
{
    struct conn_part *part, *next;
    DL_FOREACH_SAFE (c->pulling, part, next) {
        if (!conn_takes_events(c) || loop_share_is_over(c->home->loop))
            return;
        part->ops->pull(part);
    }
}

static bool has_more(const struct conn *c)
{
    const struct conn_part *part;
    if (!conn_takes_events(c))
        return false;
    DL_FOREACH (c->pulling, part) {
        if (part->ops->more && part->ops->more(part))
            return true;
    }
    return false;
}

static bool any_holds(const struct conn_part *list)
{
    const struct conn_part *part;
    DL_FOREACH (list, part) {
        if (part->ops->holds && part->ops->holds(part))
            return true;
    }
    return false;
}

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
    if (!queue_is_empty(&c->queue))
        return false;
    return c->closing ||
           (c->at_eof && !any_holds(c->pulling) && !c->stepping && !any_holds(c->resting));
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
    const struct conn_home *home = c->home;
    int r = 1;
    pull(c);
    if (!c->doomed)
        r = queue_flush(&c->queue, c->fd, WRITE_BOUND);
    conn_share_count(c);
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
    if (r == 0 || (r > 0 && has_more(c)))
        watch_note(&c->out);
    resume(c);
    if (home->owner->moved)
        home->owner->moved(home->context);
}

/* ---- birth and death ---- */

/* All that it has but its parts and its place among the others. */
static void release(struct conn *c)
{
    const struct conn_owner *owner = c->home->owner;
    conn_share_leave(c);
    timer_release(&c->half);
    watch_release(&c->in);
    watch_release(&c->out);
    framing_release(&c->input);
    queue_release(&c->queue);
    if (c->peer.card && owner->forget)
        owner->forget(c->peer.card);
    fd_close(&c->fd);
    free(c);
}

static bool set_up(struct conn *c)
{
    struct loop *loop = c->home->loop;
    framing_init(&c->input, c->home->line_bytes, READ_BOUND);
    return conn_share_join(c) && loop_timer_init(loop, &c->half, rest_is_late, c) == 0 &&
           watch_init(loop, &c->in, c->fd, WATCH_READ, LOOP_CLIENTS, work_input, c) == 0 &&
           watch_init(loop, &c->out, c->fd, WATCH_WRITE, LOOP_OUTPUT, work_output, c) == 0 &&
           watch_arm(&c->in) == 0;
}

struct conn *conn_new(struct conn_home *home, int fd, const struct peer *peer)
{
    struct conn *c = calloc(1, sizeof(*c));
    if (!c) {
        if (peer->card && home->owner->forget)
            home->owner->forget(peer->card);
        fd_close(&fd);
        return NULL;
    }
    *c = (struct conn){.home = home, .fd = fd, .peer = *peer};
    if (!set_up(c)) {
        release(c);
        return NULL;
    }
    DL_APPEND(home->conns, c);
    home->count++;
    return c;
}

static void drop_parts(struct conn_part **list)
{
    while (*list)
        (*list)->ops->drop(*list);
}

void conn_free(struct conn *c)
{
    if (!c)
        return;
    struct conn_home *home = c->home;
    DL_DELETE(home->conns, c);
    home->count--;
    c->doomed = true;
    drop_parts(&c->stepping);
    drop_parts(&c->pulling);
    drop_parts(&c->resting);
    release(c);
    if (home->room)
        home->room(home);
    if (home->owner->left)
        home->owner->left(home->context);
}

/* ---- for who accepts ---- */

struct conn *conn_next(const struct conn *c)
{
    return c->next;
}

int conn_fd(const struct conn *c)
{
    return c->fd;
}

bool conn_is_flushed(const struct conn *c)
{
    return queue_is_empty(&c->queue);
}

void conn_note(struct conn *c)
{
    watch_note(&c->in);
    watch_note(&c->out);
}
