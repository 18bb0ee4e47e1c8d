#include "spec_line.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/json/json_tree.h"

int spec_refuse(struct spec_refusal *refusal, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(refusal->message, sizeof(refusal->message), format, args);
    va_end(args);
    refusal->code = code;
    return -EINVAL;
}

json_t *spec_member(struct link_down *line, const char *name)
{
    json_t *value = NULL;
    struct json_span span = json_list_find(&line->scan.outer, name);
    if (span.at && json_span_load(span, &value) < 0)
        xcheck(NULL);
    return value;
}

/* Values of headers, and the "user:password" of a proxy. */
static void learn_config(struct secrets *secrets, json_t *config)
{
    const char *proxy = j_str(config, "proxy", NULL);
    const char *at = proxy ? strrchr(proxy, '@') : NULL,
               *slashes = proxy ? strstr(proxy, "//") : NULL;
    secrets_add_all(secrets, json_object_get(config, "headers"));
    if (!at)
        return;
    const char *begin = slashes && slashes < at ? slashes + 2 : proxy;
    _cleanup_free_ char *login = xstrndup(begin, (size_t)(at - begin));
    const char *colon = strchr(login, ':');
    secrets_add(secrets, login);
    if (colon)
        secrets_add(secrets, colon + 1);
}

void spec_learn_secrets(struct secrets *secrets, json_t *keys, json_t *providers)
{
    const char *name;
    json_t *config;
    secrets_add_all(secrets, keys);
    json_object_foreach (providers, name, config)
        learn_config(secrets, config);
}

static void add_ranges(struct egress *e, bool allow, struct link_down *line, const char *name)
{
    json_t *list = spec_member(line, name), *one;
    size_t i;
    /* councild has checked them. One that is no range allows nobody. */
    json_array_foreach (list, i, one)
        if (!json_is_string(one) || egress_add(e, allow, json_string_value(one)) < 0)
            egress_add(e, false, "::/0");
    json_decref(list);
}

struct egress *spec_egress(struct link_down *line)
{
    struct egress *e = egress_new();
    add_ranges(e, true, line, "allow_addresses");
    add_ranges(e, false, line, "deny_addresses");
    return e;
}

int spec_sandbox(struct link_down *line, struct sandbox_policy *ret, struct spec_refusal *refusal)
{
    struct error err = {0};
    json_t *value = spec_member(line, "sandbox");
    int r = sandbox_policy_read(value, ret, &err);
    json_decref(value);
    return r < 0 ? spec_refuse(refusal, "sandbox", "%s", err.text) : 0;
}
