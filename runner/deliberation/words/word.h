/* Words of closed sets (proto/council/tables/words.h) in resolved documents. */
#ifndef RUNNER_DELIBERATION_WORDS_WORD_H
#define RUNNER_DELIBERATION_WORDS_WORD_H

#include <jansson.h>
#include <stddef.h>

/* Which word of the set the member says, as its enum; `absent` when it says none: for opts that
 * only some rounds or aggregators have. What all have is read by need_word (need.h). A word that is
 * not in the set ends the process (unknown.h). */
int j_word(const json_t *o, const char *key, const char *const *set, int absent);

/* The same for a word of a list. */
int j_word_at(const json_t *list, size_t at, const char *const *set);

#endif
