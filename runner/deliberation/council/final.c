/* The final answer and the outcome. */
#include "final.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/round/count_document.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/text.h"

static json_t *final_new(const char *content, json_t *parsed, const char *source,
                         const char *member_id)
{
    json_t *o = j_object();
    j_set(o, "content", j_string(content));
    j_ref(o, "parsed", parsed);
    j_set(o, "source", j_string(source));
    j_set(o, "member_id", j_string(member_id));
    j_set(o, "confidence", json_null());
    j_set(o, "winner", json_null());
    j_set(o, "tied", j_array());
    j_set(o, "withheld", json_false());
    return o;
}

static void add_count(json_t *final, json_t *aggregate)
{
    if (!aggregate)
        return;
    j_ref(final, "winner", j_get(aggregate, "winner"));
    j_set(final, "tied", j_copy(j_get(aggregate, "tied")));
}

static json_t *of_member(const struct seat *s, const char *source)
{
    json_t *final = final_new(s->answer.content, s->answer.parsed, source, s->id);
    j_set(final, "confidence", j_real(s->answer.confidence));
    return final;
}

/* The chair chose: an answer, word for word, or an option. */
static json_t *of_choice(struct council *c, const struct seat_call *call, bool verdict)
{
    const char *choice = j_str(call->reading.ballot, "choice", "");
    struct seat *s = verdict ? NULL : council_seat(c, choice);
    const char *text = s ? s->answer.content : choice;
    size_t i;
    json_t *option;
    json_array_foreach (verdict ? j_get(call->round->opts, "options") : NULL, i, option) {
        if (strcmp(need_str(option, "id"), choice) == 0)
            text = need_str(option, "text");
    }
    json_t *final = final_new(text, s ? s->answer.parsed : NULL, c->chair_source, call->seat->id);
    add_count(final, c->last_aggregate);
    j_set(final, "winner", j_string(choice));
    return final;
}

static json_t *of_chair(struct council *c)
{
    struct seat_call *call = c->chair_call;
    int mode = need_word(call->round->opts, "mode", CHAIR_MODE_NAMES);
    json_t *final;
    if (mode == CHAIR_MODE_SYNTHESIZE) {
        const char *answer = call->reading.answer; /* a ballot for outside has none */
        final = final_new(answer ? answer : call->reading.content, call->reading.parsed,
                          c->chair_source, call->seat->id);
        add_count(final, c->last_aggregate);
    } else {
        final = of_choice(c, call, mode == CHAIR_MODE_VERDICT);
    }
    j_set(final, "confidence", j_real(call->reading.confidence));
    return final;
}

/* The answer or the option that an aggregate names as its winner; NULL when it names none. */
static json_t *of_winner(struct council *c, const char *source)
{
    const char *winner = j_str(c->last_aggregate, "winner", NULL);
    json_t *final = NULL;
    if (!winner)
        return NULL;
    if (aggregate_over_members(c->last_aggregate)) {
        struct seat *s = council_seat(c, winner);
        final = s && s->answer.text ? of_member(s, source) : NULL;
    } else {
        const char *text = j_str(j_get(c->last_aggregate, "texts"), winner, winner);
        final = final_new(text, NULL, source, NULL);
    }
    if (final)
        add_count(final, c->last_aggregate);
    return final;
}

static json_t *of_medoid(struct council *c, const char *source)
{
    struct seat **seats = xcalloc((size_t)c->n + 1, sizeof(struct seat *));
    const char **texts = xcalloc((size_t)c->n + 1, sizeof *texts);
    int n = council_candidates(c, seats);
    for (int i = 0; i < n; i++)
        texts[i] = seats[i]->answer.text;
    int best = text_medoid(texts, n);
    json_t *final = best < 0 ? NULL : of_member(seats[best], source);
    free(texts);
    free(seats);
    return final;
}

static json_t *without_chair(struct council *c)
{
    json_t *final = of_winner(c, "aggregate");
    if (final)
        return final;
    if (c->last_aggregate) {
        bool tie = json_array_size(j_get(c->last_aggregate, "tied")) > 0;
        final = final_new(NULL, NULL, tie ? "tie" : "none", NULL);
        add_count(final, c->last_aggregate);
        return final;
    }
    if (council_candidates(c, NULL) == 1)
        return of_medoid(c, "single_answer");
    return final_new(NULL, NULL, "none", NULL);
}

/* The chair and its fallbacks gave nothing. */
static json_t *last_resort(struct council *c)
{
    if (need_word(c->chair->doc, "last_resort", LAST_RESORT_NAMES) == LAST_RESORT_NONE) {
        council_fail(c, "failed", "chair_failed", "the chair gave no answer");
        return NULL;
    }
    json_t *final = of_winner(c, "best_answer");
    if (!final)
        final = of_medoid(c, "best_answer");
    if (!final)
        council_fail(c, "failed", "no_answers", "no member has an answer");
    else
        council_degrade(c, "chair_failed", NULL, c->chair->id, NULL);
    return final;
}

static void withhold(struct council *c)
{
    json_decref(c->final);
    c->final = NULL;
    if (c->fail_code && strcmp(c->fail_code, "degraded") == 0) {
        c->final = final_new(NULL, NULL, "none", NULL);
        j_set(c->final, "withheld", json_true());
    }
}

bool council_refuses(const struct council *c)
{
    return json_array_size(c->degraded) > 0 &&
           need_word(c->doc, "on_degraded", ON_DEGRADED_NAMES) == ON_DEGRADED_REFUSE;
}

static void refuse_late(struct council *c)
{
    if (council_refuses(c))
        council_fail(c, "refused", "degraded",
                     "the run is incomplete and this council refuses to answer then");
}

void final_decide(struct council *c)
{
    if (c->chair_call) {
        json_decref(c->final);
        c->final = of_chair(c);
        return;
    }
    if (!c->fail_code && !council_cancelled(c) && !c->final)
        c->final = c->chair ? last_resort(c) : without_chair(c);
    refuse_late(c);
    if (c->fail_code || council_cancelled(c))
        withhold(c);
}

const char *council_outcome(const struct council *c)
{
    if (council_cancelled(c))
        return c->e->fault ? "failed" : "cancelled";
    if (c->fail_code)
        return c->fail_outcome;
    return json_array_size(c->degraded) > 0 ? "degraded" : "complete";
}
