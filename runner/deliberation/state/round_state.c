#include "round_state.h"

#include <string.h>
#include <utlist.h>

#include "seat.h"
#include "seat_call.h"

void round_add_call(struct round *r, struct seat_call *c)
{
    DL_APPEND(r->calls, c);
}

struct seat_call *round_call_of(const struct round *r, const char *member_id)
{
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        if (c->kind == CALL_KIND_MEMBER && strcmp(c->seat->id, member_id) == 0)
            return c;
    }
    return NULL;
}

int round_open_reservations(const struct round *r)
{
    int n = 0;
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        n += c->state == CALL_RUNNING;
    }
    return n;
}
