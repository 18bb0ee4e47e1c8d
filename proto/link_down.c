/* Lines from councild to a runner. */
#include "link.h"

#include "common/cleanup.h"
#include "proto/json/json_out.h"

#include <errno.h>

static const char *const CAUSES[] = {
    [LINK_CAUSE_CLIENT] = "client",
    [LINK_CAUSE_DEADLINE] = "deadline",
};

static const char *const PROBES[] = {
    [LINK_PROBE_CHECK] = "check",
    [LINK_PROBE_MODELS] = "models",
};

/* ---- making ---- */

static int add_tree(struct buf *to, const char *name, const json_t *tree)
{
    int r = buf_addf(to, ",\"%s\":", name);

    if (r < 0)
        return r;
    return tree ? json_out(to, tree) : buf_add_str(to, "{}");
}

static int add_list(struct buf *to, const char *name, const json_t *list)
{
    if (list)
        return add_tree(to, name, list);
    return buf_addf(to, ",\"%s\":[]", name);
}

/* What the operator says of all providers. */
static int add_rules(struct buf *to, const json_t *models, const json_t *allow, const json_t *deny)
{
    int r = add_list(to, "models", models);
    r = r < 0 ? r : add_list(to, "allow_addresses", allow);
    return r < 0 ? r : add_list(to, "deny_addresses", deny);
}

static int add_string(struct buf *to, const char *name, const char *text)
{
    int r = buf_addf(to, ",\"%s\":", name);

    return r < 0 ? r : json_out_string(to, text);
}

static int add_trees(struct buf *to, const struct link_spec *spec)
{
    const struct {
        const char *name;
        const json_t *tree;
    } trees[] = {
        {"options", spec->options},     {"limits", spec->limits},
        {"catalogue", spec->catalogue}, {"providers", spec->providers},
        {"prices", spec->prices},       {"defaults", spec->defaults},
        {"tools", spec->tools},         {"allow_options", spec->allow_options},
        {"keys", spec->keys},
    };
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_LEN(trees); i++)
        r = add_tree(to, trees[i].name, trees[i].tree);
    return r;
}

int link_make_spec(struct buf *to, const struct link_spec *spec)
{
    size_t before = to->len;
    int r = buf_addf(to, "{\"type\":\"spec\",\"v\":%d", LINK_VERSION);

    if (r == 0)
        r = add_string(to, "run_id", spec->run_id);
    if (r == 0)
        r = add_string(to, "council_id", spec->council_id);
    if (r == 0)
        r = add_string(to, "seed", spec->seed);
    if (r == 0)
        r = buf_addf(to, ",\"verbose\":%s", spec->verbose ? "\"debug\"" : "false");
    if (r == 0)
        r = buf_addf(to, ",\"deltas\":%s,\"durable\":%s", spec->deltas ? "true" : "false",
                     spec->durable ? "true" : "false");
    if (r == 0)
        r = buf_addf(to, ",\"line_bytes\":%jd", (intmax_t)spec->line_bytes);
    if (r == 0)
        r = add_trees(to, spec);
    if (r == 0)
        r = add_rules(to, spec->models, spec->allow_addresses, spec->deny_addresses);
    if (r == 0 && spec->sandbox)
        r = add_tree(to, "sandbox", spec->sandbox);
    if (r == 0 && spec->own_paths)
        r = add_tree(to, "own_paths", spec->own_paths);
    if (r == 0 && spec->chain)
        r = add_tree(to, "chain", spec->chain);
    if (r == 0 && spec->folder)
        r = buf_addf(to, ",\"records\":%jd", (intmax_t)spec->records);
    if (r == 0)
        r = json_out_member(to, "council", spec->council);
    if (r == 0)
        r = json_out_member(to, "input", spec->input);
    if (r == 0)
        r = buf_add_str(to, "}\n");
    if (r < 0)
        buf_truncate(to, before);
    return r;
}

