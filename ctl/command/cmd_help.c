/* councilctl help [COMMAND] */
#include "ctl/session/ctl.h"

static int run(struct ctl *ctl)
{
    if (ctl->args.n_operands == 0) {
        command_help_all(stdout, ctl->commands);
        return EXIT_COMPLETE;
    }
    const struct command_row *row = command_find(ctl->commands, ctl->args.operands[0]);
    if (!row) {
        struct error err = {0};
        command_unknown(ctl->commands, ctl->args.operands[0], &err);
        return ctl_usage(ctl, "%s", err.text);
    }
    command_help(stdout, row);
    return EXIT_COMPLETE;
}

const struct command cmd_help = {
    .usage = "[COMMAND]",
    .summary = "Explain councilctl or one of its commands",
    .max_operands = 1,
    .run = run,
};
