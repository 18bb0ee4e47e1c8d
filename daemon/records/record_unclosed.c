#include "record_unclosed.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "record_store.h"

static void free_unclosed(struct record_unclosed *u)
{
    free(u->body);
    free(u);
}

void record_unclosed_keep(struct records *records, const struct record_unclosed *tried)
{
    struct record_unclosed *u = malloc(sizeof *u);
    if (!u) {
        free(tried->body);
        return;
    }
    *u = *tried;
    LL_PREPEND(records->unclosed, u);
}

const struct record_unclosed *record_unclosed_find(const struct records *records,
                                                   const struct record_key *key)
{
    const struct record_unclosed *u;
    LL_FOREACH (records->unclosed, u) {
        if (u->key.incarnation == key->incarnation && strcmp(u->key.run_id, key->run_id) == 0)
            return u;
    }
    return NULL;
}

void record_unclosed_drop(struct records *records, const struct record_key *key)
{
    struct record_unclosed *u = (struct record_unclosed *)record_unclosed_find(records, key);
    if (!u)
        return;
    LL_DELETE(records->unclosed, u);
    free_unclosed(u);
}

void record_unclosed_release(struct records *records)
{
    struct record_unclosed *u, *next;
    LL_FOREACH_SAFE (records->unclosed, u, next)
        free_unclosed(u);
    records->unclosed = NULL;
}
