#include "warnings.h"

#include "proto/council/round/round_info.h"
#include "proto/council/seat/bundle.h"
#include "proto/council/tables/format_kinds.h"

static void same_model_warn(struct work *w)
{
    struct place at = PLACE_AT_KEY(w->at, "members");
    json_t *first = json_array_get(w->members, 0);
    size_t n = json_array_size(w->members), i;
    json_t *member;
    json_array_foreach (w->members, i, member) {
        if (!json_is_string(r_get(w->r, member, "model")) ||
            !json_equal(r_get(w->r, member, "model"), r_get(w->r, first, "model")) ||
            !json_equal(r_get(w->r, member, "provider"), r_get(w->r, first, "provider")))
            return;
    }
    if (n > 1)
        r_warn(w->r, &at, "same_model_seats",
               "All members share one model; members of different models make different mistakes.");
}

static bool round_has_form(const struct work *w, const json_t *round)
{
    const struct round_kind *kind = r_is_bad(w->r, round) ? NULL : kind_of(round);
    const json_t *opts = r_get(w->r, round, "opts");
    if (kind && kind->form == GIVES_BALLOT)
        return true;
    return json_is_true(r_get(w->r, opts, "revise")) ||
           (r_get(w->r, opts, "wrap") && round_has_form(w, r_get(w->r, opts, "wrap")));
}

static void schema_warn(struct work *w, const json_t *seat, bool form, const struct place *at)
{
    const char *provider = r_word(w->r, seat, "provider");
    const struct format_kind *format = provider ? provider_format(w->r, provider) : NULL;
    bool tools = json_array_size(r_get(w->r, seat, "tools")) > 0;
    bool own = json_is_object(r_get(w->r, seat, "output_schema_inline"));
    if (format && (form || own) &&
        !(format->flags & (tools ? FORMAT_SCHEMA_WITH_TOOLS : FORMAT_SCHEMA)))
        r_warn(w->r, at, "schema_by_prompt",
               "%s cannot be held to a schema%s: the form is asked for in the prompt.", provider,
               tools ? " while it has tools" : "");
}

static void schemas_warn(struct work *w, const json_t *rounds)
{
    struct place members_at = PLACE_AT_KEY(w->at, "members"),
                 chair_at = PLACE_AT_KEY(w->at, "chair");
    const json_t *last = json_array_get(rounds, json_array_size(rounds) - 1);
    const json_t *opts = r_get(w->r, last, "opts");
    bool form = false;
    size_t i;
    json_t *one;
    json_array_foreach (rounds, i, one) {
        form |= round_has_form(w, one);
    }
    json_array_foreach (w->members, i, one) {
        struct place p = PLACE_AT_INDEX(&members_at, i);
        schema_warn(w, one, form, &p);
    }
    bool choose = r_word_of(w->r, opts, "mode", CHAIR_MODE_NAMES) > CHAIR_MODE_SYNTHESIZE;
    schema_warn(w, w->chair, choose || json_is_true(r_get(w->r, opts, "extract_dissent")),
                &chair_at);
}

static void deadlines_warn(struct work *w, const json_t *rounds)
{
    double deadline = json_number_value(r_get(w->r, w->budget, "deadline_ms")), sum = 0;
    size_t i;
    json_t *one;
    json_array_foreach (rounds, i, one) {
        sum += json_number_value(r_get(w->r, one, "deadline_ms"));
    }
    if (sum > deadline)
        r_warn(w->r, w->at, "deadline_tight",
               "The rounds' deadlines add up to %.0f ms, the run ends after %.0f ms.", sum,
               deadline);
    json_array_foreach (r_get(w->r, w->raw, "members"), i, one) {
        json_t *total = json_object_get(json_object_get(one, "timeouts"), "total_ms");
        struct place members = PLACE_AT_KEY(w->at, "members"), p = PLACE_AT_INDEX(&members, i);
        if (json_is_integer(total) && json_number_value(total) > deadline)
            r_warn(w->r, &p, "deadline_tight", "total_ms is beyond the end of the run (%.0f ms).",
                   deadline);
    }
}

static void weights_warn(struct work *w)
{
    struct place at = PLACE_AT_KEY(w->at, "members");
    size_t i;
    json_t *member;
    json_array_foreach (w->members, i, member) {
        struct place p = PLACE_AT_INDEX(&at, i);
        if (json_is_number(r_get(w->r, member, "weight")) && !w->weights_used)
            r_warn(w->r, &p, "weights_unused",
                   "No round uses members' weights: ask for weights \"member\" or source "
                   "\"static\".");
    }
}

void council_warn(struct work *w, const json_t *rounds)
{
    same_model_warn(w);
    schemas_warn(w, rounds);
    deadlines_warn(w, rounds);
    weights_warn(w);
}
