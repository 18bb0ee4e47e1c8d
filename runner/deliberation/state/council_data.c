#include "council_data.h"

#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "round_state.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/words/need.h"
#include "seat.h"
#include "state.h"

struct seat *council_seat(struct council *c, const char *id)
{
    for (int i = 0; i < c->n; i++)
        if (strcmp(c->members[i].id, id) == 0)
            return &c->members[i];
    return c->chair && strcmp(c->chair->id, id) == 0 ? c->chair : NULL;
}

struct seat *council_named_seat(struct council *c, json_t *named)
{
    struct own_seat *o;
    if (json_is_string(named))
        return council_seat(c, json_string_value(named));
    if (!json_is_object(named))
        return NULL;
    LL_FOREACH (c->own_seats, o)
        if (o->seat.doc == named)
            return &o->seat;
    o = xcalloc(1, sizeof *o);
    seat_init(&o->seat, c, named, false, c->e->answerer_of(named));
    LL_APPEND(c->own_seats, o);
    return &o->seat;
}

const char *council_prefix(const struct council *c, const char *of_document)
{
    return c->material && strcmp(of_document, LABEL_PREFIX) == 0 ? "Draft " : of_document;
}

const struct label_map *council_call_labels(struct council *c, const char *call_id,
                                            const char *prefix, json_t *ids)
{
    struct named_map *m = xcalloc(1, sizeof *m);
    json_t *plain = j_pack("{ss,ss,ss}", "assign", LABEL_ASSIGN_NAMES[LABEL_ASSIGN_AS_GIVEN],
                           "style", LABEL_STYLE_NAMES[LABEL_STYLE_LETTERS], "prefix", prefix);
    m->scope = xstrdup(call_id);
    m->map = label_map_new(c->e->seed, call_id, ids, plain);
    json_decref(plain);
    LL_APPEND(c->call_maps, m);
    return m->map;
}

int council_candidates(struct council *c, struct seat **ret)
{
    int n = 0;
    for (int i = 0; i < c->n; i++) {
        if (!c->members[i].answer.text || c->members[i].eliminated)
            continue;
        if (ret)
            ret[n] = &c->members[i];
        n++;
    }
    return n;
}

json_t *council_anonymity(const struct round *r)
{
    json_t *of_round = j_get(r->opts, "anonymity"), *all = j_object();
    json_t *of_council = j_get(r->council->doc, "anonymity");
    if (of_council && json_object_update(all, of_council) < 0)
        xcheck(NULL);
    if (of_round && json_object_update(all, of_round) < 0)
        xcheck(NULL);
    j_set(all, "prefix", j_string(council_prefix(r->council, need_str(all, "prefix"))));
    return all;
}

void council_degrade(struct council *c, const char *code, const struct round *r,
                     const char *member_id, const char *detail)
{
    json_t *o = j_object();
    j_set(o, "code", j_string(code));
    j_set(o, "index", r ? j_integer(r->index) : json_null());
    j_set(o, "iteration", r ? j_integer(r->iteration) : json_null());
    j_set(o, "member_id", j_string(member_id));
    j_set(o, "detail", j_string(detail));
    j_add(c->degraded, o);
}

void council_fail(struct council *c, const char *outcome, const char *code, const char *message)
{
    if (c->fail_code)
        return;
    c->fail_outcome = outcome;
    c->fail_code = code;
    c->fail_message = xstrdup(message);
}

bool council_cancelled(const struct council *c)
{
    return c->e->cancel || c->stopped;
}

json_t *council_documents(const struct council *c)
{
    json_t *all = j_array(), *own = j_get(c->doc, "documents");
    json_t *more = c == c->e->root ? j_get(c->e->options, "documents") : NULL;
    if ((own && json_array_extend(all, own) < 0) || (more && json_array_extend(all, more) < 0))
        xcheck(NULL);
    return all;
}
