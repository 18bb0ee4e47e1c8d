/* Closing a record: its last line, then the rename from open/ to runs/, which is the end; both are
 * then handed to the syncer. Where either fails the record stays in open/, is listed with
 * `record_error` all the same, and what is to be written waits for another try (record_unclosed.h).
 * For the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_CLOSE_H
#define DAEMON_RECORDS_RECORD_CLOSE_H

#include <stddef.h>

#include "record_key.h"
#include "record_unclosed.h"
#include "record_vouch.h"

struct record_entry;
struct records;

/* What is to be written at the end of a record. */
struct record_ending {
    struct record_key key;
    struct record_identity identity;
    struct record_vouch vouch;
    const char *body; /* JSON object, with a NUL behind it */
    size_t len;
};

/* Closes a record of open/; there is room for it in the index. entry: what is known of it, taken
 * over. 0, or the -errno of the first thing that failed: it is in the index in either case. */
int record_close(struct records *records, const struct record_ending *ending,
                 const struct record_entry *entry);
/* Tries again to close records whose end could not be written: how many are left. */
size_t records_close_again(struct records *records);

#endif
