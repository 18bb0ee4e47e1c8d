/* The mock fills in any form: for every word of a schema that it knows, what may stand there. What
 * is drawn by lot has one place to go in each of these. */
#include "adapter_help.h"
#include "heap_kept.h"
#include "runner/provider/mock_fill.h"

static json_t *fill(const char *schema, char *topic)
{
    struct mock_prompt prompt = {.seed = "s",
                                 .taste = "ann",
                                 .task = (char[]){"Which plan?"},
                                 .topics = {topic},
                                 .topic_count = 1,
                                 .labels = {(char[]){"A"}, (char[]){"B"}, (char[]){"C"}},
                                 .label_count = 3};
    json_t *form = json_of(schema);
    json_t *value = mock_fill(form, &prompt, "r0i0:member:ann");
    json_decref(form);
    return value;
}

static const struct {
    const char *schema, *value;
} VALUES[] = {
    /* types, told and not told */
    {"{\"const\":null}", "null"},
    {"{\"const\":[7]}", "[7]"},
    {"{\"type\":\"null\"}", "null"},
    {"{\"type\":[\"null\",\"integer\"],\"minimum\":3,\"maximum\":3.5}", "3"},
    {"{\"type\":[null,\"object\",\"string\"]}", "{}"},
    {"{\"type\":[\"null\"],\"maxLength\":79}", "\"plans\""},
    {"{\"properties\":{}}", "{}"},
    {"{\"items\":{\"const\":1},\"minItems\":3}", "[1,1,1]"},
    {"{\"items\":{\"const\":1},\"maxItems\":0}", "[]"},
    {"{\"maxLength\":79}", "\"plans\""},
    /* numbers */
    {"{\"type\":\"number\",\"minimum\":2,\"maximum\":2}", "2.0"},
    {"{\"type\":\"number\",\"exclusiveMinimum\":4,\"exclusiveMaximum\":4}", "4.0"},
    {"{\"type\":\"number\",\"minimum\":0.126,\"maximum\":0.126}", "0.13"},
    {"{\"type\":\"integer\",\"minimum\":5.9,\"maximum\":5.9}", "5"},
    /* options */
    {"{\"enum\":[7]}", "7"},
    {"{\"enum\":[\"none\",\"x\"]}", "\"x\""},
    {"{\"enum\":[\"x\",\"abstain\"]}", "\"x\""},
    {"{\"enum\":[\"abstain\"]}", "\"abstain\""},
    {"{\"enum\":[],\"type\":\"null\"}", "null"},
    /* words */
    {"{\"type\":\"string\",\"minLength\":6,\"maxLength\":79}", "\"plans.\""},
    {"{\"type\":\"string\",\"minLength\":5,\"maxLength\":5}", "\"plans\""},
    {"{\"type\":\"string\",\"maxLength\":4}", "\"plan\""},
    {"{\"type\":\"string\",\"maxLength\":0}", "\"\""},
    {"{\"properties\":{\"name\":{},\"title\":{},\"id\":{}}}",
     "{\"name\":\"plans\",\"title\":\"plans\",\"id\":\"plans\"}"},
    /* references */
    {"{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"const\":1}}}", "1"},
    {"{\"$ref\":\"#/$defx/a\",\"$defs\":{\"a\":{\"const\":1}},\"const\":2}", "2"},
    {"{\"anyOf\":[{\"const\":1},{\"const\":2}]}", "1"},
    {"{\"anyOf\":[],\"const\":3}", "3"},
    {"{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\",\"const\":4}}}", "4"},
    /* groups of numbers */
    {"{\"items\":{\"type\":\"integer\",\"minimum\":2,\"maximum\":4}}", "[2,3,4]"},
    {"{\"items\":{\"type\":\"integer\",\"minimum\":2}}", "[2]"},
    {"{\"items\":{\"type\":\"integer\",\"minimum\":2,\"maximum\":1}}", "[]"},
    /* one object for each */
    {"{\"items\":{\"properties\":{\"target\":{\"enum\":[\"x\"]},\"n\":{\"const\":1}}}}",
     "[{\"target\":\"x\",\"n\":1}]"},
    {"{\"items\":{\"properties\":{\"id\":{\"enum\":[\"x\"]}}},\"maxItems\":0}", "[]"},
    {"{\"items\":{\"properties\":{\"label\":{\"enum\":[7]},\"id\":{\"enum\":[\"x\",\"x\"]}}}}",
     "[{\"label\":7,\"id\":\"x\"},{\"label\":7,\"id\":\"x\"}]"},
};

