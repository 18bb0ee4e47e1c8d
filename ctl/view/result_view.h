/* The result document of a run in words: what is missing first, the final answer last. */
#ifndef CTL_VIEW_RESULT_VIEW_H
#define CTL_VIEW_RESULT_VIEW_H

#include <jansson.h>

#include "ctl/terminal/screen.h"

/* Dissent, what is missing, outcome and `heard`, usage, then the final answer. */
void result_add(struct screen *screen, const json_t *result);

#endif
