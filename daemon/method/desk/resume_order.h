/* options.resume_from: what an older record gives to a new run. */
#ifndef DAEMON_METHOD_DESK_RESUME_ORDER_H
#define DAEMON_METHOD_DESK_RESUME_ORDER_H

#include <jansson.h>

#include "proto/json/json_span.h"

struct desk;

struct resume_order {
    char *text;               /* spec.json of the record */
    struct json_span council; /* in it; at == NULL: not asked for, or not there */
    struct json_span input;
    int journal;        /* for reading; -1: not asked for */
    const char *failed; /* why it cannot be resumed; NULL: all is well */
};

/* options may be NULL. */
void resume_order_find(struct resume_order *r, const struct desk *desk, const json_t *options);
void resume_order_release(struct resume_order *r);

#endif
