/* What is looked for in lists of runs, and whether the row of one (record_rows.h) has it. */
#ifndef DAEMON_RECORDS_RECORD_SEARCH_H
#define DAEMON_RECORDS_RECORD_SEARCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/event.h"

/* Everything is borrowed; NULL: any. */
struct record_search {
    const char *council_id;
    const char *registry;
    const char *text;     /* somewhere in the question; ASCII letters of either case */
    const json_t *labels; /* an object of strings: each of them */
    bool ended;           /* in this way */
    enum outcome outcome; /* OUTCOME_NONE: without a result */
};

/* 1 with what run.list shows of the row, a new reference; 0: it has not all that is looked for;
 * -EBADMSG: it is no row; -ENOMEM. */
int record_search_row(const struct record_search *search, const char *row, size_t len,
                      json_t **ret);

#endif
