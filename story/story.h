/* A run as told by its events: what `show`, `transcript` and `diagram` make their pages from. Works
 * on whatever part of a journal there is, of live runs and of dead ones too. Nothing here reads,
 * writes or asks: events go in, JSON and text come out. Memory that runs out ends the process.
 *
 * The story is one JSON object:
 *
 *     run_id, council_id, council_name, input, started_at, seed
 *     members   [{id, role, provider, model, label}]
 *     rounds    [{index, name, type, iteration, path, status, aggregate, quorum, results, calls}]
 *               results: what each member answered; calls: what was asked besides (tie breaks ...)
 *     warnings  [{code, message, member_id}]
 *     last_seq  of the last event
 *     holes     [{from, to, rounds}]: events that the record lacks, and behind how many rounds
 *     torn      has the record lines that cannot be parsed?
 *     result    the result document of the terminal event, else null */
#ifndef STORY_STORY_H
#define STORY_STORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

/* Folds an array of events into a story; the caller drops it. */
json_t *story_fold(const json_t *events);
/* What its run.end says of the whole record: {last_seq, torn}. NULL: nothing is known. */
void story_close(json_t *story, const json_t *end);

/* Which events are missing behind so many rounds, each hole between `before` and `after`. */
void story_add_holes(struct buf *to, const json_t *story, size_t rounds, const char *before,
                     const char *after);
#define STORY_TORN "the record is torn: lines of it cannot be parsed, and are passed over"

/* The role of a member as people read it: its role, else its id. */
const char *story_role(const json_t *story, const char *member_id);
/* Is it the chair alone that a round (of a document, or of a story) asks? */
bool story_asks_chair(const json_t *round);
/* The flags of a result that say that its text tries to steer its readers; a new list. */
json_t *story_steering(const json_t *result);
/* Where it came from: "provider/model"; "" when that is not known. The text lives in ret. */
const char *story_model(const json_t *result, char *ret, size_t size);

#endif
