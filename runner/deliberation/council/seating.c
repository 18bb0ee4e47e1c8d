#include "seating.h"

#include <stdlib.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/state.h"

/* A member asked in the chair's place: the chair's words, its own model. */
static json_t *member_as_chair(const struct council *c, struct seat *member)
{
    json_t *doc = xcheck(json_copy(member->doc));
    static const char *const of_chair[] = {"system_prompt", "role", "output_schema",
                                           "output_schema_inline"};
    for (size_t i = 0; i < sizeof of_chair / sizeof of_chair[0]; i++)
        j_ref(doc, of_chair[i], j_get(c->chair->doc, of_chair[i]));
    return doc;
}

static void add_seat(struct council *c, struct seat *s, json_t *doc, bool is_chair)
{
    seat_init(s, c, doc, is_chair, c->e->answerer_of(doc));
}

static void add_fallback_chair(struct council *c, json_t *named)
{
    struct seat *s = &c->fallback[c->fallbacks];
    struct seat *member = json_is_string(named) ? council_seat(c, json_string_value(named)) : NULL;
    if (json_is_object(named)) {
        add_seat(c, s, json_incref(named), true);
    } else if (member) {
        add_seat(c, s, member_as_chair(c, member), true);
        s->account = member;
    } else {
        return;
    }
    c->fallbacks++;
}

void seating_make(struct council *c)
{
    size_t i;
    json_t *doc, *members = j_get(c->doc, "members"), *chair = j_get(c->doc, "chair");
    c->members = xcalloc(json_array_size(members) + 1, sizeof *c->members);
    json_array_foreach (members, i, doc) {
        add_seat(c, &c->members[c->n++], doc, false);
    }
    if (!chair)
        return;
    json_t *fallbacks = j_get(chair, "fallback_chairs");
    c->chair = xcalloc(1, sizeof *c->chair);
    add_seat(c, c->chair, chair, true);
    c->fallback = xcalloc(json_array_size(fallbacks) + 1, sizeof *c->fallback);
    json_array_foreach (fallbacks, i, doc) {
        add_fallback_chair(c, doc);
    }
}

void seating_free(struct council *c)
{
    for (int i = 0; i < c->n; i++)
        seat_release(&c->members[i]);
    for (int i = 0; i < c->fallbacks; i++) {
        seat_release(&c->fallback[i]);
        json_decref(c->fallback[i].doc);
    }
    if (c->chair)
        seat_release(c->chair);
    struct own_seat *o, *next;
    LL_FOREACH_SAFE (c->own_seats, o, next) {
        seat_release(&o->seat);
        free(o);
    }
    free(c->members);
    free(c->fallback);
    free(c->chair);
}
