/* The spec of a run: what councild sends once, first. Here it is taken apart, the council is
 * resolved again with the code that councild used, and keys are put where they are needed. */
#ifndef RUNNER_RUN_SPEC_H
#define RUNNER_RUN_SPEC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "proto/council/document.h"
#include "proto/json/canonical.h"
#include "proto/link.h"
#include "proto/sandbox.h"
#include "runner/exchange/exchanges.h"
#include "runner/link/key_ring.h"
#include "runner/link/secrets.h"
#include "runner/link/spec_line.h"

struct run_spec {
    char *run_id;
    char *council_id;
    char *seed;
    json_t *tree; /* the whole spec but for keys */
    json_t *keys; /* {key_env: key}, until run_spec_put_keys_away */
    struct key_ring *ring;
    json_t *input;
    json_t *options; /* or NULL */
    bool verbose;
    bool deltas;       /* somebody listens to them from the beginning on */
    bool durable;      /* the record outlives a power cut before the run is ready */
    size_t line_bytes; /* the longest line that councild takes, and reads of a record: M */
    bool one_file; /* the record is one file, which holds the result too; its folder came with it */
    struct sandbox_policy sandbox;
    struct council_context context;
    struct egress *egress;
    struct exchange_rules rules; /* what the operator says of all providers; borrows from tree */
    struct council_plan plan;
    char council_sha256[SHA256_HEX_SIZE];
    char ask_sha256[SHA256_HEX_SIZE];
    bool redacted; /* a key stood in council, input or options, and was replaced */
};

/* Reads a parsed spec line. The keys are added to `secrets` and replaced everywhere else. 0, or
 * -EINVAL with *refusal filled in. */
int run_spec_init(struct run_spec *s, struct link_down *line, struct secrets *secrets,
                  struct spec_refusal *refusal);
/* What is not needed to accept a spec: hashes, and the deadline that the engine has to keep. Once,
 * after run_spec_init. */
void run_spec_finish(struct run_spec *s);
/* The documents of commands and servers, which the council has without their argv. Borrowed. */
json_t *run_spec_tools(const struct run_spec *s);
/* [path]: councild's own, which no tool may use; NULL: not told. Borrowed. */
json_t *run_spec_own_paths(const struct run_spec *s);
/* Once nobody needs them as a tree any more: into the memory of secrets, the tree is wiped. */
void run_spec_put_keys_away(struct run_spec *s, struct secrets *secrets);
/* The key that a provider's configuration asks for, or NULL. */
const char *run_spec_key(const struct run_spec *s, const json_t *config);
void run_spec_release(struct run_spec *s); /* wipes the keys */

#endif
