/* Keys that somebody has pasted into what he asks: a record must not keep them. Knows every
 * configured key, and every value of a configured header, and replaces them in JSON text, however
 * the strings there are escaped. Texts shorter than 8 bytes, and rows of digits, are no secrets:
 * replacing them would tear other words.
 *
 *     secret_mask_init(&mask, keys, providers_document(providers));      borrows the texts
 *     secret_mask_json(&mask, &text);
 *     secret_mask_release(&mask); */
#ifndef DAEMON_SETTINGS_SECRET_MASK_H
#define DAEMON_SETTINGS_SECRET_MASK_H

#include <jansson.h>

#include "common/buf.h"

#define SECRET_MASKED "[redacted:key]"

struct keys;

struct secret_mask {
    const char **at;
    size_t count;
};

/* 0 or -ENOMEM. providers may be NULL. */
int secret_mask_init(struct secret_mask *m, const struct keys *keys, const json_t *providers);
void secret_mask_release(struct secret_mask *m);
/* In every string of the text, names too. 1: there was one, 0: none, -ENOMEM: as before. */
int secret_mask_json(const struct secret_mask *m, struct buf *text);

#endif
