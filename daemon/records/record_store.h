/* Inside of struct records: for the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_STORE_H
#define DAEMON_RECORDS_RECORD_STORE_H

#include <stdbool.h>

#include "record_index.h"
#include "record_key.h"
#include "record_log.h"

enum { RECORD_DIR_MODE = 0700, RECORD_FILE_MODE = 0600 };

struct record_unclosed;

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
    struct record_log log;                 /* index.jsonl */
    size_t rowless;                        /* ended ones that may have no row there yet */
    struct record_key filling;             /* so far they were looked at */
    struct record_key moving, moving_live; /* so far the rows are copied into a new file */
    struct record_unclosed *unclosed;
    struct record_pin *pins;
    size_t pins_count;
};

/* Where a record stands: its name in open/ or runs/. */
struct record_where {
    int parent;
    char name[RECORD_FILE_SIZE];
};
struct record_where record_where(const struct records *records, const struct record_key *key);
/* The size that councild gave it; -1: not known. */
int64_t record_size(const struct records *records, const struct record_key *key);

void record_entry_key(const struct record_entry *entry, struct record_key *ret);
/* It is gone from disk: out of the index. */
void record_forget(struct records *records, const struct record_key *key);

/* Removes a record, whatever stands under its name: 0 (also when it is gone) or -errno. */
int record_erase(const struct record_where *where);
/* The bytes that it takes on disk. */
int64_t record_bytes(const struct record_where *where);

/* A name in a directory. */
struct record_found {
    const char *name;
    bool folder;
    bool is_record; /* key is filled: it has the name of one */
    struct record_key key;
};
/* Calls `each` for every name, but those that begin with a dot, until one returns an error: that,
 * or 0. */
int record_list_directory(int parent, int (*each)(void *context, const struct record_found *found),
                          void *context);
/* Moves what stands in the way out of the way, to odd/, and logs it. 0 or -errno. */
int record_put_aside(const struct records *records, int parent, const char *name, const char *why);

#endif
