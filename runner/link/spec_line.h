/* The first line that comes down the link, of whatever kind: its members, the keys in it, and why
 * it is not taken. */
#ifndef RUNNER_LINK_SPEC_LINE_H
#define RUNNER_LINK_SPEC_LINE_H

#include <jansson.h>

#include "proto/link.h"
#include "proto/sandbox.h"
#include "runner/net/egress.h"
#include "secrets.h"

/* What is wrong with a spec, for the `failed` line. */
struct spec_refusal {
    char message[480];
    const char *code; /* NULL: none */
    json_t *data;     /* or NULL; owned */
};

/* Says it; code may be NULL. Always -EINVAL. */
int spec_refuse(struct spec_refusal *refusal, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A member of the line as a tree; NULL: there is none. A new reference. */
json_t *spec_member(struct link_down *line, const char *name);

/* The addresses that may be connected to. */
struct egress *spec_egress(struct link_down *line);

/* What the run is to be closed in with; not there: the default. 0 or -EINVAL. */
int spec_sandbox(struct link_down *line, struct sandbox_policy *ret, struct spec_refusal *refusal);

/* Adds keys, header values and the logins of proxies to the secrets. */
void spec_learn_secrets(struct secrets *secrets, json_t *keys, json_t *providers);

#endif
