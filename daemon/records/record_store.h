/* Inside of struct records: for the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_STORE_H
#define DAEMON_RECORDS_RECORD_STORE_H

#include "record_index.h"
#include "record_key.h"

#define RECORD_SPEC    "spec.json"
#define RECORD_JOURNAL "journal.jsonl"
#define RECORD_RESULT  "result.json"
#define RECORD_DOWN    "down.json"
#define RECORD_HEIRS   "resumed"

enum { RECORD_DIR_MODE = 0700, RECORD_FILE_MODE = 0600, RECORD_PATH_SIZE = RECORD_NAME_SIZE + 32 };

struct record_pin {
    struct record_key key;
    unsigned count;
};

struct records {
    int open_fd;
    int runs_fd;
    struct record_index index; /* of runs/ */
    size_t open;               /* live records: each has room in the index reserved */
    struct record_pin *pins;
    size_t pins_count;
};

/* "<name>/<file>"; to has RECORD_PATH_SIZE bytes. Returns to. */
char *record_path(const struct record_key *key, const char *file, char *to);

/* open/ or runs/, wherever the record is. */
int record_parent(const struct records *records, const struct record_key *key);

/* Removes the directory of a record and all in it: 0 (also when it is gone) or -errno. */
int record_erase(int parent, const struct record_key *key);

/* The sum of its files on disk. */
int64_t record_bytes(int parent, const struct record_key *key);

/* Calls `each` for every record in a directory until one returns an error: that, or 0. */
int record_list_directory(int parent, int (*each)(void *context, const struct record_key *key),
                          void *context);

#endif
