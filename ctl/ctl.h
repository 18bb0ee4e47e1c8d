/* What every command stands on: the table of commands, the command line, one connection, and how
 * failures are told. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <jansson.h>
#include <stdbool.h>

#include "args.h"
#include "client/client.h"
#include "exit_status.h"

struct ctl {
    const struct command *command;
    struct args args; /* the global options too */
    bool json;
};

struct command {
    const char *name;
    const char *usage;   /* operands, as they stand in the synopsis */
    const char *summary; /* one line */
    const char *help;    /* further lines, or NULL */
    const struct option_row *options;
    size_t min_operands, max_operands;
    int (*run)(struct ctl *ctl); /* gives the exit status */
};

/* All commands, in the order of the help text; ends with a NULL. (commands.c) */
extern const struct command *const COMMANDS[];
const struct command *command_find(const char *name);
extern const struct option_row GLOBAL_OPTIONS[];

void print_help(FILE *out);
void print_command_help(FILE *out, const struct command *command);

/* Prints `councilctl COMMAND: ...` and where help is; gives EXIT_USAGE. */
int ctl_usage(const struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Connects to the daemon that the command line chooses: 0, or the exit status after having told
 * why not. */
int ctl_open(const struct ctl *ctl, struct client **ret);
/* Calls and waits. 0 with *ret_result, or the exit status after having told the failure. */
int ctl_call(const struct ctl *ctl, struct client *c, const char *method, json_t *params,
             json_t **ret_result);
/* ctl_open, ctl_call and client_free in one. */
int ctl_once(const struct ctl *ctl, const char *method, json_t *params, json_t **ret_result);

/* Tells on stderr what the daemon answered instead of a result; gives the exit status. */
int ctl_tell_fault(const char *method, const struct client_fault *fault);
/* Tells a failure of the connection (-number); gives the exit status. */
int ctl_tell_error(int number, const struct error *err);

/* {"run_id": the command's first operand} */
json_t *ctl_run_params(const struct ctl *ctl);
/* {} or {"registry": ...} as --registry says. */
json_t *ctl_registry_params(const struct ctl *ctl);
/* Prints a value as indented JSON, or in one line with `compact`. */
void ctl_print_json(const json_t *value, bool compact);

#endif
