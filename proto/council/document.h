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
 * The resolved document is itself a council document: resolving it again gives an equal one. What
 * it guarantees beyond the reference:
 *   - every field of every object is present, but for opts that have no use in their round (opts
 *     of another aggregator, `scale` without scores), and the fields that a seat with a
 *     `sub_council` cannot have;
 *   - `template` and `default_profile` are null, `profiles` is {}; each seat (members, chair,
 *     seats in fallback_chairs, judges) has `profile` null, `profile_overrides` {} and all bundle
 *     fields merged; council tools stand in each seat's `tools`;
 *   - `sub_council`, `router`, `input_mapper` are null or objects; `output_schema` is null and the
 *     schema stands in `output_schema_inline`; tools are objects with `parameters`;
 *   - each round has a unique `name`, `quorum` as {min, ratio, distinct} with null for the absent
 *     one, `router` (the council's where it has none), and `opts` complete with the merged
 *     `anonymity`; `opts.wrap` of iterate has type, opts, quorum and failure_mode;
 *   - options of votes are {id, text}; `candidates`, `aggregator`, `tie_break` are filled in;
 *   - `budget` holds the limits in force: the smallest given by operator, options and document.
 * options.history, options.documents and options.metadata are not merged into it.
 *
 * Everything here is pure: no file, no clock, no network. Failed allocations give -ENOMEM. */
#ifndef PROTO_COUNCIL_DOCUMENT_H
#define PROTO_COUNCIL_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/error.h"
#include "proto/council/check/catalogue.h"
#include "proto/council/check/context.h"
#include "proto/council/check/faults.h"
#include "proto/council/round/estimate.h"
#include "proto/json/canonical.h"

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

/* Two kinds of refusal, in the order in which they are reported: a fault of the document
 * (`invalid_council`), else one of the options (`invalid_option`). */
struct council_faults {
    struct faults council; /* sorted; empty when the document is valid */
    char *option_field;    /* JSON Pointer from the params of run.start; NULL: options are valid */
    char *option_message;
};

/* 0; -EINVAL with the faults filled in; -ENOMEM. *ret is written on success only. */
int council_resolve(const struct council_context *context, const struct council_request *request,
                    struct council_plan *ret, struct council_faults *faults);

/* The operator's defaults and budget, checked as a council's are, before any council comes. -EINVAL
 * names the first fault, -ENOMEM. */
int council_check_configuration(const struct council_context *context, struct error *err);

void council_plan_release(struct council_plan *plan);
void council_faults_release(struct council_faults *faults);

/* Adds what the runner needs to resolve again to a spec (link.md): catalogue, providers, prices,
 * defaults, tools. Not council, input, options and keys. 0 or -ENOMEM. */
int council_spec_fill(json_t *spec, const struct council_context *context,
                      const struct council_plan *plan);
/* The way back, in the runner. The context borrows from the spec and owns its catalogue, which
 * council_context_release frees. -EINVAL for another form, -ENOMEM. */
int council_context_from_spec(const json_t *spec, struct council_context *ret, struct error *err);
void council_context_release(struct council_context *context);

/* The two hashes of a resolved document (council or auto): without metadata; and also without what
 * cannot change what a seat is asked. 0 or -ENOMEM. */
int council_document_sha256(const json_t *resolved, char ret[SHA256_HEX_SIZE]);
int council_ask_sha256(const json_t *resolved, char ret[SHA256_HEX_SIZE]);

#endif
