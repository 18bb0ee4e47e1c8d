#include "round_open.h"

#include <math.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "calls_end.h"
#include "iterate_kept.h"
#include "quorum.h"
#include "round_close.h"
#include "round_labels.h"
#include "round_type.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/call/stored.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/word.h"

static void skip_seat(struct round *r, const struct seat *s, const char *reason)
{
    json_t *o = j_object();
    j_set(o, "id", j_string(s->id));
    j_set(o, "reason", j_string(reason));
    j_add(r->skipped, o);
}

static void consider(struct round *r, struct seat *s)
{
    if (s->eliminated)
        return;
    if (!j_array_has(r->routed, s->id)) {
        skip_seat(r, s, "router_excluded");
    } else if (s->unavailable) {
        j_add(r->unavailable, j_string(s->id));
    } else if (r->type->can_ask && !r->type->can_ask(r, s)) {
        skip_seat(r, s, "no_peers");
    } else {
        struct seat_call *c = call_new(r, s, CALL_KIND_MEMBER, NULL);
        j_add(r->asked, j_string(s->id));
        round_add_call(r, c);
        c->map = round_labels(r, c->id);
        r->type->prepare(r, c);
        if (r->iterate)
            iterate_blind(r->iterate, c);
    }
}

void round_set_end(struct round *r)
{
    int64_t own = j_int(r->doc, "deadline_ms", -1);
    r->end_ms = r->council->member_end_ms;
    r->end_reason = "run_deadline";
    if (own >= 0 && r->started_ms + own < r->end_ms) {
        r->end_ms = r->started_ms + own;
        r->end_reason = "stage_deadline";
    }
}

void round_tell_started(struct round *r)
{
    json_t *p = j_object();
    const struct label_map *map = r->own_labels ? r->own_labels : r->council->labels;
    j_set(p, "index", j_integer(r->index));
    j_set(p, "name", j_string(r->name));
    /* `type` is the envelope's. */
    j_set(p, "round_type", j_string(r->type->kind->name));
    j_set(p, "iteration", j_integer(r->iteration));
    j_set(p, "asked", j_copy(r->asked)); /* a fallback chair joins it later */
    j_ref(p, "unavailable", r->unavailable);
    j_ref(p, "skipped", r->skipped);
    j_set(p, "quorum", quorum_wanted(r));
    j_set(p, "labels", label_map_json(map));
    j_set(p, "deadline_ms", j_integer(r->end_ms));
    engine_emit(r->council->e, r->council->path, "round_started", p);
}

static int by_tokens(const void *a, const void *b)
{
    const struct reservation *x = a, *y = b;
    return (x->tokens > y->tokens) - (x->tokens < y->tokens);
}

/* Do the `need` cheapest seats fit together into what is left? */
static bool affordable(struct round *r)
{
    struct ledger *l = &r->council->e->ledger;
    int n = 0, need, asked = 0;
    struct seat_call *c;
    struct reservation sum = {0}, *each;
    DL_FOREACH (r->calls, c) {
        n += c->state == CALL_QUEUED;
    }
    each = xcalloc((size_t)n + 1, sizeof *each);
    n = 0;
    DL_FOREACH (r->calls, c) {
        if (c->state == CALL_QUEUED)
            each[n++] = stored_estimate(c);
    }
    qsort(each, (size_t)n, sizeof *each, by_tokens);
    need = r->need < n ? r->need : n;
    for (int i = 0; i < need; i++) {
        sum.tokens += each[i].tokens;
        sum.cost += isnan(each[i].cost) ? 0 : each[i].cost;
        asked += each[i].tokens > 0;
    }
    free(each);
    return ledger_fits(l, sum, asked, false) == LEDGER_OK;
}

static void drop_calls(struct round *r)
{
    struct seat_call *c, *next;
    DL_FOREACH_SAFE (r->calls, c, next) {
        if (c->state != CALL_QUEUED)
            continue; /* a router has spoken already */
        DL_DELETE(r->calls, c);
        call_free(c);
    }
    json_array_clear(r->asked);
}

void round_skip(struct round *r, const char *reason)
{
    drop_calls(r);
    r->status = "skipped";
    r->reason = reason;
    r->end_ms = r->council->member_end_ms;
    if (r->type->kind->asks == ASKS_MEMBERS)
        quorum_set(r);
    round_tell_started(r);
    round_close(r);
}

void round_ask_chair(struct round *r)
{
    struct seat *chair = r->council->chair;
    r->end_ms = r->council->end_ms;
    r->end_reason = "run_deadline";
    j_add(r->asked, j_string(chair->id));
    r->seats = 1;
    round_tell_started(r);
    r->type->conclude(r);
}

/* Sequential turns: the calls stand in the order in which their members speak. */
static void order_speakers(struct round *r)
{
    int n = 0;
    struct seat_call *c, *next, *all[64];
    int order[64];
    struct stream s;
    r->sequential = j_word(r->opts, "turns", TURNS_NAMES, TURNS_SIMULTANEOUS) == TURNS_SEQUENTIAL;
    if (!r->sequential)
        return;
    DL_FOREACH_SAFE (r->calls, c, next) {
        if (c->state != CALL_QUEUED || n == 64)
            continue;
        DL_DELETE(r->calls, c);
        order[n] = n;
        all[n++] = c;
    }
    stream_init(&s, r->council->e->seed, "speakers/%s", r->key);
    stream_shuffle(&s, order, n);
    stream_release(&s);
    for (int i = 0; i < n; i++)
        DL_APPEND(r->calls, all[order[i]]);
}

/* The router has chosen: the calls of the members. */
void round_ask_members(struct round *r)
{
    struct council *c = r->council;
    r->phase = ROUND_CALLS;
    for (int i = 0; i < c->n; i++)
        consider(r, &c->members[i]);
    quorum_set(r);
    order_speakers(r);
    if (!affordable(r)) {
        council_degrade(c, "budget", r, NULL, "the limits do not hold the quorum of this round");
        c->skip_rest = "budget";
        round_skip(r, "budget");
        return;
    }
    round_tell_started(r);
    if (c->e->now >= r->end_ms)
        round_end_calls(r, "timeout", r->end_reason);
}