static void values_that_can_be_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(VALUES) / sizeof(VALUES[0]); i++) {
        json_t *value = fill(VALUES[i].schema, (char[]){"plans"});
        assert_json(value, VALUES[i].value);
        json_decref(value);
    }
}

static void lengths_of_lists(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        size_t count;
    } ROWS[] = {
        {"{\"properties\":{\"ordering\":{\"items\":{}}}}", 3},
        {"{\"properties\":{\"ranking\":{\"items\":{},\"maxItems\":2}}}", 2},
        {"{\"properties\":{\"labels\":{\"items\":{}}}}", 2},
        {"{\"properties\":{\"approved\":{\"items\":{}}}}", 2},
        {"{\"properties\":{\"approved\":{\"items\":{},\"maxItems\":1}}}", 1},
        {"{\"properties\":{\"approved\":{\"items\":{},\"minItems\":3}}}", 3},
        {"{\"properties\":{\"approved\":{\"items\":{\"enum\":[\"x\",\"y\",\"z\",\"u\"]}}}}", 2},
        {"{\"properties\":{\"members\":{\"items\":{\"enum\":[\"x\",\"y\",\"z\",\"u\",\"v\"]}}}}",
         3},
        {"{\"properties\":{\"l\":{\"items\":{\"enum\":[\"x\",\"y\",\"z\",\"u\"]}}}}", 4},
        {"{\"properties\":{\"l\":{\"items\":{\"properties\":{\"label\":{}}}}}}", 3},
        {"{\"properties\":{\"l\":{\"maxItems\":2,\"items\":{\"properties\":{\"target\":{}}}}}}", 2},
        {"{\"properties\":{\"l\":{\"items\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":127}}}"
         "}",
         127},
        {"{\"properties\":{\"l\":{\"items\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":999}}}"
         "}",
         128},
        {"{\"properties\":{\"l\":{\"items\":{\"const\":1},\"minItems\":127}}}", 127},
        {"{\"properties\":{\"l\":{\"items\":{\"const\":1},\"minItems\":999}}}", 128},
        {"{\"properties\":{\"l\":{\"items\":{\"enum\":[1,2]},\"minItems\":4}}}", 4},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        json_t *value = fill(ROWS[i].schema, (char[]){"plans"});
        json_t *list = json_object_iter_value(json_object_iter(value));
        assert_true(json_is_array(list));
        if (json_array_size(list) != ROWS[i].count)
            fail_msg("%zu for %s", json_array_size(list), ROWS[i].schema);
        json_decref(value);
    }
}

/* A word is not cut within a letter. */
static void cuts_between_letters(void **state)
{
    (void)state;
    static const char *const CUTS[] = {"\"\"", "\"a\"", "\"a\"", "\"a\xc3\xa9\"", "\"a\xc3\xa9z\""};
    for (size_t most = 0; most <= 4; most++) {
        char schema[64];
        snprintf(schema, sizeof(schema), "{\"maxLength\":%zu}", most);
        json_t *value = fill(schema, (char[]){"a\xc3\xa9z"});
        assert_json(value, CUTS[most]);
        json_decref(value);
    }
}

/* A form within itself has an end. */
static void how_deep_it_goes(void **state)
{
    (void)state;
    json_t *value =
        fill("{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"properties\":{\"c\":{\"$ref\":"
             "\"#/$defs/n\"}}}}}",
             (char[]){"plans"});
    int depth = 0;
    for (json_t *at = value; json_is_object(at); at = json_object_get(at, "c"))
        depth++;
    assert_int_equal(depth, 24);
    json_decref(value);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(values_that_can_be_no_other);
    assert_keeps_nothing(lengths_of_lists);
    assert_keeps_nothing(cuts_between_letters);
    assert_keeps_nothing(how_deep_it_goes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_can_be_no_other),
        cmocka_unit_test(lengths_of_lists),
        cmocka_unit_test(cuts_between_letters),
        cmocka_unit_test(how_deep_it_goes),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
