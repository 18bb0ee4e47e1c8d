/* A validator that lets a wrong answer pass hands it to the chair as if it were right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/deliberation/form/schema.h"

static bool fits(const char *schema, const char *value)
{
    json_t *s = json_loads(schema, JSON_DECODE_ANY, NULL);
    json_t *v = json_loads(value, JSON_DECODE_ANY, NULL);
    json_t *errors = json_array();
    assert_non_null(s);
    assert_non_null(v);
    bool ok = schema_check(s, v, errors);
    assert_int_equal(ok, json_array_size(errors) == 0);
    json_decref(errors);
    json_decref(s);
    json_decref(v);
    return ok;
}

static void types(void **state)
{
    (void)state;
    assert_true(fits("{\"type\": \"integer\"}", "1"));
    assert_true(fits("{\"type\": \"integer\"}", "1.0"));
    assert_false(fits("{\"type\": \"integer\"}", "1.5"));
    assert_false(fits("{\"type\": \"number\"}", "\"1\""));
    assert_true(fits("{\"type\": [\"null\", \"string\"]}", "null"));
    assert_false(fits("{\"type\": [\"null\", \"string\"]}", "true"));
    assert_true(fits("{}", "[1]"));
}

static void objects(void **state)
{
    (void)state;
    const char *s = "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}},"
                    " \"required\": [\"a\"], \"additionalProperties\": false}";
    assert_true(fits(s, "{\"a\": 1}"));
    assert_false(fits(s, "{}"));
    assert_false(fits(s, "{\"a\": \"x\"}"));
    assert_false(fits(s, "{\"a\": 1, \"b\": 2}"));
    assert_false(fits(s, "[]"));
    assert_true(fits("{\"required\": [\"a\"]}", "3")); /* says nothing about non-objects */
}

static void numbers_and_strings(void **state)
{
    (void)state;
    assert_true(fits("{\"minimum\": 1, \"maximum\": 2}", "2"));
    assert_false(fits("{\"minimum\": 1}", "0.5"));
    assert_false(fits("{\"exclusiveMaximum\": 2}", "2"));
    assert_false(fits("{\"exclusiveMinimum\": 2}", "2"));
    assert_true(fits("{\"minLength\": 2, \"maxLength\": 2}", "\"\xc3\xa9\xc3\xa9\""));
    assert_false(fits("{\"maxLength\": 1}", "\"ab\""));
    assert_true(fits("{\"maxLength\": 1}", "100"));
}

static void arrays_and_values(void **state)
{
    (void)state;
    assert_true(fits("{\"items\": {\"type\": \"string\"}, \"minItems\": 1}", "[\"a\"]"));
    assert_false(fits("{\"items\": {\"type\": \"string\"}}", "[\"a\", 1]"));
    assert_false(fits("{\"minItems\": 1}", "[]"));
    assert_false(fits("{\"maxItems\": 1}", "[1, 2]"));
    assert_false(fits("{\"uniqueItems\": true}", "[1, 1.0]"));
    assert_true(fits("{\"uniqueItems\": true}", "[1, true, \"1\", [1], {\"a\": 1}]"));
    assert_true(fits("{\"enum\": [1, \"a\", {\"x\": [1]}]}", "{\"x\": [1.0]}"));
    assert_false(fits("{\"enum\": [0]}", "false"));
    assert_false(fits("{\"const\": null}", "0"));
}

static void combinations(void **state)
{
    (void)state;
    const char *s = "{\"$defs\": {\"p\": {\"type\": \"integer\", \"minimum\": 1}},"
                    " \"anyOf\": [{\"$ref\": \"#/$defs/p\"}, {\"type\": \"string\"}]}";
    assert_true(fits(s, "3"));
    assert_true(fits(s, "\"x\""));
    assert_false(fits(s, "0"));
    assert_false(fits("{\"$ref\": \"#/$defs/none\"}", "0"));
    assert_false(fits("{\"properties\": {\"a\": false}}", "{\"a\": 1}"));
}

static void endless_reference_ends(void **state)
{
    (void)state;
    assert_false(fits("{\"$ref\": \"#\"}", "1"));
}

static void skeleton(void **state)
{
    (void)state;
    json_t *s = json_loads(
        "{\"type\": \"object\", \"properties\": {\"why\": {\"type\": \"string\"}, \"n\": "
        "{\"type\": \"number\", \"minimum\": 0, \"maximum\": 1}, \"l\": {\"type\": \"array\", "
        "\"items\": {\"type\": \"string\", \"enum\": [\"A\", \"B\"]}}}}",
        0, NULL);
    struct strbuf b = STRBUF_INIT;
    schema_skeleton(s, &b);
    assert_string_equal(b.text, "{\"why\": \"...\", \"n\": <number from 0 to 1>, \"l\": [\"one of: "
                                "A | B\", ...]}");
    strbuf_release(&b);
    json_decref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),
        cmocka_unit_test(objects),
        cmocka_unit_test(numbers_and_strings),
        cmocka_unit_test(arrays_and_values),
        cmocka_unit_test(combinations),
        cmocka_unit_test(endless_reference_ends),
        cmocka_unit_test(skeleton),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
