#include "breaker.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/xalloc.h"

#include "runner/deliberation/state/state.h"

enum { FAILURES = 5, OPEN_MS = 30000 };

struct breaker {
    char *provider;
    int failures;
    int64_t open_until; /* -1: closed */
    bool probing;
    UT_hash_handle hh;
};

static struct breaker *find(struct engine *e, const char *provider)
{
    struct breaker *b = NULL;
    HASH_FIND_STR(e->breakers, provider, b);
    if (b)
        return b;
    b = xcalloc(1, sizeof *b);
    b->provider = xstrdup(provider);
    b->open_until = -1;
    HASH_ADD_KEYPTR(hh, e->breakers, b->provider, strlen(b->provider), b);
    return b;
}

enum breaker_state breaker_ask(struct engine *e, const char *provider, int64_t *ret_until)
{
    struct breaker *b = find(e, provider);
    if (b->open_until < 0)
        return BREAKER_CLOSED;
    if (!b->probing && e->now >= b->open_until) {
        b->probing = true;
        return BREAKER_CLOSED;
    }
    *ret_until = b->probing ? -1 : b->open_until;
    return BREAKER_OPEN;
}

int64_t breaker_note(struct engine *e, const char *provider, bool good)
{
    struct breaker *b = find(e, provider);
    bool was_open = b->open_until >= 0, probe = b->probing;
    if (good) {
        b->failures = 0;
        b->open_until = -1;
        b->probing = false;
        return was_open ? e->now : -1;
    }
    b->failures++;
    if (!probe && (was_open || b->failures < FAILURES))
        return -1;
    b->open_until = e->now + OPEN_MS;
    b->probing = false;
    return b->open_until;
}

void breakers_free(struct engine *e)
{
    struct breaker *b, *next;
    HASH_ITER (hh, e->breakers, b, next) {
        HASH_DEL(e->breakers, b);
        free(b->provider);
        free(b);
    }
}
