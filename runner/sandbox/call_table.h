/* A policy as a table for people. */
#ifndef RUNNER_SANDBOX_CALL_TABLE_H
#define RUNNER_SANDBOX_CALL_TABLE_H

#include "call_filter.h"
#include "common/buf.h"

/* Adds it to `to`, in Markdown: a line for each call, in the order of the rows. 0, -ENOMEM or
 * -EMSGSIZE. */
int call_table(struct buf *to, const struct call_policy *policy);

#endif
