/* The answer of run.await: how a run ended, and with what result. */
#ifndef DAEMON_METHOD_AWAIT_H
#define DAEMON_METHOD_AWAIT_H

#include "common/buf.h"
#include "daemon/records/record.h"
#include "daemon/run/runs.h"

/* {run_id, outcome, result, reason} of a run that is ending now; its record must still be there.
 * On failure the buffer is empty. */
void await_build(struct buf *to, struct run *run);
/* Its result alone. On failure, or without one, the buffer stays empty. */
void await_result(struct buf *to, struct run *run);
/* Answers everybody who waits; an empty buffer: internal_error. A run that nobody has seen is
 * not_found. */
void await_tell(struct run *run, const struct buf *answer);
/* The same of a recorded run: 0 or -errno. */
int await_build_recorded(struct buf *to, const struct records *records,
                         const struct record_key *key);

/* The two files of an ended record as JSON texts; NULL for one that is missing. */
struct end_texts {
    char *down;
    char *result;
};
int end_texts_read(struct end_texts *t, const struct records *records,
                   const struct record_key *key);
void end_texts_release(struct end_texts *t);

#endif
