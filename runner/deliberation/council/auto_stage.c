#include "auto_stage.h"

#include <math.h>
#include <stdlib.h>

#include "common/error.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/auto_host.h"

#include "auto_choice.h"
#include "council.h"
#include "proto/council/council_spec.h"
#include "proto/council/document_hash.h"
#include "result.h"
#include "runner/deliberation/call/attempt.h"
#include "runner/deliberation/call/call.h"
#include "runner/deliberation/round/round.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/round/stage.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/engine_timer.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/need.h"
#include "strategies.h"

/* ---- life ---- */

static json_t *links_of(const json_t *doc)
{
    json_t *options = j_get(doc, "options");
    if (!strategy_find(j_str(doc, "strategy", "")))
        return j_null_or(j_get(options, "chain"));
    json_t *list = j_array(), *link = j_object();
    j_ref(link, "strategy", j_get(doc, "strategy"));
    j_ref(link, "options", options);
    j_add(list, link);
    return list;
}

struct auto_stage *auto_new(struct engine *e)
{
    struct auto_stage *s = xcalloc(1, sizeof *s);
    struct error err = {0};
    s->e = e;
    s->steps = j_array();
    s->embedders = j_array();
    s->links = links_of(e->doc);
    if (council_context_from_spec(e->context, &s->context, &err) < 0)
        s->context = (struct council_context){0};
    s->entries = auto_usable_entries(s);
    return s;
}

void auto_free(struct auto_stage *s)
{
    if (!s)
        return;
    council_context_release(&s->context);
    json_decref(s->entries);
    json_decref(s->links);
    json_decref(s->steps);
    json_decref(s->built);
    json_decref(s->embedders);
    free(s);
}

/* The calls of the stage stand in a round of the host that is never told of. */
void auto_start(struct auto_stage *s)
{
    static const struct round_type calls_of_choice = {0}; /* nothing of a round but its calls */
    static const struct round_stage *const none[] = {NULL};
    struct council *host = s->e->root;
    json_t *doc = xcheck(auto_host_round(s->e->max_parallel));
    j_add(host->round_docs, doc);
    host->round = round_new(
        host,
        &(struct round_plan){.doc = doc, .name = "auto", .type = &calls_of_choice, .stages = none});
    host->round->end_ms = host->member_end_ms;
    host->round->end_reason = "run_deadline";
}

/* ---- the choice ---- */

static void add_step(struct auto_stage *s, const char *strategy, const char *result,
                     const char *reason)
{
    json_t *o = j_object();
    j_set(o, "strategy", j_string(strategy));
    j_set(o, "result", j_string(result));
    j_set(o, "reason", j_string(reason));
    j_add(s->steps, o);
}

static json_t *told(struct auto_stage *s, const char *strategy, const char *kind,
                    const struct auto_pick *pick)
{
    json_t *o = j_object();
    j_set(o, "strategy", j_string(strategy));
    j_set(o, "kind", j_string(kind));
    j_ref(o, "catalog_id", j_get(pick->entry, "id"));
    j_set(o, "reason", j_string(pick->reason));
    j_set(o, "score", j_real(pick->score));
    j_set(o, "latency_ms", j_integer(s->e->now));
    j_ref(o, "steps", s->steps);
    return o;
}

static json_t *hashes(const json_t *document)
{
    char council[SHA256_HEX_SIZE], ask[SHA256_HEX_SIZE];
    json_t *o = j_object();
    if (council_document_sha256(document, council) < 0 || council_ask_sha256(document, ask) < 0)
        xcheck(NULL);
    j_set(o, "council_sha256", j_string(council));
    j_set(o, "ask_sha256", j_string(ask));
    return o;
}

/* The limits of the chosen council; what was spent stays spent. */
static void take_limits(struct engine *e)
{
    struct ledger spent = e->ledger;
    ledger_init(&e->ledger, j_get(e->doc, "budget"));
    e->ledger.tokens = spent.tokens;
    e->ledger.calls = spent.calls;
    e->ledger.cost = spent.cost;
    e->ledger.peak_reserved_tokens = spent.peak_reserved_tokens;
    e->ledger.refused_calls = spent.refused_calls;
    e->ledger.estimated_tokens = spent.estimated_tokens;
}

