/* Ballots out of parsed answers, with repair (reference 3.4). Used by read.c. */
#ifndef RUNNER_DELIBERATION_FORM_READ_BALLOT_H
#define RUNNER_DELIBERATION_FORM_READ_BALLOT_H

#include "form.h"

/* Fills ballot, answer, shown, changed from r->parsed, or errors. */
void read_ballot(const struct form *f, struct reading *r);
/* The last rung: a vote or ranking out of plain words, as the object that the schema asks for;
 * NULL when there is none. */
json_t *read_ballot_text(const struct form *f, const char *content);

/* Parts of the reading that both files fill. */
void reading_error(struct reading *r, const char *line);
void reading_confidence(struct reading *r, const json_t *value);

#endif
