/* A line that one reader takes for good JSON and another for bad, or for something else (a name
 * twice, a lone surrogate, a NUL), is how requests get past checks. And a line must not be able to
 * make the scanner slow or large. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "heap_kept.h"
#include "json_help.h"

#define ROW(text)                                                                                  \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const struct {
    const char *text;
    size_t len;
} GOOD[] = {
    ROW("{}"),
    ROW("[]"),
    ROW("0"),
    ROW("-0"),
    ROW("null"),
    ROW("true"),
    ROW("false"),
    ROW("\"\""),
    ROW(" \t\r\n{ \"a\" : [ 1 , 2 , { } ] } \r\n"),
    ROW("[1,-1,1.5,-1.5e3,1E+2,1e-2,0.0,0e1]"),
    ROW("9223372036854775807"),
    ROW("-9223372036854775808"),
    ROW("1e-999"),
    ROW("1e308"),
    ROW("1.7976931348623157e308"),
    ROW("17976931348623157e292"),
    ROW("0.00017976931348623157e312"),
    ROW("1.797693134862315807e308"), /* rounds down to the largest double */
    ROW("0e999999999999999999999999"),
    ROW("1e-999999999999999999999999"),
    ROW("[\"\\u0000\",\"a\\u0000b\"]"),
    ROW("\"\\uD83D\\uDE00\""),
    ROW("\"\\ud83d\\ude00\""),
    ROW("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    ROW("\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbb\xbf\x7f\""),
    ROW("{\"a\":1,\"b\":1,\"A\":1,\"\":1}"),
    ROW("{\"costarring\":1,\"liquid\":2}"), /* one hash, two names */
    ROW("[{\"a\":1},{\"a\":1}]"),
    ROW("{\"a\":{\"a\":{\"a\":1}}}"),
    ROW("{\"\\\"\":1,\"\\\\\":2,\"\\\\\\\"\":3}"),
};

static const struct {
    const char *text;
    size_t len;
} BAD[] = {
    ROW(""),
    ROW(" "),
    ROW("{"),
    ROW("["),
    ROW("}"),
    ROW("]"),
    ROW("{]"),
    ROW("[}"),
    ROW("{\"a\""),
    ROW("{\"a\":"),
    ROW("{\"a\":1"),
    ROW("{\"a\":1,"),
    ROW("{\"a\":1,}"),
    ROW("{,}"),
    ROW("{\"a\" 1}"),
    ROW("{\"a\"=1}"),
    ROW("{a:1}"),
    ROW("{1:1}"),
    ROW("{'a':1}"),
    ROW("[1,]"),
    ROW("[,1]"),
    ROW("[1 2]"),
    ROW("[1"),
    ROW("1 2"),
    ROW("{} {}"),
    ROW("{}x"),
    ROW("null\0"),
    ROW("\0"),
    ROW("nul"),
    ROW("nulll"),
    ROW("True"),
    ROW("NaN"),
    ROW("Infinity"),
    ROW("-Infinity"),
    ROW("-"),
    ROW("+1"),
    ROW("01"),
    ROW("-01"),
    ROW("1."),
    ROW(".5"),
    ROW("1e"),
    ROW("1e+"),
    ROW("1.e3"),
    ROW("0x10"),
    ROW("1_0"),
    ROW("9223372036854775808"),
    ROW("-9223372036854775809"),
    ROW("99999999999999999999999999"),
    ROW("1e999"),
    ROW("-1e999"),
    ROW("[1e309]"),
    ROW("1.7976931348623159e308"),
    ROW("1e99999999999999999999999999"),
    ROW("\""),
    ROW("\"a"),
    ROW("\"a\\"),
    ROW("\"a\\\""),
    ROW("\"\\x\""),
    ROW("\"\\\0\""),
    ROW("\"\\u\""),
    ROW("\"\\u12\""),
    ROW("\"\\u12G4\""),
    ROW("\"\\u 123\""),
    ROW("\"\\u123"),
    ROW("\"\\uD800\""),
    ROW("\"\\uDC00\""),
    ROW("\"\\uD800\\u0041\""),
    ROW("\"\\uD800\\uD800\""),
    ROW("\"\\uDC00\\uD800\""),
    ROW("\"\\uD800x\""),
    ROW("\"\\uD83D\\uDE0"),
    ROW("\"\n\""),
    ROW("\"\t\""),
    ROW("\"\x01\""),
    ROW("\"\0\""),
    ROW("{\"a\0\":1}"),
    ROW("{\"\\u0000\":1}"),
    ROW("{\"a\\u0000b\":1}"),
    ROW("\"\x80\""),
    ROW("\"\xff\""),
    ROW("\"\xc3\""),
    ROW("\"\xc0\x80\""),
    ROW("\"\xed\xa0\x80\""),
    ROW("\"\xf4\x90\x80\x80\""),
    ROW("\"\xf0\x9f\x98\""),
    ROW("\xef\xbb\xbf{}"),
    ROW("{}\xef\xbb\xbf"),
    ROW("\xc2\xa0{}"),
    ROW("/**/{}"),
    ROW("{\"a\":1,\"a\":1}"),
    ROW("{\"a\":1,\"\\u0061\":1}"),
    ROW("{\"\\u00e4\":1,\"\xc3\xa4\":1}"),
    ROW("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":1}"),
    ROW("{\"\\/\":1,\"/\":1}"),
    ROW("{\"\":1,\"\":2}"),
    ROW("{\"costarring\":1,\"liquid\":2,\"costarring\":3}"),
    ROW("{\"liquid\":1,\"costarring\":2,\"liquid\":3}"),
    ROW("[[{\"b\":{\"x\":[{\"a\":1,\"c\":2,\"a\":3}]}}]]"),
    ROW("{\"a\":{\"b\":1},\"c\":1,\"a\":2}"),
};

