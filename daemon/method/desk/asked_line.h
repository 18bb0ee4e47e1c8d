/* What was asked, as lists show it: the beginning of an input in one line. */
#ifndef DAEMON_METHOD_DESK_ASKED_LINE_H
#define DAEMON_METHOD_DESK_ASKED_LINE_H

#include <stddef.h>

#include "proto/json/json_span.h"

enum { ASKED_LINE_CHARS = 200, ASKED_LINE_SIZE = 4 * ASKED_LINE_CHARS + 1 };

/* The first ASKED_LINE_CHARS characters of a text, or of other JSON as it is written; white space
 * and control characters are one blank between words, and none at the ends. `to` has
 * ASKED_LINE_SIZE bytes; returns how many there are before the NUL. */
size_t asked_line(struct json_span input, char *to);

#endif
