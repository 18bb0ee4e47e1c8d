/* The council document: checking it, and resolving it. Resolving looks names up, expands the
 * template, merges the profiles of each seat and fills in every default, so that nobody who works
 * with the result needs the catalogue, the profiles or a default again. councild resolves to check
 * a request and to learn what the run will need; the runner resolves again, from its spec, with
 * the same code, and runs the result.
 *
 *     struct council_request request = {.council = ..., .options = ..., .input_bytes = ...};
 *     struct council_plan plan;
 *     struct council_faults faults = {0};
 *     int r = council_resolve(&context, &request, &plan, &faults);
 *     if (r == 0) ... council_plan_release(&plan);
 *     council_faults_release(&faults);
 *
 * The resolved document is itself a council document: resolving it again gives an equal one. Who
 * reads it asks for a member without a default of its own, since every default was filled in from
 * the tables (tables/):
 *   - council: every field. `template` and `default_profile` are null, `profiles` is {}; `name` is
 * a text, `chair` null or a seat, `router` null or an object, `documents` a list, `grounding` has
 *     mode and k. `budget` holds the limits in force, the smallest given by operator, options and
 *     document: max_tokens, max_cost, max_calls are null or numbers, deadline_ms, chair_reserve and
 *     allow_unknown_price are there.
 *   - seats (members, chair, seats in fallback_chairs, judges, of routers and strategies): every
 *     field of a seat and of a bundle, the layers merged. `profile` is null, `profile_overrides`
 * {}; council tools stand in `tools`, and tools are objects with `parameters`; `input_mapper` is
 *     null or an object; `output_schema` is null and the schema, if any, in `output_schema_inline`;
 *     `timeouts` and `retry` are complete; `price` is null (unknown) or has input, output and
 *     cached_input; `fallback` entries have provider, model, temperature, max_tokens and price;
 *     `confidence` is null, a word, or {semantic_entropy: {samples, cluster}}; a chair has
 *     fallback_chairs and last_resort. A seat with a `sub_council` (an object, resolved itself) has
 *     null for provider, model and price; of its bundle only `timeouts` mean anything.
 *   - rounds: every field. `type` is a kind, never a preset; `name` is unique; `quorum` has min,
 *     ratio and distinct, null for the absent one; `router` is null or an object with all fields of
 *     its kind; `members` and `deadline_ms` may be null, `max_parallel` is a number.
 *   - opts: every opt of the type, `anonymity` merged and complete. Absent are only: `options`
 * where the candidates are others; and of the opts of counting those that the row of the aggregator
 *     does not use (tables/kinds.h: uses; weight_transform also with weights `reliability`).
 *     `aggregator` is never an alias, `tie_break`, `candidates` and `judge` are filled in, options
 *     are {id, text}, `scale` has min and max. `wrap` of iterate has type, opts, quorum and
 *     failure_mode, its opts are as complete as a round's; `until` is one object, a judge in it has
 *     score and seat (null: the chair).
 *   - auto documents: every field; `catalog` is a list of entries with id, desc, match, vector,
 * tags; `options` are complete for their strategy, in the links of a cascade too. options.history,
 * options.documents and options.metadata are not merged into it.
 *
 * Everything here is pure: no file, no clock, no network. Failed allocations give -ENOMEM. */
#ifndef PROTO_COUNCIL_DOCUMENT_H
#define PROTO_COUNCIL_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/error.h"
#include "council_faults.h"
#include "proto/council/check/context.h"
#include "proto/council/round/estimate.h"

struct council_request {
    const json_t *council; /* name, document, or {"auto": name or document} */
    const json_t *options; /* `options` of run.start, or NULL */
    size_t input_bytes;    /* length of the input's JSON text, 0 when there is none */
    const json_t *budget;  /* of the auto document that chose this council, or NULL */
};

/* A plan owns its references; council_plan_release gives them back. */
struct council_plan {
    char *council_id;
    json_t *document;    /* resolved; of an auto run the resolved auto document */
    json_t *warnings;    /* [{path, code, message}] */
    json_t *catalogue;   /* {kind: {name: document}}: reached, commands of tools left out */
    json_t *providers;   /* {name: configuration}: used, with fallbacks and sub-councils */
    json_t *prices;      /* the rows of the operator's table that were used */
    json_t *tools;       /* {name: document}: the command and mcp tools used, argv included */
    json_t *reliability; /* {key: score} for the keys and features of this run */
    int64_t deadline_ms;
    bool is_auto;
};

/* 0; -EINVAL with the faults filled in; -ENOMEM. *ret is written on success only. */
int council_resolve(const struct council_context *context, const struct council_request *request,
                    struct council_plan *ret, struct council_faults *faults);

/* The operator's defaults and budget, checked as a council's are, before any council comes. -EINVAL
 * names the first fault, -ENOMEM. */
int council_check_configuration(const struct council_context *context, struct error *err);

void council_plan_release(struct council_plan *plan);

#endif
