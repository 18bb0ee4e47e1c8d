/* Room on the disk for what money buys: before a request is sent, so much is kept behind the
 * journal as it, those under way and the end of the run may write.
 *
 *     room_take(&room, &journal, ask, call_id, attempt, &err)     before the request
 *     room_give(&room, call_id, attempt)                          its answer came, or never will */
#ifndef RUNNER_ROOM_H
#define RUNNER_ROOM_H

#include <jansson.h>
#include <stdint.h>

#include "common/error.h"
#include "journal.h"
#include "runner/deliberation/state/want.h"

struct room {
    json_t *open;  /* {call_id/attempt: bytes} */
    int64_t bytes; /* their sum */
};

void room_init(struct room *r);
void room_release(struct room *r);
/* 0, or -errno: the disk is too full for it, and nothing was taken. */
int room_take(struct room *r, struct journal *journal, const struct engine_attempt *ask,
              const char *call_id, int attempt, struct error *err);
void room_give(struct room *r, const char *call_id, int attempt);

#endif
