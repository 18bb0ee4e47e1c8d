/* A secret from whoever sits at the terminal, or from a pipe: one line of standard input, never
 * shown. */
#ifndef CTL_TERMINAL_SECRET_LINE_H
#define CTL_TERMINAL_SECRET_LINE_H

#include <stddef.h>

#include "common/error.h"

/* Asks with `prompt` on standard error if standard input is a terminal, and reads a line of less
 * than `size` bytes into `to`, without its line break: its length, or -errno with *err (-ENODATA:
 * there was none, -EMSGSIZE: too long). The caller wipes `to`, on failure too. A signal that ends
 * programs ends this one, behind a terminal that shows again what is typed. */
int secret_line_read(const char *prompt, char *to, size_t size, struct error *err);

#endif
