/* Councils and questions as they are given on a command line. Errors are -errno with one line. */
#ifndef CTL_SESSION_COUNCIL_ARG_H
#define CTL_SESSION_COUNCIL_ARG_H

#include <jansson.h>

#include "common/error.h"

/* The catalogue's name of a council, the path of a JSON file (contains a / or ends in .json), or
 * the JSON itself. Caller drops *ret. */
int council_arg(const char *text, json_t **ret, struct error *err);

/* The question: the text itself, or, for "-" and NULL, all of standard input without the line feeds
 * at its end. 1 MiB at most, not empty, UTF-8. */
int question_arg(const char *text, json_t **ret, struct error *err);

#endif
