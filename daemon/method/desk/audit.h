/* The audit: one line for each request that changes something, in the log and in STATE_DIR
 * (daemon/records/audit_log.h): who asked, for what, for which run, and what came of it. */
#ifndef DAEMON_METHOD_DESK_AUDIT_H
#define DAEMON_METHOD_DESK_AUDIT_H

#include "proto/methods/methods.h"
#include "serve/rpc_call.h"

/* The call is told of when it is answered, or when its client goes before. False: no memory, and
 * it must not be executed. */
bool audit_begin(struct call *call, enum method method);
/* The run that it is about, where params do not name it. A call without an audit is passed over. */
void audit_note_run(struct call *call, const char *run_id);
/* For whom it was done. */
void audit_note_name(struct call *call, const char *name);

#endif
