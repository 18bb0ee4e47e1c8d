#include "models.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/xalloc.h"
#include "json_help.h"

enum key_form { KEY_BEARER, KEY_ANTHROPIC, KEY_GEMINI };

struct model_list {
    const char *type;
    const char *base_url; /* where none is configured */
    const char *path;
    const char *list, *id; /* members */
    enum key_form key;
    bool public;
};

static const struct model_list LISTS[] = {
    {"openai", "https://api.openai.com/v1", "/models", "data", "id", KEY_BEARER, false},
    {"openai_responses", "https://api.openai.com/v1", "/models", "data", "id", KEY_BEARER, false},
    {"openrouter", "https://openrouter.ai/api/v1", "/models", "data", "id", KEY_BEARER, true},
    {"anthropic", "https://api.anthropic.com/v1", "/models?limit=1000", "data", "id", KEY_ANTHROPIC,
     false},
    {"gemini", "https://generativelanguage.googleapis.com/v1beta", "/models?pageSize=1000",
     "models", "name", KEY_GEMINI, false},
    {"ollama", "http://localhost:11434", "/api/tags", "models", "name", KEY_BEARER, false},
};

static const struct model_list *find(const struct provider *wire)
{
    for (size_t i = 0; i < ARRAY_LEN(LISTS); i++)
        if (!strcmp(LISTS[i].type, wire->type))
            return &LISTS[i];
    return NULL;
}

/* ---- the request ---- */

static void add_bearer(struct provider_request *ret, const char *key)
{
    char *value = xasprintf("Bearer %s", key);
    provider_add_header(ret, "Authorization", value);
    explicit_bzero(value, strlen(value));
    free(value);
}

static void add_key(struct provider_request *ret, const struct model_list *list, const char *key)
{
    switch (list->key) {
    case KEY_BEARER:
        add_bearer(ret, key);
        break;
    case KEY_ANTHROPIC:
        provider_add_header(ret, "x-api-key", key);
        break;
    case KEY_GEMINI:
        provider_add_header(ret, "x-goog-api-key", key);
        break;
    }
}

/* Azure has its own path, and its own header for the key. */
static void build_azure(const struct provider_config *config, const char *version,
                        struct provider_request *ret)
{
    _cleanup_free_ char *path = xasprintf("/openai/models?api-version=%s", version);
    provider_set_url(ret, config, "", path);
    if (config->key)
        provider_add_header(ret, "api-key", config->key);
}

int models_request(const struct provider *wire, const struct provider_config *config,
                   struct provider_request *ret)
{
    const struct model_list *list = find(wire);
    const char *version = json_string_value(json_object_get(config->doc, "api_version"));
    if (!list)
        return -ENOSYS;
    provider_add_header(ret, "Accept", "application/json");
    if (version && !strcmp(wire->type, "openai")) {
        build_azure(config, version, ret);
    } else {
        provider_set_url(ret, config, list->base_url, list->path);
        if (config->key)
            add_key(ret, list, config->key);
    }
    if (list->key == KEY_ANTHROPIC)
        provider_add_header(ret, "anthropic-version", "2023-06-01");
    provider_add_configured_headers(ret, config);
    return 0;
}

bool models_are_public(const struct provider *wire)
{
    const struct model_list *list = find(wire);
    return list && list->public;
}

/* ---- the list ---- */

/* Gemini puts "models/" before each, which councils do not. */
static const char *plain_id(const char *id)
{
    static const char VENDOR[] = "models/";
    return strncmp(id, VENDOR, sizeof(VENDOR) - 1) ? id : id + sizeof(VENDOR) - 1;
}

static json_t *ids_of(const struct model_list *list, json_t *items)
{
    json_t *ids = xcheck(json_array()), *item;
    size_t i;
    json_array_foreach (items, i, item) {
        const char *id = json_help_text(item, list->id);
        if (*id)
            json_array_append_new(ids, xcheck(json_string(plain_id(id))));
    }
    return ids;
}

json_t *models_read(const struct provider *wire, const char *body, size_t len, bool *ret_more)
{
    const struct model_list *list = find(wire);
    json_t *doc = list ? json_loadb(body, len, JSON_ALLOW_NUL, NULL) : NULL;
    json_t *items = list ? json_object_get(doc, list->list) : NULL;
    /* A server without any model may say null. */
    bool readable = json_is_array(items) || json_is_null(items);
    json_t *ids = readable ? ids_of(list, items) : NULL;
    *ret_more = json_is_true(json_object_get(doc, "has_more")) ||
                *json_help_text(doc, "nextPageToken") != '\0';
    json_decref(doc);
    return ids;
}

json_t *models_fixed(const struct provider *wire)
{
    return strcmp(wire->type, "mock") ? NULL : xcheck(json_pack("[s]", "mock"));
}

/* ---- likeness ---- */

/* Bytes in common at the beginning, where every name may have a vendor before it. */
static size_t likeness(const char *a, const char *b)
{
    const char *tail_a = strrchr(a, '/'), *tail_b = strrchr(b, '/');
    size_t n = 0;
    a = tail_a ? tail_a + 1 : a;
    b = tail_b ? tail_b + 1 : b;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

static const char *most_like(json_t *ids, const char *model, const char *const *taken, size_t n)
{
    enum { LEAST = 3 };
    const char *best = NULL;
    size_t i, best_score = LEAST - 1;
    json_t *item;
    json_array_foreach (ids, i, item) {
        const char *id = json_string_value(item);
        size_t score = likeness(id, model);
        for (size_t k = 0; k < n; k++)
            if (taken[k] == id)
                score = 0;
        if (score > best_score) {
            best = id;
            best_score = score;
        }
    }
    return best;
}

char *models_like(json_t *ids, const char *model)
{
    const char *names[3] = {NULL, NULL, NULL};
    size_t n = 0;
    while (n < ARRAY_LEN(names) && (names[n] = most_like(ids, model, names, n)))
        n++;
    if (!n)
        return NULL;
    return xasprintf("%s%s%s%s%s", names[0], n > 1 ? ", " : "", n > 1 ? names[1] : "",
                     n > 2 ? ", " : "", n > 2 ? names[2] : "");
}
