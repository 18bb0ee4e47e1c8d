/* The pool of spares: runners that are started and wait for a run. Refilled after a start was
 * answered, one in a turn; when spares die idle, refilling pauses, longer each time. The pause
 * never holds back a start: that makes its own runner. */
#ifndef DAEMON_RUNNER_SPARE_H
#define DAEMON_RUNNER_SPARE_H

#include <stddef.h>

struct core;
struct runner;
struct runners;
struct spares;

/* Begins to fill. 0 or -ENOMEM. */
int spares_new(struct core *core, struct runners *runners, struct spares **ret);
/* Before runners_free, which frees the runners themselves. NULL is fine. */
void spares_free(struct spares *s);
void spares_fill(struct spares *s);
/* A spare that is not known to be dead, to be given to another owner at once; NULL: there is none.
 */
struct runner *spare_take(struct spares *s);
size_t spares_ready(const struct spares *s); /* how many wait */
/* A start went well: runners can be started, the pause begins anew. */
void spares_praise(struct spares *s);
/* Ends all of them: reload (they are replaced) and stop (they are not). */
void spares_retire(struct spares *s);

#endif
