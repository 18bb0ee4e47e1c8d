#include "keeper_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/jx.h"
#include "common/xalloc.h"

enum { READ_STEP = 64 * 1024 };

void keeper_link_init(struct keeper_link *l, int fd)
{
    *l = (struct keeper_link){.fd = fd};
    /* The longest line with its break, and room for what is read at once. */
    buf_init(&l->in, KEEPER_LINE_MAX + READ_STEP);
    buf_init(&l->out, KEEPER_OUT_MAX);
    l->in.wipe = l->out.wipe = true;
    fd_set_cloexec(fd, true);
    fd_set_nonblock(fd, true);
}

void keeper_link_release(struct keeper_link *l)
{
    buf_release(&l->in);
    buf_release(&l->out);
    fd_close(&l->fd);
    l->broken = true;
}

bool keeper_link_put(struct keeper_link *l, json_t *message)
{
    char *line = j_dump(message);
    size_t len = strlen(line);
    char *room = l->broken || len >= KEEPER_LINE_MAX ? NULL : buf_reserve(&l->out, len + 1);
    if (room) {
        memcpy(room, line, len);
        room[len] = '\n';
        buf_commit(&l->out, len + 1);
    }
    explicit_bzero(line, len);
    free(line);
    json_decref(message);
    return room != NULL;
}

void keeper_link_flush(struct keeper_link *l)
{
    while (l->out.len && !l->broken) {
        ssize_t n = send(l->fd, l->out.at, l->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            buf_consume(&l->out, (size_t)n);
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            l->broken = true;
    }
    if (!l->out.len)
        buf_release(&l->out);
}

void keeper_link_read(struct keeper_link *l)
{
    for (int turns = 0; turns < 64 && !l->broken; turns++) {
        char *room = buf_reserve(&l->in, READ_STEP);
        ssize_t n = room ? recv(l->fd, room, READ_STEP, MSG_DONTWAIT) : 0;
        if (n > 0)
            buf_commit(&l->in, (size_t)n);
        else if (!room && memchr(l->in.at, '\n', l->in.len))
            return;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            l->broken = true;
        else if (errno == EAGAIN)
            return;
    }
}

json_t *keeper_link_next(struct keeper_link *l)
{
    char *end = l->in.len > l->seen ? memchr(l->in.at + l->seen, '\n', l->in.len - l->seen) : NULL;
    if (!end) {
        l->seen = l->in.len;
        if (!l->in.len)
            buf_release(&l->in);
        return NULL;
    }
    size_t len = (size_t)(end - l->in.at);
    json_t *message = json_loadb(l->in.at, len, JSON_ALLOW_NUL, NULL);
    buf_consume(&l->in, len + 1);
    l->seen = 0;
    if (json_is_object(message))
        return message;
    json_decref(message);
    buf_clear(&l->in);
    l->broken = true;
    return NULL;
}

bool keeper_link_wait(struct keeper_link *l, int64_t timeout_ms)
{
    int64_t end = clock_mono_ms() + timeout_ms;
    while (!l->broken) {
        keeper_link_flush(l);
        int64_t left = end - clock_mono_ms();
        struct pollfd p = {.fd = l->fd, .events = (short)(POLLIN | (l->out.len ? POLLOUT : 0))};
        int n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n > 0 && p.revents & (POLLIN | POLLHUP | POLLERR))
            return true;
        if (n < 0 && errno != EINTR)
            l->broken = true;
        if (left <= 0)
            return false;
    }
    return true;
}
