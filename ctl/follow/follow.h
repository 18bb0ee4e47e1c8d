/* Following a run to its end: one loop over the connection, the signals and, while somebody is
 * asked something, the keyboard. `run` and `events` are built on it. */
#ifndef CTL_FOLLOW_FOLLOW_H
#define CTL_FOLLOW_FOLLOW_H

#include "ctl/session/ctl.h"

struct follow_options {
    const char *method; /* run.start or run.subscribe: how it begins */
    json_t *params;     /* taken over */
    bool stream;        /* show what members say while they say it */
    bool quiet;         /* show the result only */
    bool owner;         /* we started it: Ctrl-C asks whether to cancel it */
};

/* Sends the request, shows the run's events until its end and gives the exit status. The first
 * Ctrl-C asks what to do when we are the owner and standard input is a terminal; otherwise, and at
 * the second one, the run is left to itself and it is said how to come back. */
int follow(const struct ctl *ctl, struct client *c, const struct follow_options *options);

#endif
