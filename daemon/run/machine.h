/* What a supervised run may do next: a table of state x event, without any system call.
 *
 * The wanted state stands apart from the actual one: a run that is wanted DOWN has had its stop
 * sequence begun, for whatever reason, and never is wanted UP again. A start that is being aborted
 * stays `starting` (it is in no list) and is wanted DOWN. */
#ifndef DAEMON_RUN_MACHINE_H
#define DAEMON_RUN_MACHINE_H

#include <stdbool.h>

enum run_state {
    RUN_STARTING,    /* id and slot reserved, not ready yet */
    RUN_RUNNING,     /* said ready */
    RUN_TERMINATING, /* was ready, a stop was requested */
    RUN_ENDING,      /* the leader has exited, clean-up is under way */
    RUN_GONE,        /* nothing is left */
    RUN_STATES
};

enum run_want { RUN_UP, RUN_DOWN, RUN_WANTS };

enum run_event {
    RUN_EV_READY,
    RUN_EV_FAILED,      /* the runner said `failed`, or nonsense, instead of ready */
    RUN_EV_LINK_CLOSED, /* end of file on the link */
    RUN_EV_EXITED,      /* the leader is a zombie */
    RUN_EV_TIMER,
    RUN_EV_TERMINATE, /* a stop, whoever asks for it */
    RUN_EV_CANCEL,
    RUN_EV_CLEAN, /* the clean-up is done */
    RUN_EVENTS
};

enum run_action {
    RUN_DO_NOTHING,
    RUN_DO_ANNOUNCE,   /* the start is a success: tell who waits for it */
    RUN_DO_ABORT,      /* the start has failed: begin the stop sequence */
    RUN_DO_AWAIT_EXIT, /* give the exit status 100 ms to show */
    RUN_DO_NOTE_LINK,  /* log that the link is closed */
    RUN_DO_STOP,       /* begin the stop sequence; who asked for it gets the success */
    RUN_DO_CLIMB,      /* the next rung of the stop sequence */
    RUN_DO_DEADLINE,   /* its time is over: cancel, then stop */
    RUN_DO_CANCEL,     /* pass the cancel on */
    RUN_DO_CLEAN,      /* kill the rest and reap */
    RUN_DO_CLEAN_ON,   /* look again whether the rest is gone */
    RUN_DO_FINISH,     /* record, DOWN, replies */
    RUN_DO_JOIN_FIRST, /* it ends by itself; the first to ask gets the success */
    RUN_DO_JOIN,       /* wait for the end that somebody else began */
    RUN_DO_REFUSE,     /* no such run, as far as clients can see */
    RUN_ACTIONS
};

struct run_machine {
    enum run_state state;
    enum run_want want;
};

/* Moves the machine and says what is to be done. */
enum run_action run_advance(struct run_machine *machine, enum run_event event);

/* The lists show it. A run that ends without having been announced is seen by nobody: `announced`
 * is whether its ready was taken. */
bool run_is_listed(enum run_state state, bool announced);

const char *run_state_name(enum run_state state);
const char *run_event_name(enum run_event event);

#endif
