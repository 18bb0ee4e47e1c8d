#include "auto_stage.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "runner/deliberation/round/condition.h"
#include "runner/deliberation/words/digest.h"
#include "common/jx.h"

bool auto_is(const json_t *doc)
{
    return j_get(doc, "strategy") != NULL;
}

json_t *auto_host(const json_t *doc)
{
    json_t *o = j_object();
    j_ref(o, "id", j_get(doc, "id"));
    j_ref(o, "name", j_get(doc, "name"));
    j_set(o, "members", j_array());
    j_set(o, "rounds", j_array());
    j_ref(o, "budget", j_get(doc, "budget"));
    return o;
}

/* ---- resolving ---- */

static void add_faults(const struct council_faults *faults, json_t *errors)
{
    for (size_t i = 0; i < faults->council.count; i++) {
        const struct fault *f = &faults->council.at[i];
        char *line = xasprintf("%s: %s: %s", f->path, f->code, f->message);
        j_add(errors, j_string(line));
        free(line);
    }
    if (faults->council.count == 0)
        j_add(errors, j_string(faults->option_message));
}

int auto_resolve(struct auto_stage *s, const json_t *council, struct council_plan *ret,
                 json_t *errors)
{
    struct council_faults faults = {0};
    char *input = j_dump(s->e->input);
    struct council_request request = {
        .council = council,
        .options = s->e->options,
        .input_bytes = strlen(input),
        .budget = j_get(s->e->doc, "budget"),
    };
    int r = council_resolve(&s->context, &request, ret, &faults);
    if (r == -ENOMEM)
        xcheck(NULL);
    if (r < 0)
        add_faults(&faults, errors);
    council_faults_release(&faults);
    free(input);
    return r;
}

/* ---- entries ---- */

static bool needs_absent_provider(struct auto_stage *s, const json_t *entry)
{
    struct council_plan plan;
    json_t *errors = j_array(), *line;
    bool absent = false;
    size_t i;
    if (auto_resolve(s, j_get(entry, "council"), &plan, errors) == 0)
        council_plan_release(&plan);
    json_array_foreach (errors, i, line)
        absent |= strstr(json_string_value(line), ": unknown_provider: ") != NULL;
    json_decref(errors);
    return absent;
}

static json_t *usable_entries(struct auto_stage *s)
{
    size_t i;
    json_t *entry, *list = j_array();
    bool check = j_bool(s->e->doc, "provider_check", false);
    json_array_foreach (j_get(s->e->doc, "catalog"), i, entry) {
        if (!check || !needs_absent_provider(s, entry))
            j_add(list, json_incref(entry));
    }
    return list;
}

json_t *auto_entry(const struct auto_stage *s, const char *id)
{
    size_t i;
    json_t *entry;
    json_array_foreach (s->entries, i, entry) {
        if (strcmp(j_str(entry, "id", ""), id) == 0)
            return entry;
    }
    return NULL;
}

/* ---- life ---- */

static json_t *links_of(const json_t *doc)
{
    json_t *options = j_get(doc, "options");
    if (strcmp(j_str(doc, "strategy", ""), "cascade") == 0)
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
    s->links = links_of(e->doc);
    if (council_context_from_spec(e->context, &s->context, &err) < 0)
        s->context = (struct council_context){0};
    s->entries = usable_entries(s);
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
    json_decref(s->embedder);
    free(s);
}

/* The calls of the stage stand in a round of the host that is never told of. */
void auto_start(struct auto_stage *s)
{
    struct council *host = s->e->root;
    json_t *doc = j_object();
    j_set(doc, "type", j_string("auto"));
    j_add(host->round_docs, doc);
    host->round = round_new(host, doc, 0, 0);
    host->round->end_ms = host->member_end_ms;
    host->round->end_reason = "run_deadline";
}

struct seat_call *auto_call(struct auto_stage *s, json_t *seat)
{
    struct council *host = s->e->root;
    char slot[24];
    snprintf(slot, sizeof slot, "s%zu", s->at);
    s->call = call_new(host->round, council_named_seat(host, seat), "auto", s->at ? slot : NULL);
    s->call->map = host->labels;
    round_add_call(host->round, s->call);
    return s->call;
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
    ledger_init(&e->ledger, j_get(e->doc, "budget"), j_get(e->doc, "chair") != NULL);
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
    e->root = council_new(e, "", e->doc, e->input);
    j_set(p, "council_id", j_string(e->council_id));
    j_ref(p, "council", e->doc);
    j_set(p, "hashes", hashes(e->doc));
    j_set(p, "members", members_payload(e->root));
    j_set(p, "rounds", rounds_payload(e->root));
    engine_emit(e, "", "council_selected", p);
    council_start(e->root);
    e->root->started_ms = 0;
    council_shorten(e->root, j_int(j_get(e->doc, "budget"), "deadline_ms", 1800000));
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
    final_decide(host);
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

static void found(struct auto_stage *s, const char *strategy, const struct auto_pick *pick)
{
    json_t *built = json_incref(s->built), *council = j_get(pick->entry, "council");
    add_step(s, strategy, "match", pick->reason);
    if (built && strcmp(strategy, "llm_build") == 0)
        choose(s, strategy, "built", pick, built);
    else
        choose(s, strategy, json_is_string(council) ? "static" : "dynamic", pick, council);
    json_decref(built);
}

static enum auto_answer try_link(struct auto_stage *s, const char *strategy, json_t *options,
                                 struct auto_pick *pick)
{
    if (strcmp(strategy, "rules") == 0)
        return auto_rules(s, pick);
    if (strcmp(strategy, "llm_classify") == 0)
        return auto_classify(s, options, pick);
    if (strcmp(strategy, "llm_build") == 0)
        return auto_design(s, options, pick);
    return auto_embedding(s, options, pick);
}

enum auto_answer auto_rules(struct auto_stage *s, struct auto_pick *pick)
{
    size_t i;
    json_t *entry, *match;
    struct condition_facts f = {.input = s->e->input, .iteration = -1};
    json_array_foreach (s->entries, i, entry) {
        if (!(match = j_get(entry, "match")) || !condition_holds(match, &f))
            continue;
        pick->entry = entry;
        return AUTO_MATCH;
    }
    return AUTO_NO_MATCH;
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
        call_retry_money(c);
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
    const char *strategy = j_str(link, "strategy", "");
    enum auto_answer answer = try_link(s, strategy, j_get(link, "options"), &pick);
    if (answer == AUTO_MATCH) {
        found(s, strategy, &pick);
    } else if (answer == AUTO_NO_MATCH) {
        add_step(s, strategy, "no_match", pick.reason);
        s->call = NULL;
        s->at++;
    }
    free(pick.reason);
    return true;
}
