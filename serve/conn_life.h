/* For who accepts connections: the life of one, from its descriptor to its end. What is done with
 * it meanwhile is in conn.h.
 *
 *     struct conn_home home = {.loop = l, .owner = &OWNER, .line_bytes = ..., .queue_bytes = ...};
 *     conn_new(&home, fd, &peer);
 *     ...
 *     while (home.conns)
 *         conn_free(home.conns); */
#ifndef SERVE_CONN_LIFE_H
#define SERVE_CONN_LIFE_H

#include "conn.h"

/* Takes the descriptor, and the peer's card, also on failure. NULL: no memory. */
struct conn *conn_new(struct conn_home *home, int fd, const struct peer *peer);
/* Now, with everything that hangs on it. Only from the output phase, or when the loop does not turn
 * any more. NULL is fine. */
void conn_free(struct conn *c);

struct conn *conn_next(const struct conn *c); /* of its home; NULL: it was the last */
int conn_fd(const struct conn *c);            /* stays the connection's */
/* Nothing waits to be sent. */
bool conn_is_flushed(const struct conn *c);
/* Nothing can come of it any more, though it may not have been noticed yet: a look at the kernel.
 */
bool conn_is_over(const struct conn *c);
/* Its descriptor was seen to have hung up: it is worked in this turn. */
void conn_note(struct conn *c);

#endif
