/* What councilctl's exit status says. Scripts depend on these numbers: they never change. */
#ifndef CTL_TERMINAL_EXIT_STATUS_H
#define CTL_TERMINAL_EXIT_STATUS_H

enum exit_status {
    EXIT_COMPLETE = 0,      /* done; of a run: outcome complete */
    EXIT_FAILED = 1,        /* of a run: outcome failed; of any other command: the daemon refused */
    EXIT_USAGE = 2,         /* wrong usage, or an invalid council or option */
    EXIT_DEGRADED = 3,      /* the run has a final answer, but something is missing */
    EXIT_REFUSED = 4,       /* the run withheld its answer (quorum lost, on_degraded refuse) */
    EXIT_CANCELLED = 5,     /* the run was cancelled */
    EXIT_DIED = 6,          /* the run was terminated or died without a result */
    EXIT_NO_CONNECTION = 7, /* no daemon, or the connection to it was lost */
    EXIT_SIGNAL = 128,      /* + the signal that made councilctl leave a run that goes on */
};

/* The status for an outcome word of the protocol; NULL (no result) is EXIT_DIED. */
enum exit_status exit_status_of_outcome(const char *outcome);

#endif
