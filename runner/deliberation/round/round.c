/* The course of a round (reference 3.1): who is asked, the calls, the end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "counting.h"
#include "entropy.h"
#include "iterate.h"
#include "round_close.h"
#include "routing.h"
#include "runner/deliberation/council/sub.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/types/bracket.h"
#include "runner/deliberation/words/digest.h"
#include "common/jx.h"

struct round *round_new(struct council *c, json_t *doc, int index, int iteration)
{
    struct round *r = xcalloc(1, sizeof *r);
    const char *type = j_str(doc, "type", "");
    r->council = c;
    r->type = round_type_find(type);
    r->doc = doc;
    r->opts = j_get(doc, "opts");
    r->index = index;
    r->iteration = iteration;
    r->name = j_str(doc, "name", type);
    r->key = xasprintf("%sr%di%d", c->path, index, iteration);
    r->asked = j_array();
    r->unavailable = j_array();
    r->skipped = j_array();
    r->status = "completed";
    r->agreement = NAN;
    r->converged = -1;
    r->pretend = -1;
    r->started_ms = c->e->now;
    r->max_parallel = (int)j_int(doc, "max_parallel", c->e->max_parallel);
    if (r->max_parallel > c->e->max_parallel)
        r->max_parallel = c->e->max_parallel;
    return r;
}

void round_free(struct round *r)
{
    struct seat_call *c, *next;
    if (!r)
        return;
    engine_timer_clear(r->council->e, &r->timer);
    DL_FOREACH_SAFE (r->calls, c, next) {
        DL_DELETE(r->calls, c);
        call_free(c);
    }
    json_decref(r->asked);
    json_decref(r->unavailable);
    json_decref(r->skipped);
    json_decref(r->routed);
    json_decref(r->aggregate);
    json_decref(r->remaining);
    json_decref(r->matches);
    json_decref(r->weights);
    json_decref(r->early_stop);
    counting_free(r->counting);
    bracket_level_free(r->level);
    free(r->key);
    free(r);
}

void round_add_call(struct round *r, struct seat_call *c)
{
    DL_APPEND(r->calls, c);
}

struct seat_call *round_call_of(const struct round *r, const char *member_id)
{
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        if (strcmp(c->kind, "member") == 0 && strcmp(c->seat->id, member_id) == 0)
            return c;
    }
    return NULL;
}

int open_reservations(const struct round *r)
{
    int n = 0;
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        n += c->state == CALL_RUNNING;
    }
    return n;
}

/* Whose answers a reviewer does not judge (1.5 exclude, 1.4 recuse). */
bool round_excludes(const struct round *r, const struct seat *reader, const struct seat *writer)
{
    const char *exclude = j_str(r->opts, "exclude", "self");
    struct entry a = seat_entry(reader, 0), b = seat_entry(writer, 0);
    bool same_provider = strcmp(a.provider, b.provider) == 0;
    if (j_array_has(j_get(reader->doc, "recuse"), writer->id))
        return true;
    if (strcmp(exclude, "none") == 0)
        return false;
    if (reader == writer)
        return true;
    if (strcmp(exclude, "same_provider") == 0)
        return same_provider;
    return strcmp(exclude, "same_model") == 0 && same_provider && strcmp(a.model, b.model) == 0;
}

static const struct label_map *make_labels(struct round *r, const char *scope, json_t *anonymity)
{
    struct council *c = r->council;
    struct named_map *m = xcalloc(1, sizeof *m);
    json_t *ids = j_array();
    for (int i = 0; i < c->n; i++)
        j_add(ids, j_string(c->members[i].id));
    m->scope = xstrdup(scope);
    m->map = label_map_new(c->e->seed, scope, ids, anonymity);
    LL_APPEND(c->maps, m);
    json_decref(ids);
    return m->map;
}

const struct label_map *round_labels(struct round *r, const char *call_id)
{
    json_t *anonymity = council_anonymity(r);
    const char *scope = j_str(anonymity, "scope", "run");
    const struct label_map *map = r->council->labels, *own = r->own_labels;
    if (strcmp(scope, "reviewer") == 0 && call_id) {
        map = make_labels(r, call_id, anonymity);
    } else if (strcmp(scope, "run") != 0) {
        if (!own)
            r->own_labels = (struct label_map *)(own = make_labels(r, r->key, anonymity));
        map = own;
    }
    json_decref(anonymity);
    return map;
}

/* ---- who is asked ---- */

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
        struct seat_call *c = call_new(r, s, "member", NULL);
        j_add(r->asked, j_string(s->id));
        round_add_call(r, c);
        c->map = round_labels(r, c->id);
        r->type->prepare(r, c);
        if (r->loop)
            loop_blind(r->loop, c);
    }
}

