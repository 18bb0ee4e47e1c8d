/* What a resolved document must say. Every default is filled in by the resolver
 * (proto/council/document.h), so that the engine asks without one of its own: a member that is not
 * there, or has another type, is an error of the program, or of the journal that is replayed. It
 * ends the process with one line and exit status 70, as an unknown kind does (unknown.h).
 *
 * Members that may be null are read with common/jx.h, which says what an absent one means. */
#ifndef RUNNER_DELIBERATION_WORDS_NEED_H
#define RUNNER_DELIBERATION_WORDS_NEED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

int64_t need_int(const json_t *o, const char *key);
double need_num(const json_t *o, const char *key);
bool need_bool(const json_t *o, const char *key);
const char *need_str(const json_t *o, const char *key); /* borrowed */
json_t *need_list(const json_t *o, const char *key);    /* borrowed */
/* Which word of the set (proto/council/tables/words.h), as its enum. */
int need_word(const json_t *o, const char *key, const char *const *set);

#endif
