#include "exchanges.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "exchange.h"
#include "runner/provider/formats.h"

struct exchanges {
    struct http *http;
    const struct secrets *secrets;
    const struct exchange_hooks *hooks;
    void *context;
    struct exchange_rules rules;
    struct provider_slot *providers;
    struct exchange *list; /* in the order of their start */
};

struct exchanges *exchanges_new(struct http *http, const struct secrets *secrets,
                                const struct exchange_hooks *hooks, void *context)
{
    struct exchanges *x = xcalloc(1, sizeof(*x));
    x->http = http;
    x->secrets = secrets;
    x->hooks = hooks;
    x->context = context;
    return x;
}

static void remove_one(struct exchanges *x, struct exchange *one)
{
    DL_DELETE(x->list, one);
    exchange_free(one);
}

void exchanges_free(struct exchanges *x)
{
    if (!x)
        return;
    while (x->list)
        remove_one(x, x->list);
    while (x->providers) {
        struct provider_slot *slot = x->providers;
        LL_DELETE(x->providers, slot);
        json_decref(slot->config.doc);
        free(slot->name);
        free(slot);
    }
    free(x);
}

void exchanges_set_rules(struct exchanges *x, const struct exchange_rules *rules)
{
    x->rules = *rules;
}

int exchanges_add_provider(struct exchanges *x, const char *name, json_t *config, const char *key,
                           struct error *err)
{
    const char *type = j_str(config, "type", NULL);
    const struct provider *wire = provider_find(type);
    if (!wire)
        return error_set(err, EINVAL, "provider %s has the unknown type %s", name,
                         type ? type : "(none)");
    struct provider_slot *slot = xcalloc(1, sizeof(*slot));
    slot->name = xstrdup(name);
    slot->wire = wire;
    slot->max_in_flight = j_int(config, "max_in_flight", 0);
    slot->config = provider_config_of(slot->name, json_incref(config), key);
    slot->config.allow_options = x->rules.allow_options;
    slot->config.families = x->rules.families;
    slot->egress = x->rules.egress;
    slot->kept_bytes = x->rules.kept_bytes;
    LL_APPEND(x->providers, slot);
    return 0;
}

/* ---- what an exchange has of us ---- */

static int64_t owner_now(void *context)
{
    struct exchanges *x = context;
    return x->hooks->now(x->context);
}

static void owner_fact(void *context, json_t *fact)
{
    struct exchanges *x = context;
    bool found = secrets_redact_tree(x->secrets, &fact);
    x->hooks->fact(x->context, fact);
    if (found)
        x->hooks->fact(x->context,
                       j_pack("{s:s, s:s, s:s}", "type", "warning", "code", "secret_redacted",
                              "message", "a reply held a key; it was replaced"));
}

static void owner_delta(void *context, enum delta kind, const char *call_id, int attempt, int64_t n,
                        const char *text, size_t len)
{
    struct exchanges *x = context;
    x->hooks->delta(x->context, kind, call_id, attempt, n, text, len);
}

static char *owner_clean(void *context, const char *text)
{
    struct exchanges *x = context;
    return secrets_redact_text(x->secrets, text);
}

static size_t owner_hold(void *context, struct buf *text)
{
    struct exchanges *x = context;
    return secrets_hold(x->secrets, text);
}

static const struct exchange_owner OWNER = {owner_now, owner_fact, owner_delta, owner_clean,
                                            owner_hold};

/* ---- starting ---- */

static void fail_at_once(struct exchanges *x, const struct exchange_call *call, const char *code,
                         const char *message)
{
    owner_fact(x, j_pack("{s:s, s:s, s:i, s:{s:s, s:s, s:s}}", "type", "attempt_failed", "call_id",
                         call->call_id, "attempt", call->attempt, "error", "kind", "permanent",
                         "code", code, "message", message));
}

/* A provider that should have a key and has none fails without a call. */
static bool lacks_key(struct exchanges *x, struct provider_slot *slot,
                      const struct exchange_call *call)
{
    if (!provider_lacks_key(slot->wire, &slot->config))
        return false;
    char *message =
        xasprintf("provider %s has no key: %s is not set", slot->name, slot->config.key_env);
    if (!slot->key_missing_told) {
        slot->key_missing_told = true;
        owner_fact(x, j_pack("{s:s, s:s, s:s, s:s?}", "type", "warning", "code", "key_missing",
                             "message", message, "member_id", call->ask->member_id));
    }
    fail_at_once(x, call, "auth", message);
    free(message);
    return true;
}

static bool has_place(const struct provider_slot *slot)
{
    return slot->max_in_flight <= 0 || slot->in_flight < slot->max_in_flight;
}

void exchanges_start(struct exchanges *x, const char *call_id, int attempt, const char *seed,
                     const struct engine_attempt *ask)
{
    struct exchange_call call = {call_id, seed, attempt, ask};
    struct provider_slot *slot = x->providers;
    while (slot && strcmp(slot->name, ask->provider) != 0)
        slot = slot->next;
    if (!slot) {
        fail_at_once(x, &call, "invalid_request", "the provider is not configured");
        return;
    }
    if (lacks_key(x, slot, &call))
        return;
    struct exchange *one = exchange_new(&OWNER, x, slot, &call);
    if (one)
        DL_APPEND(x->list, one);
}

void exchanges_abort(struct exchanges *x, const char *call_id, int attempt)
{
    struct exchange *one, *next;
    DL_FOREACH_SAFE (x->list, one, next) {
        if (one->attempt == attempt && !strcmp(one->call_id, call_id) &&
            one->state != EXCHANGE_DRAINING)
            remove_one(x, one);
    }
}

/* ---- going on ---- */

int64_t exchanges_wake_ms(const struct exchanges *x)
{
    int64_t soonest = -1;
    const struct exchange *one;
    DL_FOREACH (x->list, one) {
        int64_t at = exchange_wake_ms(one);
        if (one->state == EXCHANGE_WAITING && has_place(one->slot))
            at = 0;
        if (at >= 0 && (soonest < 0 || at < soonest))
            soonest = at;
    }
    return soonest;
}

void exchanges_step(struct exchanges *x, int64_t now_ms)
{
    struct exchange *one, *next;
    DL_FOREACH_SAFE (x->list, one, next) {
        if (one->state == EXCHANGE_WAITING && has_place(one->slot))
            exchange_begin(one, x->http, now_ms);
        exchange_step(one, now_ms);
        if (one->state == EXCHANGE_OVER)
            remove_one(x, one);
    }
}
