/* The DOWN of a run that is not there (any more). */
#ifndef DAEMON_METHOD_DESK_NOPROC_H
#define DAEMON_METHOD_DESK_NOPROC_H

#include <stddef.h>

struct call;

/* Behind the answer, which names the ref. Without memory the connection is closed. */
void noproc_send(struct call *call, const char *ref, const char *run_id, size_t len);

#endif
