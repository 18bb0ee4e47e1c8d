/* From the bytes of a reply to the fact. Private to this folder. */
#ifndef RUNNER_EXCHANGE_EXCHANGE_READ_H
#define RUNNER_EXCHANGE_EXCHANGE_READ_H

#include "exchange_state.h"

/* For http_start; its context is the exchange. */
extern const struct http_handler EXCHANGE_HANDLER;
/* The reply's sink: marks the times and hands text on. */
void exchange_hear(void *context, enum delta kind, const char *text, size_t len);

/* One event of a stream, or one line, for its reader. Any is life: a model may think for minutes
 * without a word of it. Answers as sse_handler. */
int exchange_event(void *context, const char *type, const char *data, size_t len);

/* Tell the fact; the exchange is over then. request_id may be NULL. */
void exchange_fail(struct exchange *x, const struct reply_fault *fault, int curl_code,
                   const char *request_id);
void exchange_answer(struct exchange *x);
/* The same as exchange_fail, with a fault of our own making. */
void exchange_fail_with(struct exchange *x, const char *kind, const char *code,
                        const char *message);

#endif
