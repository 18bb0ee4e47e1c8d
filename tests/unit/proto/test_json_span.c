/* Pieces of a text that was scanned: one that is found at a wrong place, or decoded to something
 * else than the scanner saw, is how requests get past checks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap_kept.h"
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
    assert_int_equal(json_span_string(span_of("\"\\b\\f\\n\\r\\t\\/\\\\\""), &text, &len), 0);
    assert_string_equal(text, "\b\f\n\r\t/\\");
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

/* What a scan finds good, once more by a library that reads it all for itself. */
static const char *const TREES[] = {
    "null",
    " true ",
    "false",
    "-12",
    "1.5e3",
    "0.1",
    "\"\"",
    "\"a\\\\\\\"\"",
    "{}",
    "[ ]",
    "[1,2.5,\"x\",null,true,false,[],{}]",
    "{\"a\":1}",
    "{\"a\":{\"b\":[{\"c\":[]}]},\"d\":2}",
    "\t{\r\n\"a\"\t:\r[\n1\t,\r2\n]\t,\r\"b\"\n:1\t}\r",
    "[1\t,2\r,3\n,4 ]",
    "{\"a\":1.5,\"b\":-7,\"c\":1e2}",
    "{\"\\u00e4\\n\":\"\\u0000\\u00e4\",\"\":\"\"}",
    "[\"]\",\"}\",\",\",\":\",\"\\\"\"]",
    "{\"]\":\"[\",\"{\":[\"}\"]}",
    "[[[]],[[1]],[2]]",
};

static void loads_what_another_reader_loads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(TREES) / sizeof(TREES[0]); i++) {
        json_t *ours = NULL;
        json_t *other = json_loads(TREES[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        assert_non_null(other);
        assert_int_equal(scan_bytes(TREES[i], strlen(TREES[i])), 0);
        assert_int_equal(json_span_load(span_of(TREES[i]), &ours), 0);
        if (!json_equal(ours, other))
            fail_msg("%s", TREES[i]);
        json_decref(ours);
        ours = json_load_constant(TREES[i]);
        assert_true(json_equal(ours, other));
        json_decref(ours);
        json_decref(other);
    }
    assert_null(json_load_constant(""));
    assert_null(json_load_constant(" "));
}

static void tells_types(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        json_type type;
    } TYPES[] = {{"{}", JSON_OBJECT}, {"[]", JSON_ARRAY},    {"\"1\"", JSON_STRING},
                 {"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL},
                 {"0", JSON_INTEGER}, {"-1", JSON_INTEGER},  {"1.0", JSON_REAL},
                 {"1e1", JSON_REAL},  {"1E1", JSON_REAL}};
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
        assert_int_equal(json_span_type(span_of(TYPES[i].text)), TYPES[i].type);
    assert_int_equal(json_span_type((struct json_span){"1.5", 1}), JSON_INTEGER);
}

static void compares_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *word;
        bool same;
    } NAMES[] = {{"a", "a", true},        {"", "", true},           {"a", "b", false},
                 {"ab", "a", false},      {"a", "ab", false},       {"\\u0061", "a", true},
                 {"\\u0061", "b", false}, {"\\u0061b", "a", false}, {"\\u0061", "ab", false},
                 {"a\\n", "a\n", true},   {"\\u0061", "", false},   {"\\u00e4", "\xc3\xa4", true},
                 {"aaaaaaa", "a", false}};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        if (json_name_is(span_of(NAMES[i].name), NAMES[i].word) != NAMES[i].same)
            fail_msg("%s, %s", NAMES[i].name, NAMES[i].word);
    assert_false(json_span_is((struct json_span){NULL, 0}, "a"));
    char *text = NULL;
    assert_int_equal(json_span_string((struct json_span){NULL, 0}, &text, NULL), -EINVAL);
    assert_null(text);
    assert_null(json_span_get(span_of("[\"a\",1]"), "a").at);
    assert_null(json_span_get((struct json_span){NULL, 0}, "a").at);
    struct json_span element;
    struct json_walk walk = json_walk(span_of("\"a\""));
    assert_false(json_walk_element(&walk, &element));
    walk = json_walk((struct json_span){NULL, 0});
    assert_false(json_walk_element(&walk, &element));
}

/* Cut at every place: never in the middle of a character. */
static void cuts_between_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t cut[8];
    } ROWS[] = {{"abcdefg", {0, 1, 2, 3, 4, 5, 6, 7}},
                {"\xc3\xa4\xe2\x82\xac", {0, 0, 2, 2, 2, 5, 5, 5}},
                {"a\xf0\x9f\x98\x80z", {0, 1, 1, 1, 1, 5, 6, 6}},
                {"\\ud83d\\ude00\\u00e4", {0, 0, 0, 0, 4, 4, 6, 6}}};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
        for (size_t size = 1; size <= 8; size++) {
            char to[8];
            memset(to, 'x', sizeof(to));
            assert_int_equal(json_decode_cut(span_of(ROWS[i].text), to, size),
                             ROWS[i].cut[size - 1]);
            assert_int_equal(to[ROWS[i].cut[size - 1]], '\0');
        }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(walks);
    assert_keeps_nothing(decodes);
    assert_keeps_nothing(reads_integers);
    assert_keeps_nothing(loads_trees);
    assert_keeps_nothing(loads_what_another_reader_loads);
    assert_keeps_nothing(tells_types);
    assert_keeps_nothing(compares_names);
    assert_keeps_nothing(cuts_between_characters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks),
        cmocka_unit_test(decodes),
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(loads_trees),
        cmocka_unit_test(loads_what_another_reader_loads),
        cmocka_unit_test(tells_types),
        cmocka_unit_test(compares_names),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
