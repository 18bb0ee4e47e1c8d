/* Who did not agree with what was decided. */
#include "dissent.h"

#include <math.h>
#include <string.h>

#include "common/jx.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "runner/deliberation/round/count_document.h"
#include "runner/deliberation/types/round_types.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/text.h"

enum { TEXT_MAX = 4096 };

static json_t *cut_text(const char *text)
{
    if (!text)
        return json_null();
    size_t len = strlen(text);
    return xcheck(json_stringn(text, len > TEXT_MAX ? utf8_cut(text, TEXT_MAX) : len));
}

/* What a ballot wants: its choice, its first place, all that it approves of (a list); NULL for an
 * abstention or none. Borrowed. */
static json_t *wanted(const json_t *ballot)
{
    json_t *choice = j_get(ballot, "choice"), *approved = j_get(ballot, "approved");
    if (choice)
        return j_is(choice, "abstain") ? NULL : choice;
    return approved ? approved : json_array_get(j_get(ballot, "ordering"), 0);
}

static bool is_vote(const json_t *round)
{
    return round_type_find(j_str(round, "type", ""))->kind->ballots & BALLOT_SINGLE;
}

/* The reasons: of the ballot, or those that stand beside each score. */
static json_t *reasons(const json_t *parsed)
{
    size_t i;
    json_t *item, *scores = j_get(parsed, "scores");
    struct strbuf text = STRBUF_INIT;
    json_array_foreach (scores, i, item) {
        const char *why = j_str(item, "rationale", "");
        if (*why)
            strbuf_addf(&text, "%s: %s\n", j_str(item, "label", "?"), why);
    }
    json_t *cut = cut_text(text.len > 0 ? text.text : j_str(parsed, "rationale", NULL));
    strbuf_release(&text);
    return cut;
}

static void add(json_t *list, const json_t *round, const char *id, const json_t *result)
{
    json_t *o = j_object();
    j_ref(o, "index", j_get(round, "index"));
    j_set(o, "member_id", j_string(id));
    j_set(o, "kind", j_string(is_vote(round) ? "vote" : "ranking"));
    j_ref(o, "position", wanted(j_get(result, "ballot")));
    j_set(o, "text", reasons(j_get(result, "parsed")));
    j_add(list, o);
}

/* Is the winner as good as anything to this ballot? */
static bool is_content(const json_t *round, const json_t *ballot, const char *winner)
{
    const char *key;
    json_t *want = wanted(ballot), *score, *scores = j_get(ballot, "scores");
    if (json_is_array(want))
        return j_array_has(want, winner);
    if (!scores || !is_vote(round))
        return j_is(want, winner);
    json_object_foreach (scores, key, score) {
        if (score_compare(json_number_value(score), j_num(scores, winner, -INFINITY)) > 0)
            return false;
    }
    return true;
}

/* Who could not choose the winner, as it was excluded, did not speak against it. */
static bool could_choose(const json_t *aggregate, const char *id, const json_t *result,
                         const char *winner)
{
    json_t *ordering = j_get(j_get(result, "ballot"), "ordering");
    json_t *presented = j_get(result, "presented");
    if (ordering)
        return j_array_has(ordering, winner);
    if (!aggregate_over_members(aggregate))
        return true;
    bool own = strcmp(id, winner) == 0 && !j_array_has(presented, j_str(result, "label", ""));
    return !own && json_array_size(presented) > 1;
}

static void of_round(json_t *list, const json_t *round, bool *measurable)
{
    const char *id;
    json_t *result, *aggregate = j_get(round, "aggregate");
    const char *winner = j_str(aggregate, "winner", NULL);
    if (!aggregate)
        return;
    json_object_foreach (j_get(round, "member_results"), id, result) {
        json_t *ballot = j_get(result, "ballot");
        if (!wanted(ballot))
            continue;
        *measurable = true;
        if (!winner ||
            (!is_content(round, ballot, winner) && could_choose(aggregate, id, result, winner)))
            add(list, round, id, result);
    }
}

/* What a chair that was asked for it lists. */
static void of_chair(json_t *list, const json_t *round, bool *measurable)
{
    const char *id;
    json_t *result, *point;
    size_t i;
    if (round_type_find(j_str(round, "type", ""))->kind->asks != ASKS_CHAIR)
        return;
    json_object_foreach (j_get(round, "member_results"), id, result) {
        json_t *points = j_get(j_get(result, "parsed"), "dissent");
        if (!json_is_array(points) || strcmp(j_str(result, "status", ""), "ok") != 0)
            continue;
        *measurable = true;
        json_array_foreach (points, i, point) {
            json_t *o = j_object();
            j_ref(o, "index", j_get(round, "index"));
            j_set(o, "member_id", j_string(id));
            j_set(o, "kind", j_string("chair"));
            j_ref(o, "position", j_get(point, "labels"));
            j_set(o, "text", cut_text(j_str(point, "point", NULL)));
            j_add(list, o);
        }
    }
}

json_t *dissent_of(const json_t *rounds)
{
    size_t i;
    json_t *round, *list = j_array();
    bool measurable = false;
    json_array_foreach (rounds, i, round) {
        of_round(list, round, &measurable);
        of_chair(list, round, &measurable);
    }
    if (measurable)
        return list;
    json_decref(list);
    return json_null();
}
