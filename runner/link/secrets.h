/* Keeping keys out of everything that leaves the runner. It knows the keys (and configured header
 * values) of this run, also in base64 and escaped, and replaces them by `[redacted:key]`; error
 * texts are also searched for what looks like somebody's key. Texts shorter than 8 bytes are no
 * secrets: replacing them would tear other words. */
#ifndef RUNNER_LINK_SECRETS_H
#define RUNNER_LINK_SECRETS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

#define REDACTED_KEY "[redacted:key]"

struct secrets;

struct secrets *secrets_new(void);
void secrets_free(struct secrets *s); /* wipes; NULL is fine */
void secrets_add(struct secrets *s, const char *text);
/* A copy where secrets are kept, of any length; the same one for the same text. Valid until
 * secrets_free. Nothing is replaced for its sake. */
const char *secrets_keep(struct secrets *s, const char *text);
/* Every string in the tree. */
void secrets_add_all(struct secrets *s, json_t *tree);

/* Replaces keys in serialised JSON. True when there was one. */
bool secrets_redact_line(const struct secrets *s, struct buf *line);
/* Replaces keys in every string of the tree. *value is replaced by a copy if there was one: true.
 */
bool secrets_redact_tree(const struct secrets *s, json_t **value);
/* Text for people: keys and whatever has the form of one. A malloc'ed copy. */
char *secrets_redact_text(const struct secrets *s, const char *text);

/* For a text that comes in pieces: replaces the keys that are whole in what is there of it, and
 * tells how many bytes at its end may be the beginning of one and have to wait for the next piece.
 */
size_t secrets_hold(const struct secrets *s, struct buf *text);

/* Overwrites every string of a tree. */
void secrets_wipe_tree(json_t *tree);

#endif
