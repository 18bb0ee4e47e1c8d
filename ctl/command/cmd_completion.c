/* councilctl completion SHELL, and what the scripts that it prints ask it: completion --of --
 * WORD... */
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "ctl/session/ctl.h"
#include "ctl/session/word_completion.h"
#include "story/safe_text.h"

enum { TEXT_MAX = 1 << 20 };

static const struct option_row OPTIONS[] = {
    {"of", 0, NULL, "print what the last of the words may become, a line each"},
    {0},
};

/* Who wrote it may have meant the terminal, or has put a blank into it: then it is nothing to type.
 */
static bool is_plain(const char *word)
{
    struct buf shown = BUF_INIT(TEXT_MAX);
    text_escape(&shown, word, strlen(word), TEXT_LINE);
    bool plain = *word && shown.len == strlen(word) && !memcmp(shown.at, word, shown.len) &&
                 !strchr(word, ' ');
    buf_release(&shown);
    return plain;
}

/* A line of what a shell is offered: the word, and behind a tab what it is. */
static void offer(const struct completion *c, const char *word, const char *what)
{
    struct buf shown = BUF_INIT(TEXT_MAX);
    text_escape(&shown, what, strlen(what), TEXT_LINE);
    if (completion_fits(c, word) && is_plain(word))
        printf("%s\t%s\n", word, (char *)xcheck(buf_str(&shown)));
    buf_release(&shown);
}

static void offer_commands(const struct completion *c, const struct command_row *rows)
{
    for (const struct command_row *row = rows; row->name; row++)
        offer(c, row->name, row->command->summary);
}

static void offer_options(const struct completion *c, const struct option_row *table)
{
    for (const struct option_row *row = table; row && row->name; row++) {
        char word[64];
        snprintf(word, sizeof word, "--%s", row->name);
        offer(c, word, row->doc);
    }
}

/* ---- what the daemon has ---- */

static const struct offered {
    const char *place; /* as usage calls it */
    const char *method, *rows, *word, *what;
} SOURCES[] = {
    {"RUN_ID", "run.list", "runs", "run_id", "question"},
    {"COUNCIL", "council.list", "councils", "name", "description"},
    {"PROVIDER", "provider.list", "providers", "name", "type"},
    {"METHOD", "rpc.discover", "methods", "name", "summary"},
};

/* Asks the daemon that the words before choose. */
static void offer_rows(const struct completion *c, const struct offered *source)
{
    const struct ctl ctl = {.row = c->row, .args = c->args};
    json_t *result = NULL, *row;
    size_t i;
    if (ctl_once(&ctl, source->method, NULL, &result))
        return;
    json_array_foreach (json_object_get(result, source->rows), i, row)
        offer(c, j_str(row, source->word, ""), j_str(row, source->what, ""));
    json_decref(result);
}

static void offer_place(const struct completion *c, const struct command_row *rows)
{
    const char *name;
    size_t at = 0, len;
    while ((name = completion_next(c, &at, &len))) {
        char word[64];
        snprintf(word, sizeof word, "%.*s", (int)len, name);
        for (size_t i = 0; i < sizeof SOURCES / sizeof *SOURCES; i++)
            if (!strcmp(word, SOURCES[i].place))
                offer_rows(c, &SOURCES[i]);
        if (!strcmp(word, "COMMAND"))
            offer_commands(c, rows);
        else if (word[0] >= 'a' && word[0] <= 'z')
            offer(c, word, "");
    }
}

static int complete(struct ctl *ctl)
{
    struct completion c;
    completion_init(&c, ctl->commands, ctl->args.operands, ctl->args.n_operands);
    if (c.kind == COMPLETION_COMMAND)
        offer_commands(&c, ctl->commands);
    else if (c.kind == COMPLETION_PLACE)
        offer_place(&c, ctl->commands);
    else if (c.kind == COMPLETION_OPTION) {
        offer_options(&c, c.row ? c.row->command->options : NULL);
        offer_options(&c, GLOBAL_OPTIONS);
    }
    completion_release(&c);
    return EXIT_COMPLETE;
}

/* ---- the scripts ---- */

static const struct {
    const char *shell, *script;
} SCRIPTS[] = {
    {"bash", "_councilctl() {\n"
             "\tlocal IFS=$'\\n'\n"
             "\tCOMPREPLY=($(councilctl completion --of -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" "
             "2>/dev/null | cut -f 1))\n"
             "}\n"
             "complete -o bashdefault -o default -F _councilctl councilctl\n"},
    {"zsh", "#compdef councilctl\n"
            "_councilctl() {\n"
            "\tlocal -a found\n"
            "\tfound=(${(f)\"$(councilctl completion --of -- \"${(@)words[2,CURRENT]}\" "
            "2>/dev/null)\"})\n"
            "\tfound=(\"${(@)found/$'\\t'/:}\")\n"
            "\tif (( $#found )); then _describe councilctl found; else _files; fi\n"
            "}\n"
            "if [ \"$funcstack[1]\" = _councilctl ]; then _councilctl; "
            "else compdef _councilctl councilctl; fi\n"},
    {"fish", "complete -c councilctl -f -a '(councilctl completion --of -- "
             "(commandline -opc)[2..] (commandline -ct) 2>/dev/null)'\n"},
};

static int run(struct ctl *ctl)
{
    if (args_has(&ctl->args, "of"))
        return complete(ctl);
    const char *shell = ctl->args.n_operands == 1 ? ctl->args.operands[0] : "";
    for (size_t i = 0; i < sizeof SCRIPTS / sizeof *SCRIPTS; i++) {
        if (strcmp(SCRIPTS[i].shell, shell) != 0)
            continue;
        fputs(SCRIPTS[i].script, stdout);
        return EXIT_COMPLETE;
    }
    return ctl_usage(ctl, "name one shell: bash, zsh or fish");
}

const struct command cmd_completion = {
    .usage = "bash|zsh|fish",
    .summary = "Print a script by which a shell completes commands, options, councils and runs",
    .help = "For bash: source <(councilctl completion bash), or put what it prints into a file of\n"
            "~/.local/share/bash-completion/completions; for zsh into a file _councilctl of the\n"
            "fpath; for fish into ~/.config/fish/completions/councilctl.fish. The script asks\n"
            "councilctl what a word may become, so that it never has to be renewed.\n",
    .options = OPTIONS,
    .min_operands = 0,
    .max_operands = SIZE_MAX,
    .run = run,
};