static void takes_what_is_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++)
        if (scan_bytes(GOOD[i].text, GOOD[i].len) != 0)
            fail_msg("refused: %s", GOOD[i].text);
}

static void refuses_what_is_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        if (scan_bytes(BAD[i].text, BAD[i].len) != -EBADMSG)
            fail_msg("row %zu taken: %s", i, BAD[i].text);
}

/* Every proper prefix of an object or array is bad, wherever it is cut. */
static void refuses_every_prefix(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\\u00e4\xc3\xa4\":[1.5e-3,true,null,\"\\ud83d\\ude00\"],\"b\":{}}";
    for (size_t n = 0; n < sizeof(text) - 1; n++)
        assert_int_equal(scan_bytes(text, n), -EBADMSG);
    assert_int_equal(scan_bytes(text, sizeof(text) - 1), 0);
}

static int scan_nested(size_t depth, const struct json_scan_spec *spec)
{
    char text[2 * 200 + 1];
    struct json_scan scan;
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    int r = json_scan(text, 2 * depth, spec, &scan, NULL);
    if (r == 0)
        json_scan_release(&scan);
    return r;
}

static void counts_depth(void **state)
{
    (void)state;
    const struct json_scan_spec deep = {.max_depth = JSON_DEPTH_MAX};
    assert_int_equal(scan_nested(64, &PLAIN), 0);
    assert_int_equal(scan_nested(65, &PLAIN), -EBADMSG);
    assert_int_equal(scan_nested(128, &deep), 0);
    assert_int_equal(scan_nested(129, &deep), -EBADMSG);
}

static void counts_values(void **state)
{
    (void)state;
    struct json_scan_spec spec = {.max_depth = 64, .max_values = 6};
    struct json_scan scan;
    const char six[] = "{\"a\":[1,{\"b\":null},\"x\"]}";
    const char seven[] = "{\"a\":[1,{\"b\":null},\"x\",[]]}";
    assert_int_equal(json_scan(six, sizeof(six) - 1, &spec, &scan, NULL), 0);
    assert_int_equal(scan.values, 6);
    json_scan_release(&scan);
    assert_int_equal(json_scan(seven, sizeof(seven) - 1, &spec, &scan, NULL), -EBADMSG);
}

