#include "provider.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

const char *provider_type_name(const struct provider *p)
{
    return FORMAT_KINDS[p->id].name;
}

struct provider_config provider_config_of(const char *name, json_t *doc, const char *key)
{
    return (struct provider_config){.name = name,
                                    .base_url = j_str(doc, "base_url", NULL),
                                    .key = key,
                                    .key_env = j_str(doc, "key_env", NULL),
                                    .headers = json_object_get(doc, "headers"),
                                    .doc = doc};
}

bool provider_lacks_key(const struct provider *p, const struct provider_config *config)
{
    return p->needs_key && config->key_env && !config->key;
}

char *provider_escape(const char *name)
{
    static const char PLAIN[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    char *out = xmalloc(strlen(name) * 3 + 1), *to = out;
    for (; *name; name++) {
        if (strchr(PLAIN, *name))
            *to++ = *name;
        else
            to += snprintf(to, 4, "%%%02X", (unsigned char)*name);
    }
    *to = '\0';
    return out;
}

static void wipe_free(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void provider_request_release(struct provider_request *r)
{
    wipe_free(r->url);
    for (size_t i = 0; i < r->header_count; i++)
        wipe_free(r->headers[i]);
    free(r->headers);
    free(r->body);
    for (size_t i = 0; i < r->part_count; i++)
        free(r->parts[i].data);
    free(r->parts);
    *r = (struct provider_request){0};
}

/* libc's own formatting leaves a copy behind in what it frees. */
static char *together(const char *a, const char *b, const char *c)
{
    size_t first = strlen(a), second = strlen(b), third = strlen(c);
    char *text = xmalloc(first + second + third + 1);
    memcpy(text, a, first);
    memcpy(text + first, b, second);
    memcpy(text + first + second, c, third + 1);
    return text;
}

void provider_add_header(struct provider_request *r, const char *name, const char *value)
{
    r->headers = xrealloc(r->headers, (r->header_count + 2) * sizeof(*r->headers));
    r->headers[r->header_count++] = together(name, ": ", value);
    r->headers[r->header_count] = NULL;
}

void provider_sign_bearer(struct provider_request *r, const struct provider_config *config)
{
    if (!config->key)
        return;
    char *value = together("Bearer ", config->key, "");
    provider_add_header(r, "Authorization", value);
    wipe_free(value);
}

void provider_add_configured_headers(struct provider_request *r,
                                     const struct provider_config *config)
{
    const char *name;
    json_t *value;
    json_object_foreach (config->headers, name, value)
        if (json_is_string(value))
            provider_add_header(r, name, json_string_value(value));
}

void provider_add_headers(struct provider_request *r, const struct provider *p,
                          const struct provider_config *config, bool stream)
{
    provider_add_header(r, "Content-Type", "application/json");
    provider_add_header(r, "Accept", stream ? "text/event-stream" : "application/json");
    p->sign(r, config);
    provider_add_configured_headers(r, config);
}

void provider_set_url(struct provider_request *r, const struct provider_config *config,
                      const char *otherwise, const char *path)
{
    const char *base = config->base_url && *config->base_url ? config->base_url : otherwise;
    size_t len = strlen(base);
    while (len && base[len - 1] == '/')
        len--;
    r->url = xasprintf("%.*s%s", (int)len, base, path);
}

void provider_set_body(struct provider_request *r, json_t *body)
{
    r->body = j_dump(body);
    r->body_len = strlen(r->body);
    json_decref(body);
}

/* Options are at most 4 KiB of JSON, so the depth is bounded. */
static void merge_missing(json_t *body, json_t *options)
{
    const char *name;
    json_t *value;
    json_object_foreach (options, name, value) {
        json_t *there = json_object_get(body, name);
        if (!there)
            j_keep(body, name, value);
        else if (json_is_object(there) && json_is_object(value))
            merge_missing(there, value);
    }
}

void provider_merge_options(json_t *body, json_t *params)
{
    merge_missing(body, json_object_get(params, "provider_options"));
}

json_t *provider_schema(const struct provider_config *config, const struct provider_ask *ask)
{
    bool off = json_is_false(json_object_get(config->doc, "json_schema"));
    return off || !ask->family.json_schema ? NULL : ask->schema;
}

void provider_copy_number(json_t *body, json_t *params, const char *name, const char *as)
{
    json_t *value = json_object_get(params, name);
    if (json_is_number(value))
        j_keep(body, as, value);
}

void provider_copy_sampling(json_t *body, const struct provider_ask *ask)
{
    if (!ask->family.sampling)
        return;
    provider_copy_number(body, ask->params, "temperature", "temperature");
    provider_copy_number(body, ask->params, "top_p", "top_p");
}

bool provider_choice_is_word(const char *choice)
{
    return !strcmp(choice, "auto") || !strcmp(choice, "none") || !strcmp(choice, "required");
}
