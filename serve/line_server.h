/* A server of lines: one listening socket and the connections that come in by it, on a loop that
 * may serve other things too. It knows who may come in, how many, and what happens when
 * descriptors run out; what the lines mean is the owner's.
 *
 *     r = listen_activated(&l, &err);  ... listen_bind(&l, path, mode, gid, &err);
 *     line_server_new(loop, &l, &limits, &OWNER, context, &server, &err);
 *     ...
 *     line_server_set_limits(server, &limits);     any time
 *     line_server_refuse(server);                  no new clients; those that are there stay
 *     line_server_free(server);                    before loop_free
 *
 * So that one user does not take what all share: some connections are kept back, a user has its
 * part of the others, half a line is not waited for without end, and where the buffers of all
 * clients together hold too much, the user that holds most loses its greediest connection.
 *
 * A client over the limit, or one for which no descriptor is left, is told too_many_connections and
 * closed. The owner says who may come in (owner.h); others are closed without a word. */
#ifndef SERVE_LINE_SERVER_H
#define SERVE_LINE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"
#include "listen.h"
#include "owner.h"

struct line_server;
struct loop;

struct line_limits {
    int64_t max_conns;
    size_t line_bytes;  /* of a line that comes in; counts for connections that are still to come */
    size_t queue_bytes; /* may wait for one client; more, and it is given up */
    int64_t half_line_ms; /* how long the rest of a line is waited for; 0: for ever */
    size_t input_bytes;   /* of lines that are not ended, of all clients together; 0: no bound */
    size_t output_bytes;  /* may wait for all clients together; 0: no bound */
    int64_t kept;         /* of max_conns, at most half of them: for peers that are is_kept */
    int64_t parts;        /* a user whose peers are is_bound may have one of so many; 0: all */
    /* max_conns is lowered to what RLIMIT_NOFILE leaves room for, but never below a few: */
    size_t fds_kept; /* descriptors that are not for clients */
    size_t fds_each; /* for each client, its connection among them; at least 1 */
};

/* Takes the listener, on success only (l is closed then as far as its holder is concerned). The
 * owner must outlive the server. 0 with *ret, or -errno. */
int line_server_new(struct loop *loop, struct listener *l, const struct line_limits *limits,
                    const struct conn_owner *owner, void *context, struct line_server **ret,
                    struct error *err);
/* Closes everything. NULL is fine. */
void line_server_free(struct line_server *s);

void line_server_set_limits(struct line_server *s, const struct line_limits *limits);
/* Another mode for its socket. 0 or -errno. */
int line_server_set_mode(struct line_server *s, mode_t mode);
/* Closes the listener and removes its socket. */
void line_server_refuse(struct line_server *s);

/* max_conns, lowered to what fits. */
int64_t line_server_max_conns(const struct line_server *s);
/* Connections now; the address stays good as long as the server. */
const size_t *line_server_count(const struct line_server *s);
size_t line_server_queued(const struct line_server *s); /* bytes that wait to be sent */
/* Nothing waits to be sent on any connection. */
bool line_server_is_flushed(const struct line_server *s);

#endif
