#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"

#include "runner/deliberation/words/steering.h"
#include "safe_text.h"

/* ---- folding ---- */

static json_t *round_of(json_t *story, const json_t *event)
{
    json_t *rounds = json_object_get(story, "rounds");
    const char *path = j_str(event, "path", NULL);
    for (size_t i = json_array_size(rounds); i-- > 0;) {
        json_t *round = json_array_get(rounds, i);
        if (j_int(round, "index", -1) == j_int(event, "index", -2) &&
            j_int(round, "iteration", 0) == j_int(event, "iteration", 0) &&
            j_has(round, "path", path ? path : ""))
            return round;
    }
    return NULL;
}

static void begin(json_t *story, const json_t *event)
{
    static const char *const KEYS[] = {"run_id", "council_id", "input", "seed", "members"};
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (j_get(event, KEYS[i]))
            j_ref(story, KEYS[i], j_get(event, KEYS[i]));
    if (j_get(event, "ts") && !j_get(story, "started_at"))
        j_ref(story, "started_at", j_get(event, "ts"));
    const json_t *council = j_get(event, "council");
    if (j_get(council, "name"))
        j_ref(story, "council_name", j_get(council, "name"));
}

static void begin_round(json_t *story, const json_t *event)
{
    const char *path = j_str(event, "path", NULL);
    json_t *round = j_pack(
        "{s:I, s:O?, s:O?, s:I, s:s, s:[], s:[]}", "index", (json_int_t)j_int(event, "index", 0),
        "name", j_get(event, "name"), "type", j_get(event, "round_type"), "iteration",
        (json_int_t)j_int(event, "iteration", 0), "path", path ? path : "", "results", "calls");
    j_add(json_object_get(story, "rounds"), round);
}

static void end_round(json_t *story, const json_t *event)
{
    static const char *const KEYS[] = {"status", "aggregate", "quorum", "converged", "remaining"};
    json_t *round = round_of(story, event);
    for (size_t i = 0; round && i < sizeof KEYS / sizeof *KEYS; i++)
        if (j_get(event, KEYS[i]))
            j_ref(round, KEYS[i], j_get(event, KEYS[i]));
}

static void end_member(json_t *story, const json_t *event)
{
    json_t *round = round_of(story, event), *result = j_get(event, "result");
    const char *call_id = j_str(result, "call_id", NULL);
    if (!round || !result)
        return;
    bool plain = !call_id || strstr(call_id, ":member:") || strstr(call_id, ":chair:");
    j_add(json_object_get(round, plain ? "results" : "calls"), json_incref(result));
}

/* Events are numbered from 1 on: those between the last one and `next` are missing. */
static void count_to(json_t *story, int64_t seq, int64_t next)
{
    int64_t last = j_int(story, "last_seq", 0);
    if (seq <= last)
        return;
    if (next > last + 1)
        j_add(json_object_get(story, "holes"),
              j_pack("{s:I, s:I, s:I}", "from", (json_int_t)last + 1, "to", (json_int_t)next - 1,
                     "rounds", (json_int_t)json_array_size(json_object_get(story, "rounds"))));
    j_set(story, "last_seq", j_integer(seq));
}

void story_close(json_t *story, const json_t *end)
{
    int64_t last = j_int(end, "last_seq", 0);
    if (last < INT64_MAX)
        count_to(story, last, last + 1);
    j_set(story, "torn", json_boolean(j_bool(end, "torn", false)));
}

json_t *story_fold(const json_t *events)
{
    json_t *story = j_pack("{s:[], s:[], s:i, s:[], s:b, s:n}", "rounds", "warnings", "last_seq", 0,
                           "holes", "torn", 0, "result");
    size_t i;
    json_t *event;
    json_array_foreach ((json_t *)events, i, event) {
        bool outermost = j_has(event, "path", "");
        int64_t seq = j_int(event, "seq", 0);
        count_to(story, seq, seq);
        if (j_has(event, "type", "run_started") || j_has(event, "type", "council_selected"))
            begin(story, event);
        else if (j_has(event, "type", "round_started"))
            begin_round(story, event);
        else if (j_has(event, "type", "round_completed"))
            end_round(story, event);
        else if (j_has(event, "type", "member_completed"))
            end_member(story, event);
        else if (j_has(event, "type", "warning"))
            j_add(json_object_get(story, "warnings"), json_incref(event));
        else if (outermost &&
                 (j_has(event, "type", "run_completed") || j_has(event, "type", "run_failed")))
            j_ref(story, "result", json_object_get(event, "result"));
    }
    return story;
}

/* ---- looking into it ---- */

void story_add_holes(struct buf *to, const json_t *story, size_t rounds, const char *before,
                     const char *after)
{
    size_t i;
    json_t *hole;
    json_array_foreach (json_object_get(story, "holes"), i, hole) {
        int64_t from = j_int(hole, "from", 0), last = j_int(hole, "to", 0);
        if (j_int(hole, "rounds", -1) != (int64_t)rounds)
            continue;
        if (from == last)
            text_addf(to, "%sevent %" PRId64 " is missing in the record%s", before, from, after);
        else
            text_addf(to, "%sevents %" PRId64 " to %" PRId64 " are missing in the record%s", before,
                      from, last, after);
    }
}

const char *story_role(const json_t *story, const char *member_id)
{
    size_t i;
    json_t *member;
    json_array_foreach (json_object_get(story, "members"), i, member)
        if (j_has(member, "id", member_id) && j_str(member, "role", NULL))
            return j_str(member, "role", NULL);
    return member_id;
}

bool story_asks_chair(const json_t *round)
{
    const struct round_kind *kind = round_kind_find(j_str(round, "type", ""));
    return kind && kind->asks == ASKS_CHAIR;
}

json_t *story_steering(const json_t *result)
{
    json_t *found = j_array();
    for (int i = 0; FENCE_WORDS[i]; i++)
        if (j_array_has(j_get(result, "flags"), FENCE_WORDS[i]))
            j_add(found, j_string(FENCE_WORDS[i]));
    return found;
}

const char *story_model(const json_t *result, char *ret, size_t size)
{
    const char *provider = j_str(result, "provider", NULL), *model = j_str(result, "model", NULL);
    snprintf(ret, size, "%s%s%s", provider ? provider : "", provider && model ? "/" : "",
             model ? model : "");
    return ret;
}
