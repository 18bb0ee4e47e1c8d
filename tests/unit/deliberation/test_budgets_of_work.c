/* What a document or a model writes must not keep the engine at one piece of work: while it spins,
 * no cancel is answered and no deadline strikes. */
#include "drive.h"
#include "runner/deliberation/form/schema.h"
#include "runner/deliberation/round/condition.h"
#include "runner/deliberation/words/strbuf.h"

enum { LEVELS = 30 };

/* Each definition names the next one twice: 2^30 ways down, though no reference leads back. */
static json_t *doubling_schema(const char *last)
{
    json_t *schema = json_pack("{s{}ss}", "$defs", "$ref", "#/$defs/d0");
    json_t *defs = json_object_get(schema, "$defs");
    for (int i = 0; i < LEVELS; i++) {
        char name[8], next[24];
        snprintf(name, sizeof name, "d%d", i);
        snprintf(next, sizeof next, "#/$defs/d%d", i + 1);
        json_object_set_new(defs, name,
                            json_pack("{s[{ss}{ss}]}", "anyOf", "$ref", next, "$ref", next));
    }
    char end[8];
    snprintf(end, sizeof end, "d%d", LEVELS);
    json_object_set_new(defs, end, parse_json(last));
    return schema;
}

static void a_check_of_a_schema_ends(void **state)
{
    (void)state;
    json_t *schema = doubling_schema("{\"type\": \"integer\"}"), *errors = json_array();
    json_t *word = json_string("x"), *number = json_integer(1);
    assert_false(schema_check(schema, word, errors));
    assert_int_equal(json_array_size(errors), 1);
    assert_string_equal(json_string_value(json_array_get(errors, 0)),
                        "/: takes more steps to check than are allowed");
    assert_true(schema_check(schema, number, NULL)); /* the first way down is one that fits */
    json_decref(errors);
    json_decref(schema);
    json_decref(word);
    json_decref(number);
}

static void many_items_and_many_faults(void **state)
{
    (void)state;
    json_t *list = json_array(), *errors = json_array();
    json_t *schema = parse_json("{\"uniqueItems\": true, \"items\": {\"enum\": [\"a\"]}}");
    for (int i = 0; i < 20000; i++)
        json_array_append_new(list, json_integer(i));
    assert_false(schema_check(schema, list, errors));
    assert_true(json_array_size(errors) > 0 && json_array_size(errors) < 100);
    json_decref(list);
    json_decref(errors);
    json_decref(schema);
}

/* Pieces of text cost by their length: long ones may be compared, but not thousands of times. */
static void long_texts_are_compared_and_paid_for(void **state)
{
    (void)state;
    enum { LENGTH = 10000, ITEMS = 300 };
    char text[LENGTH + 1] = "";
    memset(text, 'x', LENGTH);
    json_t *word = json_string(text), *list = json_array(), *errors = json_array();
    json_t *one_of = json_pack("{s[O]}", "enum", word);
    assert_true(schema_check(one_of, word, NULL));
    text[LENGTH - 1] = 'y';
    json_t *other = json_string(text);
    assert_false(schema_check(one_of, other, errors));
    assert_non_null(strstr(json_string_value(json_array_get(errors, 0)), "must be one of"));
    json_array_clear(errors);
    json_t *unique = parse_json("{\"uniqueItems\": true}");
    for (int i = 0; i < ITEMS; i++) {
        snprintf(text + LENGTH - 4, 5, "%04d", i);
        json_array_append_new(list, json_string(text));
    }
    assert_false(schema_check(unique, list, errors));
    assert_non_null(strstr(json_string_value(json_array_get(errors, 0)), "more steps to check"));
    json_decref(unique);
    json_decref(one_of);
    json_decref(other);
    json_decref(word);
    json_decref(list);
    json_decref(errors);
}

static void the_example_of_a_schema_is_short(void **state)
{
    (void)state;
    json_t *schema = parse_json("{\"$defs\": {}, \"$ref\": \"#/$defs/d0\"}");
    json_t *defs = json_object_get(schema, "$defs");
    for (int i = 0; i < 14; i++) {
        char name[8], next[24];
        snprintf(name, sizeof name, "d%d", i);
        snprintf(next, sizeof next, "#/$defs/d%d", i + 1);
        json_t *o = json_pack("{sss{}}", "type", "object", "properties");
        for (char key[2] = "a"; key[0] < 'i'; key[0]++)
            json_object_set_new(json_object_get(o, "properties"), key,
                                json_pack("{ss}", "$ref", next));
        json_object_set_new(defs, name, o);
    }
    json_object_set_new(defs, "d14", parse_json("{\"type\": \"string\"}"));
    struct strbuf out = STRBUF_INIT;
    schema_skeleton(schema, &out);
    assert_true(out.len < 64 * 1024);
    strbuf_release(&out);
    json_decref(schema);
}

