/* Terminating a run for requests that wait until it is gone. The one whose word ends it is answered
 * first, and with success; the others are told that there is nothing left to terminate. */
#ifndef DAEMON_METHOD_DESK_TERMINATE_WAIT_H
#define DAEMON_METHOD_DESK_TERMINATE_WAIT_H

#include "daemon/run/runs.h"
#include "desk.h"

/* Asks for the end and turns the call into a waiting one. 0 or -ENOMEM. */
int terminate_wait(struct call *call, struct run *run, int64_t shutdown);

#endif
