#include "egress.h"

#include <stdlib.h>

#include "common/address_range.h"
#include "common/xalloc.h"

struct ranges {
    struct address_range *at;
    size_t count;
};

struct egress {
    struct ranges allowed, denied;
};

struct egress *egress_new(void)
{
    return xcalloc(1, sizeof(struct egress));
}

void egress_free(struct egress *e)
{
    if (!e)
        return;
    free(e->allowed.at);
    free(e->denied.at);
    free(e);
}

int egress_add(struct egress *e, bool allow, const char *text)
{
    struct ranges *to = allow ? &e->allowed : &e->denied;
    struct address_range range;
    int r = address_range_parse(text, &range);
    if (r < 0)
        return r;
    to->at = xrealloc(to->at, (to->count + 1) * sizeof(*to->at));
    to->at[to->count++] = range;
    return 0;
}

static int narrowest(const struct ranges *of, const struct sockaddr *address)
{
    int best = -1;
    for (size_t i = 0; i < of->count; i++) {
        int bits = address_range_match(&of->at[i], address);
        best = bits > best ? bits : best;
    }
    return best;
}

bool egress_permits(const struct egress *e, const struct sockaddr *address)
{
    if (!e)
        return true;
    int allowed = narrowest(&e->allowed, address), denied = narrowest(&e->denied, address);
    if (allowed < 0 && denied < 0)
        return e->allowed.count == 0;
    return allowed > denied;
}
