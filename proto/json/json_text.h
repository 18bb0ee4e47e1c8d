/* What stands between the quotes of a JSON string, decoded byte by byte without memory. Only for
 * text that a scan has found good, or is finding good just now. */
#ifndef PROTO_JSON_JSON_TEXT_H
#define PROTO_JSON_JSON_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct json_text {
    const char *at;
    const char *end; /* or the closing quote, whichever comes first */
    unsigned char ready[4];
    unsigned n_ready;
    unsigned next_ready;
};

struct json_text json_text(const char *at, const char *end);
/* The next decoded byte, or -1 at the end. */
int json_text_next(struct json_text *text);
/* Four hex digits at `at` (not checked here). */
uint32_t json_text_hex4(const char *at);

/* The first byte from `at` that is a quote, a backslash, a control character or beyond ASCII; `end`
 * if there is none. Eight bytes at a time. */
const char *json_text_plain(const char *at, const char *end);

#endif
