/* Whoever mistypes a name is told the one that was meant, and nothing that is far from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/terminal/nearest.h"

#define FORTY "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"

static const struct {
    const char *word, *names[3], *nearest;
} ROWS[] = {
    {"cancel", {"cancel"}, "cancel"},
    {"canel", {"call", "cancel"}, "cancel"}, /* left out */
    {"canccel", {"cancel"}, "cancel"},       /* added */
    {"cansel", {"cancel"}, "cancel"},        /* changed */
    {"acncel", {"cancel"}, "cancel"},        /* swapped, at the beginning */
    {"cancle", {"cancel"}, "cancel"},        /* and at the end */
    {"xancxl", {"cancel"}, "cancel"},        /* two of six */
    {"xanxxl", {"cancel"}, NULL},            /* three of six */
    {"xtop", {"stop"}, "stop"},              /* one of four */
    {"ps", {"ps"}, "ps"},
    {"pss", {"ps"}, NULL},
    {"rnu", {"run"}, "run"},
    {"ru", {"run"}, "run"},
    {"r", {"run"}, NULL},
    {"", {"run", ""}, ""},
    {"ter", {"terminate-all"}, "terminate-all"}, /* begun */
    {"te", {"terminate-all"}, NULL},
    {"tem", {"terminate-all"}, NULL},
    {"xy", {"ps"}, NULL},
    {"reloxd", {"relead", "reload", "relaod"}, "reload"}, /* the nearest, not the first */
    {"reloxd", {"relaxd", "reload"}, "relaxd"},           /* the first of two that are as near */
    {"term", {"ter", "terminate"}, "ter"},
    {"ca", {"ac"}, NULL},
    {"abcdef", {"badcfe"}, NULL},
    {"abcdefghi", {"badcfeghi"}, "badcfeghi"}, /* three swaps of nine */
    {FORTY, {FORTY}, FORTY},
    {FORTY "e", {FORTY}, NULL},
    {FORTY, {FORTY "e"}, NULL},
};

static void what_may_be_meant(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct nearest n = {.word = ROWS[i].word};
        for (size_t k = 0; k < 3 && ROWS[i].names[k]; k++)
            nearest_try(&n, ROWS[i].names[k]);
        assert_string_equal(n.name ? n.name : "none", ROWS[i].nearest ? ROWS[i].nearest : "none");
    }
}

/* As in --lable=x. */
static void a_word_may_be_the_beginning_of_a_text(void **state)
{
    (void)state;
    struct nearest n = {.word = "lable=x", .len = 5};
    nearest_try(&n, "label");
    assert_string_equal(n.name, "label");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_be_meant),
        cmocka_unit_test(a_word_may_be_the_beginning_of_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
