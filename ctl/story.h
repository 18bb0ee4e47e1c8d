/* A run as told by its events: what `show`, `transcript` and `diagram` make their pages from. Works
 * on whatever part of a journal there is, of live runs and of dead ones too.
 *
 * The story is one JSON object:
 *   run_id, council_id, council_name, input, started_at, seed, members [{id, role, provider, model,
 * label}] rounds [{index, name, type, iteration, path, status, ok, of, aggregate, results
 * [MemberResult], calls [MemberResult]}] warnings [{code, message, member_id}] result: the result
 * document of the terminal event, else null */
#ifndef CTL_STORY_H
#define CTL_STORY_H

#include <jansson.h>

#include "ctl.h"

/* Folds an array of events into a story; the caller drops it. */
json_t *story_fold(const json_t *events);

/* All events that a run has so far: 0 with *ret (caller drops it), or the exit status after having
 * told the failure. */
int story_events(const struct ctl *ctl, const char *run_id, json_t **ret);

/* The role of a member as people read it: its role, else its id. */
const char *story_role(const json_t *story, const char *member_id);
/* Where it came from: "provider/model"; "" when that is not known. The text lives in ret. */
const char *story_model(const json_t *result, char *ret, size_t size);

#endif