static void set_quorum(struct round *r)
{
    json_t *quorum = j_get(r->doc, "quorum");
    double ratio = quorum ? j_num(quorum, "ratio", 0) : 0.5, need;
    int64_t min = json_is_integer(quorum) ? json_integer_value(quorum) : j_int(quorum, "min", 0);
    if (json_is_object(quorum) && !j_get(quorum, "min") && !j_get(quorum, "ratio"))
        ratio = 0.5;
    r->seats = (int)(json_array_size(r->asked) + json_array_size(r->unavailable));
    need = fmax(1, fmax((double)min, ceil(ratio * r->seats - 1e-9)));
    r->need = (int)need;
    r->distinct = j_str(quorum, "distinct", "member");
}

static void set_end(struct round *r)
{
    int64_t own = j_int(r->doc, "deadline_ms", -1);
    r->end_ms = r->council->member_end_ms;
    r->end_reason = "run_deadline";
    if (own >= 0 && r->started_ms + own < r->end_ms) {
        r->end_ms = r->started_ms + own;
        r->end_reason = "stage_deadline";
    }
}

static json_t *quorum_started(const struct round *r)
{
    json_t *o = j_object();
    if (r->type->chair || r->type->bracket) {
        json_decref(o);
        return json_null();
    }
    j_set(o, "need", j_integer(r->need));
    j_set(o, "of", j_integer(r->seats));
    j_set(o, "distinct", j_string(r->distinct));
    return o;
}

