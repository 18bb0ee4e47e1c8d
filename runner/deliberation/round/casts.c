#include "casts.h"

#include <string.h>
#include <utlist.h>

#include "common/jx.h"

#include "cast.h"
#include "iterate_kept.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"

bool round_pretends(const struct round *r, const struct seat *s)
{
    return r->pretend >= 0 && s - r->council->members >= r->pretend;
}

static void add_cast(struct round *r, struct seat *s, struct cast **list)
{
    struct seat_call *c = round_call_of(r, s->id);
    struct cast *cast;
    if (c && (c->state != CALL_DONE || round_pretends(r, s)))
        return;
    if (!c && !j_array_has(r->unavailable, s->id))
        return;
    if (c && call_ok(c) && c->reading.ballot)
        cast = cast_new(c);
    else
        cast = cast_silent(s, c && c->reason && strcmp(c->reason, "early_stop") == 0);
    LL_APPEND(*list, cast);
}

struct cast *round_casts(struct round *r)
{
    struct cast *own = NULL;
    for (int i = 0; i < r->council->n; i++)
        add_cast(r, &r->council->members[i], &own);
    return r->iterate ? iterate_casts(r->iterate, own) : own;
}
