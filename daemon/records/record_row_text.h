/* The text of one row of index.jsonl: making it, and reading it back. What is taken from a record
 * may be damaged: members that are not there, or of another kind than they should be, become null.
 * For the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_ROW_TEXT_H
#define DAEMON_RECORDS_RECORD_ROW_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "common/buf.h"
#include "record_key.h"
#include "start_keys.h"

#define RECORD_ROW_START "start" /* the `type` of a row */
#define RECORD_ROW_END   "end"

/* spec: the first line of the record. 0, -ENOMEM, -EBADMSG. */
int record_row_of_start(struct buf *to, const struct record_key *key, const char *spec, size_t len);
/* down: the object of its end; begun: its spec or the row of its start. Each may be NULL: it is not
 * known, or not readable. vouched: begun is councild's own word, and so says whose the run is. */
int record_row_of_end(struct buf *to, const struct record_key *key, int64_t size, const char *down,
                      const char *begun, bool vouched);
struct record_row_facts {
    struct record_key key;
    bool ended;
    int64_t size;                      /* -1: not told */
    char start_key[START_KEY_LEN + 1]; /* under which it was started; empty: none */
    char elder[RECORD_NAME_SIZE]; /* the name of the record that it goes on from; empty: none */
};

/* 0, -EBADMSG: it is no row; -ENOMEM. */
int record_row_read(const char *row, size_t len, struct record_row_facts *ret);
/* What run.list shows of it. 0, -EBADMSG, -ENOMEM. */
int record_row_summary(const char *row, size_t len, json_t **ret);

#endif
