/* The other end of a client: what a daemon would say, word for word, and what it was told. */
#ifndef TESTS_UNIT_CLIENT_PEER_H
#define TESTS_UNIT_CLIENT_PEER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/client_wait.h"
#include "common/fd.h"

struct peer {
    struct client *client;
    int fd;           /* the daemon's end */
    int notes;        /* notifications heard */
    char heard[4096]; /* the first of them, one line each */
};

static inline void peer_note(void *arg, const struct client_note *n)
{
    struct peer *p = arg;
    size_t len = strlen(p->heard);
    const char *run_id = json_string_value(json_object_get(n->params, "run_id"));
    const json_t *kind = json_object_get(json_object_get(n->params, "reason"), "kind");
    p->notes++;
    snprintf(p->heard + len, sizeof p->heard - len, "%s %s%s%s\n", n->method, run_id ? run_id : "",
             kind ? " " : "", kind ? json_string_value(kind) : "");
}

static inline int peer_open(struct peer *p, const struct client_limits *limits)
{
    int pair[2];
    *p = (struct peer){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    p->fd = pair[1];
    if (client_new(pair[0], limits, &p->client, NULL) < 0) {
        close(pair[0]);
        return -1;
    }
    client_on_notification(p->client, peer_note, p);
    return 0;
}

static inline void peer_close(struct peer *p)
{
    client_free(p->client);
    fd_close(&p->fd);
    *p = (struct peer){.fd = -1};
}

static inline int peer_says(struct peer *p, const char *bytes)
{
    return fd_write_all(p->fd, bytes, strlen(bytes));
}

/* A reply with a number in it, as `{"n": 7}`. */
static inline int peer_replies(struct peer *p, long long id, int n)
{
    char line[128];
    snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"n\":%d}}\n", id, n);
    return peer_says(p, line);
}

#endif
