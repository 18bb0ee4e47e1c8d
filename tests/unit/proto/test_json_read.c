/* What people write is read by two: a scan that knows what is good, and jansson, which has the
 * words for what is not. Whatever is written, they come to what jansson alone comes to. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/json/json_read.h"

#define DEEP_8(text)   "[[[[[[[[" text "]]]]]]]]"
#define DEEP_64(text)  DEEP_8(DEEP_8(DEEP_8(DEEP_8(DEEP_8(DEEP_8(DEEP_8(DEEP_8(text))))))))
#define DEEP_512(text) DEEP_64(DEEP_64(DEEP_64(DEEP_64(DEEP_64(DEEP_64(DEEP_64(DEEP_64(text))))))))

static const char *const GOOD[] = {
    "{}",
    " [ ]\n",
    "{\"a\": [1, -0, 9223372036854775807, -9223372036854775808, 1.5, 1e3, 1e-999, 2E+2]}",
    "[true, false, null, \"\", \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u20ac\\ud83d\\ude00 \xe2\x82\xac\"]",
    "{\"\": {\"\": {}}, \"\\u0061\": \"\\\\u0000\"}",
    DEEP_64("7"),
    DEEP_512("{\"a\": 7}"),
};

static const char *const FAULTY[] = {
    "",
    " ",
    "7",
    "\"a\"",
    "null",
    "{",
    "{}}",
    "{} {}",
    "[1,]",
    "{\"a\": }",
    "{\n\n\"a\" 1}",
    "{\"a\": 1,\n \"a\": 2}",
    "{\"a\": 1, \"\\u0061\": 2}",
    "[\"\\u0000\"]",
    "{\"\\u0000\": 1}",
    "[\"\\ud83d\"]",
    "[\"\xff\"]",
    "[\"a\nb\"]",
    "[1e999]",
    "[9223372036854775808]",
    "[01]",
    "[tru]",
    "\xef\xbb\xbf{}",
    "[\"a]",
};

static void the_good_is_the_same_tree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++) {
        json_error_t fault;
        json_t *tree = NULL, *its = json_loads(GOOD[i], JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(its);
        assert_int_equal(json_read(GOOD[i], strlen(GOOD[i]), &tree, &fault), 0);
        if (!json_equal(tree, its))
            fail_msg("%s", GOOD[i]);
        json_decref(tree);
        json_decref(its);
    }
}

static void the_faulty_has_the_same_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FAULTY / sizeof FAULTY[0]; i++) {
        json_error_t fault, its;
        json_t *tree = NULL;
        assert_null(json_loads(FAULTY[i], JSON_REJECT_DUPLICATES, &its));
        if (json_read(FAULTY[i], strlen(FAULTY[i]), &tree, &fault) != -EINVAL)
            fail_msg("%s", FAULTY[i]);
        assert_null(tree);
        assert_string_equal(fault.text, its.text);
        assert_int_equal(fault.line, its.line);
        assert_int_equal(fault.column, its.column);
        assert_int_equal(json_error_code(&fault), json_error_code(&its));
    }
}

/* The bytes that are not said to be there are not looked at. */
static void so_many_bytes_are_read(void **state)
{
    (void)state;
    json_error_t fault;
    json_t *tree = NULL;
    char *text = strndup("[17]", 4);
    assert_non_null(text);
    assert_int_equal(json_read(text, 3, &tree, &fault), -EINVAL);
    assert_int_equal(json_read("[1]7", 3, &tree, &fault), 0);
    assert_int_equal(json_integer_value(json_array_get(tree, 0)), 1);
    json_decref(tree);
    free(text);
    assert_int_equal(json_read("[\"a\0b\"]", 7, &(json_t *){NULL}, &fault), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_good_is_the_same_tree),
        cmocka_unit_test(the_faulty_has_the_same_fault),
        cmocka_unit_test(so_many_bytes_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
