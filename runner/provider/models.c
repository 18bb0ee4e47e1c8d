#include "models.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "foreign_json.h"

/* ---- the request ---- */

static bool can_be_fetched(const struct provider *wire)
{
    return wire->models.items != NULL;
}

int models_request(const struct provider *wire, const struct provider_config *config,
                   struct provider_request *ret)
{
    if (!can_be_fetched(wire))
        return -ENOSYS;
    if (wire->models.set_url)
        wire->models.set_url(ret, config);
    else
        provider_set_url(ret, config, wire->base_url, wire->models.path);
    provider_add_header(ret, "Accept", "application/json");
    wire->sign(ret, config);
    provider_add_configured_headers(ret, config);
    return 0;
}

/* ---- the list ---- */

/* Gemini puts "models/" before each, which councils do not. */
static const char *plain_id(const char *id)
{
    static const char VENDOR[] = "models/";
    return strncmp(id, VENDOR, sizeof(VENDOR) - 1) ? id : id + sizeof(VENDOR) - 1;
}

static json_t *ids_of(const struct provider *wire, json_t *items)
{
    json_t *ids = j_array(), *item;
    size_t i;
    json_array_foreach (items, i, item) {
        const char *id = j_str(item, wire->models.id, "");
        if (*id)
            j_add(ids, j_string(plain_id(id)));
    }
    return ids;
}

json_t *models_read(const struct provider *wire, const char *body, size_t len, bool *ret_more)
{
    *ret_more = false;
    if (!can_be_fetched(wire))
        return NULL;
    json_t *doc = foreign_json(body, len);
    json_t *items = json_object_get(doc, wire->models.items);
    /* A server without any model may say null. */
    bool readable = json_is_array(items) || json_is_null(items);
    json_t *ids = readable ? ids_of(wire, items) : NULL;
    *ret_more = j_bool(doc, "has_more", false) || *j_str(doc, "nextPageToken", "") != '\0';
    json_decref(doc);
    return ids;
}

json_t *models_fixed(const struct provider *wire)
{
    return wire->models.fixed ? j_pack("[s]", wire->models.fixed) : NULL;
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