static const struct json_area AREAS[] = {{"council", .max_values = 5}, {"input", .max_bytes = 40}};
static const struct json_scan_spec REQUEST = {.max_depth = 64,
                                              .max_values = 8,
                                              .inner = "params",
                                              .areas = AREAS,
                                              .n_areas = ARRAY_LEN(AREAS)};

static void finds_spans(void **state)
{
    (void)state;
    const char text[] =
        " { \"id\" : \"\\u0041\" , \"p\\u0061rams\" : { \"council\" : [ 1, {\"x\":2} ] "
        ", \"run_id\":\"r\",\"input\":{\"params\":{\"council\":[]}} },\"params2\":{\"y\":1}} ";
    struct json_scan scan;
    assert_int_equal(json_scan(text, sizeof(text) - 1, &REQUEST, &scan, NULL), 0);
    assert_int_equal(scan.type, JSON_OBJECT);
    assert_int_equal(scan.outer.n, 3);
    assert_int_equal(scan.inner.n, 3);
    assert_span(json_list_find(&scan.outer, "id"), "\"\\u0041\"");
    assert_true(json_span_is(json_list_find(&scan.outer, "id"), "A"));
    assert_span(json_list_find(&scan.inner, "council"), "[ 1, {\"x\":2} ]");
    assert_span(json_list_find(&scan.inner, "run_id"), "\"r\"");
    assert_span(json_list_find(&scan.inner, "input"), "{\"params\":{\"council\":[]}}");
    assert_null(json_list_find(&scan.inner, "y").at);
    assert_int_equal(scan.area_values[0], 4);
    assert_int_equal(scan.area_values[1], 3);
    assert_int_equal(scan.values, 6); /* the object, id, params, run_id, params2, y */
    json_scan_release(&scan);
}

/* A council outside of params, or deeper inside, is counted with the rest. */
static void counts_areas_only_in_their_place(void **state)
{
    (void)state;
    const char outside[] = "{\"council\":[1,2,3,4,5,6,7,8]}";
    const char deeper[] = "{\"params\":{\"a\":{\"council\":[1,2,3,4,5,6,7,8]}}}";
    const char listed[] = "{\"params\":[{\"council\":[1,2,3,4,5,6,7,8]}]}";
    const char inside[] = "{\"params\":{\"council\":[1,2,3,4,5,6,7,8]}}";
    struct json_scan scan;
    assert_int_equal(json_scan(outside, sizeof(outside) - 1, &REQUEST, &scan, NULL), -EBADMSG);
    assert_int_equal(json_scan(deeper, sizeof(deeper) - 1, &REQUEST, &scan, NULL), -EBADMSG);
    assert_int_equal(json_scan(listed, sizeof(listed) - 1, &REQUEST, &scan, NULL), -EBADMSG);
    assert_int_equal(json_scan(inside, sizeof(inside) - 1, &REQUEST, &scan, NULL), 0);
    assert_int_equal(scan.area_values[0], 9);
    json_scan_release(&scan);
}

/* Past an area's limit names in it are not remembered; around it they are. */
static void forgets_only_inside_an_area_that_is_too_large(void **state)
{
    (void)state;
    const char over[] = "{\"params\":{\"council\":[1,2,3,4,5,{\"a\":1,\"a\":2}]}}";
    const char under[] = "{\"params\":{\"council\":[1,2,{\"a\":1,\"a\":2}]}}";
    const char around[] = "{\"params\":{\"x\":1,\"council\":[1,2,3,4,5,6],\"x\":2}}";
    const char twice[] = "{\"params\":{\"council\":[1,2,3,4,5,6],\"council\":2}}";
    const char input[] = "{\"params\":{\"input\":[\"0123456789012345678901234567890123456789\","
                         "{\"a\":1,\"a\":2}]}}";
    struct json_scan scan;
    assert_int_equal(json_scan(over, sizeof(over) - 1, &REQUEST, &scan, NULL), 0);
    json_scan_release(&scan);
    assert_int_equal(json_scan(input, sizeof(input) - 1, &REQUEST, &scan, NULL), 0);
    json_scan_release(&scan);
    assert_int_equal(json_scan(under, sizeof(under) - 1, &REQUEST, &scan, NULL), -EBADMSG);
    assert_int_equal(json_scan(around, sizeof(around) - 1, &REQUEST, &scan, NULL), -EBADMSG);
    assert_int_equal(json_scan(twice, sizeof(twice) - 1, &REQUEST, &scan, NULL), -EBADMSG);
}

