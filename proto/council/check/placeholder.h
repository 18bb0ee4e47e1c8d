/* Placeholders in prompts: {{role}}, {{member_id}}, {{council}}, {{input}}, {{input:/pointer}};
 * "{{{{" stands for "{{". The checker and the engine cut texts with the same function. */
#ifndef PROTO_COUNCIL_CHECK_PLACEHOLDER_H
#define PROTO_COUNCIL_CHECK_PLACEHOLDER_H

#include <stddef.h>

enum placeholder {
    PLACEHOLDER_END,  /* no more text */
    PLACEHOLDER_TEXT, /* literal text: at, len */
    PLACEHOLDER_ROLE,
    PLACEHOLDER_MEMBER_ID,
    PLACEHOLDER_COUNCIL,
    PLACEHOLDER_INPUT,
    PLACEHOLDER_POINTER, /* part of the input: at, len are the JSON Pointer */
    PLACEHOLDER_UNKNOWN, /* a fault: at, len are the text from "{{" on */
};

/* Cuts the next piece off the front of *text (*len bytes) and says what it is. */
enum placeholder placeholder_next(const char **text, size_t *len, const char **ret_at,
                                  size_t *ret_len);

/* Is this a JSON Pointer (RFC 6901)? */
int pointer_valid(const char *text, size_t len);

#endif
