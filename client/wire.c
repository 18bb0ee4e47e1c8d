#include "wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/fd.h"

enum { READ_BYTES = 64 * 1024 };

void wire_init(struct wire *w, int fd, size_t in_max, size_t out_max)
{
    *w = (struct wire){.fd = fd};
    buf_init(&w->in, in_max + 1);
    buf_init(&w->out, out_max);
}

void wire_release(struct wire *w)
{
    buf_release(&w->in);
    buf_release(&w->out);
    fd_close(&w->fd);
}

int wire_flush(struct wire *w, struct error *err)
{
    while (w->out.len > 0) {
        ssize_t n = send(w->fd, w->out.at, w->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            buf_consume(&w->out, (size_t)n);
        } else if (errno == EPIPE || errno == ECONNRESET) {
            w->mute = true;
            buf_clear(&w->out);
        } else if (errno == EAGAIN) {
            return 0;
        } else if (errno != EINTR) {
            return error_errno(err, errno, "send");
        }
    }
    buf_release(&w->out);
    return 0;
}

int wire_fill(struct wire *w, struct error *err)
{
    size_t room = w->in.max - w->in.len;
    if (room == 0)
        return error_set(err, EMSGSIZE, "the daemon sent a line of more than %zu bytes",
                         w->in.max - 1);
    if (room > READ_BYTES)
        room = READ_BYTES;
    char *to = buf_reserve(&w->in, room);
    if (!to)
        return error_errno(err, ENOMEM, "read");
    ssize_t n = recv(w->fd, to, room, MSG_DONTWAIT);
    if (n > 0) {
        buf_commit(&w->in, (size_t)n);
        return 1;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return error_set(err, ECONNRESET, "the connection to the daemon was lost");
}

bool wire_line(struct wire *w, struct json_span *ret)
{
    if (w->in.len == w->scanned)
        return false;
    const char *end = memchr(w->in.at + w->scanned, '\n', w->in.len - w->scanned);
    if (!end) {
        w->scanned = w->in.len;
        return false;
    }
    *ret = (struct json_span){w->in.at, (size_t)(end - w->in.at)};
    w->taken = ret->len + 1;
    return true;
}

void wire_line_done(struct wire *w)
{
    buf_consume(&w->in, w->taken);
    w->taken = 0;
    w->scanned = 0;
}
