/* The last rung of reading: a vote or a ranking out of plain words. */
#ifndef RUNNER_DELIBERATION_FORM_BALLOT_TEXT_H
#define RUNNER_DELIBERATION_FORM_BALLOT_TEXT_H

#include <jansson.h>

#include "form.h"

/* As the object that the schema asks for; NULL when there is none. New. */
json_t *ballot_of_text(const struct form *f, const char *content);

#endif
