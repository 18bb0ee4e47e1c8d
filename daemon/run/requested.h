/* What a run can have been asked for from outside, beside going on. */
#ifndef DAEMON_RUN_REQUESTED_H
#define DAEMON_RUN_REQUESTED_H

/* Who began the stop sequence. */
enum stopped_by {
    STOPPED_BY_NONE,
    STOPPED_BY_CLIENT,
    STOPPED_BY_ALL,
    STOPPED_BY_STOP,
    STOPPED_BY_DEADLINE
};

enum cancel_state { CANCEL_STATE_NONE, CANCEL_STATE_DRAIN, CANCEL_STATE_NOW };

#endif
