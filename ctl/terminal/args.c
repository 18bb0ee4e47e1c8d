#include "args.h"

#include <errno.h>

#include "common/xalloc.h"
#include "nearest.h"

static const struct option_row *find(const struct option_row *table, const char *name, size_t len,
                                     char letter)
{
    for (const struct option_row *row = table; row && row->name; row++) {
        if (name ? strlen(row->name) == len && !memcmp(row->name, name, len)
                 : row->letter && row->letter == letter)
            return row;
    }
    return NULL;
}

static void add_option(struct args *args, const struct option_row *row, const char *value)
{
    args->options = xrealloc(args->options, (args->n_options + 1) * sizeof *args->options);
    args->options[args->n_options++] = (struct arg_option){.row = row, .value = value};
}

static void add_operand(struct args *args, const char *operand)
{
    args->operands = xrealloc(args->operands, (args->n_operands + 1) * sizeof *args->operands);
    args->operands[args->n_operands++] = operand;
}

static int unknown_option(const struct option_row *own, const struct option_row *common,
                          const char *name, size_t len, struct error *err)
{
    struct nearest meant = {.word = name, .len = len};
    const struct option_row *tables[] = {own, common};
    for (size_t i = 0; len && i < 2; i++)
        for (const struct option_row *row = tables[i]; row && row->name; row++)
            nearest_try(&meant, row->name);
    return error_set(err, EINVAL, "unknown option --%.*s%s%s%s", (int)len, name,
                     meant.name ? "; did you mean --" : "", meant.name ? meant.name : "",
                     meant.name ? "?" : "");
}

const struct option_row *args_option(const struct option_row *own, const struct option_row *common,
                                     const char *word)
{
    bool is_long = word[0] == '-' && word[1] == '-';
    if (word[0] != '-' || !word[1])
        return NULL;
    const char *name = is_long ? word + 2 : NULL;
    size_t len = is_long ? strcspn(name, "=") : 0;
    const struct option_row *row = find(own, name, len, word[1]);
    return row ? row : find(common, name, len, word[1]);
}

/* One option and its value: 1 or 2 words of argv, or -EINVAL. */
static int take_option(struct args *args, const struct option_row *own,
                       const struct option_row *common, int argc, char **argv, struct error *err)
{
    const char *word = argv[0];
    bool is_long = word[1] == '-';
    const char *name = word + 2;
    size_t len = is_long ? strcspn(name, "=") : 0;
    const char *value = is_long ? (name[len] ? name + len + 1 : NULL) : (word[2] ? word + 2 : NULL);

    const struct option_row *row = args_option(own, common, word);
    if (!row)
        return is_long ? unknown_option(own, common, name, len, err)
                       : error_set(err, EINVAL, "unknown option %.2s", word);
    if (!row->arg && value)
        return error_set(err, EINVAL, "--%s takes no value", row->name);
    if (!row->arg || value) {
        add_option(args, row, value);
        return 1;
    }
    if (argc < 2)
        return error_set(err, EINVAL, "--%s needs a value: %s", row->name, row->arg);
    add_option(args, row, argv[1]);
    return 2;
}

int args_parse(struct args *args, const struct option_row *own, const struct option_row *common,
               int argc, char **argv, bool stop_at_operand, struct error *err)
{
    bool options_end = false;
    int i = 0;
    while (i < argc) {
        if (!options_end && !strcmp(argv[i], "--")) {
            options_end = true;
            i++;
        } else if (!options_end && argv[i][0] == '-' && argv[i][1]) {
            int r = take_option(args, own, common, argc - i, argv + i, err);
            if (r < 0)
                return r;
            i += r;
        } else {
            if (stop_at_operand)
                return i;
            add_operand(args, argv[i++]);
        }
    }
    return i;
}

void args_release(struct args *args)
{
    free(args->options);
    free(args->operands);
    *args = (struct args){0};
}

bool args_has(const struct args *args, const char *name)
{
    for (size_t i = 0; i < args->n_options; i++)
        if (!strcmp(args->options[i].row->name, name))
            return true;
    return false;
}

const char *args_value(const struct args *args, const char *name)
{
    const char *value = NULL;
    size_t at = 0;
    for (const char *v; (v = args_next(args, name, &at));)
        value = v;
    return value;
}

const char *args_next(const struct args *args, const char *name, size_t *at)
{
    while (*at < args->n_options) {
        const struct arg_option *o = &args->options[(*at)++];
        if (o->value && !strcmp(o->row->name, name))
            return o->value;
    }
    return NULL;
}

void args_help(FILE *out, const struct option_row *table)
{
    for (const struct option_row *row = table; row && row->name; row++) {
        char left[64];
        snprintf(left, sizeof left, "%c%c%s--%s%s%s", row->letter ? '-' : ' ',
                 row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
                 row->arg ? " " : "", row->arg ? row->arg : "");
        if (strlen(left) > 26)
            fprintf(out, "  %s\n  %-26s  %s\n", left, "", row->doc);
        else
            fprintf(out, "  %-26s  %s\n", left, row->doc);
    }
}
