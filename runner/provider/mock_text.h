/* Generated prose of the mock provider: answers that take up the words of the task, reviews, and a
 * chair's synthesis. Believable, never meant to be true. */
#ifndef RUNNER_PROVIDER_MOCK_TEXT_H
#define RUNNER_PROVIDER_MOCK_TEXT_H

#include "common/buf.h"
#include "mock_prompt.h"
#include "mock_random.h"

/* Add prose to a buffer. */
void mock_write_answer(struct buf *to, const struct mock_prompt *p, struct mock_random *r);
void mock_write_review(struct buf *to, const struct mock_prompt *p, struct mock_random *r);
void mock_write_synthesis(struct buf *to, const struct mock_prompt *p, struct mock_random *r);
/* One sentence: a reason, about `label` unless that is NULL. */
void mock_write_reason(struct buf *to, const struct mock_prompt *p, struct mock_random *r,
                       const char *label);
/* The line {"confidence": c, "changed": b} with the keys that are asked for. */
void mock_write_tail(struct buf *to, const struct mock_prompt *p, struct mock_random *r);

#endif
