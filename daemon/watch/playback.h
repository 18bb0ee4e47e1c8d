/* Reading the events of a run back from its journal, a bounded amount at a time. Lines that are no
 * events and a torn last line are passed over. */
#ifndef DAEMON_WATCH_PLAYBACK_H
#define DAEMON_WATCH_PLAYBACK_H

#include <stdint.h>

#include "daemon/records/records.h"
#include "proto/json/json_span.h"

struct subscription;

enum { REPLAY_LINE_MAX = 64 * 1024 * 1024 };

/* Opens the journal for the subscription and keeps the record from being pruned. 0 or -errno. */
int replay_open(struct subscription *sub, const struct record_key *key);
void replay_close(struct subscription *sub);
/* Gives the next events up to the seq `limit` to the subscription: 1 more is to come, 0 it is
 * through, or cannot be read on. */
int replay_step(struct subscription *sub, int64_t limit);
/* The seq of the last whole event of a journal, 0 when there is none, -ENOMEM. */
int64_t replay_last_seq(int journal);

/* subscribe.c: queues one event. 0 or -ENOMEM. */
int subscription_replay_line(struct subscription *sub, struct json_span event, int64_t seq);

#endif
