/* Errors of the protocol, and the ends of runs, in words. */
#ifndef CTL_VIEW_FAULT_H
#define CTL_VIEW_FAULT_H

#include <jansson.h>

#include "common/buf.h"

/* Adds a few lines: what was refused and why; for an invalid council every fault with its JSON
 * Pointer and code. */
void fault_describe(struct buf *to, const char *method, const json_t *error);
/* A list of {path, code, message}, one line each, indented by two blanks. */
void fault_list(struct buf *to, const json_t *faults);
/* The exit status for data.reason. */
int fault_exit_status(const char *reason);
/* A reason (of a DOWN, or the cause of a failed start) in a few words. */
void fault_add_reason(struct buf *to, const json_t *reason);

#endif
