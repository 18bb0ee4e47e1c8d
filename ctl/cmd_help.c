/* councilctl help [COMMAND] */
#include "cmd.h"

static const char EXIT_TEXT[] =
    "Exit status:\n"
    "  0 complete    1 failed       2 wrong usage, invalid council or option    3 degraded\n"
    "  4 refused     5 cancelled    6 terminated or died    7 no daemon or connection lost\n";

void print_help(FILE *out)
{
    fputs("Usage: councilctl [OPTION...] COMMAND [ARGUMENT...]\n"
          "Talks to councild, the supervisor of LLM council runs.\n\nCommands:\n",
          out);
    for (const struct command *const *c = COMMANDS; *c; c++)
        fprintf(out, "  %-14s %s\n", (*c)->name, (*c)->summary);
    fputs("\nOptions of every command:\n", out);
    args_help(out, GLOBAL_OPTIONS);
    fprintf(out, "\n%s\ncouncilctl COMMAND --help explains a command.\n", EXIT_TEXT);
}

void print_command_help(FILE *out, const struct command *command)
{
    fprintf(out, "Usage: councilctl %s%s%s%s\n%s\n", command->name,
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

static int run(struct ctl *ctl)
{
    if (ctl->args.n_operands == 0) {
        print_help(stdout);
        return EXIT_COMPLETE;
    }
    const struct command *command = command_find(ctl->args.operands[0]);
    if (!command)
        return ctl_usage(ctl, "unknown command %s", ctl->args.operands[0]);
    print_command_help(stdout, command);
    return EXIT_COMPLETE;
}

const struct command cmd_help = {
    .name = "help",
    .usage = "[COMMAND]",
    .summary = "Explain councilctl or one of its commands",
    .max_operands = 1,
    .run = run,
};
