/* Pieces of a text that was scanned: one that is found at a wrong place, or decoded to something
 * else than the scanner saw, is how requests get past checks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_help.h"
#include "proto/json/json_tree.h"

static void walks(void **state)
{
    (void)state;
    const char text[] =
        " { \"a\" : 1 , \"b}\\\"\":[ ],\"c\":{\"d\":\"]}\"} , \"e\" : \"x,y\" ,\"f\":-1.5e3 } ";
    static const char *const values[] = {"1", "[ ]", "{\"d\":\"]}\"}", "\"x,y\"", "-1.5e3"};
    assert_int_equal(scan_bytes(text, sizeof(text) - 1), 0);
    struct json_span object = {text + 1, sizeof(text) - 3};
    struct json_walk walk = json_walk(object);
    struct json_member member;
    size_t n = 0;
    while (json_walk_member(&walk, &member))
        assert_span(member.value, values[n++]);
    assert_int_equal(n, 5);
    assert_span(json_span_get(json_span_get(object, "c"), "d"), "\"]}\"");
    assert_null(json_span_get(object, "g").at);
    assert_null(json_span_get(json_span_get(object, "a"), "g").at);

    struct json_span array = {"[1 ,[2,3], \"4\" ]", 16}, element;
    walk = json_walk(array);
    assert_true(json_walk_element(&walk, &element));
    assert_span(element, "1");
    assert_true(json_walk_element(&walk, &element));
    assert_span(element, "[2,3]");
    assert_true(json_walk_element(&walk, &element));
    assert_span(element, "\"4\"");
    assert_false(json_walk_element(&walk, &element));
}

static struct json_span span_of(const char *text)
{
    return (struct json_span){text, strlen(text)};
}

static void decodes(void **state)
{
    (void)state;
    char *text, small[8];
    size_t len;
    assert_int_equal(
        json_span_string(span_of("\"a\\n\\u0000\\u00e4\\ud83d\\ude00\\\"\""), &text, &len), 0);
    assert_int_equal(len, 10);
    assert_memory_equal(text, "a\n\0\xc3\xa4\xf0\x9f\x98\x80\"", 11);
    free(text);
    assert_int_equal(json_span_string(span_of("1"), &text, NULL), -EINVAL);
    assert_true(json_span_is(span_of("\"\\u0061b\""), "ab"));
    assert_false(json_span_is(span_of("\"ab\\u0000\""), "ab"));
    assert_false(json_span_is(span_of("\"a\""), "ab"));
    assert_false(json_span_is(span_of("1"), "1"));
    assert_int_equal(json_decode_cut(span_of("abcde\\u00e4\\u00e4"), small, sizeof(small)), 7);
    assert_string_equal(small, "abcde\xc3\xa4");
    assert_int_equal(json_decode_cut(span_of("abcdef\xc3\xa4"), small, sizeof(small)), 6);
    assert_string_equal(small, "abcdef");
    assert_int_equal(json_decode_cut(span_of("abcd\xf0\x9f\x98\x80"), small, sizeof(small)), 4);
    assert_int_equal(json_decode_cut(span_of("abc\xf0\x9f\x98\x80"), small, sizeof(small)), 7);
    assert_int_equal(json_decoded_len(span_of("a\\n\\u0000\\u00e4\\ud83d\\ude00")), 9);
}

static void reads_integers(void **state)
{
    (void)state;
    int64_t n = 5;
    assert_int_equal(json_span_int(span_of("-42"), &n), 0);
    assert_int_equal(n, -42);
    assert_int_equal(json_span_int(span_of("-9223372036854775808"), &n), 0);
    assert_true(n == INT64_MIN);
    assert_int_equal(json_span_int(span_of("9223372036854775807"), &n), 0);
    assert_true(n == INT64_MAX);
    assert_int_equal(json_span_int(span_of("1.0"), &n), -EINVAL);
    assert_int_equal(json_span_int(span_of("1e3"), &n), -EINVAL);
    assert_int_equal(json_span_int(span_of("\"1\""), &n), -EINVAL);
    assert_int_equal(json_span_int(span_of("null"), &n), -EINVAL);
    assert_int_equal(json_span_int((struct json_span){NULL, 0}, &n), -EINVAL);
}

static void loads_trees(void **state)
{
    (void)state;
    json_t *json;
    assert_int_equal(json_span_load(span_of("{\"a\":[\"x\\u0000y\",1]}"), &json), 0);
    const json_t *text = json_array_get(json_object_get(json, "a"), 0);
    assert_int_equal(json_string_length(text), 3);
    json_decref(json);
    assert_int_equal(json_span_load(span_of("7"), &json), 0);
    assert_int_equal(json_integer_value(json), 7);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks),
        cmocka_unit_test(decodes),
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(loads_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
