/* A probe, a peer that answers it and the link that it tells its end. Taken in behind cmocka.h, by
 * one source of a test. */
#ifndef TESTS_UNIT_RUNNER_PROBE_WORLD_H
#define TESTS_UNIT_RUNNER_PROBE_WORLD_H

#include <stdlib.h>
#include <sys/socket.h>

#include "common/xalloc.h"
#include "net/http_peer.h"
#include "runner/probe/probe.h"

#define KEY "sk-a-key-that-nobody-may-see"

struct world {
    struct uplink uplink;
    struct http *http;
    struct secrets *secrets;
    struct peer peer;
    struct probe *probe;
    struct spec_refusal refusal;
    int far_end;
    json_t *line; /* the last one */
};

static inline void open_world(struct world *w, const char *answer)
{
    int pair[2];
    *w = (struct world){0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    uplink_init(&w->uplink, pair[0]);
    w->far_end = pair[1];
    w->http = http_new(NULL);
    w->secrets = secrets_new();
    peer_init(&w->peer, answer);
}

static inline void close_world(struct world *w)
{
    probe_free(w->probe);
    http_free(w->http);
    secrets_free(w->secrets);
    peer_release(&w->peer);
    uplink_release(&w->uplink);
    close(w->far_end);
    json_decref(w->refusal.data);
    json_decref(w->line);
}

/* "PORT" in the text is that of the peer. */
static inline void take(struct world *w, const char *rest)
{
    struct link_down line;
    const char *port = strstr(rest, "PORT");
    char *text = port ? xasprintf("{\"type\":\"probe\",\"keys\":{\"K\":\"" KEY "\"},%.*s%d%s}",
                                  (int)(port - rest), rest, w->peer.port, port + 4)
                      : xasprintf("{\"type\":\"probe\",\"keys\":{\"K\":\"" KEY "\"},%s}", rest);
    struct probe_parts parts = {&w->uplink, w->http, w->secrets};
    assert_int_equal(link_parse_down(text, strlen(text), &line, NULL), 0);
    w->probe = probe_new(&parts, &line, &w->refusal);
    link_down_release(&line);
    free(text);
}

static inline void hear(struct world *w)
{
    struct buf *out = &w->uplink.out;
    assert_true(probe_is_over(w->probe));
    assert_non_null(out->len ? memchr(out->at, '\n', out->len) : NULL);
    w->line = json_loadb(out->at, out->len, 0, NULL); /* and it is the only one */
    assert_non_null(w->line);
    assert_null(memmem(out->at, out->len, KEY, strlen(KEY)));
}

static inline void play(struct world *w)
{
    while (!probe_is_over(w->probe)) {
        assert_true(probe_timeout_ms(w->probe) >= 0);
        peer_turn(&w->peer, w->http);
        probe_step(w->probe);
    }
    size_t told = w->uplink.out.len;
    probe_step(w->probe);
    probe_cancel(w->probe);
    assert_int_equal(w->uplink.out.len, told);
    hear(w);
}

#endif
