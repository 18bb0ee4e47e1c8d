/* Finding the JSON that a model wrapped in prose: the rungs of the reading ladder
 * that do not know what the value means. */
#ifndef RUNNER_DELIBERATION_WORDS_EXTRACT_H
#define RUNNER_DELIBERATION_WORDS_EXTRACT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The whole text as one JSON value; NULL when it is none. The caller owns it. */
json_t *extract_whole(const char *text);
/* The last fenced code block that is an object; *ret_at (may be NULL) is where its fence begins. */
json_t *extract_block(const char *text, size_t *ret_at);
/* The last balanced {...} that parses and has the property `decisive` (NULL: any object). */
json_t *extract_embedded(const char *text, const char *decisive);
/* The last non-empty line when it is an object; *ret_at is where the line begins. */
json_t *extract_last_line(const char *text, size_t *ret_at);

/* True when the text after the block or line is blank. */
bool extract_only_blank(const char *text);

#endif
