/* Command lines from tables.
 *
 * Options may stand anywhere among the operands; `--` ends them, a lone `-` is an operand.
 * `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`. All strings stay those of argv. */
#ifndef CTL_TERMINAL_ARGS_H
#define CTL_TERMINAL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/error.h"

struct option_row {
    const char *name; /* without the dashes; NULL ends a table */
    char letter;      /* 0: none */
    const char *arg;  /* what the help calls the value; NULL: a switch */
    const char *doc;
};

struct arg_option {
    const struct option_row *row;
    const char *value; /* NULL for a switch */
};

struct args {
    struct arg_option *options;
    size_t n_options;
    const char **operands;
    size_t n_operands;
};

/* Parses argv[0..argc) by two tables (either may be NULL) and adds what it finds to *args, which
 * begins zeroed. With stop_at_operand it ends before the first operand. Returns how many of argv
 * were used, or -EINVAL with the reason. */
int args_parse(struct args *args, const struct option_row *own, const struct option_row *common,
               int argc, char **argv, bool stop_at_operand, struct error *err);
void args_release(struct args *args);

/* The row of an option as it is typed, --name, --name=VALUE, -n or -nVALUE; NULL: it is none. */
const struct option_row *args_option(const struct option_row *own, const struct option_row *common,
                                     const char *word);

bool args_has(const struct args *args, const char *name);
const char *args_value(const struct args *args, const char *name); /* the last given, or NULL */
/* The values of an option that may be repeated: start with *at = 0; NULL ends. */
const char *args_next(const struct args *args, const char *name, size_t *at);

/* The lines of a help text for a table. */
void args_help(FILE *out, const struct option_row *table);

#endif
