#include "seat_parts.h"

#include "proto/council/check/shape.h"

static void cap(struct work *w, json_t *timeouts, const char *key)
{
    json_t *total = json_object_get(timeouts, "total_ms"), *part = json_object_get(timeouts, key);
    if (json_is_integer(part) && json_is_integer(total) &&
        json_integer_value(part) > json_integer_value(total))
        r_put(w->r, timeouts, key, json_incref(total));
}

json_t *timeouts_filled(struct work *w, const json_t *given)
{
    json_t *all = doc_fill(w->r, &TIMEOUTS, given);
    cap(w, all, "attempt_ms");
    cap(w, all, "first_token_ms");
    cap(w, all, "stall_ms");
    return all;
}

void reliability_key(struct work *w, json_t *out, const char *provider, const char *model)
{
    if (!r_unset(w->r, out, "reliability_key") || !provider || !model)
        return;
    r_put(w->r, out, "reliability_key", r_new(w->r, json_sprintf("%s/%s", provider, model)));
}
