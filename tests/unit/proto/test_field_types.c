/* Every type of a field in its three shapes: what a program is told of it, what people are told,
 * and what is taken for it. One that is written otherwise than it is read sends clients astray. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "field_told.h"
#include "heap_kept.h"
#include "proto/field_schema.h"
#include "proto/fields.h"
#include "proto/json/json_scan.h"

static bool is_x(const char *text, size_t len)
{
    return len == 1 && *text == 'x';
}

static const struct field_form FORM = {.text = "an x", .pattern = "^x$", .valid = is_x};
static const struct field_form NO_PATTERN = {.text = "an x", .valid = is_x};
static const char *const WORDS[] = {"red", "green", NULL};
static const struct field SUB[] = {{"a", FIELD_BOOL, FIELD_REQUIRED, .doc = "an a"},
                                   {.name = "b", .type = FIELD_NUMBER, .flags = FIELD_NULLABLE},
                                   FIELDS_END};
static const struct field NO_FIELDS[] = {FIELDS_END};

static const struct field_told ROWS[] = {
    {{.name = "f", .type = FIELD_STRING}, "{\"type\":\"string\"}", "string"},
    {{.name = "f", .type = FIELD_STRING, .min = 1},
     "{\"type\":\"string\",\"minLength\":1}",
     "string"},
    {{.name = "f", .type = FIELD_STRING, .max = 9},
     "{\"type\":\"string\",\"maxLength\":9}",
     "string of up to 9 bytes"},
    {{.name = "f", .type = FIELD_TEXT, .min = 1, .max = 1},
     "{\"type\":\"string\",\"minLength\":1,\"maxLength\":1}",
     "string of 1..1 bytes"},
    {{.name = "f", .type = FIELD_TEXT, .min = 2, .max = 9},
     "{\"type\":\"string\",\"minLength\":1,\"maxLength\":9}",
     "string of 2..9 bytes"},
    {{.name = "f", .type = FIELD_STRING, .form = &FORM},
     "{\"type\":\"string\",\"pattern\":\"^x$\"}",
     "an x"},
    {{.name = "f", .type = FIELD_STRING, .form = &NO_PATTERN}, "{\"type\":\"string\"}", "an x"},
    {{.name = "f", .type = FIELD_STRING, .flags = FIELD_NULLABLE, .doc = "d"},
     "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}],\"description\":\"d\"}",
     "string or null"},
    {{.name = "f", .type = FIELD_INT}, "{\"type\":\"integer\",\"minimum\":0}", "integer >= 0"},
    {{.name = "f", .type = FIELD_INT, .min = INT64_MIN, .max = INT64_MAX},
     "{\"type\":\"integer\"}",
     "integer"},
    {{.name = "f", .type = FIELD_INT, .min = INT64_MIN, .max = 7, .doc = "d"},
     "{\"type\":\"integer\",\"maximum\":7,\"description\":\"d\"}",
     "integer -9223372036854775808..7"},
    {{.name = "f", .type = FIELD_INT, .min = -3, .max = INT64_MAX},
     "{\"type\":\"integer\",\"minimum\":-3}",
     "integer >= -3"},
    {{.name = "f", .type = FIELD_INT, .min = 1, .max = 9},
     "{\"type\":\"integer\",\"minimum\":1,\"maximum\":9}",
     "integer 1..9"},
    {{.name = "f", .type = FIELD_BOUND, .min = 1, .max = 9},
     "{\"anyOf\":[{\"type\":\"integer\",\"minimum\":1,\"maximum\":9},{\"type\":\"null\"}]}",
     "integer 1..9 or null"},
    {{.name = "f", .type = FIELD_NUMBER}, "{\"type\":\"number\"}", "number"},
    {{.name = "f", .type = FIELD_BOOL}, "{\"type\":\"boolean\"}", "boolean"},
    {{.name = "f", .type = FIELD_WORD, .words = WORDS},
     "{\"type\":\"string\",\"enum\":[\"red\",\"green\"]}",
     "\"red\", \"green\""},
    {{.name = "f", .type = FIELD_OBJECT}, "{\"type\":\"object\"}", "object"},
    {{.name = "f", .type = FIELD_OBJECT, .sub = NO_FIELDS}, "{\"type\":\"object\"}", "object"},
    {{.name = "f", .type = FIELD_WORDS, .words = WORDS},
     "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"red\",\"green\"]}}",
     "array of \"red\", \"green\""},
    {{.name = "f", .type = FIELD_OBJECT, .sub = SUB},
     "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"boolean\",\"description\":\"an a\"},"
     "\"b\":{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"null\"}]}},\"required\":[\"a\"]}",
     "object"},
    {{.name = "f", .type = FIELD_OBJECT, .flags = FIELD_CLOSED, .sub = NO_FIELDS},
     "{\"type\":\"object\",\"additionalProperties\":false}",
     "object"},
    {{.name = "f", .type = FIELD_ARRAY}, "{\"type\":\"array\"}", "array"},
    {{.name = "f", .type = FIELD_STRINGS, .max = 4},
     "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":4}}",
     "array of strings of up to 4 bytes"},
    {{.name = "f", .type = FIELD_STRINGS},
     "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":0}}",
     "array of strings"},
    {{.name = "f", .type = FIELD_STRING_MAP, .max = 1},
     "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\",\"maxLength\":1}}",
     "object of strings of up to 1 bytes"},
    {{.name = "f", .type = FIELD_ANY}, "{}", "any JSON"},
    {{.name = "f", .type = FIELD_SPAN}, "{}", "any JSON"},
    {{.name = "f", .type = FIELD_SPAN, .max = 1, .doc = "d"},
     "{\"description\":\"d\"}",
     "any JSON up to 1 bytes"},
    {{.name = "f", .type = FIELD_SHUTDOWN},
     "{\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\",\"enum\":"
     "[\"infinity\",\"brutal_kill\"]}]}",
     "integer >= 0, \"infinity\" or \"brutal_kill\""},
    {{.name = "f", .type = FIELD_SUBSCRIBE},
     "{\"oneOf\":[{\"type\":\"boolean\"},{\"type\":\"object\",\"properties\":{\"deltas\":"
     "{\"type\":\"boolean\"}},\"additionalProperties\":false}]}",
     "boolean or {deltas: boolean}"},
    {{.name = "f", .type = FIELD_VERBOSE}, "{\"enum\":[false,\"debug\"]}", "false or \"debug\""},
    {{.name = "f", .type = FIELD_TIME}, "{\"type\":\"string\",\"format\":\"date-time\"}", "time"},
};

static void what_is_told_of_every_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        assert_told(&ROWS[i]);
}

static void texts_keep_to_their_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        assert_text_keeps_to_its_room(&ROWS[i]);
}

struct all {
    struct field_string string;
    char *text;
    int64_t integer, bound, shutdown;
    json_t *object, *array, *strings, *map, *any;
    struct json_span span;
    int word, words, subscribe;
    bool flag, verbose;
};

#define AT(member) offsetof(struct all, member)
static const struct field ALL[] = {
    {"string", FIELD_STRING, 0, AT(string), .min = 2, .max = 4},
    {"text", FIELD_TEXT, 0, AT(text), .max = 4},
    {"x", FIELD_STRING, 0, AT(string), .form = &FORM},
    {"integer", FIELD_INT, 0, AT(integer), .min = -3, .max = 9, .def = 5},
    {"bound", FIELD_BOUND, 0, AT(bound), .min = 2, .max = 3, .def = 6},
    {"flag", FIELD_BOOL, 0, AT(flag), .def = 1},
    {"word", FIELD_WORD, 0, AT(word), .words = WORDS, .min = 7, .def = 3},
    {"words", FIELD_WORDS, 0, AT(words), .words = WORDS, .def = 3},
    {"object", FIELD_OBJECT, 0, AT(object), .doc = ""},
    {"array", FIELD_ARRAY, 0, AT(array), .doc = ""},
    {"strings", FIELD_STRINGS, 0, AT(strings), .max = 2},
    {"map", FIELD_STRING_MAP, 0, AT(map), .max = 2},
    {"any", FIELD_ANY, 0, AT(any), .doc = ""},
    {"span", FIELD_SPAN, 0, AT(span), .max = 3},
    {"shutdown", FIELD_SHUTDOWN, 0, AT(shutdown), .def = SHUTDOWN_DEFAULT},
    {"subscribe", FIELD_SUBSCRIBE, 0, AT(subscribe), .def = 2},
    {"verbose", FIELD_VERBOSE, 0, AT(verbose), .def = 1},
    FIELDS_END,
};

static int unpack(const char *text, struct all *to, struct field_fault *fault)
{
    struct json_scan scan;
    static const struct json_scan_spec SPEC = {.max_depth = JSON_DEPTH_MAX};
    assert_int_equal(json_scan(text, strlen(text), &SPEC, &scan, NULL), 0);
    *to = (struct all){.flag = false};
    int r = fields_unpack(ALL, &scan.outer, to, fault);
    json_scan_release(&scan);
    return r;
}

static const char *const GOOD[] = {
    "{\"string\":\"ab\"}",
    "{\"string\":\"abcd\"}",
    "{\"string\":\"\\u00e4\\u00e4\"}",
    "{\"text\":\"\"}",
    "{\"text\":\"abcd\"}",
    "{\"x\":\"\\u0078\"}",
    "{\"integer\":-3}",
    "{\"integer\":9}",
    "{\"bound\":2}",
    "{\"bound\":3}",
    "{\"bound\":null}",
    "{\"word\":\"red\"}",
    "{\"word\":\"green\"}",
    "{\"words\":[]}",
    "{\"words\":[\"green\",\"red\",\"green\"]}",
    "{\"object\":{}}",
    "{\"array\":[]}",
    "{\"strings\":[]}",
    "{\"strings\":[\"\",\"ab\"]}",
    "{\"map\":{}}",
    "{\"map\":{\"ab\":\"ab\",\"\":\"\"}}",
    "{\"any\":null}",
    "{\"span\":123}",
    "{\"span\":\"a\"}",
    "{\"shutdown\":0}",
    "{\"subscribe\":{}}",
    "{\"verbose\":false}",
};

static const struct {
    const char *text, *field, *message;
} WRONG[] = {
    {"{\"string\":\"a\"}", "string", "string: must be string of 2..4 bytes"},
    {"{\"string\":\"abcde\"}", "string", "string: must be string of 2..4 bytes"},
    {"{\"string\":\"\\u00e4\\u00e4\\u00e4\"}", "string", "string: must be string of 2..4 bytes"},
    {"{\"string\":1}", "string", "string: must be string of 2..4 bytes"},
    {"{\"text\":\"abcde\"}", "text", "text: must be string of up to 4 bytes"},
    {"{\"text\":\"a\\u0000\"}", "text", "text: must be string of up to 4 bytes"},
    {"{\"x\":\"y\"}", "x", "x: must be an x"},
    {"{\"integer\":-4}", "integer", "integer: must be integer -3..9"},
    {"{\"integer\":10}", "integer", "integer: must be integer -3..9"},
    {"{\"integer\":1.0}", "integer", "integer: must be integer -3..9"},
    {"{\"bound\":1}", "bound", "bound: must be integer 2..3 or null"},
    {"{\"bound\":4}", "bound", "bound: must be integer 2..3 or null"},
    {"{\"bound\":false}", "bound", "bound: must be integer 2..3 or null"},
    {"{\"flag\":0}", "flag", "flag: must be boolean"},
    {"{\"flag\":null}", "flag", "flag: must be boolean"},
    {"{\"word\":\"blue\"}", "word", "word: must be \"red\", \"green\""},
    {"{\"word\":7}", "word", "word: must be \"red\", \"green\""},
    {"{\"words\":\"red\"}", "words", "words: must be array of \"red\", \"green\""},
    {"{\"words\":[\"red\",\"blue\"]}", "words", "words: must be array of \"red\", \"green\""},
    {"{\"words\":[null]}", "words", "words: must be array of \"red\", \"green\""},
    {"{\"object\":[]}", "object", "object: must be object"},
    {"{\"array\":{}}", "array", "array: must be array"},
    {"{\"strings\":{}}", "strings", "strings: must be array of strings of up to 2 bytes"},
    {"{\"strings\":[\"a\",\"abc\"]}", "/strings/1", "1: not a string, or too long"},
    {"{\"strings\":[1,\"abc\"]}", "/strings/0", "0: not a string, or too long"},
    {"{\"map\":[]}", "map", "map: must be object of strings of up to 2 bytes"},
    {"{\"map\":{\"a\":\"abc\"}}", "/map/a", "a: not a string, or too long"},
    {"{\"map\":{\"abc\":\"a\"}}", "/map/abc", "abc: not a string, or too long"},
    {"{\"map\":{\"a/~\":1}}", "/map/a~1~0", "a/~: not a string, or too long"},
    {"{\"span\":1234}", "span", "span: must be any JSON up to 3 bytes"},
    {"{\"shutdown\":-1}", "shutdown",
     "shutdown: must be integer >= 0, \"infinity\" or \"brutal_kill\""},
    {"{\"subscribe\":null}", "subscribe", "subscribe: must be boolean or {deltas: boolean}"},
    {"{\"subscribe\":{\"deltas\":1}}", "/subscribe/deltas", "deltas: must be boolean"},
    {"{\"subscribe\":{\"x\":1}}", "/subscribe/x", "x: there is no such parameter"},
    {"{\"verbose\":true}", "verbose", "verbose: must be false or \"debug\""},
    {"{\"verbose\":\"x\"}", "verbose", "verbose: must be false or \"debug\""},
    {"{\"y\":1,\"z\":2}", "y", "y: there is no such parameter"},
    {"{\"y\":1,\"flag\":2}", "y", "y: there is no such parameter"},
    {"{\"flag\":2,\"y\":1}", "flag", "flag: must be boolean"},
};

static void what_is_taken_for_every_type(void **state)
{
    (void)state;
    struct all all;
    struct field_fault fault;
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        if (unpack(GOOD[i], &all, &fault) != 0)
            fail_msg("refused: %s", GOOD[i]);
        fields_release(ALL, &all);
    }
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
        if (unpack(WRONG[i].text, &all, &fault) != -EBADMSG)
            fail_msg("taken: %s", WRONG[i].text);
        assert_string_equal(fault.field, WRONG[i].field);
        assert_string_equal(fault.message, WRONG[i].message);
        fields_release(ALL, &all);
    }
}

static void what_stands_where_nothing_is_given(void **state)
{
    (void)state;
    struct all all;
    struct field_fault fault;
    assert_int_equal(unpack("{}", &all, &fault), 0);
    assert_int_equal(all.integer, 5);
    assert_int_equal(all.bound, 6);
    assert_true(all.flag && all.verbose);
    assert_int_equal(all.word, 3);
    assert_int_equal(all.words, 3);
    assert_int_equal(all.shutdown, SHUTDOWN_DEFAULT);
    assert_int_equal(all.subscribe, SUBSCRIBE_DELTAS);
    assert_null(all.string.at);
    assert_null(all.text);
    assert_null(all.object);
    assert_null(all.span.at);
    fields_release(ALL, &all);
    /* What is wrong leaves the default. */
    assert_int_equal(unpack("{\"integer\":99,\"bound\":9,\"flag\":1,\"word\":\"x\",\"words\":["
                            "\"red\",1],\"shutdown\":-7,"
                            "\"subscribe\":7,\"verbose\":true,\"span\":12345,\"string\":\"\","
                            "\"text\":\"\\u0000\",\"object\":1,\"strings\":[1]}",
                            &all, &fault),
                     -EBADMSG);
    assert_string_equal(fault.field, "integer");
    assert_int_equal(all.integer, 5);
    assert_int_equal(all.bound, 6);
    assert_true(all.flag && all.verbose);
    assert_int_equal(all.word, 3);
    assert_int_equal(all.words, 3);
    assert_int_equal(all.shutdown, SHUTDOWN_DEFAULT);
    assert_int_equal(all.subscribe, SUBSCRIBE_DELTAS);
    assert_null(all.string.at);
    assert_null(all.text);
    assert_null(all.object);
    assert_null(all.strings);
    assert_null(all.span.at);
    fields_release(ALL, &all);
}

