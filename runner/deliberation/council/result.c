/* The result document and the opening event. */
#include "result.h"

#include <string.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/document.h"
#include "proto/council/tables/words.h"

#include "auto_doc.h"
#include "dissent.h"
#include "final.h"
#include "reports.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/usage.h"
#include "runner/deliberation/state/want.h"
#include "runner/deliberation/words/digest.h"

static json_t *stamp(const struct engine *e, int64_t ms)
{
    char text[CLOCK_RFC3339_SIZE];
    return j_string(clock_rfc3339(e->wall_ms + ms, text));
}

static json_t *input_hash(const struct engine *e)
{
    char hex[SHA256_HEX_SIZE];
    return j_string(canonical_sha256(e->input, hex));
}

static json_t *metadata(const struct engine *e)
{
    json_t *all = j_object(), *own = j_get(e->doc, "metadata");
    json_t *run = j_get(e->options, "metadata");
    if (own)
        json_object_update(all, own);
    if (run)
        json_object_update(all, run);
    return all;
}

static json_t *seat_row(const struct council *c, const struct seat *s)
{
    json_t *o = j_object();
    struct entry entry = seat_entry(s, 0);
    j_set(o, "id", j_string(s->id));
    j_set(o, "role", j_string(s->role));
    j_set(o, "provider", j_string(entry.provider));
    j_set(o, "model", j_string(entry.model));
    j_set(o, "label", j_string(s->is_chair ? NULL : label_of(c->labels, s->id)));
    return o;
}

json_t *members_payload(const struct council *c)
{
    json_t *list = j_array();
    for (int i = 0; i < c->n; i++)
        j_add(list, seat_row(c, &c->members[i]));
    if (c->chair)
        j_add(list, seat_row(c, c->chair));
    return list;
}

json_t *rounds_payload(const struct council *c)
{
    size_t i;
    json_t *doc, *list = j_array();
    json_array_foreach (c->round_docs, i, doc) {
        json_t *o = j_object();
        j_set(o, "index", j_integer((json_int_t)i));
        j_set(o, "name", j_string(j_str(doc, "name", j_str(doc, "type", ""))));
        j_set(o, "type", j_string(j_str(doc, "type", "")));
        j_add(list, o);
    }
    return list;
}

json_t *run_started_payload(struct engine *e)
{
    json_t *p = j_object();
    j_set(p, "council_id", j_string(e->council_id));
    j_set(p, "council_sha256", j_string(e->council_sha256));
    j_set(p, "ask_sha256", j_string(e->ask_sha256));
    j_set(p, "input_sha256", input_hash(e));
    j_ref(p, "input", e->input);
    j_ref(p, "council", e->doc);
    j_set(p, "seed", j_string(e->seed));
    j_set(p, "engine_version", j_string(ENGINE_VERSION));
    j_set(p, "limits", j_copy(j_get(e->doc, "budget")));
    j_set(p, "members", e->stage ? json_null() : members_payload(e->root));
    j_set(p, "rounds", e->stage ? json_null() : rounds_payload(e->root));
    if (e->stage)
        j_ref(p, "context", e->context);
    j_ref(p, "reliability", e->reliability);
    j_set(p, "metadata", metadata(e));
    j_ref(p, "options", e->options);
    j_set(p, "max_parallel", j_integer(e->max_parallel));
    j_set(p, "verbose", json_boolean(e->verbose));
    return p;
}

/* ---- parts of the result ---- */

static json_t *current_answer(const struct seat *s)
{
    if (!s->answer.text)
        return json_null();
    json_t *o = j_object();
    j_set(o, "index", j_integer(s->answer.index));
    j_set(o, "iteration", j_integer(s->answer.iteration));
    j_set(o, "stale", json_boolean(s->answer.stale));
    return o;
}

static json_t *seat_summary(const struct council *c, const struct seat *s)
{
    json_t *o = j_object();
    struct entry entry = seat_entry(s, 0);
    j_set(o, "role", j_string(s->role));
    j_set(o, "label", j_string(s->is_chair ? NULL : label_of(c->labels, s->id)));
    j_set(o, "provider", j_string(entry.provider));
    j_set(o, "model", j_string(entry.model));
    j_set(o, "calls", j_integer(s->calls));
    j_ref(o, "statuses", s->statuses);
    j_set(o, "current_answer", current_answer(s));
    j_set(o, "usage", usage_json(s->usage));
    j_set(o, "cost", cost_json(s->cost));
    j_set(o, "latency_ms", j_integer(s->latency_ms));
    j_set(o, "confidence", j_real(s->confidence));
    return o;
}

static json_t *seat_summaries(const struct council *c)
{
    json_t *all = j_object();
    for (int i = 0; i < c->n; i++)
        j_set(all, c->members[i].id, seat_summary(c, &c->members[i]));
    if (c->chair)
        j_set(all, c->chair->id, seat_summary(c, c->chair));
    for (int i = 0; i < c->fallbacks; i++)
        if (!c->fallback[i].account && c->fallback[i].calls > 0)
            j_set(all, c->fallback[i].id, seat_summary(c, &c->fallback[i]));
    return all;
}

static json_t *label_maps(const struct council *c)
{
    json_t *all = j_object();
    struct named_map *m;
    LL_FOREACH (c->maps, m) {
        j_set(all, m->scope, label_map_json(m->map));
    }
    return all;
}

static json_t *run_usage(const struct engine *e)
{
    json_t *o = usage_json(e->usage);
    if (json_is_null(o)) {
        static const char *const counts[] = {"input_tokens", "output_tokens", "cached_input_tokens",
                                             "reasoning_tokens"};
        o = j_object();
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            j_set(o, counts[i], json_null());
    }
    j_set(o, "attempts", j_integer(e->attempts));
    j_set(o, "calls", j_integer(e->n_calls));
    j_set(o, "estimated_tokens", j_integer(e->ledger.estimated_tokens));
    return o;
}

