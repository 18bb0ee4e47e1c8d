#include "probe.h"

#include <string.h>

#include "common/clock.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "probe_ask.h"
#include "probe_state.h"
#include "runner/exchange/exchanges.h"
#include "runner/link/key_ring.h"
#include "runner/link/tell.h"
#include "runner/provider/formats.h"

enum { TARGETS_AT_A_TIME = 8 };

struct probe {
    struct probe_parts with;
    enum link_probe_kind kind;
    json_t *providers, *targets, *models;
    struct key_ring *keys;
    struct egress *egress;
    struct probe_findings found;
    struct exchanges *exchanges;
    struct probe_questions questions;
    int64_t base_ms, deadline_ms;
    struct sandbox_policy sandbox;
    struct tell tell;
    bool over;
};

static int64_t now_ms(void *context)
{
    return clock_mono_ms() - ((struct probe *)context)->base_ms;
}

/* ---- what the calls tell ---- */

static struct probe_call *find_call(struct probe *p, const char *call_id)
{
    for (size_t i = 0; i < p->found.target_count; i++) {
        struct probe_target *t = &p->found.targets[i];
        if (!strcmp(t->stream.id, call_id))
            return &t->stream;
        if (!strcmp(t->form.id, call_id))
            return &t->form;
    }
    return NULL;
}

static void hook_fact(void *context, json_t *fact)
{
    const char *id = j_str(fact, "call_id", NULL);
    struct probe_call *c = id ? find_call(context, id) : NULL;
    if (c && !c->fact)
        c->fact = json_incref(fact);
    json_decref(fact);
}

static void hook_delta(void *context, enum delta kind, const char *call_id, int attempt, int64_t n,
                       const char *text, size_t len)
{
    (void)kind, (void)attempt, (void)n, (void)text, (void)len;
    struct probe_call *c = find_call(context, call_id);
    if (c)
        c->pieces++;
}

/* ---- the line ---- */

static int add_site(struct probe *p, const char *name, json_t *config, struct error *err)
{
    const char *env = j_str(config, "key_env", NULL);
    const char *key = env ? key_ring_get(p->keys, env) : NULL;
    int r = exchanges_add_provider(p->exchanges, name, config, key, err);
    if (r < 0)
        return r;
    const char *type = j_str(config, "type", NULL);
    probe_site_init(&p->found.sites[p->found.site_count++], name, config, key, provider_find(type),
                    p->with.secrets);
    p->found.sites[p->found.site_count - 1].egress = p->egress;
    return 0;
}

