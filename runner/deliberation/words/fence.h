/* Text from others: cleaned, checked for attempts to steer the reader, and fenced with a nonce that
 * it cannot contain. */
#ifndef RUNNER_DELIBERATION_WORDS_FENCE_H
#define RUNNER_DELIBERATION_WORDS_FENCE_H

#include <stdbool.h>

#include "strbuf.h"

enum {
    FENCE_FORGED = 1,    /* an imitation of our delimiter; it was defused */
    FENCE_ROLE_MARK = 2, /* a line that plays system, user or assistant */
    FENCE_OVERRIDE = 4,  /* asks to ignore instructions */
    FENCE_CAMPAIGN = 8,  /* asks to be ranked first or voted for */
};

/* A copy without control, zero-width, bidirectional and tag characters, ill-formed UTF-8 replaced
 * and forged delimiters defused. ret_flags (may be NULL) tells what was found. Caller frees. */
char *fence_clean(const char *text, int *ret_flags);

enum { FENCE_NONCE_SIZE = 17 };

/* The nonce of a prompt: 16 hex digits that no text holds. Returns ret. */
char *fence_nonce(const char *seed, const char *call_id, const char *const *texts, int n,
                  char ret[FENCE_NONCE_SIZE]);

/* The notice that stands once before the first fence of a prompt. */
void fence_notice(struct strbuf *out, const char *nonce);
/* One fenced block; text must be clean. kind is a word, label one line. */
void fence_block(struct strbuf *out, const char *nonce, const char *kind, const char *label,
                 const char *text);

/* Text for a header: one line, at most 120 characters, without quotes. Caller frees. */
char *fence_header(const char *text);

#endif
