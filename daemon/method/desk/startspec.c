#include "startspec.h"

#include <errno.h>
#include <string.h>

#include "asked_line.h"
#include "common/clock.h"
#include "daemon/run/down.h"
#include "daemon/settings/providers.h"
#include "daemon/settings/resources.h"
#include "daemon/settings/run_limits.h"
#include "daemon/settings/secret_mask.h"
#include "daemon/settings/tool_credentials.h"
#include "desk.h"
#include "proto/council/council_spec.h"
#include "proto/json/json_make.h"
#include "proto/json/json_out.h"
#include "proto/json/json_tree.h"
#include "proto/shutdown_words.h"

/* ---- the record ---- */

static json_t *members_json(const json_t *document)
{
    json_t *seat, *names = json_array();
    size_t i;
    bool ok = names != NULL;
    json_array_foreach (json_object_get(document, "members"), i, seat) {
        json_t *id = json_object_get(seat, "id");
        ok = ok && (!json_is_string(id) || json_append(names, json_incref(id)));
    }
    return json_done(names, ok);
}

static bool add_elder(json_t *head, const struct record_key *elder)
{
    char name[RECORD_NAME_SIZE];
    if (!elder)
        return true;
    record_key_format(elder, name);
    return json_put(head, "resume_from", json_string(name));
}

static bool add_start_key(json_t *head, const char *key)
{
    return !key || json_put(head, "start_key", json_string(key));
}

static json_t *record_head(const struct startspec *spec)
{
    const struct start_order *o = spec->order;
    char started[CLOCK_RFC3339_SIZE];
    json_t *head = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:O?, s:b, s:O*}", "run_id", o->run_id,
        "council_id", o->council_id, "registry", o->registry, "started_at",
        clock_rfc3339(o->now_ms, started), "recorder", o->keep_record ? "journal" : "none",
        "shutdown", shutdown_json(o->shutdown), "limits", run_limits_json(&o->limits), "labels",
        json_load_constant(o->labels), "started_by", json_load_constant(o->started_by), "options",
        spec->params->options, "verbose", (int)spec->params->verbose, "chain", spec->resume->names);
    return json_done(head, head && add_elder(head, o->elder) && add_start_key(head, o->start_key));
}

int startspec_mask(struct buf *json, const struct desk *desk)
{
    struct secret_mask mask;
    int r = secret_mask_init(&mask, desk->core->keys,
                             providers_document(desk->core->resources->providers));
    r = r < 0 ? r : secret_mask_json(&mask, json);
    secret_mask_release(&mask);
    return r < 0 ? r : 0;
}

static struct json_span span_of(const struct buf *json)
{
    return (struct json_span){.at = json->at, .len = json->len};
}

static int make_question(struct buf *to, struct json_span input)
{
    char text[ASKED_LINE_SIZE];
    const size_t len = asked_line(input, text);
    return json_out_text(to, text, len);
}

static int make_members(struct buf *to, const json_t *document, const struct desk *desk)
{
    json_t *members = members_json(document);
    int r = members ? json_out(to, members) : -ENOMEM;
    json_decref(members);
    return r ? r : startspec_mask(to, desk);
}

/* The input before all else: the question is cut out of it, and half a key is one still. */
int startspec_keep(struct startspec *spec, const struct desk *desk)
{
    int r = json_out_span(&spec->kept_input, spec->input);
    r = r ? r : startspec_mask(&spec->kept_input, desk);
    r = r ? r : make_question(&spec->question, span_of(&spec->kept_input));
    r = r ? r : make_members(&spec->members, spec->plan->document, desk);
    if (r == 0 && (!buf_str(&spec->question) || !buf_str(&spec->members)))
        r = -ENOMEM;
    return r;
}

void startspec_release(struct startspec *spec)
{
    buf_release(&spec->kept_input);
    buf_release(&spec->question);
    buf_release(&spec->members);
}

/* All but the input. */
static int make_record(struct buf *to, const struct startspec *spec)
{
    json_t *head = record_head(spec);
    int r = head ? json_out(to, head) : -ENOMEM;
    json_decref(head);
    if (r < 0)
        return r;
    buf_truncate(to, to->len - 1); /* the closing brace: the client's bytes come next */
    r = json_out_member(to, "question", span_of(&spec->question));
    r = r ? r : json_out_member(to, "members", span_of(&spec->members));
    return r ? r : json_out_member(to, "council", spec->council);
}

int startspec_record(struct buf *to, const struct startspec *spec, const struct desk *desk)
{
    int r = make_record(to, spec);
    r = r ? r : startspec_mask(to, desk);
    r = r ? r : json_out_member(to, "input", span_of(&spec->kept_input));
    return r ? r : buf_add_char(to, '}');
}

/* ---- the line ---- */

static size_t room_for(const struct startspec *spec)
{
    return spec->council.len + spec->input.len + 64 * 1024;
}

static int make(struct buf *to, const struct startspec *spec, const json_t *closure,
                const json_t *keys, const struct config *config)
{
    json_t *limits = run_limits_json(&spec->order->limits);
    struct link_spec line = {
        .run_id = spec->order->run_id,
        .council_id = spec->order->council_id,
        .council = spec->council,
        .input = spec->input,
        .seed = json_string_value(json_object_get(spec->params->options, "seed")),
        .verbose = spec->params->verbose,
        .deltas = spec->order->deltas,
        .durable = spec->params->durable,
        .line_bytes = config_link_line(config),
        .options = spec->params->options,
        .limits = limits,
        .catalogue = json_object_get(closure, "catalogue"),
        .providers = json_object_get(closure, "providers"),
        .prices = json_object_get(closure, "prices"),
        .defaults = json_object_get(closure, "defaults"),
        .tools = json_object_get(closure, "tools"),
        .models = json_object_get(closure, "models"),
        .allow_addresses = config->allow_addresses,
        .deny_addresses = config->deny_addresses,
        .allow_options = json_object_get(closure, "allow_options"),
        .keys = keys,
        .sandbox = config->sandbox,
        .own_paths = config->own_paths,
        .chain = spec->resume->chain,
        .folder = spec->order->folder,
        .records = (int64_t)spec->order->n_resume,
    };
    int r = limits && buf_reserve(to, room_for(spec)) ? link_make_spec(to, &line) : -ENOMEM;
    json_decref(limits);
    return r;
}

int startspec_link(struct buf *to, const struct startspec *spec, struct desk *desk)
{
    struct council_context context;
    json_t *closure = json_object();
    json_t *keys = providers_keys(spec->plan->providers, desk->core->keys);
    resources_context(desk->core->resources, desk->core->config, &context);
    to->wipe = true;
    int r = closure && keys ? council_spec_fill(closure, &context, spec->plan) : -ENOMEM;
    if (r == 0)
        r = tool_credentials_add(keys, spec->plan->tools, desk->core->keys);
    if (r == 0 && !json_put(closure, "models", json_incref(desk->core->resources->families)))
        r = -ENOMEM;
    r = r < 0 ? r : make(to, spec, closure, keys, desk->core->config);
    if (keys)
        providers_wipe(keys);
    json_decref(closure);
    return r;
}
