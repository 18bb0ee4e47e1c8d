/* Checking a council: what council.validate and run.start have in common. Forks nothing, writes
 * nothing, reserves nothing. */
#ifndef DAEMON_METHOD_DESK_ADMIT_H
#define DAEMON_METHOD_DESK_ADMIT_H

#include "desk.h"
#include "proto/council/document.h"
#include "proto/methods/methods.h"

struct record_key;

/* 0 with *ret; -EINVAL with faults; -ENOMEM. `values` is how many JSON values the council has: too
 * many are refused before any of them becomes a tree. */
int admit_council(struct call *call, struct json_span council, size_t values, const json_t *options,
                  size_t input_bytes, struct council_plan *ret, struct council_faults *faults);
/* invalid_council with all of them. */
int admit_refuse_council(struct call *call, const struct council_faults *faults);

/* Whether a run may be started now: shutting_down, max_children, already_started. id: wanted by
 * the caller; NULL, or at == NULL: none. 1 when it has answered why not, else 0. */
int admit_run(struct call *call, const struct field_string *id);
/* The record that options.resume_from means: the newest of that id which it owns. 0 with *ret, with
 * neither when options name none, or with *ret_fault, why it is no run to resume; 1 when it has
 * answered why not; -ENOMEM. */
int admit_resumption(struct call *call, const json_t *options, struct record_key *ret,
                     const char **ret_fault);
/* Where its run is to stand, which asked for this registry (NULL, or at == NULL: for none). NULL:
 * it may not stand there. */
const char *admit_registry(const struct call *call, const struct field_string *asked);
/* An id that no run has: 0 or -errno. ret has RUNID_MAX + 1 bytes. */
int admit_choose_id(const struct desk *desk, char *ret);
/* JSON text about the client, malloc'ed; NULL: no memory. callers may be NULL. */
char *admit_started_by(const struct call *call, json_t *callers);

#endif
