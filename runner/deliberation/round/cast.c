#include "cast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"

struct cast *cast_new(const struct seat_call *c)
{
    struct cast *cast = xcalloc(1, sizeof *cast);
    struct entry entry = seat_entry(c->seat, c->entry);
    *cast = (struct cast){
        .seat = c->seat,
        .ballot = json_incref(c->reading.ballot),
        .presented = json_incref(c->presented_ids),
        .map = c->map,
        .confidence = c->reading.confidence,
        .share = 1,
        .provider = entry.provider,
        .model = entry.model,
    };
    return cast;
}

struct cast *cast_silent(struct seat *s, bool unheard)
{
    struct cast *cast = xcalloc(1, sizeof *cast);
    struct entry entry = seat_entry(s, 0);
    *cast = (struct cast){
        .seat = s,
        .confidence = NAN,
        .share = 1,
        .provider = entry.provider,
        .model = entry.model,
        .unheard = unheard,
    };
    return cast;
}

struct cast *cast_copy(const struct cast *c)
{
    struct cast *copy = xcalloc(1, sizeof *copy);
    *copy = *c;
    json_incref(copy->ballot);
    json_incref(copy->presented);
    copy->next = NULL;
    return copy;
}

void cast_free(struct cast *c)
{
    json_decref(c->ballot);
    json_decref(c->presented);
    free(c);
}

void casts_free(struct cast *list)
{
    struct cast *c, *next;
    LL_FOREACH_SAFE (list, c, next)
        cast_free(c);
}

bool cast_abstains(const struct cast *c)
{
    return strcmp(j_str(c->ballot, "choice", ""), "abstain") == 0;
}
