#include "read_ballot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "form.h"
#include "reading.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/text.h"

/* The presented candidate that an entry names; NULL (and the flag) when it has to be dropped. */
static const char *entry(const struct form *f, struct reading *r, const json_t *value)
{
    const char *text = json_string_value(value);
    const char *id = text ? form_resolve(f, text) : NULL;
    if (id && (!f->self || strcmp(id, f->self) != 0) && j_array_has(f->presented, id))
        return id;
    reading_flag(r, "ballot_repaired");
    return NULL;
}

/* The known candidates of a list, each once. */
static json_t *known_ids(const struct form *f, struct reading *r, const json_t *list)
{
    size_t i;
    json_t *v, *ids = j_array();
    json_array_foreach (list, i, v) {
        const char *id = entry(f, r, v);
        if (id && j_array_has(ids, id))
            reading_flag(r, "ballot_repaired");
        else if (id)
            j_add(ids, j_string(id));
    }
    return ids;
}

static void show(const struct form *f, struct reading *r, const char *what, const json_t *ids,
                 const char *between)
{
    size_t i;
    json_t *id;
    struct strbuf text = STRBUF_INIT;
    const char *rationale = j_str(r->parsed, "rationale", "");
    strbuf_addf(&text, "%s%s%s:", rationale, *rationale ? "\n\n" : "", what);
    json_array_foreach (ids, i, id) {
        strbuf_addf(&text, "%s%s", i ? between : " ", form_name(f, json_string_value(id)));
    }
    strbuf_str(&text, json_array_size(ids) ? "\n" : " none\n");
    r->shown = strbuf_take(&text);
}

static void read_vote(const struct form *f, struct reading *r)
{
    const char *text = j_str(r->parsed, "choice", NULL), *id = NULL;
    char *words = text ? text_trim(text) : NULL;
    if (words && f->free && *words)
        id = form_abstains(f, words) ? "abstain" : words;
    else if (text)
        id = form_resolve(f, text);
    bool abstains = id && f->abstain && strcmp(id, "abstain") == 0;
    if (id && !f->free && !abstains &&
        (!j_array_has(f->presented, id) || (f->self && strcmp(id, f->self) == 0)))
        id = NULL;
    if (!id) {
        reading_error(r, "\"choice\" is none of the options");
    } else {
        json_t *ids = j_array();
        j_add(ids, j_string(id));
        r->ballot = j_object();
        j_set(r->ballot, "choice", j_string(id));
        show(f, r, "Vote", ids, "");
        json_decref(ids);
    }
    free(words);
}

static void read_approval(const struct form *f, struct reading *r)
{
    json_t *list = json_object_get(r->parsed, "approved");
    if (!json_is_array(list)) {
        reading_error(r, "\"approved\" is not a list");
        return;
    }
    json_t *ids = known_ids(f, r, list);
    r->ballot = j_object();
    j_ref(r->ballot, "approved", ids);
    show(f, r, "Approves", ids, ", ");
    json_decref(ids);
}

static void read_ranking(const struct form *f, struct reading *r)
{
    json_t *list = json_object_get(r->parsed, "ordering");
    json_t *ids = json_is_array(list) ? known_ids(f, r, list) : NULL;
    if (json_array_size(ids) == 0) {
        reading_error(r, ids ? "\"ordering\" names nothing that was shown"
                             : "\"ordering\" is not a list");
    } else {
        r->ballot = j_object();
        j_ref(r->ballot, "ordering", ids);
        show(f, r, "Order, best first", ids, " > ");
    }
    json_decref(ids);
}

static double clamped(const struct form *f, struct reading *r, double x)
{
    if (x >= f->min && x <= f->max)
        return x;
    reading_flag(r, "ballot_repaired");
    return x < f->min ? f->min : f->max;
}

/* The total over the rubric, at most the ceiling's score; NAN when no criterion was scored, or not
 * the one that is the ceiling. */
static double rubric_total(const struct form *f, struct reading *r, const json_t *criteria,
                           json_t *kept)
{
    size_t i;
    json_t *c;
    double sum = 0, weights = 0, ceiling = f->ceiling ? (double)NAN : INFINITY;
    json_array_foreach (f->rubric, i, c) {
        const char *id = j_str(c, "id", "");
        if (!j_is_number(criteria, id))
            continue;
        double x = clamped(f, r, j_num(criteria, id, 0)), w = j_num(c, "weight", 1);
        j_set(kept, id, j_real(x));
        sum += w * x;
        weights += w;
        if (f->ceiling && strcmp(f->ceiling, id) == 0)
            ceiling = x;
    }
    if (weights <= 0 || isnan(ceiling))
        return (double)NAN;
    return fmin(sum / weights, ceiling);
}

static void read_score(const struct form *f, struct reading *r, const json_t *item, json_t *scores,
                       json_t *criteria)
{
    const char *id = entry(f, r, json_object_get(item, "label"));
    if (!id)
        return;
    json_t *kept = j_object();
    double total = rubric_total(f, r, json_object_get(item, "criteria"), kept);
    if (isnan(total) && !f->ceiling && j_is_number(item, "score"))
        total = clamped(f, r, j_num(item, "score", 0));
    if (isnan(total) || json_object_get(scores, id)) {
        reading_flag(r, "ballot_repaired");
        json_decref(kept);
        return;
    }
    j_set(scores, id, j_real(total));
    j_set(criteria, id, kept);
}

