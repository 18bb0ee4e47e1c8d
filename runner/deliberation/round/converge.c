#include "converge.h"

#include <math.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"

#include "answers.h"
#include "cast.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/text.h"

static bool ok_member(const struct seat_call *c)
{
    return c->kind == CALL_KIND_MEMBER && call_ok(c);
}

bool call_changed(const struct seat_call *c, const char *before)
{
    if (c->reading.changed >= 0)
        return c->reading.changed == 1;
    if (!before || !c->reading.answer)
        return true;
    return text_similarity(before, c->reading.answer) < 0.9 - 1e-12;
}

static bool nobody_changed(struct round *r, const struct before *b)
{
    struct seat_call *c;
    int ok = 0;
    DL_FOREACH (r->calls, c) {
        if (!ok_member(c))
            continue;
        if (call_changed(c, b->answer(b->arg, c->seat)))
            return false;
        ok++;
    }
    return ok > 0;
}

static const char *first_choice(const struct cast *c)
{
    const char *choice = j_str(c->ballot, "choice", NULL);
    if (choice)
        return strcmp(choice, "abstain") == 0 ? NULL : choice;
    return json_string_value(json_array_get(j_get(c->ballot, "ordering"), 0));
}

bool casts_unanimous(const struct cast *casts)
{
    const char *one = NULL;
    const struct cast *c;
    LL_FOREACH (casts, c) {
        const char *choice = c->ballot ? first_choice(c) : NULL;
        if (choice && one && strcmp(choice, one) != 0)
            return false;
        if (choice)
            one = choice;
    }
    return one != NULL;
}

static const struct cast *cast_of(const struct cast *casts, const struct seat *s)
{
    const struct cast *c;
    LL_FOREACH (casts, c)
        if (c->seat == s && c->ballot)
            return c;
    return NULL;
}

static bool same_winner(const struct round *r, const struct before *b)
{
    const char *now = j_str(r->aggregate, "winner", NULL);
    const char *old = j_str(b->aggregate, "winner", NULL);
    return now && old && strcmp(now, old) == 0;
}

static bool same_ballots(const struct cast *now, const struct cast *old)
{
    const struct cast *c;
    LL_FOREACH (now, c) {
        const struct cast *before = cast_of(old, c->seat);
        if (c->ballot && (!before || !json_equal(c->ballot, before->ballot)))
            return false;
    }
    return true;
}

static bool same_order(const struct round *r, const struct before *b)
{
    json_t *now = j_get(r->aggregate, "order");
    return b->aggregate && json_equal(now, j_get(b->aggregate, "order")) &&
           json_array_size(json_array_get(now, 0)) == 1;
}

double round_mean_confidence(const struct round *r)
{
    struct seat_call *c;
    double sum = 0;
    int n = 0;
    DL_FOREACH (r->calls, c) {
        if (!ok_member(c) || isnan(c->reading.confidence))
            continue;
        sum += c->reading.confidence;
        n++;
    }
    return n ? sum / n : (double)NAN;
}

bool converged_unchanged(struct round *r, const struct before *b)
{
    return nobody_changed(r, b);
}

bool converged_if_revised(struct round *r, const struct before *b)
{
    return round_sets_answers(r) && nobody_changed(r, b);
}

bool converged_votes(struct round *r, const struct before *b)
{
    return casts_unanimous(b->casts) ||
           (same_winner(r, b) && same_ballots(b->casts, b->casts_before));
}

bool converged_order(struct round *r, const struct before *b)
{
    return same_order(r, b);
}

bool converged_one_left(struct round *r, const struct before *b)
{
    (void)b;
    return json_array_size(r->remaining) == 1;
}

bool converged_confident(struct round *r, const struct before *b)
{
    (void)b;
    return score_compare(fmax(round_mean_confidence(r), -1), CONFIDENCE_ENOUGH) >= 0;
}
