/* The events of a run, fetched from the daemon. */
#ifndef CTL_SESSION_FETCH_H
#define CTL_SESSION_FETCH_H

#include <jansson.h>

#include "ctl.h"

/* All events that a run has so far, live or ended: 0 with *ret, an array that the caller drops, or
 * the exit status after having told the failure. */
int fetch_events(const struct ctl *ctl, const char *run_id, json_t **ret);
/* The same with what is known of the record as a whole: *ret_end is the run.end of a run that has
 * ended, which the caller drops, else NULL. ret_end may be NULL: it is not waited for. */
int fetch_record(const struct ctl *ctl, const char *run_id, json_t **ret, json_t **ret_end);

#endif
