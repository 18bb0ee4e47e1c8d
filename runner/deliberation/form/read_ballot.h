/* Ballots out of parsed answers, with repair. */
#ifndef RUNNER_DELIBERATION_FORM_READ_BALLOT_H
#define RUNNER_DELIBERATION_FORM_READ_BALLOT_H

#include "form.h"
#include "reading.h"

/* Fills ballot, answer, shown, changed from r->parsed, or errors. */
void read_ballot(const struct form *f, struct reading *r);

#endif
