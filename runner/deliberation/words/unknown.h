/* A kind (round type, aggregator, tie rule, ...) that the engine does not have. Documents are
 * resolved before they come here, so this is an error of the program, and ends it: anything else
 * would count, or play, something that nobody asked for. Prints one line and exits with 70. */
#ifndef RUNNER_DELIBERATION_WORDS_UNKNOWN_H
#define RUNNER_DELIBERATION_WORDS_UNKNOWN_H

#include <jansson.h>

_Noreturn void kind_unknown(const char *what, const char *name);
/* The same for an object whose one key says which kind it is. */
_Noreturn void key_unknown(const char *what, const json_t *object);
/* The same for a member that a resolved document must have (need.h). */
_Noreturn void member_missing(const char *key);

#endif
