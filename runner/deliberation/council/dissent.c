/* Who did not agree with what was decided. */
#include "dissent.h"

#include <string.h>

#include "common/jx.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "runner/deliberation/types/round_types.h"

enum { TEXT_MAX = 4096 };

static json_t *cut_text(const char *text)
{
    if (!text)
        return json_null();
    size_t len = strlen(text);
    return xcheck(json_stringn(text, len > TEXT_MAX ? utf8_cut(text, TEXT_MAX) : len));
}

/* What a ballot puts first; NULL for an abstention or none. */
static const char *first_choice(const json_t *ballot)
{
    const char *choice = j_str(ballot, "choice", NULL);
    if (choice)
        return strcmp(choice, "abstain") == 0 ? NULL : choice;
    return json_string_value(json_array_get(j_get(ballot, "ordering"), 0));
}

static void add(json_t *list, const json_t *round, const char *id, const json_t *result,
                const char *first)
{
    json_t *o = j_object();
    j_ref(o, "index", j_get(round, "index"));
    j_set(o, "member_id", j_string(id));
    j_set(o, "kind", j_string(j_str(j_get(result, "ballot"), "choice", NULL) ? "vote" : "ranking"));
    j_set(o, "position", j_string(first));
    j_set(o, "text", cut_text(j_str(j_get(result, "parsed"), "rationale", NULL)));
    j_add(list, o);
}

static void of_round(json_t *list, const json_t *round, bool *measurable)
{
    const char *id;
    json_t *result, *aggregate = j_get(round, "aggregate");
    const char *winner = j_str(aggregate, "winner", NULL);
    if (!aggregate)
        return;
    json_object_foreach (j_get(round, "member_results"), id, result) {
        const char *first = first_choice(j_get(result, "ballot"));
        if (!first)
            continue;
        *measurable = true;
        /* Who could not choose the winner, as it was excluded, did not speak against it. */
        bool ranking = j_get(j_get(result, "ballot"), "ordering") != NULL;
        bool could =
            !ranking || !winner || j_array_has(j_get(j_get(result, "ballot"), "ordering"), winner);
        if (!winner || (strcmp(first, winner) != 0 && could))
            add(list, round, id, result, first);
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
