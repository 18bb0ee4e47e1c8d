/* The ends that could not be written: they wait here for another try (record_close.h), and whoever
 * reads such a record is told of its end all the same. For the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_UNCLOSED_H
#define DAEMON_RECORDS_RECORD_UNCLOSED_H

#include <stdbool.h>
#include <stdint.h>

#include "record_key.h"
#include "record_open.h"
#include "record_vouch.h"

struct records;

struct record_unclosed {
    struct record_key key;
    struct record_identity identity;
    struct record_vouch vouch;
    char *body; /* JSON object: how the run ended, and why that does not stand in the record */
    struct record_range piece; /* of its line, that a try which failed has left at the end */
    bool written;              /* only the rename is missing */
    int64_t size;              /* once it is written */
    struct record_unclosed *next;
};

/* Keeps a copy and takes its body over. Without memory it is dropped: the record is left to the
 * next daemon. */
void record_unclosed_keep(struct records *records, const struct record_unclosed *tried);
/* NULL: that record is closed, or nothing is known of its end. */
const struct record_unclosed *record_unclosed_find(const struct records *records,
                                                   const struct record_key *key);
/* Forgets it: the record is closed, or removed. */
void record_unclosed_drop(struct records *records, const struct record_key *key);
void record_unclosed_release(struct records *records);

#endif
