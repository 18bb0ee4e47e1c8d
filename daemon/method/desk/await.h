/* The answer of run.await: how a run ended, and with what result. */
#ifndef DAEMON_METHOD_DESK_AWAIT_H
#define DAEMON_METHOD_DESK_AWAIT_H

#include "common/buf.h"
#include "daemon/records/record_archive.h"
#include "daemon/run/runs.h"
#include "desk.h"

/* Turns the call into one that is answered at the end of the run, or after timeout_ms (-1: never).
 * 0 or -ENOMEM. */
int await_live(struct call *call, struct run *run, int64_t timeout_ms);
/* The result alone of a run that is ending; its record must still be there. On failure, or without
 * one, the buffer stays empty. */
void await_result(struct buf *to, const struct run *run);
/* {run_id, outcome, result, reason} of a recorded run: 0 or -errno. */
int await_build_recorded(struct buf *to, const struct records *records,
                         const struct record_key *key);

#endif
