/* Text on its way to people. What models, councils and clients wrote may hold control sequences
 * that would take a terminal over, or marks that turn the reading order round: all of it goes
 * through text_escape before it is shown. */
#ifndef STORY_SAFE_TEXT_H
#define STORY_SAFE_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

enum text_form {
    TEXT_LINE,  /* line feeds and tabs become one blank */
    TEXT_BLOCK, /* line feeds and tabs stay */
};

/* Adds the text with control characters shown as \x1b or \u{202e} and ill-formed bytes as U+FFFD.
 * Out of memory ends the process, here and below. */
void text_escape(struct buf *to, const char *s, size_t len, enum text_form form);
/* The same for one JSON text (a line of --json on a terminal): \u009b stays valid JSON. */
void text_escape_json(struct buf *to, const char *s, size_t len);

/* A JSON value as one line of text: a string as it is, null as "-", everything else as JSON. */
void text_add_json(struct buf *to, const json_t *value);

void text_add(struct buf *to, const char *s);
void text_addf(struct buf *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How many columns of a terminal it takes; escape sequences of ours (ESC [ ... m) take none. Wide
 * and combining characters are known after setlocale(LC_CTYPE, "C.UTF-8"). */
size_t text_columns(const char *s, size_t len);
/* The greatest number of bytes that fit into so many columns, never cutting a character. */
size_t text_fit(const char *s, size_t len, size_t columns);
/* Where the last part of the text that fits into so many columns begins. */
size_t text_tail(const char *s, size_t len, size_t columns);

/* `1.2 s`, `3 min 20 s`, `2 h 5 min`. */
void text_add_duration(struct buf *to, long long ms);
/* `950`, `12.3k`, `4.5M`; "-" for a value that is not a number. */
void text_add_count(struct buf *to, const json_t *number);

#endif
