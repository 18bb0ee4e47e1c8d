/* What is wrong with a line, and at which byte: all that its author gets to mend it with. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "json_help.h"
#include "proto/json/json_number.h"
#include "proto/json/json_out.h"
#include "proto/json/json_tree.h"

static const struct {
    const char *text, *why;
} ROWS[] = {
    {"", "text ends before a value at byte 0"},
    {" \t\r\n", "text ends before a value at byte 4"},
    {"{\"a\":", "text ends before a value at byte 5"},
    {"[1,", "text ends before a value at byte 3"},
    {"\v1", "bad number at byte 0"},
    {" {", "object not closed at byte 2"},
    {"{\"a\":1 ", "object not closed at byte 7"},
    {" [ ", "array not closed at byte 3"},
    {"[{}", "array not closed at byte 3"},
    {"{1", "member name expected at byte 1"},
    {"{\"a\":1,}", "member name expected at byte 7"},
    {"{\"a\":1, ", "member name expected at byte 8"},
    {"{\"a\" 1", "colon expected at byte 5"},
    {"{\"a\"", "colon expected at byte 4"},
    {"[1 2]", "comma expected at byte 3"},
    {"{\"a\":1;", "comma expected at byte 6"},
    {"[1}", "comma expected at byte 2"},
    {"{} x", "text after the value at byte 3"},
    {"[[[[[", "nested too deeply at byte 3"},
    {"[1,2,3,4,5,6,7]", "too many values at byte 11"},
    {"{\"a\":1, \"a\":2}", "member name used twice at byte 9"},
    {"[{\"b\":1,\"\\u0062\":2 }]", "member name used twice at byte 9"},
    {"{\"a\\u0000\":1}", "U+0000 in a member name at byte 5"},
    {"\"a", "text ends inside a string at byte 2"},
    {"\"a\\", "text ends inside a string at byte 3"},
    {"\"\\a\"", "bad escape at byte 2"},
    {"\"x\\'\"", "bad escape at byte 3"},
    {"\"\\u12g4\"", "bad \\u escape at byte 3"},
    {"\"\\u123", "bad \\u escape at byte 3"},
    {"\"\\u/000\"", "bad \\u escape at byte 3"},
    {"\"\\u:000\"", "bad \\u escape at byte 3"},
    {"\"\\u@000\"", "bad \\u escape at byte 3"},
    {"\"\\uG000\"", "bad \\u escape at byte 3"},
    {"\"\\u`000\"", "bad \\u escape at byte 3"},
    {"\"\\ug000\"", "bad \\u escape at byte 3"},
    {"\"\\udc00\"", "lone surrogate at byte 3"},
    {"\"\\udfff\"", "lone surrogate at byte 3"},
    {"\"\\ud800\"", "lone surrogate at byte 3"},
    {"\"\\udbff\"", "lone surrogate at byte 3"},
    {"\"\\ud800\\n\"", "lone surrogate at byte 3"},
    {"\"\\ud800\\u000\"", "lone surrogate at byte 3"},
    {"\"\\ud800\\n0000\"", "lone surrogate at byte 3"},
    {"\"\\ud800/udc00\"", "lone surrogate at byte 3"},
    {"\"\\ud800\\udbff\"", "lone surrogate at byte 3"},
    {"\"\\ud800\\ue000\"", "lone surrogate at byte 3"},
    {"\"\\ud800\\udc0", "lone surrogate at byte 3"},
    {"\"\\ud800\\udc00", "text ends inside a string at byte 13"},
    {"\"ab\x1f\"", "control character in a string at byte 3"},
    {"\"ab\xff\"", "ill-formed UTF-8 at byte 3"},
    {"\"\xc3\xa4\xc3\"", "ill-formed UTF-8 at byte 3"},
    {" -", "bad number at byte 1"},
    {"[.5]", "bad number at byte 1"},
    {" 1.", "bad number at byte 1"},
    {" 1.e", "bad number at byte 1"},
    {" 1e", "bad number at byte 1"},
    {" 1e+", "bad number at byte 1"},
    {" 1e-", "bad number at byte 1"},
    {"+1", "bad number at byte 0"},
    {"/1", "bad number at byte 0"},
    {":1", "bad number at byte 0"},
    {" 9223372036854775808", "number out of range at byte 1"},
    {"[-9223372036854775809]", "number out of range at byte 1"},
    {" 1e309", "number out of range at byte 1"},
    {" tru", "unknown word at byte 1"},
    {"trux", "unknown word at byte 0"},
    {"fals", "unknown word at byte 0"},
    {"falsy", "unknown word at byte 0"},
    {"nul", "unknown word at byte 0"},
    {"nuly", "unknown word at byte 0"},
    {"truex", "text after the value at byte 4"},
};

static void what_is_wrong_and_where(void **state)
{
    (void)state;
    const struct json_scan_spec spec = {.max_depth = 3, .max_values = 6};
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct json_scan scan;
        struct error err = {.number = 0};
        size_t len = strlen(ROWS[i].text);
        char *copy = malloc(len ? len : 1);
        memcpy(copy, ROWS[i].text, len);
        if (json_scan(copy, len, &spec, &scan, &err) != -EBADMSG)
            fail_msg("taken: %s", ROWS[i].text);
        if (strcmp(err.text, ROWS[i].why) != 0)
            fail_msg("%s: %s, not %s", ROWS[i].text, err.text, ROWS[i].why);
        free(copy);
    }
}

/* The same at the last byte of what can be a surrogate, and around it. */
static void surrogates_at_their_edges(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"\"\\ud7ff\"",        "\"\\ue000\"", "\"\\ud800\\udc00\"",
                                       "\"\\udbff\\udfff\"", "\"\\uaAfF\"", "\"\\u0909\""};
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++)
        assert_int_equal(scan_bytes(GOOD[i], strlen(GOOD[i])), 0);
}

