/* All that clients get comes from one writer. It has to write what a reader takes for the same
 * tree, never lets an ill-formed byte out, keeps to the maximum of its buffer, and is quick about
 * megabytes: everybody waits while it writes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cpu_time.h"
#include "heap_kept.h"
#include "proto/json/json_out.h"

enum { ROOM = 64 << 20 };

static void wants(const json_t *value, const char *text)
{
    struct buf out = BUF_INIT(ROOM);
    assert_int_equal(json_out(&out, value), 0);
    assert_int_equal(out.len, strlen(text));
    assert_memory_equal(out.at, text, out.len);
    buf_release(&out);
}

static void writes_what_it_reads(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    wants(value, text);
    json_decref(value);
}

static void writes_every_kind_of_value(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "null",
        "true",
        "false",
        "0",
        "-9223372036854775808",
        "9223372036854775807",
        "1.5",
        "1.0",
        "-0.0",
        "1.0000000000000001e300",
        "0.10000000000000001",
        "\"\"",
        "{}",
        "[]",
        "[[],{},[{}]]",
        "{\"b\":1,\"a\":[1,2.5,\"x\",null],\"\":{\"c\":true}}",
        "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 / \x7f\"",
        "\"a\\\"b\\\\c\\nd\\te\\rf\\bg\\fh\\u0001i\\u001fj\\u0000k\"",
        "{\"a\\\"\\n\":\"\\\\\\\\\\n\\n\"}",
    };
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
        writes_what_it_reads(TEXTS[i]);
    wants(NULL, "null");
}

/* Longer than the piece in which escapes are put together, at every length around it. */
static void writes_long_runs_of_escapes(void **state)
{
    (void)state;
    char text[600], want[1300];
    for (size_t n = 1; n < sizeof(text); n++) {
        memset(text, '\n', n);
        want[0] = '"';
        for (size_t i = 0; i < n; i++)
            memcpy(want + 1 + 2 * i, "\\n", 2);
        memcpy(want + 1 + 2 * n, "\"", 2);
        json_t *value = json_stringn(text, n);
        wants(value, want);
        json_decref(value);
    }
}

static void replaces_bytes_that_are_no_text(void **state)
{
    (void)state;
    json_t *value = json_stringn_nocheck("a\xff\xc3(\xe2\x82\n", 7);
    wants(value, "\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\\n\"");
    json_decref(value);
}

static void leaves_the_buffer_as_it_was_where_it_does_not_fit(void **state)
{
    (void)state;
    json_t *value = json_pack("{s:[i,s], s:s}", "a", 1, "\n\n\n", "b", "xyz");
    for (size_t max = 3; max < 29; max++) {
        struct buf out = BUF_INIT(max);
        assert_int_equal(buf_add_str(&out, "abc"), 0);
        assert_int_equal(json_out(&out, value), -EMSGSIZE);
        assert_int_equal(out.len, 3);
        buf_release(&out);
    }
    json_decref(value);
}

static void adds_members_whole_or_not_at_all(void **state)
{
    static const char ALL[] = "{\"a\":1,\"b\":[2],\"c\":null";
    const struct json_span list = {.at = "[2]", .len = 3}, none = {.at = NULL};
    (void)state;
    for (size_t max = sizeof(ALL) - 1; max >= 6; max--) {
        struct buf out = BUF_INIT(max);
        assert_int_equal(buf_add_str(&out, "{\"a\":1"), 0);
        const int r = json_out_member(&out, "b", list);
        assert_int_equal(r, max < 14 ? -EMSGSIZE : 0);
        assert_int_equal(out.len, r < 0 ? 6 : 14);
        if (r == 0)
            assert_int_equal(json_out_member(&out, "c", none),
                             max < sizeof(ALL) - 1 ? -EMSGSIZE : 0);
        assert_memory_equal(out.at, ALL, out.len);
        buf_release(&out);
    }
}

