#include "word_completion.h"

#include <stdint.h>
#include <string.h>

/* Are these words the beginning of a command line? */
static bool read_words(struct completion *c, const struct command_row *rows,
                       const char *const *words, size_t n)
{
    char **argv = (char **)(uintptr_t)words;
    struct error err = {0};
    completion_release(c);
    int used = args_parse(&c->args, NULL, GLOBAL_OPTIONS, (int)n, argv, true, &err);
    if (used < 0 || (size_t)used == n)
        return used >= 0;
    c->row = command_find(rows, words[used]);
    return c->row && args_parse(&c->args, c->row->command->options, GLOBAL_OPTIONS,
                                (int)n - used - 1, argv + used + 1, false, &err) >= 0;
}

static bool options_ended(const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(words[i], "--"))
            return true;
    return false;
}

/* Where an operand of a usage ends: bars join what may stand in one place. */
static const char *place_end(const char *at)
{
    at += strcspn(at, " ");
    while (!strncmp(at, " | ", 3))
        at += 3 + strcspn(at + 3, " ");
    return at;
}

static void take_operand(struct completion *c, size_t number)
{
    const char *at = c->row->command->usage;
    for (size_t i = 0; *at; i++) {
        const char *end = place_end(at);
        c->place = at;
        c->place_len = (size_t)(end - at);
        if (i == number || (end - at > 3 && !memcmp(end - 3, "...", 3)))
            return;
        at = end + strspn(end, " ");
    }
    c->place_len = 0;
}

/* The place of an option's value; false where it takes none. */
static bool take_value(struct completion *c, const char *option)
{
    const struct option_row *own = c->row ? c->row->command->options : NULL;
    const struct option_row *row = args_option(own, GLOBAL_OPTIONS, option);
    if (!row || !row->arg)
        return false;
    c->place = row->arg;
    c->place_len = strlen(row->arg);
    return true;
}

void completion_init(struct completion *c, const struct command_row *rows, const char *const *words,
                     size_t n)
{
    size_t before = n ? n - 1 : 0;
    *c = (struct completion){.last = n ? words[before] : "", .place = ""};
    if (read_words(c, rows, words, before)) {
        bool option = c->last[0] == '-' && !options_ended(words, before);
        c->kind = option ? COMPLETION_OPTION : c->row ? COMPLETION_PLACE : COMPLETION_COMMAND;
        if (c->kind == COMPLETION_PLACE)
            take_operand(c, c->args.n_operands);
    } else if (before && read_words(c, rows, words, before - 1) &&
               take_value(c, words[before - 1])) {
        c->kind = COMPLETION_PLACE;
    }
}

void completion_release(struct completion *c)
{
    args_release(&c->args);
    c->args = (struct args){0};
    c->row = NULL;
}

const char *completion_next(const struct completion *c, size_t *at, size_t *ret_len)
{
    static const char BETWEEN[] = " |[].";
    const char *name = c->place + *at, *end = c->place + c->place_len;
    while (name < end && strchr(BETWEEN, *name))
        name++;
    size_t len = strcspn(name, BETWEEN);
    if (name >= end)
        return NULL;
    *ret_len = len;
    *at = (size_t)(name - c->place) + len;
    return name;
}

bool completion_fits(const struct completion *c, const char *word)
{
    return !strncmp(word, c->last, strlen(c->last));
}
