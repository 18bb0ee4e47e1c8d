#include "chair_notes.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/round/count_document.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/fence.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/word.h"

static char *review_note(const struct review *v)
{
    return xasprintf("what its writer %s in round %s",
                     v->what == REVIEW_REBUTTAL ? "argued" : "said", v->round);
}

/* The oldest stand first, and are cut first when there is too much. */
void chair_show_reviews(struct prompt *p)
{
    struct review *v;
    struct seat_call *c = p->call;
    if (!need_bool(c->round->opts, "include_reviews"))
        return;
    LL_FOREACH (c->council->reviews, v) {
        char *note = review_note(v), *text = prompt_names(p, v->text, v->map);
        struct prompt_block *b = prompt_block(p, v->what == REVIEW_REBUTTAL ? "rebuttal" : "review",
                                              label_of(c->map, v->writer), note, text);
        b->may_fade = true;
        free(text);
        free(note);
    }
}

/* ---- what was counted, in words ---- */

/* One line with the names of an aggregate as the chair knows them. Words of members are one line
 * each, and short: they stand whole in what the members said. */
static char *candidate_name(const struct seat_call *c, const json_t *aggregate, const char *id)
{
    const char *label = aggregate_over_members(aggregate) ? label_of(c->map, id) : NULL;
    if (j_word(aggregate, "over", OVER_NAMES, -1) == OVER_FREE) {
        char *line = fence_header(id), *quoted = xasprintf("\"%s\"", line);
        free(line);
        return quoted;
    }
    return xstrdup(label ? label : id);
}

static void write_names(struct strbuf *out, const struct seat_call *c, const json_t *aggregate,
                        const json_t *ids)
{
    size_t i, n = json_array_size(ids);
    json_t *id;
    json_array_foreach (ids, i, id) {
        char *name = candidate_name(c, aggregate, json_string_value(id));
        strbuf_addf(out, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", name);
        free(name);
    }
}

/* The places with their scores, which are the same for all of one place but for rules that look at
 * more than scores. */
static void write_places(struct strbuf *out, const struct seat_call *c, const json_t *aggregate)
{
    size_t i;
    json_t *place, *scores = j_get(aggregate, "scores"), *order = j_get(aggregate, "order");
    json_array_foreach (order, i, place) {
        const char *one = json_string_value(json_array_get(place, 0));
        bool level = json_array_size(place) > 1;
        strbuf_str(out, i > 0 ? ", then " : json_array_size(order) > 1 ? "first " : "");
        write_names(out, c, aggregate, place);
        if (j_is_number(scores, one))
            strbuf_addf(out, " (%.3g%s)", j_num(scores, one, 0), level ? " each" : "");
    }
}

static void write_end(struct strbuf *out, const struct seat_call *c, const json_t *aggregate)
{
    json_t *tied = j_get(aggregate, "tied");
    const char *winner = j_str(aggregate, "winner", NULL);
    char *name = winner ? candidate_name(c, aggregate, winner) : NULL;
    bool level = json_array_size(json_array_get(j_get(aggregate, "order"), 0)) > 1;
    if (name) {
        strbuf_addf(out, ". %s%s won.\n", level ? "The tie was broken: " : "", name);
    } else if (json_array_size(tied) > 1) {
        strbuf_str(out, ". It is a tie between ");
        write_names(out, c, aggregate, tied);
        strbuf_str(out, ": nobody won.\n");
    } else {
        strbuf_str(out, ". Nobody won.\n");
    }
    free(name);
}

static char *tally_text(const struct seat_call *c, const json_t *round)
{
    struct strbuf out = STRBUF_INIT;
    const json_t *a = j_get(round, "aggregate"), *ballots = j_get(a, "ballots");
    strbuf_addf(&out, "Round %s, counted by %s", j_str(round, "name", ""),
                j_str(a, "aggregator", ""));
    if (ballots)
        strbuf_addf(&out, " (%lld of %lld seats gave a ballot)",
                    (long long)j_int(ballots, "cast", 0), (long long)j_int(ballots, "seats", 0));
    strbuf_str(&out, ": ");
    write_places(&out, c, a);
    write_end(&out, c, a);
    return strbuf_take(&out);
}

static void show_tally(struct prompt *p, const json_t *round)
{
    char *text = tally_text(p->call, round);
    if (j_word(j_get(round, "aggregate"), "over", OVER_NAMES, -1) == OVER_FREE)
        prompt_block(p, "count", j_str(round, "name", ""), NULL, text);
    else
        strbuf_str(&p->notes, text);
    free(text);
}

/* The next iteration of the same round has a count that takes the place of this one. */
static bool superseded(const json_t *rounds, size_t i)
{
    const json_t *round = json_array_get(rounds, i), *next = json_array_get(rounds, i + 1);
    return next && j_get(next, "aggregate") &&
           j_int(next, "index", -1) == j_int(round, "index", -2);
}

void chair_show_tallies(struct prompt *p, int shown)
{
    size_t i;
    json_t *round;
    struct council *c = p->call->council;
    json_array_foreach (c->rounds, i, round) {
        if (j_get(round, "aggregate") && !superseded(c->rounds, i))
            show_tally(p, round);
    }
    int without = 0;
    for (int k = 0; k < c->n; k++)
        without += !c->members[k].answer.text;
    if (shown > 0 && without > 0)
        strbuf_addf(&p->notes, "%d of %d seats have no answer here.\n", without, c->n);
}
