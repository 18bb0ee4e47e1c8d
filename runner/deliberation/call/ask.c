#include "ask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/usage.h"
#include "runner/deliberation/state/want.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/need.h"
#include "tool_offer.h"

static int64_t sent_max_tokens(const struct seat_call *c, struct entry entry)
{
    if (entry.max_tokens)
        return json_integer_value(entry.max_tokens);
    return ledger_limited(&c->e->ledger) ? 8192 : -1;
}

size_t ask_bytes(const struct seat_call *c)
{
    char *messages = j_dump(c->messages), *schema = c->form.schema ? j_dump(c->form.schema) : NULL;
    json_t *offered = tool_offer(c);
    char *tools = json_array_size(offered) > 0 ? j_dump(offered) : NULL;
    size_t n = strlen(messages) + (schema ? strlen(schema) : 0) + (tools ? strlen(tools) : 0);
    json_decref(offered);
    free(messages);
    free(schema);
    free(tools);
    return n;
}

struct reservation ask_estimate(const struct seat_call *c, int index)
{
    struct entry entry = seat_entry(c->seat, index);
    int64_t input = tokens_estimated(ask_bytes(c)), output = sent_max_tokens(c, entry);
    if (output < 0 || c->embed)
        output = 0;
    struct usage most = {.input = input, .output = output, .cached = -1, .reasoning = -1};
    struct usage spoken = {.input = 0, .output = output, .cached = -1, .reasoning = -1};
    return (struct reservation){.tokens = input + output,
                                .cost = usage_cost(most, entry.price),
                                .output_tokens = output,
                                .output_cost = usage_cost(spoken, entry.price)};
}

/* Samples are drawn a little hotter; what the provider chooses stays its choice. */
static json_t *temperature_of(const struct seat_call *c, struct entry entry)
{
    if (!entry.temperature || isnan(c->least_temperature))
        return j_null_or(entry.temperature);
    return j_real(fmax(json_number_value(entry.temperature), c->least_temperature));
}

static json_t *params_of(const struct seat_call *c, struct entry entry)
{
    json_t *p = j_object();
    int64_t max_tokens = sent_max_tokens(c, entry);
    j_set(p, "temperature", temperature_of(c, entry));
    j_ref(p, "top_p", j_get(c->seat->doc, "top_p"));
    j_set(p, "max_tokens", max_tokens < 0 ? json_null() : j_integer(max_tokens));
    json_t *options = j_get(c->seat->doc, "provider_options");
    j_set(p, "provider_options", options ? json_incref(options) : j_object());
    j_set(p, "logprobs", json_boolean(seat_confidence_by(c->seat, CONFIDENCE_METHOD_LOGPROB)));
    j_set(p, "tier", j_string(TIER_NAMES[need_word(c->seat->doc, "tier", TIER_NAMES)]));
    return p;
}

static int64_t capped(const json_t *timeouts, const char *key)
{
    json_t *v = json_object_get(timeouts, key);
    int64_t total = need_int(timeouts, "total_ms");
    int64_t ms = json_is_null(v) ? 0 : need_int(timeouts, key);
    return ms > total ? total : ms;
}

void ask_fill(struct seat_call *c)
{
    struct entry entry = seat_entry(c->seat, c->entry);
    json_t *timeouts = j_get(c->seat->doc, "timeouts");
    json_decref(c->ask.params);
    json_decref(c->ask.tools);
    c->ask = (struct engine_attempt){
        .path = c->council->path,
        .index = c->round->index,
        .member_id = c->seat->id,
        .kind = c->kind,
        .provider = entry.provider,
        .model = entry.model,
        .messages = c->messages,
        .embed = c->embed,
        .params = params_of(c, entry),
        .schema_name = c->form.name,
        .schema = c->form.schema,
        .tools = tool_offer(c),
        .tool_choice = tool_offer_choice(c),
        .parallel_tools = need_bool(c->seat->doc, "parallel_tools"),
        .stream = need_bool(c->seat->doc, "stream"),
        .presented = c->presented,
        .attempt_ms = capped(timeouts, "attempt_ms"),
        .first_token_ms = capped(timeouts, "first_token_ms"),
        .stall_ms = capped(timeouts, "stall_ms"),
        .deadline_ms = c->end_ms,
    };
}

char *ask_key(const struct seat_call *c)
{
    char hex[SHA256_HEX_SIZE];
    struct entry entry = seat_entry(c->seat, 0);
    json_t *k = j_object(), *params = params_of(c, entry);
    j_set(k, "engine_version", j_string(ENGINE_VERSION));
    j_set(k, "call_id", j_string(c->id));
    j_set(k, "provider", j_string(entry.provider));
    j_set(k, "model", j_string(entry.model));
    j_ref(k, "messages", c->messages);
    j_ref(k, "max_tokens", entry.max_tokens);
    j_set(k, "temperature", temperature_of(c, entry));
    j_ref(k, "top_p", j_get(params, "top_p"));
    j_ref(k, "schema", c->form.schema);
    j_set(k, "tools", tool_offer(c));
    j_set(k, "tool_choice", j_string(tool_offer_first_choice(c)));
    j_ref(k, "provider_options", j_get(params, "provider_options"));
    j_ref(k, "confidence", seat_confidence(c->seat));
    canonical_sha256(k, hex);
    json_decref(params);
    json_decref(k);
    return xstrdup(hex);
}
