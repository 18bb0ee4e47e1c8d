/* Keys of idempotency: under which key which run was started, for a day. A key of a client is known
 * by a text of START_KEY_LEN characters alone: two SHA-256 sums, of the key with whose it is, and
 * of what was asked for under it. It stands in the row and in the end of the record, so that the
 * table can be made again. For the record modules and for who makes such texts. */
#ifndef DAEMON_RECORDS_START_KEYS_H
#define DAEMON_RECORDS_START_KEYS_H

#include <stdint.h>

#include "record_key.h"

enum {
    START_KEY_NAME_LEN = 64, /* the first sum; the second one stands behind it */
    START_KEY_LEN = 128,
    START_KEY_MS = 24 * 60 * 60 * 1000 /* so long it is known, from the start of its run on */
};

struct start_key; /* one of the table */
struct start_keys {
    struct start_key *by_name; /* NULL: empty */
};

/* Of two runs that have one key the younger has it. Those that are too old are dropped, this one
 * too. 0 or -ENOMEM. */
int start_keys_add(struct start_keys *all, const char *text, const struct record_key *run,
                   int64_t now_ms);
/* 0; -EEXIST: that run was asked for with other words; -ENOENT, and *ret is not set. */
int start_keys_find(const struct start_keys *all, const char *text, int64_t now_ms,
                    struct record_key *ret);
/* That run has it no more. */
void start_keys_drop(struct start_keys *all, const char *text, const struct record_key *run);
void start_keys_release(struct start_keys *all);

#endif
