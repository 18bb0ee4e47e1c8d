#include "tool_credentials.h"

#include <errno.h>

#include "common/log.h"
#include "proto/council/check/catalogue.h"
#include "proto/json/json_make.h"

/* The tool is of no use then, the daemon is. */
static void warn(const char *tool, const char *name, const char *why)
{
    log_warning("a tool lacks a credential", LOG_S("tool", tool), LOG_S("name", name),
                LOG_S("error", why));
}

static int load(const char *tool, const char *name, struct keys *keys, struct error *err)
{
    struct error fault = {0};
    int r = name ? keys_load(keys, name, &fault) : 1;
    if (r == -ENOMEM)
        return error_errno(err, ENOMEM, "cannot load the credentials of tools");
    if (r <= 0)
        warn(tool, name, r < 0 ? fault.text : "there is none");
    return 0;
}

int tool_credentials_load(const struct catalogue *catalogue, struct keys *keys, struct error *err)
{
    json_t *document, *name;
    const char *tool;
    size_t i;
    int r = 0;
    json_object_foreach (catalogue_all(catalogue, CATALOGUE_TOOLS), tool, document)
        json_array_foreach (json_object_get(document, "credentials"), i, name)
            r = r < 0 ? r : load(tool, json_string_value(name), keys, err);
    return r;
}

int tool_credentials_add(json_t *to, const json_t *tools, const struct keys *keys)
{
    json_t *document, *name;
    const char *tool;
    size_t i;
    bool ok = true;
    json_object_foreach ((json_t *)tools, tool, document) {
        json_array_foreach (json_object_get(document, "credentials"), i, name) {
            const char *text = json_string_value(name);
            const char *value = text ? keys_get(keys, text) : NULL;
            ok = ok && (!value || json_put(to, text, json_string(value)));
        }
    }
    return ok ? 0 : -ENOMEM;
}