int link_make_probe(struct buf *to, const struct link_probe *probe)
{
    size_t before = to->len;
    int r = buf_addf(to, "{\"type\":\"probe\",\"v\":%d,\"kind\":\"%s\",\"timeout_ms\":%lld",
                     LINK_VERSION, PROBES[probe->kind], (long long)probe->timeout_ms);

    if (r == 0)
        r = add_string(to, "run_id", probe->run_id);
    if (r == 0)
        r = add_string(to, "council_id", probe->council_id);
    if (r == 0)
        r = add_list(to, "targets", probe->targets);
    if (r == 0)
        r = add_rules(to, probe->models, probe->allow_addresses, probe->deny_addresses);
    if (r == 0)
        r = add_tree(to, "providers", probe->providers);
    if (r == 0)
        r = add_tree(to, "keys", probe->keys);
    if (r == 0 && probe->sandbox)
        r = add_tree(to, "sandbox", probe->sandbox);
    if (r == 0)
        r = buf_add_str(to, "}\n");
    if (r < 0)
        buf_truncate(to, before);
    return r;
}

int link_make_cancel(struct buf *to, bool now, enum link_cause cause)
{
    return buf_addf(to, "{\"type\":\"cancel\",\"mode\":\"%s\",\"cause\":\"%s\"}\n",
                    now ? "now" : "drain", CAUSES[cause]);
}

int link_make_deltas(struct buf *to, bool on)
{
    return buf_addf(to, "{\"type\":\"deltas\",\"on\":%s}\n", on ? "true" : "false");
}

/* ---- parsing ---- */

/* No limit on values: what comes from councild has been counted. Its own lines may be a little
 * deeper than what a client may send. */
static const struct json_scan_spec DOWN = {.max_depth = JSON_DEPTH_MAX};

static struct json_span member(const struct link_down *down, const char *name)
{
    return json_list_find(&down->scan.outer, name);
}

static int junk(struct error *err, const char *why)
{
    return error_set(err, EBADMSG, "%s", why);
}

static int parse_spec(struct link_down *down, struct error *err)
{
    down->type = LINK_SPEC;
    if (json_span_int(member(down, "v"), &down->v) < 0)
        return junk(err, "spec: v is not an integer");
    return 0;
}

static int parse_probe(struct link_down *down, struct error *err)
{
    struct json_span kind = member(down, "kind");

    down->type = LINK_PROBE;
    if (json_span_int(member(down, "v"), &down->v) < 0)
        return junk(err, "probe: v is not an integer");
    for (size_t i = 0; i < ARRAY_LEN(PROBES); i++) {
        down->probe = (enum link_probe_kind)i;
        if (json_span_is(kind, PROBES[i]))
            return 0;
    }
    return junk(err, "probe: kind is neither check nor models");
}

static int parse_cancel(struct link_down *down, struct error *err)
{
    struct json_span mode = member(down, "mode");
    struct json_span cause = member(down, "cause");

    down->type = LINK_CANCEL;
    down->now = json_span_is(mode, "now");
    if (!down->now && !json_span_is(mode, "drain"))
        return junk(err, "cancel: mode is neither drain nor now");
    for (size_t i = 0; i < ARRAY_LEN(CAUSES); i++) {
        down->cause = (enum link_cause)i;
        if (json_span_is(cause, CAUSES[i]))
            return 0;
    }
    return junk(err, "cancel: cause is neither client nor deadline");
}

static int parse_deltas(struct link_down *down, struct error *err)
{
    struct json_span on = member(down, "on");

    down->type = LINK_DELTAS;
    if (!on.at || (json_span_type(on) != JSON_TRUE && json_span_type(on) != JSON_FALSE))
        return junk(err, "deltas: on is not a boolean");
    down->on = json_span_type(on) == JSON_TRUE;
    return 0;
}

static int parse_typed(struct link_down *down, struct error *err)
{
    struct json_span type = member(down, "type");

    if (json_span_is(type, "spec"))
        return parse_spec(down, err);
    if (json_span_is(type, "probe"))
        return parse_probe(down, err);
    if (json_span_is(type, "cancel"))
        return parse_cancel(down, err);
    if (json_span_is(type, "deltas"))
        return parse_deltas(down, err);
    down->type = LINK_DOWN_UNKNOWN;
    return 0;
}

int link_parse_down(const char *line, size_t len, struct link_down *ret, struct error *err)
{
    struct link_down down = {.type = LINK_DOWN_UNKNOWN};
    int r = json_scan(line, len, &DOWN, &down.scan, err);

    if (r < 0)
        return r;
    r = parse_typed(&down, err);
    if (r < 0) {
        link_down_release(&down);
        return r;
    }
    *ret = down;
    return 0;
}

void link_down_release(struct link_down *down)
{
    json_scan_release(&down->scan);
}
