/* weighted_synthesis: a synthesis whose chair sees what each answer weighs. */
#include <math.h>
#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "chairing.h"
#include "rounds.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/round/weights.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/word.h"

static const char weighted[] =
    " Each response carries a weight: guidance where arguments do not decide.";

static double source_value(const struct seat *s, int source)
{
    switch ((enum weight_source_word)source) {
    case WEIGHT_SOURCE_STATIC:
        return j_num(s->doc, "weight", (double)NAN);
    case WEIGHT_SOURCE_CONFIDENCE:
        return s->answer.confidence;
    case WEIGHT_SOURCE_RELIABILITY:
        return seat_reliability(s);
    case WEIGHT_SOURCE_EQUAL:
        break;
    }
    return 1;
}

/* The source that is tried at that place; the standard ones where the opts name none. */
static int source_at(const json_t *sources, size_t at)
{
    static const int standard[] = {WEIGHT_SOURCE_STATIC, WEIGHT_SOURCE_CONFIDENCE,
                                   WEIGHT_SOURCE_EQUAL};
    return sources ? j_word_at(sources, at, WEIGHT_SOURCE_NAMES) : standard[at];
}

/* The first source that knows at least one of those shown; the others get the mean. */
static void fill_weights(struct council *c, json_t *ids, json_t *sources, double *w)
{
    size_t n = json_array_size(ids), known = 0, count = sources ? json_array_size(sources) : 3;
    double sum = 0;
    for (size_t k = 0; k < count && known == 0; k++) {
        int source = source_at(sources, k);
        for (size_t i = 0; i < n; i++) {
            w[i] = source_value(council_seat(c, json_string_value(json_array_get(ids, i))), source);
            known += !isnan(w[i]);
            sum += isnan(w[i]) ? 0 : w[i];
        }
    }
    for (size_t i = 0; i < n; i++)
        w[i] = !isnan(w[i]) ? w[i] : known ? sum / (double)known : 1;
}

static void set_weights(struct round *r, json_t *ids)
{
    size_t n = json_array_size(ids);
    double *w = xcalloc(n + 1, sizeof *w), sum = 0;
    fill_weights(r->council, ids, j_get(r->opts, "sources"), w);
    for (size_t i = 0; i < n; i++)
        sum += w[i];
    json_decref(r->weights);
    r->weights = j_object();
    for (size_t i = 0; i < n; i++)
        j_set(r->weights, json_string_value(json_array_get(ids, i)),
              j_real(sum > 0 ? w[i] / sum : 1.0 / (double)n));
    free(w);
}

static void show_weights(struct prompt *p, json_t *ids)
{
    const char *id;
    json_t *w;
    set_weights(p->call->round, ids);
    strbuf_str(&p->notes, "Weights, as guidance and not as proof:");
    json_object_foreach (p->call->round->weights, id, w)
        strbuf_addf(&p->notes, " %s %.2f;", label_of(p->call->map, id), json_number_value(w));
    p->notes.text[p->notes.len - 1] = '.';
    strbuf_str(&p->notes, "\n");
}

static void prepare(struct round *r, struct seat_call *c)
{
    static const struct chairing chairing = {.instructions = weighted, .note = show_weights};
    chairing_prepare(r, c, &chairing);
}

const struct round_type round_weighted_synthesis = {
    .kind = &ROUND_KINDS[ROUND_TYPE_WEIGHTED_SYNTHESIS],
    .prepare = prepare,
    .conclude = chairing_conclude,
};