static void which_type_a_text_is(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        json_type type;
    } TYPES[] = {{" {} ", JSON_OBJECT},  {"\n[]", JSON_ARRAY},  {"\"a\"", JSON_STRING},
                 {" true", JSON_TRUE},   {"false", JSON_FALSE}, {"null", JSON_NULL},
                 {" -1 ", JSON_INTEGER}, {"1.5", JSON_REAL},    {"1e2", JSON_REAL},
                 {"1E2", JSON_REAL}};
    for (size_t i = 0; i < ARRAY_LEN(TYPES); i++) {
        struct json_scan scan;
        assert_int_equal(json_scan(TYPES[i].text, strlen(TYPES[i].text), &PLAIN, &scan, NULL), 0);
        assert_int_equal(scan.type, TYPES[i].type);
        assert_int_equal(scan.values, 1);
        json_scan_release(&scan);
    }
}

static const struct json_area AREAS[] = {{"few", .max_values = 5}, {"short", .max_bytes = 40}};

/* A name that stands twice is seen up to the very limits of its area, and not beyond them. */
static void where_an_area_is_forgotten(void **state)
{
    (void)state;
    static const struct json_scan_spec INNER = {
        .max_depth = 9, .inner = "p", .areas = AREAS, .n_areas = ARRAY_LEN(AREAS)};
    static const struct json_scan_spec OUTER = {
        .max_depth = 9, .areas = AREAS, .n_areas = ARRAY_LEN(AREAS)};
    for (int values = 0; values < 5; values++) {
        for (int inner = 0; inner < 2; inner++) {
            char text[200];
            struct json_scan scan;
            snprintf(text, sizeof text, "%s\"few\":[%.*s{\"a\":1,\"a\":2}]}%s",
                     inner ? "{\"p\":{" : "{", 2 * values, "1,1,1,1,1,", inner ? "}" : "");
            /* The array, what stands in it, the object and the first value: of the second name
             * it is known then whether there were five. */
            int r = json_scan(text, strlen(text), inner ? &INNER : &OUTER, &scan, NULL);
            assert_int_equal(r, values + 3 > 5 ? 0 : -EBADMSG);
            if (r == 0) {
                assert_int_equal(scan.area_values[0], values + 4);
                json_scan_release(&scan);
            }
        }
    }
    for (int pad = 0; pad < 60; pad++) {
        char text[200];
        struct json_scan scan;
        snprintf(text, sizeof text, "{\"p\":{\"short\":[\"%.*s\",{\"a\":1,\"a\":2}]}}", pad,
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        /* Looked at where the last value before the second name begins. */
        const size_t begun = (size_t)(strstr(text, "1,") - strchr(text, '['));
        int r = json_scan(text, strlen(text), &INNER, &scan, NULL);
        assert_int_equal(r, begun > 40 ? 0 : -EBADMSG);
        if (r == 0)
            json_scan_release(&scan);
    }
}

/* Around the number of names up to which each is compared with each, and where the table of them
 * grows: the one that stands twice at any two places. */
static void a_name_twice_at_any_place(void **state)
{
    (void)state;
    for (size_t n = 2; n < 40; n++) {
        for (size_t second = 1; second < n; second++) {
            for (size_t first = 0; first < second; first += 1 + second / 4) {
                struct buf b = BUF_INIT(1 << 12);
                struct json_scan scan;
                struct error err = {.number = 0};
                for (size_t i = 0; i < n; i++)
                    assert_int_equal(buf_addf(&b, "%s\"k%zu\":0", i ? "," : "{",
                                              i == second ? first * 31 % 41 : i * 31 % 41),
                                     0);
                assert_int_equal(buf_add_char(&b, '}'), 0);
                assert_int_equal(json_scan(b.at, b.len, &PLAIN, &scan, &err), -EBADMSG);
                assert_int_equal(strncmp(err.text, "member name used twice at byte ", 31), 0);
                buf_release(&b);
            }
        }
    }
}

static const struct {
    const char *text;
    bool fits;
} NUMBERS[] = {
    {"1.7976931348623157e308", true},
    {"1.7976931348623159e308", false},
    {"0.17976931348623157e309", true},
    {"0.17976931348623159e309", false},
    {"0.00017976931348623159e312", false},
    {"-1.7976931348623159E+308", false},
    {"9.9e307", true},
    {"9.9e308", false},
    {"1e-400", true},
    {"0.0e400", true},
    {"0e1", true},
    {"000001e308", true},
    {"10e307", true},
    {"10e308", false},
    {"100.5e+306", true},
    {"100.5e+307", false},
};

/* A number of 309 digits and more before the point: how many there are decides, then the first. */
static void which_reals_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++)
        if (json_number_real_fits(NUMBERS[i].text, strlen(NUMBERS[i].text)) != NUMBERS[i].fits)
            fail_msg("%s", NUMBERS[i].text);
    for (size_t n = 305; n < 330; n++) {
        char text[400];
        memset(text, '0', sizeof(text));
        text[0] = '1';
        memcpy(text + n, ".5", 3);
        assert_int_equal(json_number_real_fits(text, n + 2), n <= 309);
        text[0] = '2';
        assert_int_equal(json_number_real_fits(text, n + 2), n <= 308);
        /* As many zeros behind the point make up for an exponent. */
        memset(text, '0', sizeof(text));
        text[1] = '.';
        int end = snprintf(text + n, 40, "1e%zu", n + 306);
        assert_int_equal(json_number_real_fits(text, n + (size_t)end), true);
        end = snprintf(text + n, 40, "1e%zu", n + 307);
        assert_int_equal(json_number_real_fits(text, n + (size_t)end), true);
        end = snprintf(text + n, 40, "1e%zu", n + 308);
        assert_int_equal(json_number_real_fits(text, n + (size_t)end), false);
    }
}

