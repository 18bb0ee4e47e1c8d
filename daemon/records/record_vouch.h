/* What councild vouches for in the last line of a record, beside how the run ended: where that line
 * begins, which spec stands in the first one, and where the result stands. A run can write into its
 * record whatever it likes; what is not named here is its own word. For the record modules alone.
 */
#ifndef DAEMON_RECORDS_RECORD_VOUCH_H
#define DAEMON_RECORDS_RECORD_VOUCH_H

#include "common/buf.h"
#include "proto/json/canonical.h"
#include "record_file.h"

struct record_vouch {
    struct record_range spec;          /* len 0: not known, or damaged */
    char spec_sha256[SHA256_HEX_SIZE]; /* of that line; empty: not known */
    struct record_range result;        /* a line with a member `result`; len 0: there is none */
};

/* The line for an end that is the JSON object `body`, to begin at `at`. 0 or -ENOMEM. */
int record_vouch_line(struct buf *to, const struct record_vouch *v, int64_t at, const char *body,
                      size_t len);
/* Reads it back: 0; -EBADMSG: it is no such line, or it was made for another place; -ENOMEM. */
int record_vouch_read(const char *line, size_t len, int64_t at, struct record_vouch *ret);
/* The spec of an open file, by its first line, and that line: malloc'ed, NULL in a file without
 * one, which gives none. 0 or -errno. */
int record_vouch_spec(int fd, int64_t size, struct record_vouch *v, char **ret_line);

#endif