/* The answer is looked at, the member is asked again, and then the cancel is heard. */
static void a_cancel_is_heard_beside_such_a_schema(void **state)
{
    (void)state;
    json_t *council = parse_json("{\"id\": \"x\", \"members\": " THREE
                                 ", \"rounds\": [" ROUND("independent_analysis") "]}");
    json_t *schema = doubling_schema("{\"type\": \"integer\"}");
    json_object_set_new(json_array_get(json_object_get(council, "members"), 0),
                        "output_schema_inline", schema);
    char *text = json_dumps(council, 0);
    struct drive d = drive_new(text, "{\"r0i0:member:ann\": [{\"text\": \"\\\"x\\\"\"}]}");
    free(text);
    json_decref(council);
    drive_at(&d, 150, "{\"type\": \"cancel_requested\", \"mode\": \"now\"}");
    drive_run(&d);
    assert_string_equal(d.outcome, "cancelled");
    assert_int_equal(count_events(&d, "member_reask"), 1);
    assert_at(d.result, "timing.duration_ms", "150");
    drive_release(&d);
}

static void a_deadline_strikes_beside_such_a_tool(void **state)
{
    (void)state;
    json_t *calls = json_array();
    for (int i = 0; i < 400; i++)
        json_array_append_new(calls, json_pack("{so,ss,ss}", "id", json_sprintf("c%d", i), "name",
                                               "count", "args_raw", "{\"n\": \"x\"}"));
    json_t *council = parse_json(
        "{\"id\": \"x\", \"budget\": {\"deadline_ms\": 1000}, \"members\": [{\"id\": \"ann\", "
        "\"provider\": \"mock\", \"model\": \"m\", \"tools\": [{\"name\": \"count\", \"kind\": "
        "\"command\", \"description\": \"counts\"}]}], \"rounds\": [" ROUND(
            "independent_analysis") "]}");
    json_t *tool = json_array_get(
        json_object_get(json_array_get(json_object_get(council, "members"), 0), "tools"), 0);
    json_t *parameters = doubling_schema("{\"type\": \"object\", \"required\": [\"m\"]}");
    json_object_set_new(tool, "parameters", parameters);
    char *text = json_dumps(council, 0);
    struct drive d = drive_new(text, "{}");
    json_object_set_new(d.script, "r0i0:member:ann",
                        json_pack("[{sssosssi}]", "text", "", "tool_calls", calls, "finish_reason",
                                  "tool_calls", "delay_ms", 400));
    free(text);
    json_decref(council);
    drive_run(&d);
    assert_at(d.result, "timing.duration_ms", "1000");
    assert_at(d.result, "rounds.0.member_results.ann.reason", "\"run_deadline\"");
    assert_int_equal(count_events(&d, "tool_call_request"), 2 * 400);
    assert_int_equal(json_array_size(d.tooled), 0);
    drive_release(&d);
}

static void a_condition_ends(void **state)
{
    (void)state;
    size_t n = 1 << 20;
    char *text = malloc(n + 1), *part = malloc(n / 2 + 2);
    memset(text, 'a', n);
    memset(part, 'a', n / 2);
    text[n] = '\0';
    memcpy(part + n / 2, "b", 2);
    json_t *input = json_string(text),
           *rule = json_pack("{s{s[s]}}", "input", "contains_any", part);
    int64_t steps = CONDITION_STEPS;
    struct condition_facts f = {.input = input, .iteration = -1, .steps = &steps};
    assert_false(condition_holds(rule, &f));
    assert_true(steps < 0);
    json_t *inverted = json_pack("{sO}", "not", rule);
    assert_false(condition_holds(inverted, &f)); /* what is not known does not hold */
    steps = CONDITION_STEPS;
    json_t *glob = json_pack("{s{so}}", "input", "glob", json_sprintf("*%s*%s", part, part));
    assert_false(condition_holds(glob, &f));
    assert_true(steps < 0);
    json_decref(glob);
    json_decref(inverted);
    json_decref(rule);
    json_decref(input);
    free(text);
    free(part);
}

static void a_router_without_an_answer_lets_everybody_speak(void **state)
{
    (void)state;
    json_t *parts = json_array();
    char part[2049];
    memset(part, 'a', 2047);
    memcpy(part + 2047, "b", 2);
    for (int i = 0; i < 64; i++)
        json_array_append_new(parts, json_string(part));
    json_t *council = parse_json("{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [" ROUND(
        "independent_analysis") "], \"router\": {\"kind\": \"rules\", \"rules\": []}}");
    json_array_append_new(
        at_path(council, "router.rules"),
        json_pack("{s{s{so}}s[s]}", "when", "input", "contains_any", parts, "members", "ann"));
    char *text = json_dumps(council, 0), *input = malloc((1 << 20) + 1);
    memset(input, 'a', 1 << 20);
    input[1 << 20] = '\0';
    struct drive d = drive_new(text, "{}");
    json_decref(d.input);
    d.input = json_string(input);
    d.no_replay = true;
    drive_run(&d);
    assert_true(has_warning(&d, "router_failed"));
    assert_at(d.result, "rounds.0.asked", "[\"ann\",\"bob\",\"cy\"]");
    drive_release(&d);
    json_decref(council);
    free(text);
    free(input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_of_a_schema_ends),
        cmocka_unit_test(many_items_and_many_faults),
        cmocka_unit_test(long_texts_are_compared_and_paid_for),
        cmocka_unit_test(the_example_of_a_schema_is_short),
        cmocka_unit_test(a_cancel_is_heard_beside_such_a_schema),
        cmocka_unit_test(a_deadline_strikes_beside_such_a_tool),
        cmocka_unit_test(a_condition_ends),
        cmocka_unit_test(a_router_without_an_answer_lets_everybody_speak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