/* Adds those of `among` that have a score: falling, ties in its order. */
static void add_by_score(json_t *ids, const json_t *scores, const json_t *among)
{
    for (size_t n = json_array_size(among); n > 0; n--) {
        size_t i;
        json_t *id;
        const char *best = NULL;
        json_array_foreach (among, i, id) {
            const char *name = json_string_value(id);
            if (!json_object_get(scores, name) || j_array_has(ids, name))
                continue;
            if (!best || score_compare(j_num(scores, name, 0), j_num(scores, best, 0)) > 0)
                best = name;
        }
        if (best)
            j_add(ids, j_string(best));
    }
}

/* The order of a ballot of scores: its own word, unless there is none, or a ceiling, which an order
 * beside it would undo; then that word only decides between equal scores. */
static json_t *ordering_of(const struct form *f, const json_t *scores, json_t *told)
{
    if (json_array_size(told) > 0 && !f->ceiling)
        return json_incref(told);
    json_t *ids = j_array(), *among = xcheck(json_copy(told));
    size_t i;
    json_t *id;
    json_array_foreach (f->presented, i, id) {
        if (!j_array_has(among, json_string_value(id)))
            j_add(among, json_incref(id));
    }
    add_by_score(ids, scores, among);
    json_decref(among);
    return ids;
}

static void show_scores(const struct form *f, struct reading *r, const json_t *scores)
{
    size_t i;
    json_t *item;
    struct strbuf text = STRBUF_INIT;
    json_array_foreach (json_object_get(r->parsed, "scores"), i, item) {
        const char *name = j_str(item, "label", NULL), *id = name ? form_resolve(f, name) : NULL;
        if (id && json_object_get(scores, id))
            strbuf_addf(&text, "%s: %g. %s\n", form_name(f, id), j_num(scores, id, 0),
                        j_str(item, "rationale", ""));
    }
    r->shown = strbuf_take(&text);
}

static void read_scores(const struct form *f, struct reading *r)
{
    size_t i;
    json_t *item, *list = json_object_get(r->parsed, "scores");
    json_t *scores = j_object(), *criteria = j_object();
    json_array_foreach (list, i, item) {
        read_score(f, r, item, scores, criteria);
    }
    if (json_object_size(scores) == 0) {
        reading_error(r, "\"scores\" scores nothing that was shown");
    } else {
        json_t *told = json_object_get(r->parsed, "ordering");
        json_t *known = json_is_array(told) ? known_ids(f, r, told) : j_array();
        json_t *ids = ordering_of(f, scores, known);
        json_decref(known);
        r->ballot = j_object();
        j_ref(r->ballot, "scores", scores);
        if (f->rubric)
            j_ref(r->ballot, "criteria", criteria);
        j_set(r->ballot, "ordering", ids);
        show_scores(f, r, scores);
    }
    json_decref(scores);
    json_decref(criteria);
}

static void read_critique(const struct form *f, struct reading *r)
{
    size_t i;
    json_t *item, *kept = j_array();
    struct strbuf text = STRBUF_INIT;
    const char *answer = j_str(r->parsed, "revised_answer", "");
    json_array_foreach (json_object_get(r->parsed, "critiques"), i, item) {
        const char *name = j_str(item, "target", NULL), *id = name ? form_resolve(f, name) : NULL;
        if (!id) {
            reading_flag(r, "ballot_repaired");
            continue;
        }
        json_t *one = j_object();
        j_set(one, "target", j_string(id));
        j_set(one, "severity", j_string(j_str(item, "severity", "minor")));
        j_set(one, "point", j_string(j_str(item, "point", "")));
        j_add(kept, one);
        strbuf_addf(&text, "%s (%s): %s\n", form_name(f, id), j_str(item, "severity", "minor"),
                    j_str(item, "point", ""));
    }
    if (!*answer)
        reading_error(r, "\"revised_answer\" is empty");
    r->ballot = j_object();
    j_set(r->ballot, "critiques", kept);
    r->answer = xstrdup(answer);
    r->shown = strbuf_take(&text);
    json_t *changed = json_object_get(r->parsed, "changed");
    r->changed = json_is_boolean(changed) ? json_is_true(changed) : -1;
}

static void read_consensus(struct reading *r)
{
    double score = read_confidence(json_object_get(r->parsed, "score"), NULL);
    if (isnan(score))
        reading_error(r, "\"score\" is not a number from 0 to 1");
    else
        r->confidence = score;
}

static void read_dissent(struct reading *r)
{
    const char *answer = j_str(r->parsed, "answer", "");
    if (!*answer)
        reading_error(r, "\"answer\" is empty");
    r->answer = xstrdup(answer);
}

static void read_members(const struct form *f, struct reading *r)
{
    json_t *ids = known_ids(f, r, json_object_get(r->parsed, "members"));
    if (json_array_size(ids) == 0)
        reading_error(r, "\"members\" names nobody who could be chosen");
    r->ballot = j_object();
    j_set(r->ballot, "members", ids);
}

void read_ballot(const struct form *f, struct reading *r)
{
    switch (f->kind) {
    case FORM_VOTE:
        read_vote(f, r);
        break;
    case FORM_APPROVAL:
        read_approval(f, r);
        break;
    case FORM_RANKING:
        read_ranking(f, r);
        break;
    case FORM_SCORES:
        read_scores(f, r);
        break;
    case FORM_CRITIQUE:
        read_critique(f, r);
        break;
    case FORM_CONSENSUS:
        read_consensus(r);
        break;
    case FORM_DISSENT:
        read_dissent(r);
        break;
    case FORM_MEMBERS:
        read_members(f, r);
        break;
    case FORM_GROUPS:
    case FORM_TEXT:
    case FORM_SCHEMA:
        break;
    }
}
