/* Allocation that ends the process when memory is out: for the runner and the client, where a run
 * or a command is the whole process. councild does not use it. The process prints one line and
 * exits with 70. */
#ifndef COMMON_XALLOC_H
#define COMMON_XALLOC_H

#include <stddef.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t len) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...)
    __attribute__((format(printf, 1, 2), malloc, returns_nonnull));
/* For what others allocate: gives p back, or ends the process when it is NULL. */
void *xcheck(void *p) __attribute__((returns_nonnull));
/* The same for a result: ends the process when it is -ENOMEM. */
int xresult(int r);

#endif
