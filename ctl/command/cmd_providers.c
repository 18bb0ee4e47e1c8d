/* councilctl providers */
#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"
#include "story/columns.h"
#include "story/safe_text.h"

/* `present`, `missing: NAME`, `-` where none is needed. */
static void add_key(struct table *t, const json_t *provider)
{
    char text[256];
    const char *name = j_str(provider, "key_env", NULL);
    if (j_has(provider, "key", "missing")) {
        snprintf(text, sizeof text, "missing: %s", name ? name : "");
        table_cell(t, text);
    } else {
        table_cell(t, j_has(provider, "key", "present") ? "present" : "-");
    }
}

static void print_list(const json_t *providers)
{
    static const char *const heads[] = {"PROVIDER", "TYPE", "KEY", "BASE URL", NULL};
    struct table *t = table_new(heads);
    size_t i;
    json_t *provider;
    json_array_foreach (providers, i, provider) {
        table_json(t, json_object_get(provider, "name"));
        table_json(t, json_object_get(provider, "type"));
        add_key(t, provider);
        table_json(t, json_object_get(provider, "base_url"));
    }
    struct buf *out = out_begin();
    table_print(t, "", out);
    out_end(out);
    table_free(t);
}

static int run(struct ctl *ctl)
{
    json_t *result = NULL;
    int status = ctl_once(ctl, "provider.list", NULL, &result);
    if (status)
        return status;
    const json_t *providers = json_object_get(result, "providers");
    if (ctl->json)
        out_json(providers, true);
    else
        print_list(providers);
    json_decref(result);
    return EXIT_COMPLETE;
}

const struct command cmd_providers = {
    .usage = "",
    .summary = "List the providers that councils can name",
    .help = "One row per provider: its wire format, whether its key was found, and where it is. "
            "Nobody outside\nis asked; councilctl doctor does that.\n",
    .run = run,
};