/* The chosen council takes the host's place; the time that the choice took is the run's. */
static void adopt(struct auto_stage *s, const struct council_plan *plan, json_t *why)
{
    struct engine *e = s->e;
    json_t *p = xcheck(json_copy(why));
    e->selected = why;
    json_decref(e->doc);
    free(e->council_id);
    e->doc = json_incref(plan->document);
    e->council_id = xstrdup(plan->council_id);
    council_free(e->root);
    take_limits(e);
    e->root = council_new(e, "", e->doc, e->input, NULL);
    j_set(p, "council_id", j_string(e->council_id));
    j_ref(p, "council", e->doc);
    j_set(p, "hashes", hashes(e->doc));
    j_set(p, "members", members_payload(e->root));
    j_set(p, "rounds", rounds_payload(e->root));
    engine_emit(e, "", "council_selected", p);
    council_start(e->root);
    e->root->started_ms = 0;
    council_shorten(e->root, need_int(j_get(e->doc, "budget"), "deadline_ms"));
    e->stage = NULL;
    auto_free(s);
}

static void fail(struct auto_stage *s, const char *code, const char *message)
{
    struct council *host = s->e->root;
    if (!council_cancelled(host))
        council_fail(host, "failed", code, message);
    s->e->selected =
        told(s, j_str(s->e->doc, "strategy", ""), NULL, &(struct auto_pick){.score = NAN});
    engine_timer_clear(s->e, &host->timer);
    host->done = true;
}

static void choose(struct auto_stage *s, const char *strategy, const char *kind,
                   const struct auto_pick *pick, json_t *council)
{
    struct council_plan plan;
    json_t *errors = j_array();
    if (auto_resolve(s, council, &plan, errors) == 0) {
        adopt(s, &plan, told(s, strategy, kind, pick));
        council_plan_release(&plan);
    } else {
        fail(s, "invalid_council", json_string_value(json_array_get(errors, 0)));
    }
    json_decref(errors);
}

static void lost(struct auto_stage *s)
{
    json_t *otherwise = j_get(s->e->doc, "on_no_match");
    json_t *fallback = json_is_object(otherwise) ? j_get(otherwise, "fallback") : NULL;
    if (fallback)
        choose(s, j_str(s->e->doc, "strategy", ""), "fallback", &(struct auto_pick){.score = NAN},
               fallback);
    else
        fail(s, "no_match", "no council of the catalogue fits the task");
}

static void found(struct auto_stage *s, const struct strategy *strategy,
                  const struct auto_pick *pick)
{
    json_t *built = json_incref(s->built), *council = j_get(pick->entry, "council");
    add_step(s, strategy->kind->name, "match", pick->reason);
    if (built && strategy->builds)
        choose(s, strategy->kind->name, "built", pick, built);
    else
        choose(s, strategy->kind->name, json_is_string(council) ? "static" : "dynamic", pick,
               council);
    json_decref(built);
}

/* Moves the call that is open; true when there is none that has still to end. */
static bool call_over(struct auto_stage *s, bool *moved)
{
    struct seat_call *c = s->call;
    if (!c || c->state == CALL_DONE)
        return true;
    if (c->state == CALL_QUEUED && !council_cancelled(s->e->root)) {
        call_begin(c);
        *moved = true;
    } else {
        attempt_retry_money(c);
    }
    return c->state == CALL_DONE;
}

bool auto_step(struct auto_stage *s)
{
    bool moved = false;
    struct auto_pick pick = {.score = NAN};
    json_t *link = json_array_get(s->links, s->at);
    if (s->e->root->done || !call_over(s, &moved))
        return moved;
    if (council_cancelled(s->e->root) || s->e->root->out_of_time || !link) {
        if (link || council_cancelled(s->e->root))
            fail(s, "no_match", "the choice of a council was broken off");
        else
            lost(s);
        return true;
    }
    const struct strategy *strategy = strategy_find(j_str(link, "strategy", ""));
    enum auto_answer answer = strategy->try(s, j_get(link, "options"), &pick);
    if (answer == AUTO_MATCH) {
        found(s, strategy, &pick);
    } else if (answer == AUTO_NO_MATCH) {
        add_step(s, strategy->kind->name, "no_match", pick.reason);
        s->call = NULL;
        s->at++;
    }
    free(pick.reason);
    return true;
}
