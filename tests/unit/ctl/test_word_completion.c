/* A shell that offers what a command does not take is worse than one that offers nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "ctl/session/word_completion.h"
#include "heap_kept.h"

enum { WORDS_MAX = 8 };

static const struct option_row OPTIONS[] = {
    {"seed", 's', "TEXT", ""}, {"of", 0, "COUNCIL", ""}, {"quiet", 'q', NULL, ""}, {0}};
static const struct command ASK = {.usage = "COUNCIL | RUN_ID [QUESTION | -]", .options = OPTIONS},
                            WATCH = {.usage = "RUN_ID..."}, SOME = {.usage = "add|remove NAME"},
                            NONE = {.usage = ""};
static const struct command_row ROWS[] = {
    {"ask", &ASK}, {"watch", &WATCH}, {"some", &SOME}, {"none", &NONE}, {0}};

/* What comes out: its kind, then the names in the place. */
static const struct {
    const char *words[WORDS_MAX], *told;
} CASES[] = {
    {{NULL}, "command"},
    {{""}, "command"},
    {{"as"}, "command"},
    {{"-"}, "option"},
    {{"--json", "-"}, "option"},
    {{"-t", ""}, "place NAME"},
    {{"-t", "-"}, "place NAME"},
    {{"-t", "x", ""}, "command"},
    {{"-tx", ""}, "command"},
    {{"--tenant=x", ""}, "command"},
    {{"nonsense", ""}, "nothing"},
    {{"--nonsense", ""}, "nothing"},
    {{"--nonsense", "ask", ""}, "nothing"},
    {{"ask", ""}, "place COUNCIL RUN_ID of ask"},
    {{"ask", "x"}, "place COUNCIL RUN_ID of ask"},
    {{"ask", "x", ""}, "place QUESTION - of ask"},
    {{"ask", "x", "y", ""}, "place of ask"},
    {{"ask", "-"}, "option of ask"},
    {{"ask", "x", "--s"}, "option of ask"},
    {{"ask", "--", "-"}, "place COUNCIL RUN_ID of ask"},
    {{"ask", "--", "x", "-"}, "place QUESTION - of ask"},
    {{"ask", "--seed", ""}, "place TEXT of ask"},
    {{"ask", "-s", "-"}, "place TEXT of ask"},
    {{"ask", "--of", "x"}, "place COUNCIL of ask"},
    {{"ask", "--seed", "1", ""}, "place COUNCIL RUN_ID of ask"},
    {{"ask", "--seed=1", "x", ""}, "place QUESTION - of ask"},
    {{"ask", "--quiet", ""}, "place COUNCIL RUN_ID of ask"},
    {{"ask", "--quiet=1", ""}, "nothing of ask"},
    {{"ask", "--nonsense", ""}, "nothing of ask"},
    {{"ask", "--nonsense", "x", ""}, "nothing of ask"},
    {{"--json", "ask", "-q", "x", ""}, "place QUESTION - of ask"},
    {{"watch", ""}, "place RUN_ID of watch"},
    {{"watch", "a", "b", ""}, "place RUN_ID of watch"},
    {{"some", ""}, "place add remove of some"},
    {{"some", "add", ""}, "place NAME of some"},
    {{"some", "add", "x", "y", ""}, "place of some"},
    {{"none", ""}, "place of none"},
};

static void tell(const struct completion *c, struct buf *to)
{
    static const char *const KINDS[] = {"nothing", "command", "option", "place"};
    const char *name;
    size_t at = 0, len;
    buf_addf(to, "%s", KINDS[c->kind]);
    while ((name = completion_next(c, &at, &len)))
        buf_addf(to, " %.*s", (int)len, name);
    if (c->row)
        buf_addf(to, " of %s", c->row->name);
}

static void what_stands_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct buf told = BUF_INIT(200);
        struct completion c;
        size_t n = 0;
        while (n < WORDS_MAX && CASES[i].words[n])
            n++;
        completion_init(&c, ROWS, CASES[i].words, n);
        assert_string_equal(c.last, n ? CASES[i].words[n - 1] : "");
        tell(&c, &told);
        assert_string_equal(buf_str(&told), CASES[i].told);
        completion_release(&c);
        assert_null(c.row);
        completion_release(&c);
        buf_release(&told);
    }
}

static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(what_stands_where);
}

/* The daemon to be asked is the one that the words name. */
static void options_before_the_word_are_there(void **state)
{
    (void)state;
    static const char *const words[] = {"-t", "acme", "ask", "--seed", "1", "-r"};
    struct completion c;
    completion_init(&c, ROWS, words, 6);
    assert_string_equal(args_value(&c.args, "tenant"), "acme");
    assert_string_equal(args_value(&c.args, "seed"), "1");
    assert_false(args_has(&c.args, "registry"));
    completion_release(&c);
}

static void a_word_fits_that_goes_on_as_it_began(void **state)
{
    (void)state;
    struct completion c = {.last = "run."};
    assert_true(completion_fits(&c, "run.start"));
    assert_true(completion_fits(&c, "run."));
    assert_false(completion_fits(&c, "run"));
    assert_false(completion_fits(&c, "rum.x"));
    c.last = "";
    assert_true(completion_fits(&c, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_where),
        cmocka_unit_test(nothing_is_kept),
        cmocka_unit_test(options_before_the_word_are_there),
        cmocka_unit_test(a_word_fits_that_goes_on_as_it_began),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
