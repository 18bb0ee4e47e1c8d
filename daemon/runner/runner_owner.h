/* Who holds a runner hears of it through this table: a run, or the pool of spares. A runner knows
 * neither.
 *
 * exited may end and free the runner; after the others it is still there. A spare's holder needs
 * exited alone: a link is read only once the spec was sent. */
#ifndef DAEMON_RUNNER_RUNNER_OWNER_H
#define DAEMON_RUNNER_RUNNER_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

struct link_up; /* proto/link.h */

struct runner_owner {
    /* The leader is a zombie. */
    void (*exited)(void *arg);
    /* A line came up the link; what is taken out of it is set to NULL. False: it has no place here,
     * so it is junk. */
    bool (*line)(void *arg, struct link_up *up);
    /* Something came up the link that is no line. */
    void (*nonsense)(void *arg);
    /* The link is at its end. */
    void (*closed)(void *arg);
    /* Link or output gave something. NULL: it does not matter. */
    void (*heard)(void *arg);
};

/* What the parts of a runner (link, output) know of where they belong. */
struct runner_tie {
    const struct runner_owner *owner; /* NULL: nobody's yet */
    void *arg;
    const char *run_id; /* for the log; NULL: none */
    pid_t pid;          /* for the log */
};

static inline void runner_tie_heard(const struct runner_tie *tie)
{
    if (tie->owner && tie->owner->heard)
        tie->owner->heard(tie->arg);
}

#endif
