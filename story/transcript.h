/* A run on paper: task, rounds, answers, ballots, tallies, dissent, the final answer. Both pages
 * say what is missing before they say what was answered. transcript_md.c, transcript_html.c. */
#ifndef STORY_TRANSCRIPT_H
#define STORY_TRANSCRIPT_H

#include <jansson.h>

#include "common/buf.h"

/* Markdown. What members wrote stands in code fences longer than any fence in it. */
void transcript_markdown(struct buf *to, const json_t *story);

/* One HTML file that needs nothing else: no script, no font, no picture from elsewhere. Readable on
 * paper and on a telephone; tallies are drawn as bars. */
void transcript_html(struct buf *to, const json_t *story);

#endif
