/* Where the unsafe characters begin and end, and where a figure gets another unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "story/safe_text.h"

/* First and last of each range that would take a terminal over or turn the reading round. */
static const struct {
    uint32_t first, last;
} UNSAFE[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},
              {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e},
              {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f}};
enum { RANGES = sizeof UNSAFE / sizeof UNSAFE[0] };

static bool is_unsafe(uint32_t c)
{
    size_t i = 0;
    while (i < RANGES && (c < UNSAFE[i].first || c > UNSAFE[i].last))
        i++;
    return i < RANGES;
}

static size_t encode(uint32_t c, char *to)
{
    static const unsigned char HEADS[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    to[0] = (char)c;
    for (size_t i = len; i-- > 1; c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    if (len > 1)
        to[0] = (char)(HEADS[len] | c);
    to[len] = '\0';
    return len;
}

static void shown_as(uint32_t c, const char *plain, const char *json)
{
    char bytes[8] = "";
    size_t len = encode(c, bytes);
    struct buf line = BUF_INIT(100), doc = BUF_INIT(100);
    text_escape(&line, bytes, len, TEXT_LINE);
    text_escape_json(&doc, bytes, len);
    if (strcmp(buf_str(&line), plain) || strcmp(buf_str(&doc), json))
        fail_msg("U+%04X: %s and %s, not %s and %s", c, buf_str(&line), buf_str(&doc), plain, json);
    buf_release(&line);
    buf_release(&doc);
}

static void check(uint32_t c)
{
    char plain[16], json[16], bytes[8] = "";
    encode(c, bytes);
    if (c == '\n' || c == '\t') {
        shown_as(c, " ", c == '\n' ? "\n" : "\\u0009");
        return;
    }
    if (!is_unsafe(c)) {
        shown_as(c, bytes, bytes);
        return;
    }
    snprintf(plain, sizeof plain, c < 0x80 ? "\\x%02x" : "\\u{%x}", c);
    if (c < 0x10000)
        snprintf(json, sizeof json, "\\u%04x", c);
    else
        snprintf(json, sizeof json, "\\udb40\\u%04x", 0xdc00 + (c & 0x3ff));
    shown_as(c, plain, json);
}

static void every_bound_of_a_range(void **state)
{
    (void)state;
    for (uint32_t c = 1; c < 0x100; c++)
        check(c);
    for (size_t i = 2; i < RANGES; i++) {
        for (uint32_t c = UNSAFE[i].first; c <= UNSAFE[i].last; c++)
            check(c);
        check(UNSAFE[i].first - 1);
        check(UNSAFE[i].last + 1);
    }
    check(0xffff);
    check(0x10000);
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        long long ms;
        const char *text;
    } ROWS[] = {{0, "0 ms"},
                {999, "999 ms"},
                {1000, "1.0 s"},
                {1099, "1.0 s"},
                {1100, "1.1 s"},
                {59999, "59.9 s"},
                {60000, "1 min 0 s"},
                {3599999, "59 min 59 s"},
                {3600000, "1 h 0 min"},
                {3659999, "1 h 0 min"},
                {7500000, "2 h 5 min"},
                {360000000, "100 h 0 min"}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct buf text = BUF_INIT(100);
        text_add_duration(&text, ROWS[i].ms);
        assert_string_equal(buf_str(&text), ROWS[i].text);
        buf_release(&text);
    }
}

static void counts(void **state)
{
    (void)state;
    static const struct {
        double n;
        const char *text;
    } ROWS[] = {{0, "0"},           {9999, "9999"},    {10000, "10.0k"},    {12340, "12.3k"},
                {999000, "999.0k"}, {1000000, "1.0M"}, {12340000, "12.3M"}, {1e9, "1000.0M"}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct buf text = BUF_INIT(100);
        json_t *number = json_real(ROWS[i].n);
        text_add_count(&text, number);
        assert_string_equal(buf_str(&text), ROWS[i].text);
        json_decref(number);
        buf_release(&text);
    }
    struct buf none = BUF_INIT(100);
    text_add_count(&none, NULL);
    assert_string_equal(buf_str(&none), "-");
    buf_release(&none);
}

/* The last columns and the first ones: one more, one less, and colours that take none. */
static void parts_that_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns, all, fit, tail;
    } ROWS[] = {
        {"", 3, 0, 0, 0},
        {"abc", 0, 3, 0, 3},
        {"abc", 2, 3, 2, 1},
        {"abc", 3, 3, 3, 0},
        {"abc", 4, 3, 3, 0},
        {"\033[31mab\033[0m", 1, 2, 6, 6},
        {"\033[31mab\033[0m", 2, 2, 11, 0},
        {"a\033[31", 1, 1, 5, 0},
        {"a\033", 1, 2, 1, 1},
        {"\033[m", 0, 0, 3, 0},
        {"\xff\xff", 1, 2, 1, 1},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        size_t len = strlen(ROWS[i].text), columns = ROWS[i].columns;
        size_t got[] = {text_columns(ROWS[i].text, len), text_fit(ROWS[i].text, len, columns),
                        text_tail(ROWS[i].text, len, columns)};
        if (got[0] != ROWS[i].all || got[1] != ROWS[i].fit || got[2] != ROWS[i].tail)
            fail_msg("row %zu: %zu %zu %zu", i, got[0], got[1], got[2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bound_of_a_range),
        cmocka_unit_test(durations),
        cmocka_unit_test(counts),
        cmocka_unit_test(parts_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
