/* Similarity decides convergence and the best answer: it must not depend on case or punctuation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/text.h"

static void similarity(void **state)
{
    (void)state;
    assert_float_equal(text_similarity("", "  !"), 1, 1e-12);
    assert_float_equal(text_similarity("The cat, the CAT", "cat the"), 1, 1e-12);
    assert_float_equal(text_similarity("a b c", "b c d"), 0.5, 1e-12);
    assert_float_equal(text_similarity("a", ""), 0, 1e-12);
    /* each ideograph is a token of its own; umlauts belong to words */
    assert_float_equal(text_similarity("\xe7\x8c\xab\xe7\x8a\xac", "\xe7\x8c\xab"), 0.5, 1e-12);
    assert_float_equal(text_similarity("\xc3\xbc"
                                       "ber",
                                       "ber"),
                       0, 1e-12);
}

static void medoid_and_mean(void **state)
{
    (void)state;
    const char *texts[] = {"a b", "a b c", "x y"};
    assert_int_equal(text_medoid(texts, 3), 0);
    assert_int_equal(text_medoid(texts, 1), 0);
    assert_int_equal(text_medoid(texts, 0), -1);
    assert_float_equal(text_mean_similarity(texts, 3), 2.0 / 9, 1e-12);
    assert_true(isnan(text_mean_similarity(texts, 1)));
}

static void scores(void **state)
{
    (void)state;
    assert_true(score_equal(0.1 + 0.2, 0.3));
    assert_int_equal(score_compare(1, 1 + 2e-9), -1);
    assert_int_equal(score_compare(1 + 2e-9, 1), 1);
}

static void cuts_in_the_middle(void **state)
{
    (void)state;
    assert_null(text_cut_middle("short", 5));
    char *cut = text_cut_middle("0123456789abcdefghij", 9);
    assert_string_equal(cut, "012345\n[... 11 bytes left out ...]\nhij");
    free(cut);
    cut = text_cut_middle("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 7);
    assert_string_equal(cut, "\xc3\xa9\xc3\xa9\n[... 4 bytes left out ...]\n\xc3\xa9");
    free(cut);
}

static void choices(void **state)
{
    (void)state;
    char *s = text_normalise_choice("  Ship \n IT.  ");
    assert_string_equal(s, "ship it");
    free(s);
    s = text_trim("\t a b \n");
    assert_string_equal(s, "a b");
    free(s);
    assert_true(text_equal_case("AbC", "aBc"));
    assert_false(text_equal_case("AbC", "aBcd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(similarity), cmocka_unit_test(medoid_and_mean),
        cmocka_unit_test(scores),     cmocka_unit_test(cuts_in_the_middle),
        cmocka_unit_test(choices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
