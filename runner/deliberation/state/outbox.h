/* What the engine has to say and wants done, until the caller takes it: events first, wants only
 * when no event is left, so that a fact is journaled before anything is done because of it. */
#ifndef RUNNER_DELIBERATION_STATE_OUTBOX_H
#define RUNNER_DELIBERATION_STATE_OUTBOX_H

#include <jansson.h>

#include "want.h"

struct engine;
struct round;
struct seat_call;

/* Puts an event into the queue; takes the payload over. path: of the council that it is about. */
void engine_emit(struct engine *e, const char *path, const char *type, json_t *payload);
/* A warning event, also kept for the result. member_id and context may be NULL (context is taken
 * over). */
void engine_warn(struct engine *e, const struct round *r, const char *code, const char *member_id,
                 const char *message, json_t *context);

/* Strings are copied. An abort of what nobody has taken yet takes the want itself away. */
void engine_push_want(struct engine *e, struct engine_want want, struct seat_call *call);
/* Forgets the attempts and tools that this call wants. */
void engine_drop_wants(struct engine *e, const struct seat_call *call);

json_t *outbox_next_event(struct engine *e);                  /* the caller's; NULL: none */
const struct engine_want *outbox_next_want(struct engine *e); /* valid until the next one */
void outbox_release(struct engine *e);

#endif
