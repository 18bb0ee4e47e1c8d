/* Texts measured and cut at their very edges: each byte that makes a token, the last one that fits.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/deliberation/words/steps.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/text.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))

static void join(void *arg, char *token)
{
    strbuf_addf(arg, "[%s]", token);
    free(token);
}

static void what_is_a_token(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tokens;
    } CASES[] = {
        {"", ""},
        {" ", ""},
        {"a", "[a]"},
        {"aZ zA", "[az][za]"},
        {"@A[`a{", "[a][a]"},
        {"/09:", "[09]"},
        {"a-b_c", "[a][b][c]"},
        {"\u00e9\u00c9t", "[\u00e9\u00c9t]"},
        {"a\u2e7fb", "[a\u2e7fb]"},
        {"a\u2e80b", "[a][\u2e80][b]"},
        {"\u732b\u72ac", "[\u732b][\u72ac]"},
        {"a\u732b", "[a][\u732b]"},
        {"a\xff"
         "b c",
         "[a\xff"
         "b][c]"},
        {"ab\xe7\x8c", "[ab\xe7\x8c]"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct strbuf out = STRBUF_INIT;
        strbuf_str(&out, "");
        text_tokens(CASES[i].text, join, &out);
        assert_string_equal(out.text, CASES[i].tokens);
        strbuf_release(&out);
    }
}

static void sets_of_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        double alike;
    } CASES[] = {
        {"", "", 1},
        {"a", "", 0},
        {"", "a", 0},
        {"a", "a", 1},
        {"a a a", "a", 1},
        {"a b", "c d", 0},
        {"b a", "a b", 1},
        {"a b c d", "d", 0.25},
        {"d", "a b c d", 0.25},
        {"a c e", "b c d", 0.2},
        {"c b a a", "c c d", 0.25},
    };
    for (size_t i = 0; i < COUNT(CASES); i++)
        if (fabs(text_similarity(CASES[i].a, CASES[i].b) - CASES[i].alike) > 1e-12)
            fail_msg("%s and %s", CASES[i].a, CASES[i].b);
    /* more than there is room for at first, each twice */
    struct strbuf many = STRBUF_INIT;
    for (int i = 0; i < 400; i++)
        strbuf_addf(&many, "w%d ", i % 200);
    assert_float_equal(text_similarity(many.text, "w0 w199 w200"), 2.0 / 201, 1e-12);
    strbuf_release(&many);
}

static void the_text_in_the_middle_of_all(void **state)
{
    (void)state;
    static const struct {
        const char *texts[4];
        int n, medoid;
        double mean;
    } CASES[] = {
        {{"a"}, 1, 0, NAN},
        {{"a", "b"}, 2, 0, 0},
        {{"a", "a"}, 2, 0, 1},
        {{"x", "a", "a"}, 3, 1, 1.0 / 3},
        {{"a b", "a b c d", "c d"}, 3, 1, 1.0 / 3},
        {{"x", "y", "z", "x y z"}, 4, 3, 1.0 / 6},
        {{"x", "y", "x y", "y x"}, 4, 2, 0.5},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const double mean = text_mean_similarity(CASES[i].texts, CASES[i].n);
        assert_int_equal(text_medoid(CASES[i].texts, CASES[i].n), CASES[i].medoid);
        if (isnan(CASES[i].mean) ? !isnan(mean) : fabs(mean - CASES[i].mean) > 1e-12)
            fail_msg("case %zu: %g", i, mean);
    }
}

