/* councilctl: the command line client of councild. */
#include <locale.h>

#include "commands.h"
#include "common/xalloc.h"
#include "ctl/session/ctl.h"

static int usage(const char *what)
{
    fprintf(stderr, "councilctl: %s\nSee: councilctl --help\n", what);
    return EXIT_USAGE;
}

static int unknown_command(const char *name)
{
    struct error err = {0};
    command_unknown(COMMANDS, name, &err);
    return usage(err.text);
}

static int run_command(struct ctl *ctl, int argc, char **argv)
{
    const struct command *command = ctl->row->command;
    struct error err = {0};
    if (args_parse(&ctl->args, command->options, GLOBAL_OPTIONS, argc, argv, false, &err) < 0)
        return ctl_usage(ctl, "%s", err.text);
    if (args_has(&ctl->args, "help")) {
        command_help(stdout, ctl->row);
        return EXIT_COMPLETE;
    }
    if (ctl->args.n_operands < command->min_operands)
        return ctl_usage(ctl, "something is missing: %s", command->usage);
    if (ctl->args.n_operands > command->max_operands)
        return ctl_usage(ctl, "too many operands: %s", ctl->args.operands[command->max_operands]);
    ctl->json = args_has(&ctl->args, "json");
    return command->run(ctl);
}

static int run(struct ctl *ctl, int argc, char **argv)
{
    struct error err = {0};
    int used = args_parse(&ctl->args, NULL, GLOBAL_OPTIONS, argc - 1, argv + 1, true, &err);
    if (used < 0)
        return usage(err.text);
    if (args_has(&ctl->args, "version")) {
        puts("councilctl " COUNCILD_VERSION);
        return EXIT_COMPLETE;
    }
    if (used == argc - 1) {
        bool asked = args_has(&ctl->args, "help");
        command_help_all(asked ? stdout : stderr, COMMANDS);
        return asked ? EXIT_COMPLETE : EXIT_USAGE;
    }
    ctl->row = command_find(COMMANDS, argv[1 + used]);
    if (!ctl->row)
        return unknown_command(argv[1 + used]);
    return run_command(ctl, argc - used - 2, argv + used + 2);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    /* Some of jansson's calls lose members without a word when memory runs out: it ends here. */
    json_set_alloc_funcs(xmalloc, free);
    struct ctl ctl = {.commands = COMMANDS};
    int status = run(&ctl, argc, argv);
    args_release(&ctl.args);
    if (fflush(stdout) != 0 && status == EXIT_COMPLETE) {
        perror("councilctl: standard output");
        status = EXIT_FAILED;
    }
    return status;
}
