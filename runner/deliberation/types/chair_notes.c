#include "chair_notes.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/round/count_document.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"

void chair_show_reviews(struct prompt *p)
{
    struct review *v;
    struct seat_call *c = p->call;
    if (!need_bool(c->round->opts, "include_reviews"))
        return;
    LL_FOREACH (c->council->reviews, v) {
        const char *label = label_of(c->map, v->writer);
        char *note = xasprintf("review in round %s", v->round);
        char *text = v->map && v->map != c->map ? label_translate(v->text, v->map, c->map)
                                                : xstrdup(v->text);
        prompt_block(p, "review", label ? label : v->writer, note, text);
        free(text);
        free(note);
    }
}

static const char *candidate_name(const struct seat_call *c, const json_t *aggregate,
                                  const char *id)
{
    const char *label = label_of(c->map, id);
    return label && aggregate_over_members(aggregate) ? label : id;
}

static void write_names(struct strbuf *out, const struct seat_call *c, const json_t *aggregate,
                        const json_t *ids)
{
    size_t i;
    json_t *id;
    json_array_foreach (ids, i, id) {
        const char *name = json_string_value(id);
        json_t *score = j_get(j_get(aggregate, "scores"), name);
        strbuf_addf(out, "%s%s", i ? ", " : "", candidate_name(c, aggregate, name));
        if (score)
            strbuf_addf(out, " (%.4g)", json_number_value(score));
    }
}

static void write_tally(struct strbuf *out, const struct seat_call *c, const json_t *round)
{
    size_t i;
    json_t *level, *a = j_get(round, "aggregate");
    const char *winner = j_str(a, "winner", NULL);
    strbuf_addf(out, "Count of round %s (%s): ", j_str(round, "name", ""),
                j_str(a, "aggregator", ""));
    json_array_foreach (j_get(a, "order"), i, level) {
        strbuf_str(out, i ? "; " : "");
        write_names(out, c, a, level);
    }
    if (winner)
        strbuf_addf(out, ". First: %s.\n", candidate_name(c, a, winner));
    else if (json_array_size(j_get(a, "tied")) > 0) {
        strbuf_str(out, ". A tie for the first place: ");
        write_names(out, c, a, j_get(a, "tied"));
        strbuf_str(out, ".\n");
    } else {
        strbuf_str(out, ". No winner.\n");
    }
}

void chair_show_tallies(struct prompt *p, int shown)
{
    size_t i;
    json_t *round;
    struct council *c = p->call->council;
    json_array_foreach (c->rounds, i, round) {
        if (j_get(round, "aggregate"))
            write_tally(&p->notes, p->call, round);
    }
    int without = 0;
    for (int k = 0; k < c->n; k++)
        without += !c->members[k].answer.text;
    if (shown > 0 && without > 0)
        strbuf_addf(&p->notes, "%d of %d seats have no answer here.\n", without, c->n);
}
