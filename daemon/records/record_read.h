/* Reading records that have ended, whichever way they were written: one file of lines, or four
 * files in a folder. What is read is held against what councild vouches for (record_vouch.h).
 *
 * Failures are -errno; -EBADMSG: what stands under the name is no record. */
#ifndef DAEMON_RECORDS_RECORD_READ_H
#define DAEMON_RECORDS_RECORD_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record_key.h"
#include "record_texts.h"

struct records;

/* 0 or -errno; the caller releases it in either case. */
int records_read_end(const struct records *records, const struct record_key *key,
                     struct record_end_texts *ret);

/* The first of them alone, for those who do not need a result that may be long: malloc'ed. */
int records_read_down(const struct records *records, const struct record_key *key, char **ret);

/* What was asked, as a JSON object; malloc'ed and NUL-terminated. -EBADMSG: it was changed since.
 */
int records_read_spec(const struct records *records, const struct record_key *key, char **ret,
                      size_t *ret_len);

/* Its events, for reading: other lines may stand between them. */
struct record_events {
    int fd;      /* the caller closes it */
    int64_t end; /* what stands behind does not belong to the record; INT64_MAX: it still grows */
};

/* Of a record, live or ended. 0 or -errno. */
int records_open_events(const struct records *records, const struct record_key *key,
                        struct record_events *ret);

#endif
