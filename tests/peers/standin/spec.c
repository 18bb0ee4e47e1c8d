/* The link as the stand-in reads it: the spec, byte for byte, and the lines after it. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "standin.h"

static void take_descriptors(struct standin *s, struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        int fds[3] = {-1, -1, -1}; /* the record, its folder, the nearest of the chain */
        size_t bytes = c->cmsg_len - CMSG_LEN(0);
        memcpy(fds, CMSG_DATA(c), bytes < sizeof(fds) ? bytes : sizeof(fds));
        s->journal = fds[0];
        s->folder = fds[1];
        s->resume = fds[2];
    }
}

static ssize_t receive(struct standin *s, char *at, size_t size)
{
    union {
        char bytes[CMSG_SPACE(3 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = at, .iov_len = size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t n = recvmsg(LINK_FD, &message, MSG_CMSG_CLOEXEC);
    if (n > 0)
        take_descriptors(s, &message);
    return n;
}

void link_read_spec(struct standin *s)
{
    size_t size = 65536;
    s->line = malloc(size);
    for (char *end = NULL; !end;) {
        if (s->line_len == size)
            s->line = realloc(s->line, size *= 2);
        if (!s->line)
            broken("memory");
        ssize_t n = receive(s, s->line + s->line_len, size - s->line_len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(0); /* the daemon is gone, or has no use for this spare */
        end = memchr(s->line + s->line_len, '\n', (size_t)n);
        s->line_len = end ? (size_t)(end - s->line) : s->line_len + (size_t)n;
    }
    s->spec = json_loadb(s->line, s->line_len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(s->spec))
        broken("the spec is no object");
}

bool link_read_line(char *ret, size_t size, int64_t ms)
{
    int64_t end = now_ns() + ms * 1000000;
    for (size_t len = 0; len + 1 < size;) {
        int64_t left = (end - now_ns()) / 1000000;
        int ready =
            poll(&(struct pollfd){.fd = LINK_FD, .events = POLLIN}, 1, left > 0 ? (int)left : 0);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0 || read(LINK_FD, ret + len, 1) != 1)
            return false;
        if (ret[len] == '\n') {
            ret[len] = '\0';
            return true;
        }
        len++;
    }
    return false;
}

/* The end of the JSON value at `at`; the text is known to be valid. */
static const char *value_end(const char *at, const char *end)
{
    int depth = 0;
    bool quoted = false;
    for (; at < end; at++) {
        if (quoted) {
            if (*at == '\\')
                at++;
            else if (*at == '"')
                quoted = false;
        } else if (*at == '"') {
            quoted = true;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (depth == 0 && (*at == ',' || *at == '}' || *at == ']')) {
            return at;
        } else if (*at == '}' || *at == ']') {
            depth--;
        }
    }
    return end;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

const char *spec_bytes(const struct standin *s, const char *name, size_t *ret_len)
{
    const char *end = s->line + s->line_len, *at = memchr(s->line, '{', s->line_len);
    for (at = at ? at + 1 : end; at < end;) {
        const char *key = skip_space(at, end);
        const char *colon = memchr(key, ':', (size_t)(end - key)); /* our names hold no colon */
        if (!colon)
            break;
        const char *value = skip_space(colon + 1, end);
        at = value_end(value, end);
        if (strncmp(key + 1, name, strlen(name)) == 0 && key[1 + strlen(name)] == '"') {
            while (at > value && (at[-1] == ' ' || at[-1] == '\t'))
                at--;
            *ret_len = (size_t)(at - value);
            return value;
        }
        at++;
    }
    return NULL;
}
