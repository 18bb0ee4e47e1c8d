#include "lines.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"

enum { READ_BYTES = 64 * 1024 };

void lines_init(struct lines *l, int fd, size_t in_max, size_t out_max)
{
    *l = (struct lines){.fd = fd};
    buf_init(&l->in, in_max + 1);
    buf_init(&l->out, out_max);
}

void lines_release(struct lines *l)
{
    buf_release(&l->in);
    buf_release(&l->out);
    fd_close(&l->fd);
}

int lines_flush(struct lines *l, struct error *err)
{
    while (l->out.len > 0) {
        ssize_t n = send(l->fd, l->out.at, l->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            buf_consume(&l->out, (size_t)n);
        } else if (errno == EPIPE || errno == ECONNRESET) {
            l->mute = true;
            buf_clear(&l->out);
        } else if (errno == EAGAIN) {
            return 0;
        } else if (errno != EINTR) {
            return error_errno(err, errno, "send");
        }
    }
    buf_release(&l->out);
    return 0;
}

int lines_fill(struct lines *l, struct error *err)
{
    size_t room = l->in.max - l->in.len;
    if (room == 0)
        return error_set(err, EMSGSIZE, "the daemon sent a line of more than %zu bytes",
                         l->in.max - 1);
    if (room > READ_BYTES)
        room = READ_BYTES;
    char *to = buf_reserve(&l->in, room);
    if (!to)
        return error_errno(err, ENOMEM, "read");
    ssize_t n = recv(l->fd, to, room, MSG_DONTWAIT);
    if (n > 0) {
        buf_commit(&l->in, (size_t)n);
        return 1;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return error_set(err, ECONNRESET, "the connection to the daemon was lost");
}

bool lines_next(struct lines *l, struct json_span *ret)
{
    if (l->in.len == l->scanned)
        return false;
    const char *end = memchr(l->in.at + l->scanned, '\n', l->in.len - l->scanned);
    if (!end) {
        l->scanned = l->in.len;
        return false;
    }
    *ret = (struct json_span){l->in.at, (size_t)(end - l->in.at)};
    l->taken = ret->len + 1;
    return true;
}

void lines_done(struct lines *l)
{
    buf_consume(&l->in, l->taken);
    l->taken = 0;
    l->scanned = 0;
}
