#include "key_ring.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

struct key_on_ring {
    char *name;
    const char *value;
};

struct key_ring {
    size_t count;
    struct key_on_ring at[];
};

struct key_ring *key_ring_new(json_t *keys, struct secrets *secrets)
{
    const char *name;
    json_t *value;
    struct key_ring *ring =
        xcalloc(1, sizeof(*ring) + json_object_size(keys) * sizeof(ring->at[0]));
    json_object_foreach (keys, name, value)
        if (json_is_string(value))
            ring->at[ring->count++] = (struct key_on_ring){
                xstrdup(name), secrets_keep(secrets, json_string_value(value))};
    secrets_wipe_tree(keys);
    return ring;
}

void key_ring_free(struct key_ring *ring)
{
    if (!ring)
        return;
    for (size_t i = 0; i < ring->count; i++)
        free(ring->at[i].name);
    free(ring);
}

const char *key_ring_get(const struct key_ring *ring, const char *name)
{
    for (size_t i = 0; ring && i < ring->count; i++)
        if (!strcmp(ring->at[i].name, name))
            return ring->at[i].value;
    return NULL;
}
