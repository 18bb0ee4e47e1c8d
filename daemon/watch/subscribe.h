/* Subscriptions: the events of a run, replayed from its journal and then live, without a seam.
 *
 * Live events go to every subscription whose connection has room; a slow one loses them and is told
 * how many by a run.gap before the next line. Replay is pulled: the journal is read only while the
 * connection has room, and never beyond the last event that came over the link. Replayed lines are
 * never dropped.
 *
 * All of one run are its audience, which hangs on the run as one watch: an event is copied once,
 * however many are sent it, and the runner is asked for deltas while somebody wants them.
 *
 * When a run ends while a connection is still replaying it, the DOWNs and replies for that
 * connection wait in a farewell until the replay is through, a second at most. */
#ifndef DAEMON_WATCH_SUBSCRIBE_H
#define DAEMON_WATCH_SUBSCRIBE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/records/record_key.h"

struct conn;
struct run;
struct subscription;
struct watchers;

/* From now on. The ref, which lives as long as the subscription; NULL: no memory. */
const char *subscription_new_live(struct watchers *all, struct conn *c, struct run *run,
                                  bool deltas);
/* A live run, everything after a seq; live at once when there is nothing to replay. -errno when the
 * journal cannot be opened. */
int subscription_new(struct watchers *all, struct conn *c, struct run *run, int64_t after,
                     bool deltas, struct subscription **ret);
/* A run that has ended. */
int subscription_new_ended(struct watchers *all, struct conn *c, const struct record_key *key,
                           int64_t after, struct subscription **ret);
/* Tells the runner whether somebody listens to deltas. For who started it with deltas on. */
void subscription_settle_deltas(struct run *run);
struct subscription *subscription_find(const struct watchers *all, const char *ref);
const struct conn *subscription_conn(const struct subscription *sub);
const char *subscription_ref(const struct subscription *sub);
/* Of one that was made for a run that has ended: the seq of its last event. */
int64_t subscription_last_seq(const struct subscription *sub);
void subscription_free(struct subscription *sub); /* NULL is fine */

#endif
