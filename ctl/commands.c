/* The table of all commands. */
#include <string.h>

#include "cmd.h"

const struct option_row GLOBAL_OPTIONS[] = {
    {"socket", 's', "PATH", "the daemon's socket"},
    {"tenant", 't', "NAME", "the daemon of this tenant (default: default)"},
    {"registry", 'r', "NAME", "the group of runs that the command is about"},
    {"json", 'j', NULL, "print JSON, for programs"},
    {"help", 'h', NULL, "explain the command"},
    {"version", 'V', NULL, "print the version"},
    {0},
};

const struct command *const COMMANDS[] = {
    &cmd_run,           &cmd_start,  &cmd_resume,   &cmd_ps,       &cmd_info,
    &cmd_await,         &cmd_events, &cmd_show,     &cmd_diagram,  &cmd_transcript,
    &cmd_history,       &cmd_replay, &cmd_monitor,  &cmd_cancel,   &cmd_terminate,
    &cmd_terminate_all, &cmd_prune,  &cmd_validate, &cmd_councils, &cmd_doctor,
    &cmd_providers,     &cmd_models, &cmd_ping,     &cmd_stop,     &cmd_call,
    &cmd_help,          NULL,
};

const struct command *command_find(const char *name)
{
    for (const struct command *const *c = COMMANDS; *c; c++)
        if (!strcmp((*c)->name, name))
            return *c;
    return NULL;
}
