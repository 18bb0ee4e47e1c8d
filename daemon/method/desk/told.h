/* What requests are told of a run, in more than one method. */
#ifndef DAEMON_METHOD_DESK_TOLD_H
#define DAEMON_METHOD_DESK_TOLD_H

#include <jansson.h>

struct pending;
struct reason;
struct run;

/* New references, NULL: no memory. */
json_t *told_identity(const struct run *run);   /* {run_id, pid} */
json_t *told_cause(const struct reason *cause); /* {cause}: the data of start_failed */

/* start_failed with the run's cause; and the error for requests that wait for a run that outlives
 * SIGKILL. Each answers all of *waiters. */
void told_refused(const struct run *run, struct pending **waiters);
void told_unkillable(const struct run *run, struct pending **waiters);

#endif
