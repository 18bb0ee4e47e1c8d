/* The two files of an ended record as JSON texts, NULL for one that is missing. */
#ifndef DAEMON_METHOD_DESK_END_TEXTS_H
#define DAEMON_METHOD_DESK_END_TEXTS_H

#include "daemon/records/record_archive.h"

enum { END_TEXT_MAX = 256 * 1024 * 1024 };

struct end_texts {
    char *down;
    char *result;
};

/* 0 or -errno; released in either case. A file that is missing is no error. */
int end_texts_read(struct end_texts *t, const struct records *records,
                   const struct record_key *key);
void end_texts_release(struct end_texts *t);

#endif
