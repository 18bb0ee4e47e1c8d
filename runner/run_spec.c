#include "run_spec.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "proto/council/council_spec.h"
#include "proto/council/document_hash.h"
#include "runner/link/uplink.h"

/* ---- members of the line ---- */

static void load_tree(struct run_spec *s, struct link_down *line)
{
    static const char *const NAMES[] = {
        "council",  "input", "options", "limits",        "catalogue", "providers", "prices",
        "defaults", "tools", "chain",   "allow_options", "models",    "own_paths"};
    s->tree = j_object();
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        json_t *value = spec_member(line, NAMES[i]);
        if (value)
            j_set(s->tree, NAMES[i], value);
    }
    s->keys = spec_member(line, "keys");
}

static int load_text(struct link_down *line, const char *name, char **ret)
{
    struct json_span span = json_list_find(&line->scan.outer, name);
    if (!span.at || json_span_type(span) == JSON_NULL)
        return 0;
    return json_span_string(span, ret, NULL);
}

static bool has_type(struct link_down *line, const char *name, json_type type)
{
    struct json_span value = json_list_find(&line->scan.outer, name);
    return value.at && json_span_type(value) == type;
}

/* The event of an answer carries its text, its calls and the provider's own message, and has to
 * fit. */
static void load_longest(struct run_spec *s, struct link_down *line)
{
    struct json_span told = json_list_find(&line->scan.outer, "line_bytes");
    int64_t n;
    s->line_bytes = told.at && json_span_int(told, &n) == 0 && n > 0 ? (size_t)n : UPLINK_UP_MAX;
    s->rules.kept_bytes = s->line_bytes / 8;
}

static int load_identity(struct run_spec *s, struct link_down *line, struct spec_refusal *refusal)
{
    if (load_text(line, "run_id", &s->run_id) < 0 || !s->run_id)
        return spec_refuse(refusal, NULL, "the spec has no run_id");
    if (load_text(line, "council_id", &s->council_id) < 0)
        return spec_refuse(refusal, NULL, "council_id is no string");
    if (load_text(line, "seed", &s->seed) < 0)
        return spec_refuse(refusal, NULL, "seed is no string");
    struct json_span verbose = json_list_find(&line->scan.outer, "verbose");
    s->verbose =
        has_type(line, "verbose", JSON_TRUE) || (verbose.at && json_span_is(verbose, "debug"));
    s->deltas = has_type(line, "deltas", JSON_TRUE);
    s->durable = has_type(line, "durable", JSON_TRUE);
    s->one_file = has_type(line, "records", JSON_INTEGER);
    load_longest(s, line);
    return spec_sandbox(line, &s->sandbox, refusal);
}

static void draw_seed(struct run_spec *s)
{
    unsigned char bytes[32];
    const char *given = j_str(s->options, "seed", NULL);
    if (s->seed)
        return;
    if (given) {
        s->seed = xstrdup(given);
        return;
    }
    if (random_bytes(bytes, sizeof(bytes)) < 0)
        xcheck(NULL);
    s->seed = xmalloc(2 * sizeof(bytes) + 1);
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(s->seed + 2 * i, 3, "%02x", bytes[i]);
}

/* ---- keys ---- */

/* The engine knows no keys: what the asker wrote is cleaned before it gets there. */
static void redact(struct run_spec *s, struct secrets *secrets)
{
    static const char *const NAMES[] = {"council", "input", "options", "catalogue", "defaults"};
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        json_t *value = json_incref(json_object_get(s->tree, NAMES[i]));
        if (value && secrets_redact_tree(secrets, &value)) {
            j_keep(s->tree, NAMES[i], value);
            s->redacted = true;
        }
        json_decref(value);
    }
}

/* ---- the council ---- */

static int refuse_council(struct spec_refusal *refusal, struct council_faults *faults)
{
    if (faults->council.count) {
        refusal->data = json_pack("{s:o?}", "errors", faults_json(&faults->council));
        return spec_refuse(refusal, "invalid_council", "%s: %s", faults->council.at[0].path,
                           faults->council.at[0].message);
    }
    return spec_refuse(refusal, "invalid_option", "%s: %s",
                       faults->option_field ? faults->option_field : "options",
                       faults->option_message ? faults->option_message : "not valid");
}

