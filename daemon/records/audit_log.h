/* STATE_DIR/audit.jsonl: who has changed what, a line for each request, the newest last. It is as
 * long as AUDIT_BYTES at most; then it becomes audit.1.jsonl, in the place of an older one. Nothing
 * is synced: what the power takes are the last lines. Files and lines are the daemon's own; a line
 * that was torn is followed by a line break and passed over.
 *
 *     struct audit_log log = AUDIT_LOG_INIT(state_fd);
 *     audit_log_open(&log);
 *     audit_log_add(&log, &line);
 *     audit_log_page(&log, cursor, limit, rows, next);
 *     audit_log_release(&log);
 *
 * What could not be opened is tried again with the next line. */
#ifndef DAEMON_RECORDS_AUDIT_LOG_H
#define DAEMON_RECORDS_AUDIT_LOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

enum { AUDIT_BYTES = 4 << 20, AUDIT_CURSOR_SIZE = 48 };

struct audit_log {
    int dir; /* the caller's; it must outlive the log */
    int fd;  /* -1: not open */
    int64_t size;
    bool torn; /* the last line may not be whole */
};

#define AUDIT_LOG_INIT(state_fd)                                                                   \
    {                                                                                              \
        .dir = (state_fd), .fd = -1                                                                \
    }

int audit_log_open(struct audit_log *log); /* 0 or -errno */
void audit_log_release(struct audit_log *log);
/* A JSON object, without its line break. 0 or -errno. */
int audit_log_add(struct audit_log *log, const struct buf *line);
/* The next `limit` lines before the cursor (NULL: before the end), newest first, added to rows.
 * next: where the one after them begins, or empty. 0; -EINVAL: no cursor, or what it pointed to is
 * gone; another -errno. */
int audit_log_page(struct audit_log *log, const char *cursor, size_t limit, json_t *rows,
                   char next[AUDIT_CURSOR_SIZE]);

#endif
