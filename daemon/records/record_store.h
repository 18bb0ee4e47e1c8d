/* Inside of struct records: what all record modules share, and what it tells of one record. It
 * knows none of the modules that keep something in it but the index and the log. For the record
 * modules alone. */
#ifndef DAEMON_RECORDS_RECORD_STORE_H
#define DAEMON_RECORDS_RECORD_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "record_disk.h"
#include "record_index.h"
#include "record_key.h"
#include "record_log.h"
#include "start_keys.h"

struct record_unclosed;
struct syncer;

struct record_pin {
    struct record_key key;
    unsigned count;
};

struct records {
    int state_fd; /* the caller's */
    int open_fd;
    int runs_fd;
    struct record_index index;             /* of those that have ended */
    struct record_index live;              /* each has room in the index reserved */
    struct syncer *syncer;                 /* NULL: nobody syncs */
    struct record_log log;                 /* index.jsonl */
    size_t rowless;                        /* ended ones that may have no row there yet */
    size_t unread;                         /* of those, ones that could not be read just now */
    struct record_key filling;             /* so far they were looked at */
    struct record_key moving, moving_live; /* so far the rows are copied into a new file */
    struct start_keys start_keys;
    uint64_t ends; /* numbers given so far */
    struct record_unclosed *unclosed;
    struct record_pin *pins;
    size_t pins_count;
};

/* Where it stands: in runs/ once it is closed. */
struct record_where record_where(const struct records *records, const struct record_key *key);
/* The size that councild gave it; -1: not known. */
int64_t record_size(const struct records *records, const struct record_key *key);
/* The bytes that an ended record takes on disk; counted once, then remembered in its entry. -errno:
 * it cannot be looked at now. */
int64_t record_measure(const struct records *records, struct record_entry *entry);

#endif
