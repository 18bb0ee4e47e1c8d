/* The monitors that are open, each with the DOWN that it gets when the connection is lost. That
 * DOWN is made when the monitor opens: later there may be no memory for it. */
#ifndef CLIENT_OPEN_MONITORS_H
#define CLIENT_OPEN_MONITORS_H

#include <jansson.h>

#include "proto/json/json_span.h"

struct open_monitor;

struct open_monitors {
    struct open_monitor *first; /* the newest */
};

/* Begins zeroed. */
void open_monitors_release(struct open_monitors *list);

/* The result of run.monitor or run.start; without a ref in it nothing was opened. run_id is what
 * the request named, or NULL. 0 or -ENOMEM. */
int open_monitors_add(struct open_monitors *list, struct json_span result, const char *run_id);
/* Its DOWN came. */
void open_monitors_remove(struct open_monitors *list, struct json_span ref);
/* Takes one out: the params of its run.down, the caller's; NULL: none is left. */
json_t *open_monitors_take(struct open_monitors *list);

#endif
