/* The options that the opts of a round name, for those who choose among them. */
#ifndef RUNNER_DELIBERATION_ROUND_OPTION_LIST_H
#define RUNNER_DELIBERATION_ROUND_OPTION_LIST_H

#include <jansson.h>

struct round;
struct strbuf;

json_t *option_ids(const struct round *r);   /* new */
json_t *option_texts(const struct round *r); /* {id: text}, new */
/* A line for each id, in their order, with its text where that says more. */
void option_list(struct strbuf *out, const json_t *ids, const json_t *texts);

#endif
