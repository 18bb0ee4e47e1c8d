/* What a command is, and how commands are explained.
 *
 * A command is one row of ctl/commands.h, which holds its name, and one file ctl/command/cmd_*.c,
 * which holds everything else in a `const struct command`. */
#ifndef CTL_SESSION_COMMAND_H
#define CTL_SESSION_COMMAND_H

#include <stddef.h>
#include <stdio.h>

#include "ctl/terminal/args.h"

struct ctl;

struct command {
    const char *usage;   /* operands, as they stand in the synopsis */
    const char *summary; /* one line */
    const char *help;    /* further lines, or NULL */
    const struct option_row *options;
    size_t min_operands, max_operands;
    int (*run)(struct ctl *ctl); /* gives the exit status */
};

struct command_row {
    const char *name; /* NULL ends a table */
    const struct command *command;
};

/* The row of that name, or NULL. */
const struct command_row *command_find(const struct command_row *rows, const char *name);

/* Says that there is none of that name, and which may be meant. */
void command_unknown(const struct command_row *rows, const char *name, struct error *err);

/* Options that every command takes. */
extern const struct option_row GLOBAL_OPTIONS[];

/* Explains councilctl: all commands in the order of the table. */
void command_help_all(FILE *out, const struct command_row *rows);
void command_help(FILE *out, const struct command_row *row);

#endif
