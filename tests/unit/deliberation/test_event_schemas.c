/* Types made from schemas that the events do not fit are worse than none. Whether they fit is asked
 * where runs are played (test_kinds.c, test_golden_runs.c, test_journals.c); here is what they only
 * tell when they are asked to, and that the question can be answered with no. */
#include "drive.h"
/* behind cmocka.h */
#include "event_schemas.h"

#define ONE                                                                                        \
    "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"m\"}], " \
    "\"rounds\": [{\"type\": \"independent_analysis\"}]}"

static void each_type_has_an_object_that_names_it(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        const struct object *object = event_object((enum event_type)i);
        const struct field *f = object->fields;
        assert_ptr_equal(OBJECT_EVENT.variants[i], object);
        while (strcmp(f->name, "type") != 0)
            f++;
        assert_string_equal(f->words[0], event_name((enum event_type)i));
        assert_null(f->words[1]);
    }
    assert_null(OBJECT_EVENT.variants[EVENT_TYPE_COUNT]);
}

static void pieces_of_an_answer_fit(void **state)
{
    (void)state;
    static const char *const TYPES[] = {"member_token", "member_reasoning"};
    struct drive d = drive_new(ONE, "{}");
    json_t *schemas = event_schemas_new();
    drive_begin(&d);
    engine_start(d.e);
    drive_take(&d);
    for (size_t i = 0; i < 2; i++) {
        json_t *delta = engine_delta(d.e, TYPES[i], 1500, "r0i0:member:ann", 1, 0, "eggs", 4);
        assert_event_fits(schemas, delta);
        json_object_set_new(delta, "seq", json_integer(1));
        assert_false(event_fits(schemas, delta, NULL));
        json_decref(delta);
    }
    json_decref(schemas);
    drive_release(&d);
}

static void messages_of_a_verbose_run_fit(void **state)
{
    (void)state;
    struct drive d = drive_new(ONE, "{}");
    d.verbose = true;
    drive_run(&d);
    json_t *messages = json_object_get(nth_event(&d, "member_started", 0), "messages");
    assert_true(json_array_size(messages) > 0);
    assert_events_fit(d.events);
    drive_release(&d);
}

/* What is done to an event that fits, so that it does not. */
static const struct {
    const char *type, *change, *fault;
} WRONG[] = {
    {"run_started", "{\"seed\": null}", "/seed: must be of type \"string\""},
    {"run_started", "{\"new\": 1}", "/new: is not allowed"},
    {"run_started", "{\"type\": \"round_started\"}", NULL},
    {"round_started", "{\"quorum\": {\"need\": 1, \"of\": 1}}", "/quorum: fits none"},
    {"round_started", "{\"asked\": [1]}", "/asked/0: must be of type"},
    {"round_started", "{\"labels\": {\"A\": 1}}", "/labels/A: must be of type"},
    {"round_completed", "{\"status\": \"done\"}", "/status: must be one of"},
    {"round_completed", "{\"seq\": 0}", "/seq: is less than the minimum"},
    {"member_completed", "{\"result\": {}}", "/result: lacks \"member_id\""},
    {"run_completed", "{\"result\": []}", "/result: must be of type \"object\""},
};

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    struct drive d = drive_new(ONE, "{}");
    json_t *schemas = event_schemas_new();
    drive_run(&d);
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        json_t *faults = json_array(), *change = parse_json(WRONG[i].change);
        json_t *event = json_copy(nth_event(&d, WRONG[i].type, 0));
        assert_true(event_fits(schemas, event, NULL));
        json_object_update(event, change);
        assert_false(event_fits(schemas, event, faults));
        const char *told = json_string_value(json_array_get(faults, 0));
        if (WRONG[i].fault && strncmp(told, WRONG[i].fault, strlen(WRONG[i].fault)) != 0)
            fail_msg("%s %s: %s", WRONG[i].type, WRONG[i].change, told);
        json_decref(faults);
        json_decref(change);
        json_decref(event);
    }
    json_decref(schemas);
    drive_release(&d);
}

static void the_examples_of_the_docs_fit(void **state)
{
    (void)state;
    json_t *examples = json_load_file("docs/events.json", 0, NULL), *schemas = event_schemas_new();
    assert_int_equal(json_object_size(examples), EVENT_TYPE_COUNT);
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        const char *name = event_name((enum event_type)i);
        json_t *event = json_object_get(examples, name);
        assert_string_equal(json_string_value(json_object_get(event, "type")), name);
        assert_event_fits(schemas, event);
    }
    json_decref(examples);
    json_decref(schemas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_has_an_object_that_names_it),
        cmocka_unit_test(pieces_of_an_answer_fit),
        cmocka_unit_test(messages_of_a_verbose_run_fit),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(the_examples_of_the_docs_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
