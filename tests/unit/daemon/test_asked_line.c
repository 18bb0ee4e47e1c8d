/* The line by which somebody finds a run again: a line break in it tears every list, half a
 * character is no text any more, and one character too many is that of a list that was laid out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/method/desk/asked_line.h"

static const char *line_of(const char *json)
{
    static char line[ASKED_LINE_SIZE];
    const size_t len = asked_line((struct json_span){.at = json, .len = strlen(json)}, line);
    assert_int_equal(len, strlen(line));
    return line;
}

static void white_space_is_one_blank_between_words(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"\"\"", ""},
        {"\"why?\"", "why?"},
        {"\" why  not ? \"", "why not ?"},
        {"\"a\\nb\\r\\n\\tc\\u0000d\\u007fe\"", "a b c d e"},
        {"\"\\n\\n\"", ""},
        {"\"a\\u0085b\\u00a0c\\u2028d\\u2029e\\u009ff\"", "a b c d e f"},
        {"\"a\xc2\x80"
         "b\xc2\xa1"
         "c\"",
         "a b\xc2\xa1"
         "c"},
        {"\"\\u2027x\\u202a~!\"", "\xe2\x80\xa7x\xe2\x80\xaa~!"},
        {"\"say \\\"x\\\" \\\\ \\/\"", "say \"x\" \\ /"},
        {"\"\\ud83d\\ude00 \xf0\x9f\x98\x80\"", "\xf0\x9f\x98\x80 \xf0\x9f\x98\x80"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_string_equal(line_of(CASES[i][0]), CASES[i][1]);
}

static void other_json_is_shown_as_it_is_written(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"{\"a\": [1,\n 2],\"b\":\"x\\ny\"}", "{\"a\": [1, 2],\"b\":\"x\\ny\"}"},
        {"null", "null"},
        {"-1.5e3", "-1.5e3"},
        {"[\"\xc3\xa9\"]", "[\"\xc3\xa9\"]"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_string_equal(line_of(CASES[i][0]), CASES[i][1]);
    char line[ASKED_LINE_SIZE] = "x";
    assert_int_equal(asked_line((struct json_span){0}, line), 0);
    assert_string_equal(line, "");
}

/* `count` times the character, with what stands around it. */
static const char *many(const char *before, const char *character, size_t count, const char *behind)
{
    static char json[4096];
    size_t len = (size_t)snprintf(json, sizeof json, "\"%s", before);
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(json + len, sizeof json - len, "%s", character);
    snprintf(json + len, sizeof json - len, "%s\"", behind);
    return json;
}

static void it_has_two_hundred_characters_at_most(void **state)
{
    (void)state;
    static const char *const CHARACTERS[] = {"q", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < ARRAY_LEN(CHARACTERS); i++) {
        const size_t bytes = strlen(CHARACTERS[i]);
        assert_int_equal(strlen(line_of(many("", CHARACTERS[i], 199, ""))), 199 * bytes);
        assert_int_equal(strlen(line_of(many("", CHARACTERS[i], 200, ""))), 200 * bytes);
        assert_int_equal(strlen(line_of(many("", CHARACTERS[i], 201, ""))), 200 * bytes);
    }
    assert_string_equal(line_of(many("", "q", 198, " r s")) + 196, "qq r");
    assert_string_equal(line_of(many("", "q", 199, " r s")) + 196, "qqq");
    assert_string_equal(line_of(many("", "q", 200, " r s")) + 196, "qqqq");
    assert_string_equal(line_of(many("  ", "q", 197, " \\n rs t")) + 195, "qq rs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_space_is_one_blank_between_words),
        cmocka_unit_test(other_json_is_shown_as_it_is_written),
        cmocka_unit_test(it_has_two_hundred_characters_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
