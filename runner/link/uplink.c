#include "uplink.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"
#include "common/xalloc.h"

enum { READ_STEP = 64 * 1024, OUT_MAX = 512 * 1024 * 1024 };

void uplink_init(struct uplink *u, int fd)
{
    *u = (struct uplink){.fd = fd, .longest = LINK_DOWN_MAX};
    for (size_t i = 0; i < LINK_FDS_MAX; i++)
        u->fds[i] = -1;
    buf_init(&u->out, OUT_MAX);
    fd_set_cloexec(fd, true);
    fd_set_nonblock(fd, true);
}

static void free_input(struct uplink *u)
{
    if (u->in)
        explicit_bzero(u->in, u->in_size);
    free(u->in);
    u->in = NULL;
    u->in_len = u->in_size = u->line_len = 0;
}

void uplink_release(struct uplink *u)
{
    free_input(u);
    buf_release(&u->out);
    for (size_t i = 0; i < LINK_FDS_MAX; i++)
        fd_close(&u->fds[i]);
    fd_close(&u->fd);
}

/* Drops the line that was given out last. */
static void drop_line(struct uplink *u)
{
    if (!u->line_len)
        return;
    u->in_len -= u->line_len;
    memmove(u->in, u->in + u->line_len, u->in_len);
    explicit_bzero(u->in + u->in_len, u->line_len);
    u->line_len = 0;
}

/* Up to the longest line: false when it is full. */
static bool make_room(struct uplink *u)
{
    size_t room = u->in_size - u->in_len;
    if (room > READ_STEP / 2 || u->in_size == u->longest)
        return room > 0;
    size_t size = u->in_size ? u->in_size * 2 : READ_STEP;
    size = size < u->longest ? size : u->longest;
    /* Grown by hand, since realloc would leave the old copy behind. */
    char *grown = xmalloc(size);
    if (u->in_len)
        memcpy(grown, u->in, u->in_len);
    size_t len = u->in_len;
    free_input(u);
    u->in = grown;
    u->in_len = len;
    u->in_size = size;
    return true;
}

void uplink_read(struct uplink *u)
{
    drop_line(u);
    while (!u->eof) {
        if (!make_room(u)) {
            u->eof = !memchr(u->in, '\n', u->in_len); /* else there are lines to be taken first */
            return;
        }
        ssize_t n =
            link_recv_fds(u->fd, u->in + u->in_len, u->in_size - u->in_len, u->fds, &u->n_fds);
        if (n > 0)
            u->in_len += (size_t)n;
        else if (n == -EAGAIN)
            return;
        else if (n != -EINTR)
            u->eof = true;
    }
}

char *uplink_line(struct uplink *u, size_t *ret_len)
{
    drop_line(u);
    char *end = u->in_len ? memchr(u->in, '\n', u->in_len) : NULL;
    if (!end)
        return NULL;
    *end = '\0';
    *ret_len = (size_t)(end - u->in);
    u->line_len = *ret_len + 1;
    return u->in;
}

void uplink_tidy(struct uplink *u)
{
    drop_line(u);
    if (!u->in_len)
        free_input(u);
}

void uplink_flush(struct uplink *u)
{
    while (u->out.len && !u->eof) {
        ssize_t n = send(u->fd, u->out.at, u->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            buf_consume(&u->out, (size_t)n);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            u->eof = true;
    }
}

void uplink_drain(struct uplink *u)
{
    for (;;) {
        uplink_flush(u);
        if (u->eof || !u->out.len)
            return;
        struct pollfd p = {.fd = u->fd, .events = POLLOUT};
        poll(&p, 1, -1);
    }
}
