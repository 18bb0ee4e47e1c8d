/* The two short questions that a probe asks a model: one that is streamed, one whose answer has a
 * form. */
#ifndef RUNNER_PROBE_PROBE_ASK_H
#define RUNNER_PROBE_PROBE_ASK_H

#include <jansson.h>

#include "probe_state.h"
#include "runner/exchange/exchanges.h"

struct probe_questions {
    json_t *stream, *form; /* messages */
    json_t *params, *schema, *no_tools;
};

void probe_questions_init(struct probe_questions *q);
void probe_questions_release(struct probe_questions *q);

/* False: the configuration says that the provider is not asked for forms. */
bool probe_asks_form(const struct probe_target *t);
/* Starts them. What comes of them is told by the hooks of the exchanges. */
void probe_ask(const struct probe_questions *q, struct exchanges *x, struct probe_target *t);
/* Time is over: aborts what has not come, and says so. */
void probe_ask_give_up(struct exchanges *x, struct probe_target *t);

#endif
