/* JSON Pointer (RFC 6901). */
#ifndef RUNNER_DELIBERATION_WORDS_POINTER_H
#define RUNNER_DELIBERATION_WORDS_POINTER_H

#include <jansson.h>

/* The value that it points to; NULL when that is nothing. Borrowed. */
json_t *json_pointed(json_t *value, const char *pointer);

#endif
