/* One client's connection: lines in, lines out, on a connected stream socket.
 *
 * Input: a bounded read per turn, cut into lines, each handed to the owner (owner.h). After a line
 * over the limit the connection is closed. At the end of what the client says (half close) what was
 * asked is still answered; then the connection closes. Reading pauses while more than OUT_PAUSE
 * bytes wait for the client.
 *
 * Output: never blocks. Lines always enter the queue; what can be done without (events) asks first
 * whether conn_takes_events. Above the cap of its server the connection is given up.
 *
 * What belongs to a connection hangs on it as a part (part.h) and goes with it. A connection that
 * is given up is `doomed`; it is freed in the output phase of a turn, so a pointer to it stays good
 * during the phases before. What is pushed to a doomed one is lost. */
#ifndef SERVE_CONN_H
#define SERVE_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "listen.h"
#include "owner.h"
#include "part.h"
#include "queue.h"

enum { OUT_PAUSE = 1 << 20 };

struct conn;

const struct peer *conn_peer(const struct conn *c);
void *conn_context(const struct conn *c); /* of the home */
void *conn_card(const struct conn *c);    /* of its peer: see owner.h */

/* Takes the line. */
void conn_push(struct conn *c, struct out_line *line);
/* Copies the bytes, which end with a line break; false when there is no memory (the line is lost).
 */
bool conn_push_line(struct conn *c, const struct buf *line);
/* Is there room for one more event? */
bool conn_takes_events(const struct conn *c);
/* Something may have changed: pull, flush, resume reading, or close. */
void conn_touch(struct conn *c);
/* Gives the connection up; it is freed in this turn, or in the next when this one's output phase is
 * under way. */
void conn_doom(struct conn *c);
/* No more input; closed when everything is sent. */
void conn_close_after_flush(struct conn *c);

/* Places and tags: see queue.h. A place has to be opened or dropped before the connection is gone;
 * whoever reserves one hangs on it as a part. conn_push_behind puts the line
 * into the place, or queues it when place is NULL; conn_push_last lets it wait for all places that
 * there are now. */
void conn_reserve(struct conn *c, struct out_place *place, uint64_t mark);
struct out_place *conn_place_of(const struct conn *c, uint64_t mark);
void conn_push_behind(struct conn *c, struct out_place *place, struct out_line *line);
void conn_push_last(struct conn *c, struct out_line *line);
void conn_open_place(struct conn *c, struct out_place *place);
void conn_drop_place(struct conn *c, struct out_place *place);
bool conn_has(const struct conn *c, const char *tag, size_t len);
bool conn_take_back(struct conn *c, const char *tag, size_t len);
bool conn_hasten(struct conn *c, const char *tag, size_t len);

/* Parts: see part.h. Detaching one that hangs on nothing does nothing. */
void conn_attach(struct conn *c, struct conn_part *part, const struct conn_part_ops *ops);
void conn_detach(struct conn_part *part);

#endif
