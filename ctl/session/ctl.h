/* What every command stands on: the command line, one connection, and how failures are told. A
 * failure is told once, on stderr, by the function that met it; the commands pass its exit status
 * on. Memory that runs out ends the process, here and everywhere in ctl/. */
#ifndef CTL_SESSION_CTL_H
#define CTL_SESSION_CTL_H

#include <jansson.h>
#include <stdbool.h>

#include "client/client_wait.h"
#include "command.h"
#include "ctl/terminal/exit_status.h"

struct ctl {
    const struct command_row *commands; /* all there are */
    const struct command_row *row;      /* the one that was asked for */
    struct args args;                   /* the global options too */
    bool json;
};

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

#endif
