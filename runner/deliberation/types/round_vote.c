/* vote and ranking: members choose among options or answers, or order them. */
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "rounds.h"
#include "common/jx.h"

static bool is_ranking(const struct round *r)
{
    return r->type == &round_ranking;
}

/* options, answers or free. */
static const char *candidates_of(const struct round *r)
{
    const char *absent = j_get(r->opts, "options") ? "options" : is_ranking(r) ? "answers" : "free";
    return j_str(r->opts, "candidates", absent);
}

static bool over_answers(const struct round *r)
{
    return strcmp(candidates_of(r), "answers") == 0;
}

static const char *option_id(const json_t *option)
{
    return json_is_string(option) ? json_string_value(option) : j_str(option, "id", "");
}

static const char *option_text(const json_t *option)
{
    return json_is_string(option) ? json_string_value(option)
                                  : j_str(option, "text", option_id(option));
}

static json_t *option_ids(const struct round *r)
{
    size_t i;
    json_t *option, *ids = j_array();
    json_array_foreach (j_get(r->opts, "options"), i, option)
        j_add(ids, j_string(option_id(option)));
    return ids;
}

static json_t *option_texts(const struct round *r)
{
    size_t i;
    json_t *option, *texts = j_object();
    json_array_foreach (j_get(r->opts, "options"), i, option)
        j_set(texts, option_id(option), j_string(option_text(option)));
    return texts;
}

static bool can_ask(struct round *r, struct seat *s)
{
    if (!over_answers(r))
        return true;
    json_t *ids = judged_by(r, s);
    bool any = json_array_size(ids) > 0;
    json_decref(ids);
    return any;
}

/* ---- the prompt ---- */

static void show_answers(struct prompt *p)
{
    struct seat_call *c = p->call;
    const char *show = j_str(c->round->opts, "show", "own");
    for (int i = 0; i < c->council->n; i++) {
        struct seat *w = &c->council->members[i];
        bool own = w == c->seat,
             wanted = own ? strcmp(show, "none") != 0 : strcmp(show, "all") == 0;
        if (wanted && w->answer.text && !w->eliminated)
            prompt_answer(p, w, own, false);
    }
}

static void list_options(struct prompt *p)
{
    size_t i;
    json_t *id, *texts = option_texts(p->call->round);
    strbuf_str(&p->part, "\n\nOptions:\n");
    json_array_foreach (p->call->presented_ids, i, id) {
        const char *name = json_string_value(id), *text = j_str(texts, name, name);
        strbuf_addf(&p->part, "- %s", name);
        if (strcmp(name, text) != 0)
            strbuf_addf(&p->part, ": %s", text);
        strbuf_str(&p->part, "\n");
    }
    json_decref(texts);
}

static char *vote_instructions(const struct round *r)
{
    struct strbuf out = STRBUF_INIT;
    const char *ballot = j_str(r->opts, "ballot", "single");
    json_t *scale = j_get(r->opts, "scale");
    strbuf_addf(&out, "%s Give your reasons first. ",
                j_str(r->opts, "question", "Which option is the right answer to the task?"));
    if (strcmp(ballot, "approval") == 0)
        strbuf_str(&out, "Then list every option that is acceptable.");
    else if (strcmp(ballot, "score") == 0)
        strbuf_addf(&out, "Then score every option from %g to %g.", j_num(scale, "min", 0),
                    j_num(scale, "max", 10));
    else if (strcmp(candidates_of(r), "free") == 0)
        strbuf_str(&out, "Then give your choice in a few words.");
    else
        strbuf_str(&out, "Then choose exactly one option by its id.");
    if (j_bool(r->opts, "allow_abstain", false))
        strbuf_str(&out, " If no option can be justified, choose abstain.");
    return strbuf_take(&out);
}

static char *ranking_instructions(const struct round *r)
{
    return xasprintf("%s Give your reasons first. Then order all candidates from best to worst.",
                     j_str(r->opts, "question", "Which candidate answers the task best?"));
}

static enum form_kind kind_of(const struct round *r)
{
    const char *ballot = j_str(r->opts, "ballot", "single");
    if (is_ranking(r))
        return FORM_RANKING;
    return strcmp(ballot, "approval") == 0 ? FORM_APPROVAL
           : strcmp(ballot, "score") == 0  ? FORM_SCORES
                                           : FORM_VOTE;
}

static void fill_form(struct round *r, struct seat_call *c)
{
    json_t *scale = j_get(r->opts, "scale");
    form_init(&c->form, kind_of(r));
    c->form.presented = json_incref(c->presented_ids);
    c->form.map = over_answers(r) ? c->map : NULL;
    if (over_answers(r) && !j_array_has(c->presented_ids, c->seat->id))
        c->form.self = c->seat->id;
    c->form.min = j_num(scale, "min", 0);
    c->form.max = j_num(scale, "max", 10);
    c->form.abstain = j_bool(r->opts, "allow_abstain", false);
    c->form.free = strcmp(candidates_of(r), "free") == 0;
    form_build(&c->form);
}

static void prepare(struct round *r, struct seat_call *c)
{
    struct prompt p;
    prompt_init(&p, c);
    if (over_answers(r)) {
        json_t *ids = judged_by(r, c->seat);
        present_answers(&p, ids);
        json_decref(ids);
    } else {
        json_t *ids = option_ids(r);
        show_answers(&p);
        c->presented_ids = presented_order(c, "options", ids);
        c->presented = json_incref(c->presented_ids);
        json_decref(ids);
    }
    fill_form(r, c);
    char *text = is_ranking(r) ? ranking_instructions(r) : vote_instructions(r);
    prompt_instructions(&p, text);
    free(text);
    if (!over_answers(r) && !c->form.free)
        list_options(&p);
    prompt_finish(&p);
}

/* ---- the count ---- */

static const char *default_aggregator(const struct round *r)
{
    const char *ballot = j_str(r->opts, "ballot", "single");
    if (is_ranking(r))
        return "borda";
    return strcmp(ballot, "approval") == 0 ? "approval"
           : strcmp(ballot, "score") == 0  ? "mean_score"
                                           : "plurality";
}

static struct count_of what_of(struct round *r)
{
    struct count_of what = {.absent = default_aggregator(r)};
    const char *kind = candidates_of(r);
    what.over = over_answers(r) ? "members" : kind;
    if (over_answers(r)) {
        what.candidates = candidate_ids(r->council);
    } else if (strcmp(kind, "options") == 0) {
        what.candidates = option_ids(r);
        what.texts = option_texts(r);
    }
    return what;
}

static enum conclusion conclude(struct round *r)
{
    struct count_of what = what_of(r);
    enum conclusion c = counting_conclude(r, &what);
    json_decref(what.candidates);
    json_decref(what.texts);
    return c;
}

static void watch(struct round *r)
{
    struct count_of what = what_of(r);
    counting_watch(r, &what);
    json_decref(what.candidates);
    json_decref(what.texts);
}

const struct round_type round_vote = {
    .name = "vote",
    .over_answers = over_answers,
    .can_ask = can_ask,
    .prepare = prepare,
    .conclude = conclude,
    .watch = watch,
};

const struct round_type round_ranking = {
    .name = "ranking",
    .over_answers = over_answers,
    .can_ask = can_ask,
    .prepare = prepare,
    .conclude = conclude,
    .watch = watch,
};
