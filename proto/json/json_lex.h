/* The words of JSON: strings, numbers, true, false, null. The scanner puts them together. */
#ifndef PROTO_JSON_JSON_LEX_H
#define PROTO_JSON_JSON_LEX_H

#include <stdbool.h>

#include "common/error.h"
#include "json_span.h"

struct json_lex {
    const char *text;
    const char *at; /* what comes next */
    const char *end;
    struct error *err;
};

/* Each moves `at` behind the word: 0 or -EBADMSG. */
void json_lex_space(struct json_lex *lex);
/* at stands on the opening quote. ret_text: what stands between the quotes. */
int json_lex_string(struct json_lex *lex, bool is_name, struct json_span *ret_text);
int json_lex_number(struct json_lex *lex);
int json_lex_word(struct json_lex *lex, const char *word);

/* Sets the error "why at byte N": -EBADMSG. */
int json_lex_refuse(struct json_lex *lex, const char *at, const char *why);

#endif
