#include "iterate_kept.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/xalloc.h"

#include "cast.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"

/* The prompt of a seat in the first iteration. */
struct first_prompt {
    char *member_id;
    json_t *messages, *handed, *presented, *presented_ids;
    const struct label_map *map;
    struct first_prompt *next;
};

bool iterate_pools(const struct iterate *l)
{
    return l->pool;
}

static void copy_answer(struct answer *to, const struct answer *from)
{
    answer_release(to);
    *to = *from;
    to->text = from->text ? xstrdup(from->text) : NULL;
    to->content = from->content ? xstrdup(from->content) : NULL;
    to->rebuttal = from->rebuttal ? xstrdup(from->rebuttal) : NULL;
    json_incref(to->parsed);
}

void iterate_keep(struct iterate *l)
{
    for (int i = 0; i < l->council->n; i++)
        copy_answer(&l->answers[i], &l->council->members[i].answer);
    json_decref(l->aggregate);
    l->aggregate = l->iteration > 0 ? json_incref(l->council->last_aggregate) : NULL;
}

bool iterate_lost(struct iterate *l, struct round *r)
{
    if (l->iteration == 0)
        return false;
    for (int i = 0; i < l->council->n; i++)
        copy_answer(&l->council->members[i].answer, &l->answers[i]);
    council_degrade(l->council, "iteration_lost", r, NULL, NULL);
    return true;
}

const char *iterate_answer_before(const struct iterate *l, const struct seat *s)
{
    return l->answers[s - l->council->members].text;
}

const struct cast *iterate_casts_before(const struct iterate *l)
{
    return l->casts;
}

static void keep_prompt(struct iterate *l, const struct seat_call *c)
{
    struct first_prompt *p = xcalloc(1, sizeof *p);
    *p = (struct first_prompt){
        .member_id = xstrdup(c->seat->id),
        .messages = json_incref(c->messages),
        .handed = json_incref(c->handed),
        .presented = json_incref(c->presented),
        .presented_ids = json_incref(c->presented_ids),
        .map = c->map,
    };
    LL_PREPEND(l->prompts, p);
}

static void replace(json_t **old, json_t *value)
{
    json_decref(*old);
    *old = json_incref(value);
}

void iterate_blind(struct iterate *l, struct seat_call *c)
{
    struct first_prompt *p;
    if (!l->blind)
        return;
    LL_FOREACH (l->prompts, p) {
        if (strcmp(p->member_id, c->seat->id) != 0)
            continue;
        replace(&c->messages, p->messages);
        replace(&c->handed, p->handed);
        replace(&c->presented, p->presented);
        replace(&c->presented_ids, p->presented_ids);
        if (c->form.presented)
            replace(&c->form.presented, p->presented_ids);
        if (c->form.map)
            c->form.map = p->map;
        c->map = p->map;
        if (c->form.kind != FORM_SCHEMA) {
            json_decref(c->form.schema);
            c->form.schema = NULL;
            form_build(&c->form);
        }
        return;
    }
    keep_prompt(l, c);
}

static struct cast *cast_by(struct cast *list, const struct seat *s)
{
    struct cast *c;
    LL_FOREACH (list, c)
        if (c->seat == s && c->ballot)
            return c;
    return NULL;
}

/* Silent members keep their ballot of the iteration before. */
static struct cast *carry(struct iterate *l, struct cast *own)
{
    struct cast *all = NULL, *c, *next;
    LL_FOREACH_SAFE (own, c, next) {
        struct cast *old = c->ballot ? NULL : cast_by(l->kept, c->seat);
        LL_DELETE(own, c);
        if (old) {
            cast_free(c);
            c = cast_copy(old);
            c->carried = true;
        }
        LL_APPEND(all, c);
    }
    return all;
}

static int ballots_of(struct cast *list, const struct seat *s)
{
    struct cast *c;
    int n = 0;
    LL_FOREACH (list, c)
        n += c->seat == s && c->ballot;
    return n;
}

/* All ballots of all iterations, each member's vote shared among its own. */
static struct cast *pool(struct iterate *l, struct cast *own)
{
    struct cast *all = NULL, *c, *next;
    LL_FOREACH (l->kept, c) {
        struct cast *copy = cast_copy(c);
        LL_APPEND(all, copy);
    }
    LL_FOREACH_SAFE (own, c, next) {
        LL_DELETE(own, c);
        struct cast *earlier = c->ballot ? NULL : cast_by(all, c->seat);
        if (earlier)
            earlier->carried = true; /* it is heard by its earlier ballots */
        if (earlier)
            cast_free(c);
        else
            LL_APPEND(all, c);
    }
    LL_FOREACH (all, c) {
        int n = ballots_of(all, c->seat);
        c->share = n > 0 ? 1.0 / n : 1;
    }
    return all;
}

struct cast *iterate_casts(struct iterate *l, struct cast *own)
{
    return l->pool ? pool(l, own) : carry(l, own);
}

static void forget_prompts(struct iterate *l)
{
    struct first_prompt *p, *next;
    LL_FOREACH_SAFE (l->prompts, p, next) {
        json_decref(p->messages);
        json_decref(p->handed);
        json_decref(p->presented);
        json_decref(p->presented_ids);
        free(p->member_id);
        free(p);
    }
}

void iterate_forget(struct iterate *l)
{
    for (int i = 0; i < l->council->n; i++)
        answer_release(&l->answers[i]);
    forget_prompts(l);
    casts_free(l->casts);
    casts_free(l->kept);
    json_decref(l->aggregate);
    free(l->answers);
}
