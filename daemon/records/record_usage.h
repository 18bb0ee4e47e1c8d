/* What a run has used, as its runner told it: an object with `input_tokens`, `output_tokens` and
 * `cost`, or anything else, for the runner may be a stand-in. */
#ifndef DAEMON_RECORDS_RECORD_USAGE_H
#define DAEMON_RECORDS_RECORD_USAGE_H

#include <stdint.h>

#include "common/buf.h"
#include "proto/json/json_span.h"

struct record_usage {
    int64_t tokens;        /* in and out, at most INT64_MAX; -1: nothing was told */
    struct json_span cost; /* a number; at == NULL: not known */
};

/* usage.at may be NULL. The cost points into usage. */
struct record_usage record_usage_read(struct json_span usage);
/* The cost as a number; NAN: not known. */
double record_usage_cost(const struct record_usage *usage);
/* Adds `,"tokens":7,"cost":0.5` of it; null: not told, or not known. 0 or -errno. */
int record_usage_members(struct buf *to, struct json_span usage);

#endif
