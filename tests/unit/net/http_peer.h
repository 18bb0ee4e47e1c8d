/* A tiny HTTP server for tests, in the same loop as the client: it takes whole requests and gives a
 * prepared answer, cut into pieces. */
#ifndef TESTS_HTTP_PEER_H
#define TESTS_HTTP_PEER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buf.h"
#include "runner/net/http.h"

enum { PEER_CONNECTIONS = 16 };

struct peer {
    int listener;
    int port;
    int fds[PEER_CONNECTIONS];
    struct buf in[PEER_CONNECTIONS];
    size_t accepted, requests;
    const char *answer; /* whole: status line, headers, body */
    size_t answer_len;
    size_t left[PEER_CONNECTIONS]; /* of the answer, still to be sent */
    bool close_after;              /* the connection, behind the answer */
    struct buf seen;               /* all requests */
};

/* For the handler of a test that takes no notice of what comes. */
static inline int ignore_body(void *context, const struct http_response *response,
                              const char *bytes, size_t len)
{
    (void)context;
    (void)response;
    (void)bytes;
    (void)len;
    return 0;
}

static inline void peer_init(struct peer *p, const char *answer)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    memset(p, 0, sizeof(*p));
    p->answer = answer;
    p->answer_len = strlen(answer);
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    bind(p->listener, (struct sockaddr *)&a, sizeof(a));
    listen(p->listener, 16);
    getsockname(p->listener, (struct sockaddr *)&a, &len);
    p->port = ntohs(a.sin_port);
    buf_init(&p->seen, 1000000);
    for (size_t i = 0; i < PEER_CONNECTIONS; i++) {
        p->fds[i] = -1;
        buf_init(&p->in[i], 1000000);
    }
}

static inline void peer_close(struct peer *p, size_t i)
{
    if (p->fds[i] >= 0)
        close(p->fds[i]);
    p->fds[i] = -1;
    p->left[i] = 0;
    buf_release(&p->in[i]);
}

static inline void peer_release(struct peer *p)
{
    for (size_t i = 0; i < PEER_CONNECTIONS; i++)
        peer_close(p, i);
    close(p->listener);
    buf_release(&p->seen);
}

/* The length of the first whole request in the buffer, 0 when it is not complete. */
static inline size_t peer_request(struct buf *b)
{
    char *text = b->len ? buf_str(b) : NULL;
    char *end = text ? strstr(text, "\r\n\r\n") : NULL;
    if (!end)
        return 0;
    size_t head = (size_t)(end + 4 - text), body = 0;
    char *at = strcasestr(text, "\r\ncontent-length:");
    if (at && at < end)
        body = strtoul(at + 17, NULL, 10);
    return b->len >= head + body ? head + body : 0;
}

static inline void peer_push(struct peer *p, size_t i)
{
    ssize_t n = p->left[i] ? send(p->fds[i], p->answer + p->answer_len - p->left[i], p->left[i],
                                  MSG_NOSIGNAL | MSG_DONTWAIT)
                           : 0;
    p->left[i] -= n > 0 ? (size_t)n : 0;
    if (p->close_after && !p->left[i])
        peer_close(p, i);
}

static inline void peer_serve(struct peer *p, size_t i)
{
    char bytes[4096];
    ssize_t n = recv(p->fds[i], bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n == 0) {
        peer_close(p, i);
        return;
    }
    if (n > 0)
        buf_add(&p->in[i], bytes, (size_t)n);
    size_t len = peer_request(&p->in[i]);
    if (!len && p->left[i])
        peer_push(p, i);
    if (!len)
        return;
    buf_add(&p->seen, p->in[i].at, len);
    buf_consume(&p->in[i], len);
    p->requests++;
    p->left[i] = p->answer_len;
    peer_push(p, i);
}

/* One turn of both sides. */
static inline void peer_turn(struct peer *p, struct http *h)
{
    struct pollfd fd = {.fd = p->listener, .events = POLLIN};
    http_wait(h, &fd, 1, 2);
    int c = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK);
    for (size_t i = 0; c >= 0 && i < PEER_CONNECTIONS; i++) {
        if (p->fds[i] < 0) {
            p->fds[i] = c;
            p->accepted++;
            c = -1;
        }
    }
    for (size_t i = 0; i < PEER_CONNECTIONS; i++)
        if (p->fds[i] >= 0)
            peer_serve(p, i);
    http_perform(h);
}

#endif
