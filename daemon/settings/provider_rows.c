#include "provider_rows.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "proto/json/json_make.h"

static const char *key_state(const json_t *one, const struct keys *keys)
{
    const char *key_env = json_string_value(json_object_get(one, "key_env"));
    if (!key_env)
        return "none";
    return keys_get(keys, key_env) ? "present" : "missing";
}

bool provider_is_set_up(const char *name, const json_t *one, const struct keys *keys,
                        const json_t *configured)
{
    return json_object_get(configured, name) || !strcmp(key_state(one, keys), "present");
}

/* A URL may hold a user's name and password before its host. */
static json_t *shown_url(const char *url)
{
    const char *host = url ? strstr(url, "//") : NULL;
    if (!host)
        return url ? json_string(url) : json_null();
    host += 2;
    size_t authority = strcspn(host, "/");
    const char *at = memrchr(host, '@', authority);
    if (!at)
        return json_string(url);
    return json_sprintf("%.*s***%s", (int)(host - url), url, at);
}

static json_t *row(const char *name, const json_t *one, const struct keys *keys, bool set_up)
{
    json_t *headers = json_object_get(one, "headers");
    return json_pack("{s:s, s:O, s:o, s:s, s:O?, s:O?, s:b}", "name", name, "type",
                     json_object_get(one, "type"), "base_url",
                     shown_url(json_string_value(json_object_get(one, "base_url"))), "key",
                     key_state(one, keys), "key_env", json_object_get(one, "key_env"), "headers",
                     headers, "configured", (int)set_up);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **sorted_names(json_t *object)
{
    const char **names = calloc(json_object_size(object) + 1, sizeof(*names));
    const char *name;
    json_t *value;
    size_t n = 0;
    if (!names)
        return NULL;
    json_object_foreach (object, name, value)
        names[n++] = name;
    qsort(names, n, sizeof(*names), by_name);
    return names;
}

json_t *provider_list(const struct providers *providers, const struct keys *keys,
                      const json_t *configured)
{
    json_t *shown = providers_public(providers);
    json_t *list = json_array();
    const char **names = sorted_names(shown);
    bool ok = shown && list && names;
    for (size_t i = 0; ok && names[i]; i++) {
        const json_t *one = json_object_get(shown, names[i]);
        bool set_up = provider_is_set_up(names[i], one, keys, configured);
        ok = json_append(list, row(names[i], one, keys, set_up));
    }
    free(names);
    json_decref(shown);
    return json_done(list, ok);
}
