/* options.resume_from: what older records give to a new run. The chain is the record of that run,
 * the one that it resumed itself, and so on; the spec of each names those before it. */
#ifndef DAEMON_METHOD_DESK_RESUME_ORDER_H
#define DAEMON_METHOD_DESK_RESUME_ORDER_H

#include <jansson.h>

#include "daemon/records/record_key.h"
#include "daemon/records/record_owner.h"
#include "daemon/run/start.h"
#include "proto/json/json_span.h"

struct records;

struct resume_order {
    char *text;               /* the spec of the record */
    struct json_span council; /* in it; at == NULL: not asked for, or not there */
    struct json_span input;
    struct record_key elder; /* the record itself; empty run_id: not asked for */
    json_t *names;           /* of the chain's records, nearest first; NULL: not asked for */
    json_t *chain;           /* what the runner is told of them: [{run_id, outage, bytes?}] */
    int journals[RESUME_CHAIN_MAX]; /* their records, for reading; fewer when one is gone */
    size_t n_journals;
    const char *failed;        /* why it cannot be resumed; NULL: all is well */
    struct record_whose whose; /* what may be in the chain */
};

/* elder: the record that is resumed. A run can write over its first line, and so name a chain:
 * behind this record it ends at the first one that is not among `whose`. All zero is an order that
 * asks for nothing. */
void resume_order_open(struct resume_order *r, const struct records *records,
                       const struct record_key *elder, const struct record_whose *whose);
/* Gives the records, and the elder's key (borrowed), to the order of a start. */
void resume_order_take(struct resume_order *r, struct start_order *order);
void resume_order_release(struct resume_order *r);

#endif
