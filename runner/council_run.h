/* One run, from the accepted spec to the result line: takes events and wants out of the engine,
 * writes the journal before it tells anybody, acts, and feeds back what happened.
 *
 *     r = council_run_new(&parts);
 *     council_run_begin(r);
 *     until council_run_is_over(r):
 *         wait for the link, the network, or council_run_timeout_ms(r)
 *         council_run_cancel / council_run_set_deltas as councild says
 *         council_run_step(r)
 *
 * The result line is then in the link's queue. */
#ifndef RUNNER_COUNCIL_RUN_H
#define RUNNER_COUNCIL_RUN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "journal.h"
#include "resumption.h"
#include "run_spec.h"
#include "runner/link/secrets.h"
#include "runner/link/uplink.h"
#include "runner/net/http.h"
#include "runner/tool/tool_keeper.h"

struct council_run;

/* Borrowed for the life of the run. */
struct council_run_parts {
    struct uplink *uplink;
    struct http *http;
    struct journal *journal;
    struct run_spec *spec;
    struct secrets *secrets;
    struct resumption *resumption; /* emptied by council_run_begin */
    struct tool_keeper *keeper;    /* NULL: no program is among the tools */
};

/* NULL with err: a provider of the spec cannot be used. */
struct council_run *council_run_new(const struct council_run_parts *parts, struct error *err);
void council_run_free(struct council_run *r); /* aborts what is in flight; NULL is fine */

void council_run_begin(struct council_run *r);
void council_run_step(struct council_run *r);
/* Milliseconds until council_run_step has something to do, -1: only the network or councild know.
 */
int council_run_timeout_ms(struct council_run *r);
bool council_run_is_over(const struct council_run *r);
/* Descriptors of tools to wait for besides the network; how many. */
size_t council_run_fds(const struct council_run *r, struct pollfd *ret, size_t room);

void council_run_cancel(struct council_run *r, bool now, enum link_cause cause);
void council_run_set_deltas(struct council_run *r, bool on);
/* The link is full: nothing is read from providers and the run's clock stands still. */
bool council_run_is_held(struct council_run *r);

#endif
