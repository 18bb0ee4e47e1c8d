/* A growing byte buffer with a maximum. Bytes are added at the end and consumed from the front.
 * `at` is never NUL-terminated by itself; use buf_str for that. All functions that add are all or
 * nothing: on failure (-ENOMEM, or -EMSGSIZE at the maximum) the content is as before. */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *at;    /* first byte of the content */
    size_t len;  /* bytes of content */
    size_t max;  /* the content never gets longer */
    char *base;  /* the allocation */
    size_t size; /* its bytes */
    bool wipe;   /* secrets stand in it: memory is overwritten before it is given back */
};

/* Set `wipe` before the first secret goes in; it stays set. buf_take hands the duty on. */
#define BUF_INIT(maximum)                                                                          \
    {                                                                                              \
        .max = (maximum)                                                                           \
    }

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* frees; the buffer is empty and usable again */
void buf_clear(struct buf *b);   /* empties, keeps the memory */

int buf_add(struct buf *b, const void *bytes, size_t len);
int buf_add_str(struct buf *b, const char *s);
int buf_add_char(struct buf *b, char c);
int buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_vaddf(struct buf *b, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Room for `len` more bytes behind the content; write there, then buf_commit what was written.
 * NULL when that is not to be had. */
char *buf_reserve(struct buf *b, size_t len);
void buf_commit(struct buf *b, size_t len);

void buf_consume(struct buf *b, size_t len); /* drops len bytes from the front */
void buf_truncate(struct buf *b, size_t len);

/* The content with a NUL behind it, valid until the next change; NULL when out of memory. */
char *buf_str(struct buf *b);
/* Hands the content over as a malloc'ed string; the buffer is empty afterwards. NULL: no memory,
 * unchanged. */
char *buf_take(struct buf *b);

#endif
