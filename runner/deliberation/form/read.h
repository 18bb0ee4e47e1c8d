/* Reading an answer by its form. */
#ifndef RUNNER_DELIBERATION_FORM_READ_H
#define RUNNER_DELIBERATION_FORM_READ_H

#include <jansson.h>
#include <stdbool.h>

#include "form.h"
#include "reading.h"

/* Reads a message. structured: the provider's own structured value or NULL; cut: it ended at
 * max_tokens. reading_release frees what was read. */
void form_read(const struct form *f, const char *content, json_t *structured, bool cut,
               struct reading *r);

#endif