static json_t *timing(const struct council *c)
{
    json_t *o = j_object();
    j_set(o, "started_at", stamp(c->e, c->started_ms));
    j_set(o, "finished_at", stamp(c->e, c->e->now));
    j_set(o, "duration_ms", j_integer(c->e->now - c->started_ms));
    j_set(o, "deadline_ms", j_integer(c->end_ms - c->started_ms));
    j_ref(o, "stage_ms", c->stage_ms);
    return o;
}

static json_t *heard(const struct council *c)
{
    json_t *o = j_object();
    j_set(o, "ok", j_integer(c->ok));
    j_set(o, "of", j_integer(c->of));
    return o;
}

static const char *status_of(const char *outcome)
{
    if (strcmp(outcome, "complete") == 0 || strcmp(outcome, "degraded") == 0)
        return "completed";
    return strcmp(outcome, "cancelled") == 0 ? "cancelled" : "failed";
}

static void add_identity(json_t *o, struct council *c)
{
    struct engine *e = c->e;
    j_set(o, "schema_version", j_integer(1));
    j_set(o, "engine_version", j_string(ENGINE_VERSION));
    j_set(o, "run_id", j_string(e->run_id));
    j_set(o, "council_id", j_string(e->council_id));
    j_set(o, "council_name", j_string(j_str(c->doc, "name", j_str(c->doc, "id", NULL))));
    j_set(o, "council_sha256", j_string(e->council_sha256));
    j_set(o, "input_sha256", input_hash(e));
    j_set(o, "seed", j_string(e->seed));
}

static void add_state(json_t *o, struct council *c)
{
    const char *outcome = council_outcome(c);
    j_set(o, "status", j_string(status_of(outcome)));
    j_set(o, "outcome", j_string(outcome));
    j_set(o, "degraded", json_boolean(json_array_size(c->degraded) > 0));
    j_set(o, "heard", heard(c));
    j_ref(o, "degraded_reasons", c->degraded);
    j_ref(o, "errors", c->e->errors);
    j_ref(o, "warnings", c->e->warnings);
    j_ref(o, "final", c->final);
}

static void add_accounts(json_t *o, struct council *c)
{
    struct engine *e = c->e;
    j_set(o, "usage", run_usage(e));
    j_set(o, "cost", cost_json(e->cost));
    j_set(o, "cost_known", json_boolean(e->cost.unknown == 0));
    j_set(o, "unpriced_calls", j_integer(e->unpriced_calls));
    j_set(o, "currency", j_string("USD"));
    json_t *budget = ledger_json(&e->ledger);
    if (e->carried)
        j_set(budget, "budget_carried", reservation_json(e->ledger.spared));
    j_set(o, "budget", budget);
    j_set(o, "timing", timing(c));
}

static json_t *resume_json(const struct engine *e)
{
    if (!e->from_run_id)
        return json_null();
    json_t *o = j_object();
    j_set(o, "from", j_string(e->from_run_id));
    j_set(o, "reused_calls", j_integer(e->reused_calls));
    j_set(o, "saved_tokens", j_integer(e->saved_tokens));
    j_set(o, "saved_cost", j_real(e->saved_cost));
    return o;
}

static bool asks_report(const struct engine *e, const char *name)
{
    json_t *asked = j_get(e->options, "reports");
    return !asked || j_array_has(asked, name);
}

#define REPORTER(SET, WORD, word) [REPORT_##WORD] = report_##word,
static json_t *(*const reporters[])(const struct report_facts *f) = {REPORT_WORDS(REPORTER)};

static json_t *reports(const struct council *c)
{
    json_t *o = j_object(), *providers = j_object(), *labels = label_map_json(c->labels);
    struct report_facts f = {.rounds = c->rounds, .providers = providers, .labels = labels};
    for (int i = 0; i < c->n; i++)
        j_set(providers, c->members[i].id, j_string(seat_entry(&c->members[i], 0).provider));
    for (size_t i = 0; REPORT_NAMES[i]; i++)
        j_set(o, REPORT_NAMES[i],
              asks_report(c->e, REPORT_NAMES[i]) ? reporters[i](&f) : json_null());
    json_decref(providers);
    json_decref(labels);
    return o;
}

/* What the run was planned to cost in effort, and what it did. */
static json_t *complexity(const struct engine *e)
{
    struct council_planned plan;
    if (auto_is(e->doc))
        return json_null(); /* no council was chosen */
    council_planned(e->doc, &plan);
    return j_pack("{s:{s:f, s:f, s:{s:I, s:I}}, s:f}", "planned", "min", plan.score_min, "max",
                  plan.score_max, "calls", "min", (json_int_t)plan.calls_min, "max",
                  (json_int_t)plan.calls_max, "actual", (double)e->effort / 2000);
}

json_t *result_document(struct council *c)
{
    json_t *o = j_object();
    add_identity(o, c);
    add_state(o, c);
    j_set(o, "members", seat_summaries(c));
    j_set(o, "labels", label_map_json(c->labels));
    j_set(o, "label_maps", label_maps(c));
    j_ref(o, "rounds", c->rounds);
    j_set(o, "dissent", dissent_of(c->rounds));
    j_set(o, "reports", reports(c));
    add_accounts(o, c);
    j_ref(o, "auto", c->e->selected);
    j_set(o, "complexity", complexity(c->e));
    j_set(o, "resume", resume_json(c->e));
    j_set(o, "metadata", metadata(c->e));
    return o;
}
