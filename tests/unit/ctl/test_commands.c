/* The table of commands: a row that cannot be found, run or explained is of no use to anybody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "ctl/commands.h"
#include "golden_text.h"

static char *help_of(const struct command_row *row)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    if (row)
        command_help(out, row);
    else
        command_help_all(out, COMMANDS);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void every_row_is_found_by_its_name(void **state)
{
    (void)state;
    size_t rows = 0;
    for (const struct command_row *row = COMMANDS; row->name; row++, rows++) {
        assert_ptr_equal(command_find(COMMANDS, row->name), row);
        assert_true(strlen(row->name) > 0 && strlen(row->name) <= 14);
        assert_int_not_equal(row->name[0], '-');
    }
    assert_true(rows >= 26);
    assert_null(command_find(COMMANDS, ""));
    assert_null(command_find(COMMANDS, "ru"));
    assert_null(command_find(COMMANDS, "terminate_all"));
    assert_non_null(command_find(COMMANDS, "terminate-all"));
}

static void every_command_can_be_run_and_explained(void **state)
{
    (void)state;
    char *all = help_of(NULL);
    for (const struct command_row *row = COMMANDS; row->name; row++) {
        const struct command *c = row->command;
        assert_non_null(c->run);
        assert_true(c->usage && c->summary && *c->summary);
        assert_true(c->min_operands <= c->max_operands);
        assert_int_equal(c->max_operands > 0, *c->usage != '\0');
        assert_non_null(strstr(all, c->summary));
        char *help = help_of(row);
        assert_non_null(strstr(help, row->name));
        assert_non_null(strstr(help, c->summary));
        for (const struct option_row *o = c->options; o && o->name; o++)
            assert_non_null(strstr(help, o->doc));
        free(help);
    }
    free(all);
}

/* An option of a command would hide one that every command has. */
static void no_option_means_two_things(void **state)
{
    (void)state;
    for (const struct command_row *row = COMMANDS; row->name; row++) {
        for (const struct option_row *o = row->command->options; o && o->name; o++) {
            for (const struct option_row *g = GLOBAL_OPTIONS; g->name; g++) {
                assert_string_not_equal(o->name, g->name);
                assert_true(!o->letter || o->letter != g->letter);
            }
            for (const struct option_row *other = o + 1; other->name; other++) {
                assert_string_not_equal(o->name, other->name);
                assert_true(!o->letter || o->letter != other->letter);
            }
        }
    }
}

/* And how many operands each takes. */
static void help_is_as_it_was_read(void **state)
{
    (void)state;
    struct buf all = BUF_INIT(1 << 20);
    for (const struct command_row *row = NULL; !row || row->name; row = row ? row + 1 : COMMANDS) {
        char *help = help_of(row);
        assert_int_equal(buf_addf(&all, "---- %s, operands: %zu to %zu\n%s\n",
                                  row ? row->name : "all", row ? row->command->min_operands : 0,
                                  row ? row->command->max_operands : 0, help),
                         0);
        free(help);
    }
    golden_compare(GOLDEN "/help.txt", &all);
    buf_release(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_by_its_name),
        cmocka_unit_test(every_command_can_be_run_and_explained),
        cmocka_unit_test(no_option_means_two_things),
        cmocka_unit_test(help_is_as_it_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
