/* A run of type `probe`: looks at providers and models instead of running a council. Each provider
 * is asked for its list of models, each target two short questions, at most a few targets at a
 * time; whatever has not answered when the time is over has failed.
 *
 *     p = probe_new(&parts, &line, &refusal)      the line is a LINK_PROBE
 *     probe_begin(p)                              after `ready`
 *     until probe_is_over(p):
 *         wait for the link, the network, or probe_timeout_ms(p)
 *         probe_cancel as councild says
 *         probe_step(p)
 *
 * The result line is then in the link's queue. */
#ifndef RUNNER_PROBE_PROBE_H
#define RUNNER_PROBE_PROBE_H

#include <stdbool.h>

#include "proto/link.h"
#include "proto/sandbox.h"
#include "runner/link/secrets.h"
#include "runner/link/spec_line.h"
#include "runner/link/uplink.h"
#include "runner/net/http.h"

struct probe;

/* Borrowed for the life of the probe. */
struct probe_parts {
    struct uplink *uplink;
    struct http *http;
    struct secrets *secrets;
};

/* The keys of the line are added to the secrets. NULL with *refusal filled in. */
struct probe *probe_new(const struct probe_parts *parts, struct link_down *line,
                        struct spec_refusal *refusal);
/* What it is to be closed in with, and for whom ({name: configuration}); borrowed. */
const struct sandbox_policy *probe_sandbox(const struct probe *p);
json_t *probe_providers(const struct probe *p);
void probe_free(struct probe *p); /* aborts what is in flight, wipes the keys; NULL is fine */

void probe_begin(struct probe *p);
void probe_step(struct probe *p);
/* Milliseconds until probe_step has something to do, -1: only the network or councild know. */
int probe_timeout_ms(struct probe *p);
bool probe_is_over(const struct probe *p);
/* Ends it with what is known. */
void probe_cancel(struct probe *p);

#endif
