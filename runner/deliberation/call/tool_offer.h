/* Which tools a call offers to its model, and whether an answer calls them. */
#ifndef RUNNER_DELIBERATION_CALL_TOOL_OFFER_H
#define RUNNER_DELIBERATION_CALL_TOOL_OFFER_H

#include <jansson.h>
#include <stdbool.h>

struct seat_call;

/* [{name, description, parameters}] as offered in this call; new, empty without tools. */
json_t *tool_offer(const struct seat_call *c);
/* The seat's own choice, as the first turn has it; "none" without tools. */
const char *tool_offer_first_choice(const struct seat_call *c);
/* That of the next exchange. */
const char *tool_offer_choice(const struct seat_call *c);
/* The document of an offered tool; NULL when there is none of that name. */
json_t *tool_offer_doc(const struct seat_call *c, const char *name);
/* Does this exchange call tools that were offered? */
bool tool_offer_taken(const struct seat_call *c, const json_t *fact);

#endif
