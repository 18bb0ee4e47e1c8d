/* Records that a daemon which died has left open. */
#ifndef DAEMON_RECORDS_RECORD_LOST_H
#define DAEMON_RECORDS_RECORD_LOST_H

#include <stddef.h>

struct records;

struct records_lost {
    size_t closed;
    size_t unclosed; /* ended all the same, but that cannot be written now: tried again later */
    size_t odd;      /* no records: put aside, or left where they cannot be moved */
};

/* Closes what a predecessor left in open/ with reason noconnection. The outcome is that of a result
 * which stands in the record, else null; who started it, and its labels, are what the predecessor's
 * index.jsonl says. A record with recorder none, or without a single byte, is removed; one that
 * holds anything else never is. Nothing that stands there keeps the daemon from serving. 0, or
 * -ENOMEM. */
int records_close_predecessor(struct records *records, struct records_lost *ret);

#endif