static int resolve(struct run_spec *s, size_t input_bytes, struct spec_refusal *refusal)
{
    struct error err = {0};
    struct council_faults faults = {0};
    if (council_context_from_spec(s->tree, &s->context, &err) < 0)
        return spec_refuse(refusal, NULL, "%s", err.text);
    struct council_request request = {.council = json_object_get(s->tree, "council"),
                                      .options = s->options,
                                      .input_bytes = input_bytes};
    int r = council_resolve(&s->context, &request, &s->plan, &faults);
    if (r == -ENOMEM)
        xcheck(NULL);
    if (r < 0)
        r = refuse_council(refusal, &faults);
    council_faults_release(&faults);
    return r;
}

/* The supervisor's own deadline kills; the engine has to be done before. */
static void cap_deadline(struct run_spec *s)
{
    json_t *limit = json_object_get(json_object_get(s->tree, "limits"), "deadline_ms");
    json_t *budget = json_object_get(s->plan.document, "budget");
    if (!json_is_integer(limit) || !json_is_object(budget))
        return;
    json_int_t whole = json_integer_value(limit);
    json_int_t most = whole - 5000 > whole / 2 ? whole - 5000 : whole / 2;
    json_t *own = json_object_get(budget, "deadline_ms");
    if (json_is_integer(own) && json_integer_value(own) <= most)
        return;
    j_set(budget, "deadline_ms", j_integer(most));
}

int run_spec_init(struct run_spec *s, struct link_down *line, struct secrets *secrets,
                  struct spec_refusal *refusal)
{
    *s = (struct run_spec){0};
    *refusal = (struct spec_refusal){0};
    if (line->v != LINK_VERSION)
        return spec_refuse(refusal, "version", "spec version %lld is not known here",
                           (long long)line->v);
    int r = load_identity(s, line, refusal);
    if (r < 0)
        return r;
    load_tree(s, line);
    spec_learn_secrets(secrets, s->keys, json_object_get(s->tree, "providers"));
    redact(s, secrets);
    s->rules.egress = s->egress = spec_egress(line);
    s->rules.families = json_object_get(s->tree, "models");
    s->rules.allow_options = json_object_get(s->tree, "allow_options");
    s->input = json_incref(json_object_get(s->tree, "input"));
    s->options = json_incref(json_object_get(s->tree, "options"));
    draw_seed(s);
    r = resolve(s, json_list_find(&line->scan.outer, "input").len, refusal);
    if (r < 0)
        return r;
    if (!s->council_id)
        s->council_id = xstrdup(s->plan.council_id);
    return 0;
}

void run_spec_finish(struct run_spec *s)
{
    if (council_document_sha256(s->plan.document, s->council_sha256) < 0 ||
        council_ask_sha256(s->plan.document, s->ask_sha256) < 0)
        xcheck(NULL);
    cap_deadline(s);
}

json_t *run_spec_tools(const struct run_spec *s)
{
    return json_object_get(s->tree, "tools");
}

json_t *run_spec_own_paths(const struct run_spec *s)
{
    return json_object_get(s->tree, "own_paths");
}

void run_spec_put_keys_away(struct run_spec *s, struct secrets *secrets)
{
    s->ring = key_ring_new(s->keys, secrets);
    json_decref(s->keys);
    s->keys = NULL;
}

const char *run_spec_key(const struct run_spec *s, const json_t *config)
{
    const char *name = j_str(config, "key_env", NULL);
    if (!name)
        return NULL;
    return s->ring ? key_ring_get(s->ring, name) : j_str(s->keys, name, NULL);
}

void run_spec_release(struct run_spec *s)
{
    if (s->plan.council_id)
        council_plan_release(&s->plan);
    council_context_release(&s->context);
    egress_free(s->egress);
    key_ring_free(s->ring);
    secrets_wipe_tree(s->keys);
    json_decref(s->keys);
    json_decref(s->tree);
    json_decref(s->input);
    json_decref(s->options);
    free(s->run_id);
    free(s->council_id);
    free(s->seed);
}
