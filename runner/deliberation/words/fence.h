/* Text from others: cleaned, and checked for attempts to steer the reader. gate.h puts it into
 * prompts. */
#ifndef RUNNER_DELIBERATION_WORDS_FENCE_H
#define RUNNER_DELIBERATION_WORDS_FENCE_H

/* A copy without control, zero-width, bidirectional and tag characters, ill-formed UTF-8 replaced
 * and forged delimiters defused. ret_flags (may be NULL) tells what was found, in the
 * bits of steering.h. Caller frees. */
char *fence_clean(const char *text, int *ret_flags);

/* Text for a header: one line, at most 120 characters, without quotes. Caller frees. */
char *fence_header(const char *text);

#endif
