/* Closing a record: its last line, then the rename from open/ to runs/, which is the end. Where
 * either fails the record stays in open/, is listed with `record_error` all the same, and what is
 * to be written waits here for another try. For the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_UNCLOSED_H
#define DAEMON_RECORDS_RECORD_UNCLOSED_H

#include <stdbool.h>
#include <sys/types.h>

#include "record_key.h"
#include "record_vouch.h"

struct record_entry;
struct records;

/* The file that was made, so that no other is taken for it. ino 0: not known. */
struct record_identity {
    dev_t dev;
    ino_t ino;
};

struct record_unclosed {
    struct record_key key;
    struct record_identity identity;
    struct record_vouch vouch;
    char *body;   /* JSON object: how the run ended, and why that does not stand in the record */
    bool written; /* only the rename is missing */
    int64_t size; /* once it is written */
    struct record_unclosed *next;
};

/* What is to be written at the end of a record. */
struct record_ending {
    struct record_key key;
    struct record_identity identity;
    struct record_vouch vouch;
    const char *body; /* JSON object */
    size_t len;
};

/* Closes a record of open/; there is room for it in the index. entry: what is known of it, taken
 * over. 0, or the -errno of the first thing that failed: it is in the index in either case. */
int record_close(struct records *records, const struct record_ending *ending,
                 const struct record_entry *entry);
/* Tries again to close what could not be closed: how many are left. */
size_t records_close_again(struct records *records);
/* NULL: that record is closed, or nothing is known of its end. */
const struct record_unclosed *record_unclosed_find(const struct records *records,
                                                   const struct record_key *key);
/* Forgets it: the record is removed. */
void record_unclosed_drop(struct records *records, const struct record_key *key);
void record_unclosed_release(struct records *records);

#endif
