/* STATE_DIR/index.jsonl: a row at each start and at each end of a run, for lists, so that they need
 * not open the records. It only repeats what stands in the records: a row that is missing or cannot
 * be written costs time, not truth. The last row of a record counts. For the record modules alone.
 *
 *     record_log_open(&log, state_fd);
 *     record_log_each(&log, take, context);        once, at the start
 *     record_log_add(&log, row, len, &place);      a row without its line break
 *     record_log_read(&log, &place, &text);
 *     record_log_release(&log);
 *
 * Rows that no longer count are dropped by copying the others into a new file, a few at a time:
 *
 *     if (record_log_is_worn(&log)) record_log_begin(&log);
 *     for each row that counts: record_log_copy(&log, &place, &moved);
 *     record_log_swap(&log);                       every place is now what `moved` was
 *
 * In between record_log_add writes into both, and `moved` tells where. */
#ifndef DAEMON_RECORDS_RECORD_LOG_H
#define DAEMON_RECORDS_RECORD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record_range;

struct record_log {
    int dir;
    int fd;       /* -1: it cannot be had; rows are refused with -EBADF */
    int64_t size; /* of the file */
    int64_t dead; /* bytes of rows that no longer count */
    bool torn;    /* the last row could not be written whole */
    int next_fd;  /* the new file; -1: none is written */
    int64_t next_size;
};

/* 0 or -errno: -EBADMSG when something else stands under the name. */
int record_log_open(struct record_log *log, int dir);
void record_log_release(struct record_log *log);

/* Every whole line from the oldest on, until take returns an error: that, or 0 or -errno. */
int record_log_each(struct record_log *log,
                    int (*take)(void *context, const char *row, const struct record_range *at),
                    void *context);
/* The len of moved is 0 unless a new file is written. */
int record_log_add(struct record_log *log, const char *row, size_t len, struct record_range *ret,
                   struct record_range *moved);
/* malloc'ed and NUL-terminated: 0 or -errno. */
int record_log_read(const struct record_log *log, const struct record_range *at, char **ret);
/* That row no longer counts. */
void record_log_forget(struct record_log *log, const struct record_range *at);

bool record_log_is_worn(const struct record_log *log); /* over half of it is dead */
bool record_log_is_moving(const struct record_log *log);
int record_log_begin(struct record_log *log);
int record_log_copy(struct record_log *log, const struct record_range *at,
                    struct record_range *moved);
int record_log_swap(struct record_log *log);
void record_log_give_up(struct record_log *log); /* the new file goes */

#endif
