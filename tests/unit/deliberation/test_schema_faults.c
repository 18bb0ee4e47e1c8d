/* What is wrong with an answer goes back to the model: each fault with its place and its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/deliberation/form/schema.h"
#include "runner/deliberation/words/strbuf.h"
#include "value_of.h"

/* With and without a list to tell them in it is as wrong. */
static void expect(const char *schema, const char *value, const char *faults)
{
    json_t *s = value_of(schema), *v = value_of(value), *errors = j_array();
    bool ok = schema_check(s, v, errors);
    char *told = j_dump(errors);
    if (strcmp(told, faults) != 0)
        fail_msg("%s of %s: %s", value, schema, told);
    assert_int_equal(ok, json_array_size(errors) == 0);
    assert_int_equal(schema_check(s, v, NULL), ok);
    free(told);
    json_decref(errors);
    json_decref(v);
    json_decref(s);
}

static void each_fault(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *value, *faults;
    } CASES[] = {
        {"{\"type\":\"string\"}", "1", "[\"/: must be of type \\\"string\\\"\"]"},
        {"{\"type\":[\"string\",\"null\"]}", "1",
         "[\"/: must be of type [\\\"string\\\",\\\"null\\\"]\"]"},
        {"{\"type\":[3]}", "3", "[\"/: must be of type [3]\"]"},
        {"{\"type\":\"what\"}", "null", "[\"/: must be of type \\\"what\\\"\"]"},
        {"{\"enum\":[1,\"a\"]}", "2", "[\"/: must be one of [1,\\\"a\\\"]\"]"},
        {"{\"const\":1}", "2", "[\"/: is not the value that is due\"]"},
        {"{\"anyOf\":[{\"type\":\"null\"}]}", "2", "[\"/: fits none of the allowed forms\"]"},
        {"{\"minimum\":1}", "0", "[\"/: is less than the minimum\"]"},
        {"{\"maximum\":1}", "2", "[\"/: is more than the maximum\"]"},
        {"{\"exclusiveMinimum\":1}", "1", "[\"/: must be more than the exclusive minimum\"]"},
        {"{\"exclusiveMaximum\":1}", "1", "[\"/: must be less than the exclusive maximum\"]"},
        {"{\"minLength\":2}", "\"a\"", "[\"/: is too short\"]"},
        {"{\"maxLength\":2}", "\"abc\"", "[\"/: is too long\"]"},
        {"{\"minItems\":2}", "[1]", "[\"/: has too few items\"]"},
        {"{\"maxItems\":1}", "[1,2]", "[\"/: has too many items\"]"},
        {"{\"uniqueItems\":true}", "[1,2,1]", "[\"/: has an item twice\"]"},
        {"{\"items\":{\"type\":\"null\"}}", "[null,1,null,2]",
         "[\"/1: must be of type \\\"null\\\"\",\"/3: must be of type \\\"null\\\"\"]"},
        {"{\"required\":[\"a\",\"b\",3]}", "{\"b\":1}", "[\"/: lacks \\\"a\\\"\"]"},
        {"{\"additionalProperties\":false}", "{\"b\":1}", "[\"/b: is not allowed\"]"},
        {"{\"additionalProperties\":{\"type\":\"null\"},\"properties\":{\"a\":{}}}",
         "{\"a\":1,\"b\":1}", "[\"/b: must be of type \\\"null\\\"\"]"},
        {"{\"properties\":{\"a\":{\"properties\":{\"b\":false}}}}", "{\"a\":{\"b\":1}}",
         "[\"/a/b: is not allowed\"]"},
        {"false", "1", "[\"/: is not allowed\"]"},
        {"{\"$ref\":\"#/$defs/x\"}", "1", "[\"/: its schema refers to nothing\"]"},
        {"{\"$ref\":\"#/$def\",\"$defs\":{\"\":{}}}", "1", "[\"/: its schema refers to nothing\"]"},
        {"{\"$ref\":\"#/$defs/x\",\"$defs\":{\"x\":{\"type\":\"null\"}},\"minimum\":5}", "1",
         "[\"/: must be of type \\\"null\\\"\",\"/: is less than the minimum\"]"},
        {"{\"anyOf\":[{\"$ref\":\"#/$defs/x\"}],\"$defs\":{\"x\":{\"type\":\"null\"}}}", "1",
         "[\"/: fits none of the allowed forms\"]"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        expect(CASES[i].schema, CASES[i].value, CASES[i].faults);
}

static void each_type(void **state)
{
    (void)state;
    static const char *const VALUES[] = {"1",     "1.5",  "2.0", "\"a\"", "true",
                                         "false", "null", "[]",  "{}"};
    static const struct {
        const char *type, *fit; /* y or n for each of the values */
    } CASES[] = {
        {"number", "yyynnnnnn"},  {"integer", "ynynnnnnn"}, {"string", "nnnynnnnn"},
        {"boolean", "nnnnyynnn"}, {"null", "nnnnnnynn"},    {"array", "nnnnnnnyn"},
        {"object", "nnnnnnnny"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        for (size_t k = 0; k < sizeof VALUES / sizeof VALUES[0]; k++) {
            char *schema = xasprintf("{\"type\":\"%s\"}", CASES[i].type);
            json_t *s = value_of(schema), *v = value_of(VALUES[k]);
            if (schema_check(s, v, NULL) != (CASES[i].fit[k] == 'y'))
                fail_msg("%s as %s", VALUES[k], schema);
            json_decref(s);
            json_decref(v);
            free(schema);
        }
    }
}

/* At the bound itself, and where the bound says nothing. */
static void what_is_no_fault(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"{\"minimum\":1}", "1"},
        {"{\"maximum\":1}", "1"},
        {"{\"minimum\":\"5\",\"maximum\":null}", "1"},
        {"{\"exclusiveMinimum\":1}", "2"},
        {"{\"exclusiveMaximum\":1}", "0"},
        {"{\"minLength\":2}", "\"\xc3\xa9\xc3\xa9\""},
        {"{\"maxLength\":0}", "\"\""},
        {"{\"minItems\":1}", "[1]"},
        {"{\"maxItems\":0}", "[]"},
        {"{\"uniqueItems\":false}", "[1,1]"},
        {"{\"minimum\":5,\"minLength\":5,\"minItems\":5,\"required\":[\"a\"]}", "null"},
        {"{\"required\":\"a\"}", "{}"},
        {"{\"additionalProperties\":true}", "{\"a\":1}"},
        {"{\"properties\":{\"a\":true}}", "{\"a\":1}"},
        {"[]", "1"},
        {"{\"anyOf\":[{\"type\":\"null\"},{\"minimum\":1}]}", "1"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        expect(CASES[i][0], CASES[i][1], "[]");
}

/* ---- equality ---- */

static void what_is_equal(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } CASES[] = {
        {"1", "1", true},
        {"1", "2", false},
        {"1", "1.0", true},
        {"1.0", "1", true},
        {"1.5", "1", false},
        {"0.5", "0.5", true},
        {"9007199254740993", "9007199254740992", false},
        {"1", "\"1\"", false},
        {"1", "true", false},
        {"true", "true", true},
        {"true", "false", false},
        {"null", "null", true},
        {"null", "false", false},
        {"\"a\"", "\"a\"", true},
        {"\"a\"", "\"b\"", false},
        {"[1,2]", "[1,2.0]", true},
        {"[1,2]", "[2,1]", false},
        {"[1]", "[1,1]", false},
        {"[]", "[]", true},
        {"[]", "{}", false},
        {"{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":1}", true},
        {"{\"a\":1}", "{\"a\":2}", false},
        {"{\"a\":1}", "{\"b\":1}", false},
        {"{\"a\":1}", "{\"a\":1,\"b\":1}", false},
        {"{\"a\":null}", "{\"b\":null}", false},
        {"{\"a\":[{\"b\":1}]}", "{\"a\":[{\"b\":1.0}]}", true},
        {"{\"a\":[{\"b\":1}]}", "{\"a\":[{\"b\":1.5}]}", false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *a = value_of(CASES[i].a), *b = value_of(CASES[i].b);
        if (schema_equal(a, b) != CASES[i].equal || schema_equal(b, a) != CASES[i].equal)
            fail_msg("%s and %s", CASES[i].a, CASES[i].b);
        json_decref(a);
        json_decref(b);
    }
}

/* ---- bounds ---- */

static size_t faults_of(int items)
{
    json_t *schema = value_of("{\"items\":{\"type\":\"null\",\"enum\":[null]}}");
    json_t *list = j_array(), *errors = j_array();
    for (int i = 0; i < items; i++)
        j_add(list, j_integer(i));
    assert_false(schema_check(schema, list, errors));
    size_t n = json_array_size(errors);
    json_decref(errors);
    json_decref(list);
    json_decref(schema);
    return n;
}

static void twenty_faults_are_enough(void **state)
{
    (void)state;
    assert_int_equal(faults_of(1), 2);
    assert_int_equal(faults_of(9), 18);
    assert_int_equal(faults_of(10), 20);
    assert_int_equal(faults_of(11), 20);
}

static int64_t steps_of(const char *schema, size_t len)
{
    json_t *s = value_of(schema);
    char *text = xmalloc(len + 1);
    memset(text, 'x', len);
    json_t *value = json_stringn(text, len);
    int64_t steps = 1000;
    schema_check_within(s, value, NULL, &steps);
    json_decref(value);
    json_decref(s);
    free(text);
    return 1000 - steps;
}

/* What is looked at costs by its length, or long texts would be compared for nothing. */
static void long_texts_cost_more(void **state)
{
    (void)state;
    assert_int_equal(steps_of("{\"const\":\"y\"}", 63) - steps_of("{\"const\":\"y\"}", 0), 0);
    assert_int_equal(steps_of("{\"const\":\"y\"}", 640) - steps_of("{\"const\":\"y\"}", 0), 10);
    assert_int_equal(steps_of("{\"minLength\":1}", 640) - steps_of("{\"minLength\":1}", 0), 10);
}

static int64_t steps_of_choices(size_t len)
{
    char schema[1024];
    const int head = snprintf(schema, sizeof schema, "{\"enum\":[\"");
    memset(schema + head, 'y', len);
    snprintf(schema + head + len, sizeof schema - (size_t)head - len, "\"]}");
    return steps_of(schema, 0);
}

/* So does what it is compared with. */
static void long_choices_cost_more(void **state)
{
    (void)state;
    assert_int_equal(steps_of_choices(63) - steps_of_choices(0), 0);
    assert_int_equal(steps_of_choices(640) - steps_of_choices(0), 10);
}

/* The schema of a list in a list and so on; the value is as deep. */
static bool fits_at_depth(int depth, json_t *errors)
{
    json_t *schema = value_of("{\"items\":{\"$ref\":\"#\"}}"), *value = j_array();
    for (int i = 1; i < depth; i++) {
        json_t *outer = j_array();
        j_add(outer, value);
        value = outer;
    }
    bool ok = schema_check(schema, value, errors);
    json_decref(schema);
    json_decref(value);
    return ok;
}

/* Each list takes two steps down: the reference and what it refers to. */
static void how_deep_a_value_may_be(void **state)
{
    (void)state;
    json_t *errors = j_array();
    int depth = 1;
    while (fits_at_depth(depth, NULL))
        depth++;
    assert_int_equal(depth, 33);
    assert_true(fits_at_depth(32, errors));
    assert_int_equal(json_array_size(errors), 0);
    assert_false(fits_at_depth(33, errors));
    const char *fault = json_string_value(json_array_get(errors, 0));
    assert_non_null(strstr(fault, "/0: is nested too deep"));
    json_decref(errors);
}

static void a_long_choice_is_told_in_part(void **state)
{
    (void)state;
    json_t *schema = j_object(), *list = j_array(), *value = value_of("1"), *errors = j_array();
    for (int i = 0; i < 300; i++)
        j_add(list, j_string("word"));
    j_set(schema, "enum", list);
    assert_false(schema_check(schema, value, errors));
    assert_int_equal(json_string_length(json_array_get(errors, 0)),
                     strlen("/: must be one of ") + 400);
    json_decref(schema);
    json_decref(value);
    json_decref(errors);
}

/* ---- skeletons ---- */

static void expect_skeleton(const char *schema, const char *expected)
{
    json_t *s = value_of(schema);
    struct strbuf out = STRBUF_INIT;
    schema_skeleton(s, &out);
    assert_string_equal(out.text, expected);
    strbuf_release(&out);
    json_decref(s);
}

static void what_each_part_looks_like(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"{}", "\"...\""},
        {"{\"type\":\"string\"}", "\"...\""},
        {"{\"type\":\"number\"}", "<number>"},
        {"{\"type\":\"number\",\"minimum\":1}", "<number>"},
        {"{\"type\":\"number\",\"maximum\":1}", "<number>"},
        {"{\"type\":\"integer\",\"minimum\":1,\"maximum\":2.5}", "<number from 1 to 2.5>"},
        {"{\"type\":\"boolean\"}", "<true or false>"},
        {"{\"type\":\"null\"}", "null"},
        {"{\"type\":[\"null\",\"string\"]}", "null"},
        {"{\"type\":\"array\"}", "[, ...]"},
        {"{\"type\":\"array\",\"items\":{\"type\":\"null\"}}", "[null, ...]"},
        {"{\"type\":\"object\"}", "{}"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{},\"b\":{\"type\":\"null\"}}}",
         "{\"a\": \"...\", \"b\": null}"},
        {"{\"enum\":[\"a\",1,null]}", "\"one of: a | 1 | null\""},
        {"{\"enum\":[\"a\"],\"type\":\"null\"}", "\"one of: a\""},
        {"{\"anyOf\":[{\"type\":\"null\"},{}]}", "null"},
        {"{\"$ref\":\"#/$defs/x\",\"$defs\":{\"x\":{\"type\":\"null\"}}}", "null"},
        {"{\"$ref\":\"#/$defs/y\",\"$defs\":{\"x\":{\"type\":\"null\"}}}", "\"...\""},
        {"{\"$ref\":\"#\"}", "..."},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        expect_skeleton(CASES[i][0], CASES[i][1]);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

static void a_skeleton_has_an_end(void **state)
{
    (void)state;
    expect_skeleton("{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}",
                    "[[[[[[[[[..., ...], ...], ...], ...], ...], ...], ...], ...], ...]");
    json_t *schema = value_of("{\"type\":\"object\"}"), *properties = j_object();
    for (int i = 0; i < 4000; i++) {
        char *name = xasprintf("n%04d", i);
        j_set(properties, name, j_object());
        free(name);
    }
    j_set(schema, "properties", properties);
    struct strbuf out = STRBUF_INIT;
    schema_skeleton(schema, &out);
    /* `"n0000": "...", ` has 16 bytes, the last before the bound is written whole */
    assert_int_equal(count_of(out.text, ": "), 1025);
    assert_string_equal(out.text + out.len - 6, ", ...}");
    strbuf_release(&out);
    json_decref(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault),
        cmocka_unit_test(each_type),
        cmocka_unit_test(what_is_no_fault),
        cmocka_unit_test(what_is_equal),
        cmocka_unit_test(twenty_faults_are_enough),
        cmocka_unit_test(long_texts_cost_more),
        cmocka_unit_test(long_choices_cost_more),
        cmocka_unit_test(how_deep_a_value_may_be),
        cmocka_unit_test(a_long_choice_is_told_in_part),
        cmocka_unit_test(what_each_part_looks_like),
        cmocka_unit_test(a_skeleton_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
