/* The keys of a run by their names, kept where secrets are (secrets_keep). */
#ifndef RUNNER_LINK_KEY_RING_H
#define RUNNER_LINK_KEY_RING_H

#include <jansson.h>

#include "secrets.h"

struct key_ring;

/* keys: {name: value}, or NULL. It is wiped, and has to be given away by the caller. The ring must
 * not outlive the secrets. Ends the process when memory is out. */
struct key_ring *key_ring_new(json_t *keys, struct secrets *secrets);
void key_ring_free(struct key_ring *ring); /* NULL is fine */
/* The key, valid as long as the secrets; NULL: there is none. ring NULL: there is none either. */
const char *key_ring_get(const struct key_ring *ring, const char *name);

#endif
