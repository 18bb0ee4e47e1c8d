/* Starting a run, and following it or leaving it to itself. */
#ifndef CTL_FOLLOW_START_REQUEST_H
#define CTL_FOLLOW_START_REQUEST_H

#include <jansson.h>

#include "ctl/session/ctl.h"

#define FOLLOW_OPTIONS                                                                             \
    {"stream", 0, NULL, "print what the members say while they say it"},                           \
        {"quiet", 'q', NULL, "print the result only"},                                             \
    {                                                                                              \
        "detach", 'd', NULL, "print the run_id and leave the run to itself, like start"            \
    }

/* Both take the params of run.start over and give the exit status. */

/* Starts a run and prints its run_id (with --json the reply). */
int start_detached(const struct ctl *ctl, json_t *params);
/* Starts a run and follows it to its end, as the options above say. */
int start_followed(const struct ctl *ctl, json_t *params);

#endif
