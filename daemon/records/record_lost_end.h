/* The end of a run whose daemon died, as far as its record tells it. For the record modules alone.
 */
#ifndef DAEMON_RECORDS_RECORD_LOST_END_H
#define DAEMON_RECORDS_RECORD_LOST_END_H

#include <stdbool.h>

#include "proto/event.h"
#include "record_key.h"
#include "record_vouch.h"

/* Looks for the result among the last lines of a file: v->result and *ret, which stay as they are
 * when there is none. The first of several counts. 0 or -ENOMEM. */
int record_lost_result(int fd, int64_t size, struct record_vouch *v, enum outcome *ret);
/* The outcome that the text of a result tells. */
enum outcome record_lost_outcome(const char *result);
/* How it ended, as a JSON object; row: that of its start, or NULL. 0 or -ENOMEM. */
int record_lost_body(struct buf *to, const struct record_key *key, const char *row,
                     enum outcome outcome);
/* Does this spec ask for no record? One that cannot be read does not. */
bool record_lost_keeps_none(const char *spec, size_t len);

#endif
