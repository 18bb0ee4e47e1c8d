/* The sum by which a start is known again: one that is blind to a change lets a client believe that
 * something else was started, one that looks at the form of the text refuses its second try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "proto/json/json_digest.h"
#include "proto/json/json_scan.h"

static const char *sum_without(const char *text, const char *const *left_out)
{
    static char sums[2][SHA256_HEX_SIZE];
    static int next;
    struct json_scan scan;
    char *const copy = strndup(text, strlen(text)); /* of exactly that length, for the sanitizer */
    assert_int_equal(json_scan_object(copy, strlen(copy), &scan), 0);
    next = !next;
    json_digest_members(&scan.outer, left_out, sums[next]);
    json_scan_release(&scan);
    free(copy);
    return sums[next];
}

static const char *sum(const char *text)
{
    static const char *const NOTHING[] = {NULL};
    return sum_without(text, NOTHING);
}

static void the_form_of_a_text_makes_no_difference(void **state)
{
    (void)state;
    static const char *const SAME[][2] = {
        {"{}", " { } "},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}"},
        {"{\"a\":1,\"b\":2}", "\t{ \"a\" : 1 ,\r\n \"b\":\t2\n} "},
        {"{\"a\":{\"b\":1,\"c\":{\"d\":[],\"e\":{}}}}",
         "{\"a\":{\"c\":{\"e\":{ },\"d\":[ ]},\"b\":1}}"},
        {"{\"a\":[1,true,null,\"x\"]}", "{\"a\": [ 1 , true ,null , \"x\" ] }"},
        {"{\"a\":\"\xc3\xa4/\\n\"}", "{\"\\u0061\":\"\\u00e4\\/\\u000a\"}"},
        {"{\"a\":\"\xf0\x9f\x98\x80\"}", "{\"a\":\"\\ud83d\\ude00\"}"},
        {"{\"a\":\"\\\"\\\\\"}", "{\"a\":\"\\u0022\\u005c\"}"},
        {"{\"a\":-1.5e3}", "{\"a\": -1.5e3 }"},
    };
    for (size_t i = 0; i < ARRAY_LEN(SAME); i++)
        assert_string_equal(sum(SAME[i][0]), sum(SAME[i][1]));
}

static void another_value_makes_one(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "{}",
        "{\"a\":1}",
        "{\"a\":2}",
        "{\"a\":12}",
        "{\"a\":1.0}",
        "{\"a\":-1}",
        "{\"b\":1}",
        "{\"a\":\"1\"}",
        "{\"a\":true}",
        "{\"a\":false}",
        "{\"a\":null}",
        "{\"a\":\"true\"}",
        "{\"a\":\"\"}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":{}}",
        "{\"a\":[]}",
        "{\"a\":[[]]}",
        "{\"a\":[[],[]]}",
        "{\"a\":[[[]]]}",
        "{\"a\":[1]}",
        "{\"a\":[1,2]}",
        "{\"a\":[2,1]}",
        "{\"a\":[12]}",
        "{\"a\":[[1],2]}",
        "{\"a\":[[1,2]]}",
        "{\"a\":[1,[2]]}",
        "{\"a\":[\"1\",\"2\"]}",
        "{\"a\":[\"1\\\",\\\"2\"]}",
        "{\"a\":[\"12\"]}",
        "{\"a\":[{}]}",
        "{\"a\":{\"b\":1}}",
        "{\"a\":{\"b\":1,\"c\":2}}",
        "{\"a\":{\"b\":2,\"c\":1}}",
        "{\"a\":[{\"b\":1},{\"c\":2}]}",
        "{\"a\":[{\"c\":2},{\"b\":1}]}",
        "{\"a\":1,\"b\":2}",
        "{\"a\":2,\"b\":1}",
        "{\"a\":1,\"a2\":1}",
        "{\"a\":{\"a\":1}}",
        "{\"ab\":\"c\"}",
        "{\"a\":\"bc\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
        char first[SHA256_HEX_SIZE];
        memcpy(first, sum(TEXTS[i]), sizeof first);
        for (size_t k = 0; k < i; k++)
            if (strcmp(first, sum(TEXTS[k])) == 0)
                fail_msg("%s counts as %s", TEXTS[i], TEXTS[k]);
    }
}

/* Members count each by itself: the carry of their sum reaches its last byte. */
static void each_of_many_members_counts(void **state)
{
    (void)state;
    enum { MANY = 300 };
    char text[MANY * 12 + 3], changed[sizeof text], *at = text;
    for (int i = 0; i < MANY; i++)
        at += snprintf(at, 13, "%c\"%d\":%d", i ? ',' : '{', i, 1000 + i);
    snprintf(at, 2, "}");
    char first[SHA256_HEX_SIZE];
    memcpy(first, sum(text), sizeof first);
    for (int i = 0; i < MANY; i++) {
        char member[16];
        snprintf(member, sizeof member, ":%d", 1000 + i);
        memcpy(changed, text, sizeof text);
        *(strstr(changed, member) + 1) = '2';
        assert_string_not_equal(sum(changed), first);
    }
}

/* Strings are decoded in pieces: none is lost, none is told twice. */
static void long_texts_count_to_the_end(void **state)
{
    (void)state;
    char plain[1100], escaped[1100], other[1100];
    for (int len = 250; len < 530; len++) {
        char body[600];
        memset(body, 'x', sizeof body);
        snprintf(plain, sizeof plain, "{\"a\":\"/%.*sy\"}", len, body);
        snprintf(escaped, sizeof escaped, "{\"a\":\"\\/%.*sy\"}", len, body);
        snprintf(other, sizeof other, "{\"a\":\"\\/%.*sz\"}", len, body);
        assert_string_equal(sum(plain), sum(escaped));
        assert_string_not_equal(sum(plain), sum(other));
    }
}

static void what_is_left_out_does_not_count(void **state)
{
    (void)state;
    static const char *const OUT[] = {"key", "monitor", NULL};
    assert_string_equal(sum_without("{\"a\":1,\"key\":2,\"monitor\":{}}", OUT), sum("{\"a\":1}"));
    assert_string_equal(sum_without("{\"\\u006bey\":2}", OUT), sum("{}"));
    assert_string_not_equal(sum_without("{\"a\":{\"key\":2}}", OUT), sum("{\"a\":{}}"));
    assert_string_not_equal(sum_without("{\"keys\":2}", OUT), sum("{}"));
}

/* It stands in the index, and has to be the same in the next version. */
static void the_sum_is_this_one(void **state)
{
    (void)state;
    assert_string_equal(sum("{}"),
                        "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
    assert_string_equal(sum("{\"a\":[1,{\"b\":\"\\n\"},null]}"),
                        "c657683c9e0f77a603f597733cc89190825a27141be481ba9cf290fd1f964ee1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_of_a_text_makes_no_difference),
        cmocka_unit_test(another_value_makes_one),
        cmocka_unit_test(each_of_many_members_counts),
        cmocka_unit_test(long_texts_count_to_the_end),
        cmocka_unit_test(what_is_left_out_does_not_count),
        cmocka_unit_test(the_sum_is_this_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
