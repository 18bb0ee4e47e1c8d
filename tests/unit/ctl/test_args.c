/* A command line that is misread runs the wrong thing with the wrong options. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "ctl/terminal/args.h"
#include "heap_kept.h"

static const struct option_row OWN[] = {
    {"seed", 0, "TEXT", "a value"},
    {"label", 'l', "KEY=VALUE", "repeated"},
    {"quiet", 'q', NULL, "a switch"},
    {0},
};
static const struct option_row COMMON[] = {{"json", 'j', NULL, "a switch"}, {0}};

static int parse(struct args *args, int argc, const char **argv, struct error *err)
{
    *args = (struct args){0};
    return args_parse(args, OWN, COMMON, argc, (char **)argv, false, err);
}

static void takes_options_among_operands(void **state)
{
    (void)state;
    const char *argv[] = {"a", "--seed",      "x", "-q", "-l", "k=1",
                          "b", "--label=k=2", "-", "--", "-q"};
    struct args args;
    assert_int_equal(parse(&args, ARRAY_LEN(argv), argv, NULL), ARRAY_LEN(argv));
    assert_int_equal(args.n_operands, 4);
    assert_string_equal(args.operands[0], "a");
    assert_string_equal(args.operands[1], "b");
    assert_string_equal(args.operands[2], "-");
    assert_string_equal(args.operands[3], "-q");
    assert_string_equal(args_value(&args, "seed"), "x");
    assert_true(args_has(&args, "quiet"));
    assert_false(args_has(&args, "json"));
    size_t at = 0;
    assert_string_equal(args_next(&args, "label", &at), "k=1");
    assert_string_equal(args_next(&args, "label", &at), "k=2");
    assert_null(args_next(&args, "label", &at));
    args_release(&args);
}

static void the_last_value_counts(void **state)
{
    (void)state;
    const char *argv[] = {"--seed=1", "--seed", "2", "-lx=y"};
    struct args args;
    assert_int_equal(parse(&args, ARRAY_LEN(argv), argv, NULL), 4);
    assert_string_equal(args_value(&args, "seed"), "2");
    assert_string_equal(args_value(&args, "label"), "x=y");
    assert_null(args_value(&args, "quiet"));
    args_release(&args);
}

static void refuses_what_it_does_not_know(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"--nonsense", "unknown option --nonsense"},
        {"--see", "unknown option --see; did you mean --seed?"},
        {"--jsno=x", "unknown option --jsno; did you mean --json?"},
        {"--=x", "unknown option --"},
        {"-x", "unknown option -x"},
        {"--quiet=1", "--quiet takes no value"},
        {"-qz", "--quiet takes no value"},
        {"--seed", "--seed needs a value: TEXT"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const char *argv[] = {bad[i][0]};
        struct args args;
        struct error err;
        assert_int_equal(parse(&args, 1, argv, &err), -EINVAL);
        assert_string_equal(err.text, bad[i][1]);
        args_release(&args);
    }
}

/* Of the own table before the common one. */
static void finds_the_row_of_an_option(void **state)
{
    (void)state;
    static const struct {
        const char *word, *name;
    } rows[] = {{"--seed", "seed"}, {"--seed=x", "seed"}, {"--see", NULL},     {"--seedx", NULL},
                {"-l", "label"},    {"-lx", "label"},     {"-j", "json"},      {"--json", "json"},
                {"-", NULL},        {"--", NULL},         {"seed", NULL},      {"", NULL},
                {"l", NULL},        {"-x", NULL},         {"--label", "label"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct option_row *row = args_option(OWN, COMMON, rows[i].word);
        assert_int_equal(row != NULL, rows[i].name != NULL);
        if (row)
            assert_string_equal(row->name, rows[i].name);
    }
    assert_null(args_option(NULL, COMMON, "--seed"));
    assert_string_equal(args_option(NULL, COMMON, "-j")->name, "json");
}

static void stops_before_the_first_operand(void **state)
{
    (void)state;
    const char *argv[] = {"--json", "run", "--seed", "x"};
    struct args args = {0};
    assert_int_equal(args_parse(&args, NULL, COMMON, 4, (char **)argv, true, NULL), 1);
    assert_true(args_has(&args, "json"));
    assert_int_equal(args.n_operands, 0);
    args_release(&args);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(takes_options_among_operands);
    assert_keeps_nothing(the_last_value_counts);
    assert_keeps_nothing(refuses_what_it_does_not_know);
    assert_keeps_nothing(stops_before_the_first_operand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_options_among_operands),
        cmocka_unit_test(the_last_value_counts),
        cmocka_unit_test(refuses_what_it_does_not_know),
        cmocka_unit_test(finds_the_row_of_an_option),
        cmocka_unit_test(stops_before_the_first_operand),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