static void which_score_is_greater(void **state)
{
    (void)state;
    static const struct {
        double a, b;
        int order;
    } CASES[] = {
        {1, 1, 0},
        {1, 1.0000000004, 0},
        {1, 1.000000001, -1},
        {-1, 1, -1},
        {1, -1, 1},
        {0, -0.0, 0},
        {8999999999.0, 8999999999.0000019, -1},
        {9e9, 9e9 + 0.000002, -1}, /* from there on as they are */
        {9e9 + 0.000002, 9e9, 1},
        {9e9, 9e9, 0},
        {-9e9, -9e9 - 1, 1},
        {1e300, 1, 1},
        {1, 1e300, -1},
        {(double)INFINITY, 1e300, 1},
        {(double)INFINITY, (double)INFINITY, 0},
        {-(double)INFINITY, 0, -1},
        {(double)NAN, 0, 0},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        if (score_compare(CASES[i].a, CASES[i].b) != CASES[i].order)
            fail_msg("%.17g and %.17g", CASES[i].a, CASES[i].b);
        assert_int_equal(score_equal(CASES[i].a, CASES[i].b), CASES[i].order == 0);
    }
}

static void what_is_cut_out(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max;
        const char *cut;
    } CASES[] = {
        {"", 0, NULL},
        {"a", 1, NULL},
        {"a", 0, "\n[... 1 bytes left out ...]\n"},
        {"abc", 2, "ab\n[... 1 bytes left out ...]\n"},
        {"abcd", 3, "ab\n[... 1 bytes left out ...]\nd"},
        {"abcdefgh", 7, "abcde\n[... 1 bytes left out ...]\ngh"},
        {"\u20ac\u20ac\u20ac", 8, "\u20ac\u20ac\n[... 3 bytes left out ...]\n"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char *cut = text_cut_middle(CASES[i].text, CASES[i].max);
        if (!cut || !CASES[i].cut)
            assert_true(!cut && !CASES[i].cut);
        else
            assert_string_equal(cut, CASES[i].cut);
        free(cut);
    }
}

static void choices_that_are_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *text, *normal, *trimmed;
    } CASES[] = {
        {"", "", ""},
        {" \t\n\v\f\r", "", ""},
        {"A  b\t\nC", "a b c", "A  b\t\nC"},
        {"yes.", "yes", "yes."},
        {"yes..", "yes.", "yes.."},
        {"yes . ", "yes", "yes ."},
        {"yes.  ", "yes", "yes."},
        {".", "", "."},
        {". a", ". a", ". a"},
        {"@Z[", "@z[", "@Z["},
        {" a\x08", "a\x08", "a\x08"},
        {"a\x0e ", "a\x0e", "a\x0e"},
        {"\ra\v", "a", "a"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char *normal = text_normalise_choice(CASES[i].text), *trimmed = text_trim(CASES[i].text);
        assert_string_equal(normal, CASES[i].normal);
        assert_string_equal(trimmed, CASES[i].trimmed);
        free(normal);
        free(trimmed);
    }
    assert_true(text_equal_case("", ""));
    assert_true(text_equal_case("aZ", "Az"));
    assert_false(text_equal_case("", "a"));
    assert_false(text_equal_case("ab", "a"));
    assert_false(text_equal_case("[", "{"));
    assert_false(text_equal_case("@", "`"));
}

static void steps_are_spent_to_the_last(void **state)
{
    (void)state;
    int64_t steps = 3;
    assert_true(steps_spend(&steps, 0));
    assert_true(steps_spend(&steps, 2));
    assert_int_equal(steps, 1);
    assert_true(steps_spend(&steps, 1));
    assert_int_equal(steps, 0);
    assert_true(steps_spend(&steps, 0));
    assert_false(steps_spend(&steps, 1));
    assert_int_equal(steps, -1);
    assert_false(steps_spend(&steps, 0)); /* it stays used up */
    assert_int_equal(steps, -1);
    steps = 1;
    assert_false(steps_spend(&steps, SIZE_MAX));
    assert_int_equal(steps, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_a_token),
        cmocka_unit_test(sets_of_tokens),
        cmocka_unit_test(the_text_in_the_middle_of_all),
        cmocka_unit_test(which_score_is_greater),
        cmocka_unit_test(what_is_cut_out),
        cmocka_unit_test(choices_that_are_the_same),
        cmocka_unit_test(steps_are_spent_to_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
