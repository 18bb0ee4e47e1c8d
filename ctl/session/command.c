#include "command.h"

#include <errno.h>
#include <string.h>

#include "ctl/terminal/nearest.h"

const struct option_row GLOBAL_OPTIONS[] = {
    {"socket", 's', "PATH", "the daemon's socket"},
    {"tenant", 't', "NAME", "the daemon of this tenant (default: default)"},
    {"registry", 'r', "NAME", "the group of runs that the command is about"},
    {"json", 'j', NULL, "print JSON, for programs"},
    {"help", 'h', NULL, "explain the command"},
    {"version", 'V', NULL, "print the version"},
    {0},
};

static const char EXIT_TEXT[] =
    "Exit status:\n"
    "  0 complete    1 failed       2 wrong usage, invalid council or option    3 degraded\n"
    "  4 refused     5 cancelled    6 terminated or died    7 no daemon or connection lost\n";

const struct command_row *command_find(const struct command_row *rows, const char *name)
{
    for (const struct command_row *row = rows; row->name; row++)
        if (!strcmp(row->name, name))
            return row;
    return NULL;
}

void command_unknown(const struct command_row *rows, const char *name, struct error *err)
{
    struct nearest meant = {.word = name};
    for (const struct command_row *row = rows; row->name; row++)
        nearest_try(&meant, row->name);
    error_set(err, EINVAL, "unknown command %s%s%s%s", name, meant.name ? "; did you mean " : "",
              meant.name ? meant.name : "", meant.name ? "?" : "");
}

void command_help_all(FILE *out, const struct command_row *rows)
{
    fputs("Usage: councilctl [OPTION...] COMMAND [ARGUMENT...]\n"
          "Talks to councild, the supervisor of LLM council runs.\n\nCommands:\n",
          out);
    for (const struct command_row *row = rows; row->name; row++)
        fprintf(out, "  %-14s %s\n", row->name, row->command->summary);
    fputs("\nOptions of every command:\n", out);
    args_help(out, GLOBAL_OPTIONS);
    fprintf(out, "\n%s\ncouncilctl COMMAND --help explains a command.\n", EXIT_TEXT);
}

void command_help(FILE *out, const struct command_row *row)
{
    const struct command *command = row->command;
    fprintf(out, "Usage: councilctl %s%s%s%s\n%s\n", row->name,
            command->options ? " [OPTION...]" : "", *command->usage ? " " : "", command->usage,
            command->summary);
    if (command->help)
        fprintf(out, "\n%s", command->help);
    if (command->options) {
        fputs("\nOptions:\n", out);
        args_help(out, command->options);
    }
    fputs("\nOptions of every command:\n", out);
    args_help(out, GLOBAL_OPTIONS);
    fprintf(out, "\n%s", EXIT_TEXT);
}
