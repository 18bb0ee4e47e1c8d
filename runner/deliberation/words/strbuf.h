/* A text that grows; running out of memory ends the process. */
#ifndef RUNNER_DELIBERATION_WORDS_STRBUF_H
#define RUNNER_DELIBERATION_WORDS_STRBUF_H

#include <stddef.h>

struct strbuf {
    char *text; /* NUL-terminated once something was added */
    size_t len;
    size_t size;
};

#define STRBUF_INIT                                                                                \
    {                                                                                              \
        .text = NULL                                                                               \
    }

void strbuf_add(struct strbuf *b, const char *bytes, size_t len);
void strbuf_str(struct strbuf *b, const char *text);
void strbuf_addf(struct strbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text ("" when nothing was added), the caller's now; the buffer is empty again. */
char *strbuf_take(struct strbuf *b);
void strbuf_release(struct strbuf *b);

/* A copy without leading and trailing ASCII white space; caller frees. */
char *text_trim(const char *text);

#endif
