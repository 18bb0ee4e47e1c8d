#include "until.h"

#include <math.h>

#include "common/jx.h"

#include "runner/deliberation/words/text.h"
#include "runner/deliberation/words/unknown.h"

static enum until_answer combined(const json_t *list, bool all, const struct until_facts *f,
                                  json_t **ret_judge)
{
    size_t i;
    json_t *one;
    enum until_answer so_far = all ? UNTIL_YES : UNTIL_NO;
    json_array_foreach (list, i, one) {
        json_t *judge = NULL;
        enum until_answer a = until_holds(one, f, &judge);
        if (a == (all ? UNTIL_NO : UNTIL_YES))
            return a; /* decided, whatever a judge would say */
        if (a == UNTIL_ASK && so_far != UNTIL_ASK) {
            so_far = UNTIL_ASK;
            *ret_judge = judge;
        }
    }
    return so_far;
}

static enum until_answer reaches(double measure, double wanted)
{
    return !isnan(measure) && score_compare(measure, wanted) >= 0 ? UNTIL_YES : UNTIL_NO;
}

enum until_answer until_holds(const json_t *until, const struct until_facts *f, json_t **ret_judge)
{
    json_t *v;
    if ((v = j_get(until, "all")))
        return combined(v, true, f, ret_judge);
    if ((v = j_get(until, "any")))
        return combined(v, false, f, ret_judge);
    if (j_get(until, "converged"))
        return f->converged ? UNTIL_YES : UNTIL_NO;
    if (j_get(until, "unanimous"))
        return f->unanimous ? UNTIL_YES : UNTIL_NO;
    if ((v = j_get(until, "same_winner")))
        return f->same_winner >= json_integer_value(v) ? UNTIL_YES : UNTIL_NO;
    if ((v = j_get(until, "agreement")))
        return reaches(f->agreement, json_number_value(v));
    if ((v = j_get(until, "mean_confidence")))
        return reaches(f->mean_confidence, json_number_value(v));
    if ((v = j_get(until, "judge"))) {
        int said = f->judged(f->arg, v);
        if (said >= 0)
            return said ? UNTIL_YES : UNTIL_NO;
        *ret_judge = v;
        return UNTIL_ASK;
    }
    if (j_get(until, "never"))
        return UNTIL_NO;
    key_unknown("end of a loop", until);
}
