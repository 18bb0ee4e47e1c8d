/* Replay: the journal of a run is fed back to a fresh engine, which has to come to the same events
 * and the same result, byte for byte.
 *
 *     struct replay *r = replay_new(lines, &err);          all lines of the journal
 *     replay_line(r, line, &err) for every line, the first one too
 *     result = replay_result(r)
 *
 * A line is a fact or was derived by the engine; which of the two shows itself: whatever the
 * engine has already told must match, anything else is fed to it. */
#ifndef RUNNER_DELIBERATION_REPLAY_H
#define RUNNER_DELIBERATION_REPLAY_H

#include "common/error.h"

#include "engine.h"

struct replay;

/* Fills a spec from a run_started event. Strings and JSON belong to the event and must outlive the
 * spec's use. -EINVAL when the event is not one that this engine can replay. */
int replay_spec(json_t *run_started, struct engine_spec *ret, struct error *err);

/* lines: array of the journal's events, which must outlive the replay. NULL with err set when
 * replay_spec refuses the first one. */
struct replay *replay_new(json_t *lines, struct error *err);
void replay_free(struct replay *r);

/* 0, or -EBADMSG with err telling the first difference: the journal is not what this engine would
 * have written. After that the replay cannot go on. */
int replay_line(struct replay *r, json_t *line, struct error *err);

/* Events that the engine has told and the journal does not have: those a torn or cut journal lost;
 * 0 for a whole one. */
int replay_missing(const struct replay *r);

/* The result document, NULL when the journal does not reach the end; belongs to the replay. */
json_t *replay_result(const struct replay *r);
const char *replay_outcome(const struct replay *r);

#endif