/* The number from which on doubles round up to infinity, in all of its digits:
 * what stands behind them decides even where it is too far away to be kept. */
static void the_last_digit_that_decides(void **state)
{
    (void)state;
    char text[800];
    const long double half = 0x1.fffffffffffff8p1023L; /* 2^1024 - 2^970 */
    int n = snprintf(text, sizeof(text), "%.0Lf", half);
    assert_int_equal(n, 309);
    for (int zeros = 0; zeros < 40; zeros++) {
        text[n] = '.';
        memset(text + n + 1, '0', sizeof(text) - (size_t)n - 1);
        text[n + 1 + zeros] = '1';
        assert_false(json_number_real_fits(text, (size_t)(n + 2 + zeros)));
        assert_false(json_number_real_fits(text, (size_t)(n + 5 + zeros)));
        char below = text[n - 1]--;
        assert_true(json_number_real_fits(text, (size_t)(n + 2 + zeros)));
        text[n - 1] = below;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_and_where),     cmocka_unit_test(surrogates_at_their_edges),
        cmocka_unit_test(which_type_a_text_is),        cmocka_unit_test(where_an_area_is_forgotten),
        cmocka_unit_test(a_name_twice_at_any_place),   cmocka_unit_test(which_reals_fit),
        cmocka_unit_test(the_last_digit_that_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
