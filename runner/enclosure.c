#include "enclosure.h"

#include <strings.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/provider/formats.h"
#include "runner/sandbox/name_service.h"

static const char CA_DIR[] = "/etc/ssl/certs";

static const char *url_of(const json_t *config)
{
    const struct provider *wire = provider_find(j_str(config, "type", NULL));
    const char *url = j_str(config, "base_url", NULL);
    return url && *url ? url : wire ? wire->base_url : NULL;
}

static bool is_https(const char *url)
{
    return url && !strncasecmp(url, "https:", 6);
}

/* Hundreds of links, which nobody needs whose providers bring their own certificates. */
static bool trusts_the_system(json_t *providers)
{
    const char *name;
    json_t *config;
    bool any = !providers;
    json_object_foreach (providers, name, config)
        any = any || is_https(j_str(config, "proxy", NULL)) ||
              (is_https(url_of(config)) && !j_get(config, "ca_file"));
    return any;
}

struct closing *enclosure_prepare(json_t *providers)
{
    name_service_load();
    return closing_new(trusts_the_system(providers) ? CA_DIR : NULL);
}

static void add_provider(struct closing *c, const json_t *config)
{
    static const char *const FILES[] = {"ca_file", "client_cert", "client_key"};
    closing_add_url(c, url_of(config));
    closing_add_url(c, j_str(config, "proxy", NULL));
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++)
        closing_add_file(c, j_str(config, FILES[i], NULL));
}

json_t *enclosure_enforce(struct closing *c, const struct sandbox_policy *policy, json_t *providers,
                          struct error *err)
{
    struct sandbox_state state;
    const char *name;
    json_t *config;
    json_object_foreach (providers, name, config)
        if (c)
            add_provider(c, config);
    return closing_enforce(c, policy, &state, err) < 0 ? NULL : xcheck(sandbox_state_json(&state));
}
