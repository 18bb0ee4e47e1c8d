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
#include "farewell.h"
#include "playback.h"
#include "proto/runid.h"
#include "serve/part.h"
#include "watchers.h"

struct audience;
struct conn;
struct run;

enum { SUBSCRIPTION_HEAD_SIZE = RUNID_MAX + RUNID_GENERATED_LEN + 96 };

struct subscription {
    struct conn_part part;
    struct ref ref;
    struct watchers *all;
    char run_id[RUNID_MAX + 1];
    char head[SUBSCRIPTION_HEAD_SIZE]; /* how each of its run.event lines begins */
    size_t head_len;
    struct conn *conn;
    struct run *run;           /* NULL: the run has ended */
    struct audience *audience; /* of the run */
    bool deltas;
    int64_t after;          /* seq of the last event that was given */
    int64_t dropped;        /* since the last gap notice */
    int64_t last_seq;       /* once the run has ended */
    struct playback replay; /* open: replaying; closed: live */
    struct farewell_reader farewell;
    struct subscription *prev, *next; /* of the audience */
};

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
struct subscription *subscription_find(const struct watchers *all, const char *ref);
void subscription_free(struct subscription *sub);

#endif
