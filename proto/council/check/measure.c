#include "measure.h"

static void walk(const json_t *value, size_t depth, struct measure *m)
{
    size_t i;
    const char *key;
    json_t *child;
    m->values++;
    if (!json_is_array(value) && !json_is_object(value))
        return;
    if (depth + 1 > m->depth)
        m->depth = depth + 1;
    if (json_is_array(value)) {
        json_array_foreach (value, i, child) {
            walk(child, depth + 1, m);
        }
    } else {
        json_object_foreach ((json_t *)value, key, child) {
            walk(child, depth + 1, m);
        }
    }
}

struct measure measure_value(const json_t *value)
{
    struct measure m = {0};
    walk(value, 0, &m);
    return m;
}
