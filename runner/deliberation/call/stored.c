#include "stored.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"

#include "ask.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"

/* The place in the chain that gave this exchange; -1 when the chain has it no more. */
int stored_entry(const struct seat_call *c, const json_t *exchange)
{
    for (int i = 0; i < seat_chain_length(c->seat); i++) {
        struct entry entry = seat_entry(c->seat, i);
        if (strcmp(entry.provider, j_str(exchange, "provider", "")) == 0 &&
            strcmp(entry.model, j_str(exchange, "model", "")) == 0)
            return i;
    }
    return -1;
}

json_t *stored_next(const struct seat_call *c)
{
    json_t *exchange = json_array_get(j_get(c->stored, "exchanges"), c->next_stored);
    if (exchange && stored_entry(c, exchange) >= 0)
        return exchange;
    return NULL;
}

/* What the journal of the ended run has for this very question. */
static json_t *stored_for(struct seat_call *c)
{
    json_t *keys = json_object_get(c->e->stored, c->id);
    if (!keys)
        return NULL;
    if (!c->key)
        c->key = ask_key(c);
    return json_object_get(keys, c->key);
}

int64_t stored_answered_seq(struct seat_call *c)
{
    return j_int(stored_for(c), "answered", INT64_MAX);
}

void stored_find(struct seat_call *c)
{
    c->stored = stored_for(c);
    if (!c->stored)
        return;
    if (!stored_next(c))
        c->stored = NULL;
}

static bool is_stored(const struct seat_call *c)
{
    json_t *keys = json_object_get(c->e->stored, c->id);
    if (!keys || !c->messages)
        return false;
    char *key = ask_key(c);
    json_t *first = json_array_get(j_get(json_object_get(keys, key), "exchanges"), 0);
    bool found = first && stored_entry(c, first) >= 0;
    free(key);
    return found;
}

/* What stands in the journal of an ended run costs nothing. */
struct reservation stored_estimate(const struct seat_call *c)
{
    return is_stored(c) ? (struct reservation){0} : ask_estimate(c, 0);
}