static void what_is_given_stands_there(void **state)
{
    (void)state;
    static const char TEXT[] =
        "{\"string\":\"a\\u0000b\",\"text\":\"abc\",\"integer\":-2,\"bound\":null,\"flag\":false,"
        "\"word\":\"green\",\"object\":{\"k\":1},\"array\":[1],\"strings\":[\"s\"],"
        "\"map\":{\"m\":\"n\"},\"any\":7,\"span\":[1],\"shutdown\":\"infinity\","
        "\"subscribe\":false,\"verbose\":false}";
    struct all all;
    struct field_fault fault;
    assert_int_equal(unpack(TEXT, &all, &fault), 0);
    assert_int_equal(all.string.len, 3);
    assert_memory_equal(all.string.at, "a\0b", 4);
    assert_string_equal(all.text, "abc");
    assert_int_equal(all.integer, -2);
    assert_int_equal(all.bound, FIELD_UNBOUNDED);
    assert_false(all.flag || all.verbose);
    assert_int_equal(all.word, 8);
    assert_int_equal(json_object_size(all.object), 1);
    assert_int_equal(json_array_size(all.array), 1);
    assert_string_equal(json_string_value(json_array_get(all.strings, 0)), "s");
    assert_string_equal(json_string_value(json_object_get(all.map, "m")), "n");
    assert_int_equal(json_integer_value(all.any), 7);
    assert_int_equal(all.span.len, 3);
    assert_int_equal(all.shutdown, SHUTDOWN_INFINITY);
    assert_int_equal(all.subscribe, SUBSCRIBE_NONE);
    fields_release(ALL, &all);
    assert_null(all.string.at);
    assert_null(all.text);
    assert_null(all.any);
    static const char *const WORD_LISTS[] = {"[]", "[\"red\"]", "[\"green\"]",
                                             "[\"green\",\"red\",\"green\"]"};
    for (size_t i = 0; i < ARRAY_LEN(WORD_LISTS); i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"words\":%s}", WORD_LISTS[i]);
        assert_int_equal(unpack(text, &all, &fault), 0);
        assert_int_equal(all.words, i);
    }
    static const char *const SUBSCRIBES[] = {"false", "true", "{}", "{\"deltas\":false}",
                                             "{\"deltas\":true}"};
    static const int MEANT[] = {SUBSCRIBE_NONE, SUBSCRIBE_LIFECYCLE, SUBSCRIBE_LIFECYCLE,
                                SUBSCRIBE_LIFECYCLE, SUBSCRIBE_DELTAS};
    for (size_t i = 0; i < ARRAY_LEN(MEANT); i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"subscribe\":%s,\"verbose\":\"debug\"}", SUBSCRIBES[i]);
        assert_int_equal(unpack(text, &all, &fault), 0);
        assert_int_equal(all.subscribe, MEANT[i]);
        assert_true(all.verbose);
        fields_release(ALL, &all);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(what_is_told_of_every_type);
    assert_keeps_nothing(texts_keep_to_their_room);
    assert_keeps_nothing(what_is_taken_for_every_type);
    assert_keeps_nothing(what_stands_where_nothing_is_given);
    assert_keeps_nothing(what_is_given_stands_there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_of_every_type),
        cmocka_unit_test(texts_keep_to_their_room),
        cmocka_unit_test(what_is_taken_for_every_type),
        cmocka_unit_test(what_stands_where_nothing_is_given),
        cmocka_unit_test(what_is_given_stands_there),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
