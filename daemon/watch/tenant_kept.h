/* Ends of which there is no record, while a stream of the tenant is behind: the youngest of them,
 * for it has a bound. */
#ifndef DAEMON_WATCH_TENANT_KEPT_H
#define DAEMON_WATCH_TENANT_KEPT_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/records/record_owner.h"

enum { TENANT_KEPT_BYTES = 1 << 20 }; /* of their texts */

struct blob;

struct tenant_end {
    uint64_t number; /* of the end */
    struct blob *tail;
    char registry[OWNER_REGISTRY_MAX + 1];
    struct tenant_end *next;
};

/* All zero: none. */
struct tenant_kept {
    struct tenant_end *first; /* oldest first */
    size_t bytes;
};

/* Holds the tail; the oldest go when there are too many. 0 or -ENOMEM. */
int tenant_kept_add(struct tenant_kept *kept, uint64_t number, struct blob *tail,
                    const char *registry);
/* The oldest above that number; NULL: none. */
const struct tenant_end *tenant_kept_after(const struct tenant_kept *kept, uint64_t number);
/* Forgets those up to that number. */
void tenant_kept_drop(struct tenant_kept *kept, uint64_t number);

#endif
