/* Who changed its answer, and towards what most others held. */
#include <math.h>
#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "report_answers.h"
#include "reports.h"
#include "runner/deliberation/words/text.h"

/* Is the new answer nearer than the old one to what the others held before? */
static bool toward_majority(const json_t *before, const char *id, const char *now)
{
    const char **texts = xcalloc(json_object_size(before) + 1, sizeof *texts);
    int n = report_texts(before, id, texts), middle = text_medoid(texts, n);
    const char *old = j_str(before, id, "");
    bool nearer = middle >= 0 && score_compare(text_similarity(now, texts[middle]),
                                               text_similarity(old, texts[middle])) > 0;
    free(texts);
    return nearer;
}

static int said_changed(const json_t *result)
{
    json_t *word = json_object_get(j_get(result, "parsed"), "changed");
    if (!word)
        word = json_object_get(result, "changed");
    return json_is_boolean(word) ? json_is_true(word) : -1;
}

static void flips_in(const json_t *round, const json_t *before, json_t *list, int *changed,
                     int *toward)
{
    const char *id;
    json_t *result;
    json_object_foreach (j_get(round, "member_results"), id, result) {
        const char *now = report_answer_in(round, result), *old = j_str(before, id, NULL);
        int said = said_changed(result);
        if (!now || !old)
            continue;
        bool flip = said >= 0 ? said : text_similarity(old, now) < 0.9 - 1e-12;
        bool near = flip && toward_majority(before, id, now);
        json_t *o = j_object();
        j_ref(o, "index", j_get(round, "index"));
        j_ref(o, "iteration", j_get(round, "iteration"));
        j_set(o, "member_id", j_string(id));
        j_set(o, "changed", json_boolean(flip));
        j_set(o, "toward_majority", json_boolean(near));
        j_add(list, o);
        *changed += flip;
        *toward += near;
    }
}

json_t *report_flips(const struct report_facts *f)
{
    size_t i;
    json_t *round, *list = j_array(), *before = j_object(), *o = j_object();
    int changed = 0, toward = 0;
    json_array_foreach (f->rounds, i, round) {
        if (report_section(round) == SECTION_FLIPS)
            flips_in(round, before, list, &changed, &toward);
        report_apply(before, round);
    }
    j_set(o, "members", list);
    j_set(o, "changed", j_integer(changed));
    j_set(o, "toward_majority", j_integer(toward));
    j_set(o, "capitulation", j_real(changed ? (double)toward / changed : (double)NAN));
    json_decref(before);
    return o;
}
