/* One run, from the accepted spec to the result line: takes events and wants out of the engine,
 * writes the journal before it tells anybody, acts, and feeds back what happened.
 *
 *     r = run_new(&parts);
 *     run_begin(r);
 *     until run_is_over(r):
 *         wait for the link, the network, or run_timeout_ms(r)
 *         run_cancel / run_set_deltas as councild says
 *         run_step(r)
 *
 * The result line is then in the link's queue. */
#ifndef RUNNER_RUN_H
#define RUNNER_RUN_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "journal.h"
#include "resumption.h"
#include "run_spec.h"
#include "runner/net/http.h"
#include "secrets.h"
#include "uplink.h"

struct run;

/* Borrowed for the life of the run. */
struct run_parts {
    struct uplink *uplink;
    struct http *http;
    struct journal *journal;
    struct run_spec *spec;
    struct secrets *secrets;
    struct resumption *resumption; /* emptied by run_begin */
};

/* NULL with err: a provider of the spec cannot be used. */
struct run *run_new(const struct run_parts *parts, struct error *err);
void run_free(struct run *r); /* aborts what is in flight; NULL is fine */

void run_begin(struct run *r);
void run_step(struct run *r);
/* Milliseconds until run_step has something to do, -1: only the network or councild know. */
int run_timeout_ms(struct run *r);
bool run_is_over(const struct run *r);
/* Descriptors of tools to wait for besides the network; how many. */
size_t run_fds(const struct run *r, struct pollfd *ret, size_t room);

void run_cancel(struct run *r, bool now, enum link_cause cause);
void run_set_deltas(struct run *r, bool on);
/* The link is full: nothing is read from providers and the run's clock stands still. */
bool run_is_held(struct run *r);

#endif