/* An object of n names; with `twice` one of them stands twice, far apart. */
static void make_object(struct buf *to, size_t n, bool twice)
{
    assert_int_equal(buf_add_char(to, '{'), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(buf_addf(to, "%s\"k%zx\":0", i ? "," : "", i * 7919 % 1048583), 0);
    if (twice)
        assert_int_equal(buf_addf(to, ",\"\\u006b%zx\":0", n / 2 * 7919 % 1048583), 0);
    assert_int_equal(buf_add_char(to, '}'), 0);
}

static void finds_a_name_among_many(void **state)
{
    (void)state;
    for (size_t n = 1; n < 300; n += 13) {
        for (int twice = 0; twice < 2; twice++) {
            struct buf b = BUF_INIT(1 << 20);
            make_object(&b, n, twice);
            assert_int_equal(scan_bytes(b.at, b.len), twice ? -EBADMSG : 0);
            buf_release(&b);
        }
    }
}

/* Looking for a name twice must not be quadratic. */
static void stays_fast_on_many_names(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(8 << 20);
    struct json_scan scan;
    make_object(&b, 300000, false);
    assert_true(b.len > (3 << 20));
    int64_t before = clock_mono_ms();
    const struct json_area area = {.name = "k0"};
    const struct json_scan_spec spec = {.max_depth = 64, .areas = &area, .n_areas = 1};
    assert_int_equal(json_scan(b.at, b.len, &spec, &scan, NULL), 0);
    assert_true(clock_mono_ms() - before < 5000);
    assert_int_equal(scan.outer.n, 300000);
    json_scan_release(&scan);
    buf_release(&b);
}

static void takes_objects_only_from_files(void **state)
{
    static const char *const OTHERS[] = {NULL, "", "[1]", "\"a\"", "{", "{\"a\":1,\"a\":2}"};
    struct json_scan scan;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++) {
        const size_t len = OTHERS[i] ? strlen(OTHERS[i]) : 0;
        assert_int_equal(json_scan_object(OTHERS[i], len, &scan), -EBADMSG);
        assert_null(json_list_find(&scan.outer, "a").at);
        json_scan_release(&scan);
    }
    assert_int_equal(json_scan_object("{\"a\":1}", 7, &scan), 0);
    assert_span(json_list_find(&scan.outer, "a"), "1");
    json_scan_release(&scan);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(takes_what_is_good);
    assert_keeps_nothing(refuses_what_is_bad);
    assert_keeps_nothing(refuses_every_prefix);
    assert_keeps_nothing(counts_depth);
    assert_keeps_nothing(counts_values);
    assert_keeps_nothing(finds_spans);
    assert_keeps_nothing(counts_areas_only_in_their_place);
    assert_keeps_nothing(forgets_only_inside_an_area_that_is_too_large);
    assert_keeps_nothing(finds_a_name_among_many);
    assert_keeps_nothing(stays_fast_on_many_names);
    assert_keeps_nothing(takes_objects_only_from_files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_good),
        cmocka_unit_test(refuses_what_is_bad),
        cmocka_unit_test(refuses_every_prefix),
        cmocka_unit_test(counts_depth),
        cmocka_unit_test(counts_values),
        cmocka_unit_test(finds_spans),
        cmocka_unit_test(counts_areas_only_in_their_place),
        cmocka_unit_test(forgets_only_inside_an_area_that_is_too_large),
        cmocka_unit_test(finds_a_name_among_many),
        cmocka_unit_test(stays_fast_on_many_names),
        cmocka_unit_test(takes_objects_only_from_files),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
