/* Text of models and strangers could take a terminal over, or break the rows that are drawn on it.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "heap_kept.h"
#include "story/safe_text.h"

static void escapes(const char *text, size_t len, enum text_form form, const char *expected)
{
    struct buf out = BUF_INIT(1000);
    text_escape(&out, text, len, form);
    assert_string_equal(buf_str(&out), expected);
    buf_release(&out);
}

static void control_sequences_become_visible(void **state)
{
    (void)state;
    escapes("a\x1b[2Jb", 6, TEXT_BLOCK, "a\\x1b[2Jb");
    escapes("\a\b\x7f\r\0", 5, TEXT_BLOCK, "\\x07\\x08\\x7f\\x0d\\x00");
    escapes("\xc2\x9b"
            "2J",
            4, TEXT_BLOCK, "\\u{9b}2J");
    escapes("\xe2\x80\xae"
            "abc",
            6, TEXT_BLOCK, "\\u{202e}abc");
    escapes("\xf3\xa0\x81\x81", 4, TEXT_BLOCK, "\\u{e0041}");
    escapes("x\xff\xc3y", 4, TEXT_BLOCK, "x\xef\xbf\xbd\xef\xbf\xbdy");
    escapes("a\n\tb", 4, TEXT_BLOCK, "a\n\tb");
    escapes("a\n\tb", 4, TEXT_LINE, "a  b");
    escapes("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", 11, TEXT_LINE,
            "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80");
}

static void json_stays_json(void **state)
{
    (void)state;
    static const char line[] = "{\"a\": \"x\xc2\x9by\x7f\xf3\xa0\x81\x81\xc3\xa4\"}";
    struct buf out = BUF_INIT(1000);
    text_escape_json(&out, line, sizeof line - 1);
    assert_string_equal(buf_str(&out), "{\"a\": \"x\\u009by\\u007f\\udb40\\udc41\xc3\xa4\"}");
    json_t *before = json_loads(line, 0, NULL), *after = json_loads(buf_str(&out), 0, NULL);
    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
    buf_release(&out);
}

static void columns_are_those_of_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(text_columns("abc", 3), 3);
    assert_int_equal(text_columns("\xe4\xbd\xa0\xe5\xa5\xbd", 6), 4); /* two wide ones */
    assert_int_equal(text_columns("e\xcc\x81", 3), 1);                /* a combining accent */
    assert_int_equal(text_columns("\033[1mab\033[0m", 10), 2);
    assert_int_equal(text_fit("\xe4\xbd\xa0\xe5\xa5\xbd", 6, 3), 3);
    assert_int_equal(text_fit("abcdef", 6, 4), 4);
    assert_int_equal(text_fit("\033[1mab", 6, 1), 5);
    assert_int_equal(text_tail("abcdef", 6, 4), 2);
    assert_int_equal(text_tail("\xe4\xbd\xa0\xe5\xa5\xbd", 6, 3), 3);
    assert_int_equal(text_tail("abc", 3, 10), 0);
}

static void numbers_are_short(void **state)
{
    (void)state;
    static const struct {
        long long ms;
        const char *words;
    } durations[] = {{0, "0 ms"},           {999, "999 ms"},      {1250, "1.2 s"},
                     {59999, "59.9 s"},     {61000, "1 min 1 s"}, {3600000, "1 h 0 min"},
                     {7500000, "2 h 5 min"}};
    for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
        struct buf out = BUF_INIT(100);
        text_add_duration(&out, durations[i].ms);
        assert_string_equal(buf_str(&out), durations[i].words);
        buf_release(&out);
    }
    json_t *counts = json_pack("[i, i, i, n]", 9999, 12345, 4500000);
    static const char *const words[] = {"9999", "12.3k", "4.5M", "-"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct buf out = BUF_INIT(100);
        text_add_count(&out, json_array_get(counts, i));
        assert_string_equal(buf_str(&out), words[i]);
        buf_release(&out);
    }
    json_decref(counts);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(control_sequences_become_visible);
    assert_keeps_nothing(json_stays_json);
    assert_keeps_nothing(columns_are_those_of_a_terminal);
    assert_keeps_nothing(numbers_are_short);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_sequences_become_visible),
        cmocka_unit_test(json_stays_json),
        cmocka_unit_test(columns_are_those_of_a_terminal),
        cmocka_unit_test(numbers_are_short),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
