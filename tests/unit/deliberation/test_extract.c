/* Which JSON of a text is taken, and from where: the wrong one is another ballot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/deliberation/words/extract.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))
enum { NOWHERE = 99 };

/* Takes `got` over. */
static void expect(const char *about, json_t *got, const char *expected)
{
    char *text = got ? json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (!text != !expected || (text && strcmp(text, expected) != 0))
        fail_msg("%s gives %s", about, text ? text : "nothing");
    free(text);
    json_decref(got);
}

static void the_whole_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *whole;
        bool blank;
    } CASES[] = {
        {"", NULL, true},
        {" \t\n\v\f\r", NULL, true},
        {" \n7", "7", false},
        {"\f\v\r\n{\"a\": 1} \n", "{\"a\":1}", false},
        {"\x08"
         "7",
         NULL, false},
        {"\x0e"
         "7",
         NULL, false},
        {"7 8", NULL, false},
        {"\"x\"", "\"x\"", false},
        {"null", "null", false},
        {"{", NULL, false},
        {" x", NULL, false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        expect(CASES[i].text, extract_whole(CASES[i].text), CASES[i].whole);
        assert_int_equal(extract_only_blank(CASES[i].text), CASES[i].blank);
    }
}

static void blocks_and_last_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *block;
        size_t block_at;
        const char *line;
        size_t line_at;
    } CASES[] = {
        {"", NULL, NOWHERE, NULL, NOWHERE},
        {" \n ", NULL, NOWHERE, NULL, NOWHERE},
        {"{}", NULL, NOWHERE, "{}", 0},
        {"a\n{\"b\": 1}", NULL, NOWHERE, "{\"b\":1}", 2},
        {"a\n{\"b\": 1} \r\n\n", NULL, NOWHERE, "{\"b\":1}", 2},
        {"{\"b\": 1}\nx", NULL, NOWHERE, NULL, NOWHERE},
        {"a\n[1]", NULL, NOWHERE, NULL, NOWHERE},
        {"a {\"b\": 1}", NULL, NOWHERE, NULL, NOWHERE},
        {"\n{\"b\": 1}", NULL, NOWHERE, "{\"b\":1}", 1},
        {"```\n{\"a\": 1}\n```", "{\"a\":1}", 0, NULL, NOWHERE},
        {"x ```json\n{\"a\": 1}\n``` y", "{\"a\":1}", 2, NULL, NOWHERE},
        {"```\n{\"a\": 1}```\n```\n{\"a\": 2}```\n", "{\"a\":2}", 16, NULL, NOWHERE},
        {"```\n{\"a\": 1}```\n```\n[2]```\n", "{\"a\":1}", 0, NULL, NOWHERE},
        {"```\n[2]```\n```\n{\"a\": 1}```\n", "{\"a\":1}", 11, NULL, NOWHERE},
        {"```\n{\"a\": 1}```\n```\n{\"a\": 2}", "{\"a\":1}", 0, "{\"a\":2}", 20},
        {"```{\"a\": 1}```", NULL, NOWHERE, NULL, NOWHERE},
        {"```\n{\"a\": 1}``", NULL, NOWHERE, NULL, NOWHERE},
        {"```\n```{\"a\": 1}\n```\n{\"a\": 2}```", "{\"a\":2}", 16, NULL, NOWHERE},
        {"```\nx```\n```\n{\"a\": 3}\n```", "{\"a\":3}", 9, NULL, NOWHERE},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        size_t at = NOWHERE;
        expect(CASES[i].text, extract_block(CASES[i].text, &at), CASES[i].block);
        assert_int_equal(at, CASES[i].block_at);
        expect(CASES[i].text, extract_block(CASES[i].text, NULL), CASES[i].block);
        at = NOWHERE;
        expect(CASES[i].text, extract_last_line(CASES[i].text, &at), CASES[i].line);
        assert_int_equal(at, CASES[i].line_at);
    }
}

static void objects_among_words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *any, *with_a;
    } CASES[] = {
        {"", NULL, NULL},
        {"x {} y", "{}", NULL},
        {"x {\"a\": 1} y", "{\"a\":1}", "{\"a\":1}"},
        {"{\"a\": 1} {\"b\": 2}", "{\"b\":2}", "{\"a\":1}"},
        {"{\"b\": 2} {\"a\": 1}", "{\"a\":1}", "{\"a\":1}"},
        {"{\"a\": 1} {\"a\": 2}", "{\"a\":2}", "{\"a\":2}"},
        {"{\"b\": {\"a\": 1}}", "{\"b\":{\"a\":1}}", NULL}, /* what is inside stays inside */
        {"{x {\"a\": 1}}", "{\"a\":1}", "{\"a\":1}"},
        {"{ {\"a\": 1}", "{\"a\":1}", "{\"a\":1}"},
        {"{\"a\": \"}\"}", "{\"a\":\"}\"}", "{\"a\":\"}\"}"},
        {"{\"a\": \"{\"} }", "{\"a\":\"{\"}", "{\"a\":\"{\"}"},
        {"{\"a\": \"\\\"}\"}", "{\"a\":\"\\\"}\"}", "{\"a\":\"\\\"}\"}"},
        {"{\"a\": \"\\\\\"} {", "{\"a\":\"\\\\\"}", "{\"a\":\"\\\\\"}"},
        {"{\"a\": \"\\", NULL, NULL},
        {"{\"a\": 1", NULL, NULL},
        {"} {\"a\": 1}", "{\"a\":1}", "{\"a\":1}"},
        {"{\"a\": {\"b\": {}}} x", "{\"a\":{\"b\":{}}}", "{\"a\":{\"b\":{}}}"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        expect(CASES[i].text, extract_embedded(CASES[i].text, NULL), CASES[i].any);
        expect(CASES[i].text, extract_embedded(CASES[i].text, "a"), CASES[i].with_a);
    }
}

/* 255 braces that come to nothing are passed over, not one more. */
static void how_many_braces_are_tried(void **state)
{
    (void)state;
    for (int n = 254; n <= 257; n++) {
        char braces[300] = "", text[320];
        memset(braces, '{', (size_t)n);
        snprintf(text, sizeof text, "%s{\"a\":1}", braces);
        expect("braces", extract_embedded(text, NULL), n < 256 ? "{\"a\":1}" : NULL);
        /* good ones are not counted */
        snprintf(text, sizeof text, "{} {} %s{\"a\":1}", braces);
        expect("braces", extract_embedded(text, NULL), n < 256 ? "{\"a\":1}" : "{}");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_text),
        cmocka_unit_test(blocks_and_last_lines),
        cmocka_unit_test(objects_among_words),
        cmocka_unit_test(how_many_braces_are_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