static void tell_started(struct round *r)
{
    json_t *p = j_object();
    const struct label_map *map = r->own_labels ? r->own_labels : r->council->labels;
    j_set(p, "index", j_integer(r->index));
    j_set(p, "name", j_string(r->name));
    /* `type` is the envelope's. */
    j_set(p, "round_type", j_string(r->type->name));
    j_set(p, "iteration", j_integer(r->iteration));
    j_set(p, "asked", j_copy(r->asked)); /* a fallback chair joins it later */
    j_ref(p, "unavailable", r->unavailable);
    j_ref(p, "skipped", r->skipped);
    j_set(p, "quorum", quorum_started(r));
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
            each[n++] = call_estimate(c);
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

static void on_deadline(void *arg)
{
    struct round *r = arg;
    round_end_calls(r, "timeout", r->end_reason);
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
    if (!r->type->chair && !r->type->bracket)
        set_quorum(r);
    tell_started(r);
    round_close(r);
}

static void start_chair(struct round *r)
{
    struct seat *chair = r->council->chair;
    r->end_ms = r->council->end_ms;
    r->end_reason = "run_deadline";
    j_add(r->asked, j_string(chair->id));
    r->seats = 1;
    tell_started(r);
    r->type->conclude(r);
}

/* Sequential turns: the calls stand in the order in which their members speak. */
static void order_speakers(struct round *r)
{
    int n = 0;
    struct seat_call *c, *next, *all[64];
    int order[64];
    struct stream s;
    r->sequential = strcmp(j_str(r->opts, "turns", "simultaneous"), "sequential") == 0;
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
static void ask_members(struct round *r)
{
    struct council *c = r->council;
    r->phase = ROUND_CALLS;
    for (int i = 0; i < c->n; i++)
        consider(r, &c->members[i]);
    set_quorum(r);
    order_speakers(r);
    if (!affordable(r)) {
        council_degrade(c, "budget", r, NULL, "the limits do not hold the quorum of this round");
        c->skip_rest = "budget";
        round_skip(r, "budget");
        return;
    }
    tell_started(r);
    if (c->e->now >= r->end_ms)
        round_end_calls(r, "timeout", r->end_reason);
}

static bool needs_answers(const struct round *r)
{
    return r->type->needs_answers || (r->type->over_answers && r->type->over_answers(r));
}

/* A council that only votes over options has no answers, but ballots and reasons for its chair to
 * weigh; choosing one of no answers is beyond any chair. */
static bool chair_needs_answers(const struct round *r)
{
    return r->type->chair && (!r->council->any_ok || !r->council->last_aggregate ||
                              strcmp(j_str(r->opts, "mode", "synthesize"), "select") == 0);
}

void round_start(struct round *r)
{
    struct council *c = r->council;
    int answers = council_candidates(c, NULL);
    if (answers == 0 && (needs_answers(r) || chair_needs_answers(r) || r->type->bracket)) {
        council_fail(c, "failed", "no_answers", "no member has an answer");
        round_skip(r, "no_answers");
        return;
    }
    if (r->type->chair) {
        r->phase = ROUND_CALLS;
        start_chair(r);
        return;
    }
    if (answers == 1 && needs_answers(r)) {
        round_skip(r, "not_enough_answers");
        return;
    }
    set_end(r);
    if (r->type->bracket) {
        r->phase = ROUND_CALLS;
        r->type->open(r);
        tell_started(r);
        engine_timer_set(c->e, &r->timer, r->end_ms, on_deadline, r);
        return;
    }
    engine_timer_set(c->e, &r->timer, r->end_ms, on_deadline, r);
    if (routing_decide(r) == CONCLUDED)
        ask_members(r);
}

/* ---- the calls ---- */

void round_drain(struct round *r, bool now)
{
    struct seat_call *c;
    if (!r || r->phase == ROUND_CLOSED)
        return;
    DL_FOREACH (r->calls, c) {
        if (now)
            call_end(c, "cancelled", "run_cancelled");
        else
            call_drain(c);
    }
}

void round_end_calls(struct round *r, const char *status, const char *reason)
{
    struct seat_call *c;
    r->stopping = true;
    DL_FOREACH (r->calls, c) {
        call_end(c, status, reason);
    }
}

/* A speaker reads what was said before it in this round. */
static void take_turn(struct round *r, struct seat_call *c)
{
    struct seat_call *earlier;
    DL_FOREACH (r->calls, earlier)
        if (earlier->state == CALL_DONE && call_ok(earlier) && earlier->reading.answer)
            round_set_answer(r, earlier);
    call_unprepare(c);
    r->type->prepare(r, c);
}

/* The next call to leave the queue: in document order, but answers that are reused in the order in
 * which they came, so that warnings and an early stop find what they found before. */
static struct seat_call *next_queued(const struct round *r)
{
    struct seat_call *c, *best = NULL;
    DL_FOREACH (r->calls, c)
        if (c->state == CALL_QUEUED && (!best || call_answered_seq(c) < call_answered_seq(best)))
            best = c;
    return best;
}

static struct seat_call *next_speaker(const struct round *r)
{
    struct seat_call *c;
    DL_FOREACH (r->calls, c)
        if (c->state == CALL_QUEUED)
            return c;
    return NULL;
}

static int count_active(const struct round *r)
{
    struct seat_call *c;
    int active = 0;
    DL_FOREACH (r->calls, c)
        active += c->state != CALL_QUEUED && c->state != CALL_DONE;
    return active;
}

static bool begin_queued(struct round *r)
{
    struct seat_call *c;
    bool moved = false;
    while (count_active(r) < (r->sequential ? 1 : r->max_parallel)) {
        c = r->sequential ? next_speaker(r) : next_queued(r);
        if (!c)
            break;
        if (r->sequential)
            take_turn(r, c);
        call_begin(c);
        moved = true;
    }
    DL_FOREACH (r->calls, c) {
        call_retry_money(c);
    }
    return moved;
}

static bool failed_seat(const struct seat_call *c)
{
    static const char *const failures[] = {"error", "timeout", "invalid_output", "budget"};
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        if (c->state == CALL_DONE && strcmp(c->status, failures[i]) == 0)
            return true;
    return false;
}

static void watch_fail_fast(struct round *r)
{
    struct seat_call *c;
    if (r->stopping || strcmp(j_str(r->doc, "failure_mode", "continue"), "fail_fast") != 0)
        return;
    DL_FOREACH (r->calls, c) {
        if (!failed_seat(c) || strcmp(c->kind, "member") != 0)
            continue;
        char *message = xasprintf("member %s failed: %s", c->seat->id, c->reason);
        council_fail(r->council, "failed", "member_failed", message);
        free(message);
        round_end_calls(r, "cancelled", "fail_fast");
        return;
    }
}

static void watch_quorum(struct round *r)
{
    int pending = 0;
    struct seat_call *c;
    if (r->stopping || r->type->chair || r->type->bracket ||
        strcmp(j_str(r->doc, "on_quorum_lost", "refuse"), "refuse") != 0)
        return;
    DL_FOREACH (r->calls, c) {
        pending += c->state != CALL_DONE;
    }
    if (pending > 0 && round_quorum_ok(r) + pending < r->need)
        round_end_calls(r, "cancelled", "quorum_unreachable");
}

static int pending_calls(const struct round *r)
{
    int n = 0;
    struct seat_call *c;
    DL_FOREACH (r->calls, c) {
        n += c->state != CALL_DONE;
    }
    return n;
}

/* Members that are councils move with their round. */
static bool step_inner(struct round *r)
{
    bool moved = false;
    struct seat_call *c;
    DL_FOREACH (r->calls, c)
        moved |= sub_step(c);
    return moved;
}

/* True when nothing is left to be asked. */
static bool conclude(struct round *r)
{
    if (!r->concluded && r->type->conclude && r->type->conclude(r) == MORE_CALLS)
        return false;
    r->concluded = true;
    return !r->loop || loop_conclude(r) == CONCLUDED;
}

bool round_step(struct round *r)
{
    bool moved = false;
    if (r->phase == ROUND_CLOSED)
        return false;
    if (!council_cancelled(r->council) && !r->stopping)
        moved = begin_queued(r);
    moved |= step_inner(r);
    if (r->phase == ROUND_CALLS) {
        watch_fail_fast(r);
        watch_quorum(r);
    }
    if (r->phase == ROUND_CALLS && pending_calls(r) > 0 && r->type->watch && !r->stopping &&
        round_quorum_ok(r) >= r->need)
        r->type->watch(r);
    if (pending_calls(r) > 0)
        return moved;
    if (r->phase == ROUND_ROUTING) {
        r->stopping = false;
        if (routing_decide(r) == CONCLUDED)
            ask_members(r);
        return true;
    }
    if (!r->type->chair && !r->type->bracket && entropy_conclude(r) == MORE_CALLS)
        return true;
    round_set_answers(r);
    if (!conclude(r))
        return true;
    round_close(r);
    return true;
}
