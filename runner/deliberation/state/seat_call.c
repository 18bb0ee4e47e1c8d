#include "seat_call.h"

#include <string.h>

bool call_ok(const struct seat_call *c)
{
    return c->status && strcmp(c->status, "ok") == 0;
}