static int add_sites(struct probe *p, struct error *err)
{
    const char *name;
    json_t *config;
    p->found.sites = xcalloc(json_object_size(p->providers) + 1, sizeof(*p->found.sites));
    json_object_foreach (p->providers, name, config) {
        int r = add_site(p, name, config, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static struct probe_site *find_site(struct probe *p, const char *name)
{
    for (size_t i = 0; i < p->found.site_count; i++)
        if (!strcmp(p->found.sites[i].name, name))
            return &p->found.sites[i];
    return NULL;
}

static void add_targets(struct probe *p)
{
    size_t i;
    json_t *item;
    p->found.targets = xcalloc(json_array_size(p->targets) + 1, sizeof(*p->found.targets));
    json_array_foreach (p->targets, i, item) {
        const char *provider = j_str(item, "provider", NULL);
        const char *model = j_str(item, "model", NULL);
        struct probe_site *site = provider ? find_site(p, provider) : NULL;
        if (!site || !model)
            continue;
        struct probe_target *t = &p->found.targets[p->found.target_count++];
        *t = (struct probe_target){.site = site, .model = model};
        snprintf(t->stream.id, sizeof(t->stream.id), "stream/%zu", i);
        snprintf(t->form.id, sizeof(t->form.id), "form/%zu", i);
    }
}

static int64_t timeout_of(struct link_down *line)
{
    enum { TIMEOUT_MS = 60000, TIMEOUT_MAX_MS = 3600000 };
    int64_t ms;
    if (json_span_int(json_list_find(&line->scan.outer, "timeout_ms"), &ms) < 0 || ms < 1)
        return TIMEOUT_MS;
    return ms < TIMEOUT_MAX_MS ? ms : TIMEOUT_MAX_MS;
}

static struct probe *refuse(struct probe *p, struct spec_refusal *refusal, const char *code,
                            const char *message)
{
    spec_refuse(refusal, code, "%s", message);
    probe_free(p);
    return NULL;
}

static void learn_keys(struct probe *p, struct link_down *line)
{
    json_t *keys = spec_member(line, "keys");
    spec_learn_secrets(p->with.secrets, keys, p->providers);
    p->keys = key_ring_new(keys, p->with.secrets);
    json_decref(keys);
}

struct probe *probe_new(const struct probe_parts *parts, struct link_down *line,
                        struct spec_refusal *refusal)
{
    static const struct exchange_hooks HOOKS = {now_ms, hook_fact, hook_delta};
    struct error err = {0};
    struct probe *p = xcalloc(1, sizeof(*p));
    *refusal = (struct spec_refusal){0};
    p->with = *parts;
    p->kind = line->probe;
    p->deadline_ms = timeout_of(line);
    p->tell =
        (struct tell){.uplink = parts->uplink, .secrets = parts->secrets, .longest = UPLINK_UP_MAX};
    if (line->v != LINK_VERSION)
        return refuse(p, refusal, "version", "this version of the probe is not known here");
    if (spec_sandbox(line, &p->sandbox, refusal) < 0) {
        probe_free(p);
        return NULL;
    }
    p->providers = spec_member(line, "providers");
    p->targets = spec_member(line, "targets");
    p->models = spec_member(line, "models");
    learn_keys(p, line);
    p->exchanges = exchanges_new(parts->http, parts->secrets, &HOOKS, p);
    p->egress = spec_egress(line);
    exchanges_set_rules(p->exchanges,
                        &(struct exchange_rules){.families = p->models, .egress = p->egress});
    if (add_sites(p, &err) < 0)
        return refuse(p, refusal, NULL, err.text);
    if (p->kind == LINK_PROBE_MODELS && p->found.site_count != 1)
        return refuse(p, refusal, NULL, "a list of models is that of one provider");
    add_targets(p);
    probe_questions_init(&p->questions);
    return p;
}

const struct sandbox_policy *probe_sandbox(const struct probe *p)
{
    return &p->sandbox;
}

json_t *probe_providers(const struct probe *p)
{
    return p->providers;
}

void probe_free(struct probe *p)
{
    if (!p)
        return;
    exchanges_free(p->exchanges);
    for (size_t i = 0; i < p->found.site_count; i++)
        probe_site_release(&p->found.sites[i]);
    for (size_t i = 0; i < p->found.target_count; i++) {
        json_decref(p->found.targets[i].stream.fact);
        json_decref(p->found.targets[i].form.fact);
    }
    probe_questions_release(&p->questions);
    free(p->found.sites);
    free(p->found.targets);
    key_ring_free(p->keys);
    json_decref(p->providers);
    json_decref(p->targets);
    json_decref(p->models);
    egress_free(p->egress);
    tell_release(&p->tell);
    free(p);
}

/* ---- going on ---- */

static void finish(struct probe *p, enum outcome outcome)
{
    json_t *result = p->kind == LINK_PROBE_MODELS ? probe_models_result(&p->found.sites[0])
                                                  : probe_check_result(&p->found);
    tell_result(&p->tell, outcome, result, true);
    json_decref(result);
    p->over = true;
}

static bool target_done(const struct probe_target *t)
{
    if (!t->begun)
        return t->site->done && !probe_site_usable(t->site);
    return t->stream.fact && (t->form.fact || !probe_asks_form(t));
}

static void begin_targets(struct probe *p)
{
    size_t busy = 0;
    for (size_t i = 0; i < p->found.target_count; i++) {
        struct probe_target *t = &p->found.targets[i];
        if (!t->begun && busy < TARGETS_AT_A_TIME && probe_site_usable(t->site)) {
            t->begun = true;
            probe_ask(&p->questions, p->exchanges, t);
        }
        if (t->begun && !target_done(t))
            busy++;
    }
}

static bool all_done(const struct probe *p)
{
    for (size_t i = 0; i < p->found.site_count; i++)
        if (!p->found.sites[i].done)
            return false;
    for (size_t i = 0; i < p->found.target_count; i++)
        if (!target_done(&p->found.targets[i]))
            return false;
    return true;
}

static void give_up(struct probe *p)
{
    for (size_t i = 0; i < p->found.site_count; i++)
        probe_site_give_up(&p->found.sites[i]);
    for (size_t i = 0; i < p->found.target_count; i++)
        if (p->found.targets[i].begun)
            probe_ask_give_up(p->exchanges, &p->found.targets[i]);
}

void probe_begin(struct probe *p)
{
    p->base_ms = clock_mono_ms();
    for (size_t i = 0; i < p->found.site_count; i++) {
        struct probe_site *s = &p->found.sites[i];
        if (p->kind == LINK_PROBE_MODELS && probe_site_lacks_key(s))
            s->done = true;
        else
            probe_site_begin(s, p->with.http);
    }
}

void probe_step(struct probe *p)
{
    if (p->over)
        return;
    exchanges_step(p->exchanges, now_ms(p));
    begin_targets(p);
    exchanges_step(p->exchanges, now_ms(p));
    if (!all_done(p) && now_ms(p) >= p->deadline_ms)
        give_up(p);
    else if (!all_done(p))
        return;
    finish(p, OUTCOME_COMPLETE);
}

int probe_timeout_ms(struct probe *p)
{
    int64_t at = exchanges_wake_ms(p->exchanges);
    if (at < 0 || p->deadline_ms < at)
        at = p->deadline_ms;
    int64_t left = at - now_ms(p);
    return left < 0 || all_done(p) ? 0 : (int)left;
}

bool probe_is_over(const struct probe *p)
{
    return p->over;
}

void probe_cancel(struct probe *p)
{
    if (p->over)
        return;
    give_up(p);
    finish(p, OUTCOME_CANCELLED);
}
