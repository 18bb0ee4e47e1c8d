#include "provider_choice.h"

#include <errno.h>
#include <string.h>

#include "daemon/settings/provider_rows.h"
#include "daemon/settings/resources.h"

/* The one of that name, if it is among them. NULL: no memory. */
static json_t *only(const json_t *providers, const struct field_string *name)
{
    json_t *some = json_object();
    json_t *one = strlen(name->at) == name->len ? json_object_get(providers, name->at) : NULL;
    if (some && one && json_object_set(some, name->at, one) < 0) {
        json_decref(some);
        return NULL;
    }
    return some;
}

static json_t *all_set_up(const struct desk *desk)
{
    const char *name;
    json_t *one;
    json_t *some = json_object();
    int r = some ? 0 : -ENOMEM;
    json_object_foreach ((json_t *)providers_document(desk->core->resources->providers), name, one)
        if (r == 0 &&
            provider_is_set_up(name, one, desk->core->keys, desk->core->config->providers))
            r = json_object_set(some, name, one);
    if (r == 0)
        return some;
    json_decref(some);
    return NULL;
}

json_t *provider_choice(const struct desk *desk, const json_t *among,
                        const struct field_string *name)
{
    if (name->at)
        return only(among ? among : providers_document(desk->core->resources->providers), name);
    return among ? json_incref((json_t *)among) : all_set_up(desk);
}

int provider_choice_refuse(struct call *call, const char *why)
{
    return call_bad_field(call, RPC_INVALID_PARAMETER, "provider", why);
}