/* Each alone, so that what comes behind it does not fail in its place. */
static void nothing_is_left_out_for_want_of_room(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"true",       "false",       "null",
                                        "12345",      "-1.5",        "{}",
                                        "[]",         "[1]",         "[1,2]",
                                        "[[]]",       "{\"a\":1}",   "{\"\\n\":[]}",
                                        "\"\"",       "\"a\"",       "\"\\n\"",
                                        "\"\\n\\n\"", "\"\\u0001\"", "\"a\\n\"",
                                        "\"\\na\"",   "\"\\\"\"",    "{\"a\":\"\",\"b\":1}"};
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        json_t *value = json_loads(TEXTS[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        for (size_t max = 1; max <= strlen(TEXTS[i]) + 1; max++) {
            struct buf out = BUF_INIT(max);
            const bool fits = max > strlen(TEXTS[i]);
            assert_int_equal(buf_add_char(&out, '!'), 0);
            assert_int_equal(json_out(&out, value), fits ? 0 : -EMSGSIZE);
            assert_int_equal(out.len, fits ? max : 1);
            assert_int_equal(out.at[0], '!');
            buf_release(&out);
        }
        json_decref(value);
    }
    for (size_t max = 0; max < 4; max++) {
        struct buf out = BUF_INIT(max);
        assert_int_equal(json_out(&out, NULL), -EMSGSIZE);
        assert_int_equal(json_out_string(&out, NULL), -EMSGSIZE);
        assert_int_equal(json_out_string(&out, "\xff"), -EMSGSIZE);
        assert_int_equal(json_out_span(&out, (struct json_span){.at = NULL}), -EMSGSIZE);
        assert_int_equal(json_out_span(&out, (struct json_span){"12345", 5}), -EMSGSIZE);
        assert_int_equal(out.len, 0);
        buf_release(&out);
    }
}

static void spans_keep_to_one_line(void **state)
{
    (void)state;
    struct buf out = BUF_INIT(ROOM);
    assert_int_equal(buf_add_str(&out, "\n"), 0); /* what stands there is not touched */
    assert_int_equal(json_out_span(&out, (struct json_span){"\n[\n\n1\n]\n", 8}), 0);
    assert_int_equal(json_out_span(&out, (struct json_span){.at = NULL}), 0);
    assert_int_equal(json_out_string(&out, NULL), 0);
    assert_int_equal(json_out_string(&out, "a"), 0);
    assert_string_equal(buf_str(&out), "\n [  1 ] nullnull\"a\"");
    buf_release(&out);
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static int count(const char *text, size_t len, void *data)
{
    (void)text;
    *(size_t *)data += len;
    return 0;
}

/* Against a writer that looks at each letter by itself and puts it nowhere; it is of a library, and
 * so not slowed down by sanitizers. */
#if defined(__SANITIZE_ADDRESS__)
enum { FACTOR = 6 };
#else
enum { FACTOR = 1 };
#endif

static void is_quick_about_megabytes(void **state)
{
    (void)state;
    char *text = malloc(4 << 20);
    assert_non_null(text);
    memset(text, 'x', 4 << 20);
    json_t *value = json_stringn_nocheck(text, 4 << 20);
    double ours = 1e9, other = 1e9;
    for (int i = 0; i < 5; i++) {
        struct buf out = BUF_INIT(ROOM);
        size_t len = 0;
        double begun = cpu_ms();
        assert_int_equal(json_out(&out, value), 0);
        ours = least(ours, cpu_ms() - begun);
        begun = cpu_ms();
        json_dump_callback(value, count, &len, JSON_COMPACT | JSON_ENCODE_ANY);
        other = least(other, cpu_ms() - begun);
        assert_int_equal(out.len, len);
        buf_release(&out);
    }
    if (ours > FACTOR * other / 2)
        fail_msg("%.1f ms, the other took %.1f", ours, other);
    json_decref(value);
    free(text);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(writes_every_kind_of_value);
    assert_keeps_nothing(writes_long_runs_of_escapes);
    assert_keeps_nothing(replaces_bytes_that_are_no_text);
    assert_keeps_nothing(leaves_the_buffer_as_it_was_where_it_does_not_fit);
    assert_keeps_nothing(adds_members_whole_or_not_at_all);
    assert_keeps_nothing(nothing_is_left_out_for_want_of_room);
    assert_keeps_nothing(spans_keep_to_one_line);
    assert_keeps_nothing(is_quick_about_megabytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_every_kind_of_value),
        cmocka_unit_test(writes_long_runs_of_escapes),
        cmocka_unit_test(replaces_bytes_that_are_no_text),
        cmocka_unit_test(leaves_the_buffer_as_it_was_where_it_does_not_fit),
        cmocka_unit_test(adds_members_whole_or_not_at_all),
        cmocka_unit_test(nothing_is_left_out_for_want_of_room),
        cmocka_unit_test(spans_keep_to_one_line),
        cmocka_unit_test(is_quick_about_megabytes),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
