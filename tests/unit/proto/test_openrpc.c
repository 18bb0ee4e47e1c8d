/* What clients are generated from: a method that is not told, an object without a name, a reference
 * that leads nowhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "proto/methods/methods.h"
#include "proto/methods/openrpc.h"

static bool is_identifier(const char *title)
{
    size_t n = strlen(title);
    return n > 2 && n < 40 && title[0] >= 'A' && title[0] <= 'Z' &&
           strspn(title, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == n;
}

static void objects_are_sound(void **state)
{
    (void)state;
    struct object_set set = {.n = 0};
    methods_objects(&set);
    assert_true(set.n > 15 && set.n < OBJECT_SET_MAX);
    for (size_t i = 0; i < set.n; i++) {
        const struct object *object = set.at[i];
        assert_true(is_identifier(object->title));
        assert_non_null(object->doc);
        assert_true((object->fields == NULL) != (object->variants == NULL));
        for (const struct field *f = object->fields; f && f->name; f++) {
            assert_non_null(f->doc);
            assert_true(!f->of || !f->item);
            assert_true(f->type != FIELD_WORD || f->words);
        }
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(object->title, set.at[k]->title);
    }
}

static void assert_params_agree(const json_t *params, const struct field *table)
{
    size_t i;
    const json_t *param;
    json_array_foreach (params, i, param) {
        const bool required = table[i].flags & FIELD_REQUIRED;
        assert_string_equal(json_string_value(json_object_get(param, "name")), table[i].name);
        assert_int_equal(json_is_true(json_object_get(param, "required")), required);
    }
    assert_null(table[i].name);
}

static int code_of(const char *name)
{
    for (int i = 0; i < RPC_REASON_COUNT; i++)
        if (strcmp(rpc_reason_name((enum rpc_reason)i), name) == 0)
            return rpc_reason_code((enum rpc_reason)i);
    return 0;
}

/* Each code once, with its reasons: those of every request, and the method's own. */
static void assert_errors_agree(const json_t *errors, const enum rpc_reason *own)
{
    size_t i, k, n = 0, reasons = 0;
    const json_t *error, *other, *names, *name;
    while (own[n] != RPC_REASON_COUNT)
        n++;
    json_array_foreach (errors, i, error) {
        names = json_object_get(json_object_get(error, "data"), "reason");
        reasons += json_array_size(names);
        json_array_foreach (names, k, name)
            assert_int_equal(code_of(json_string_value(name)),
                             json_integer_value(json_object_get(error, "code")));
        for (k = 0; k < i; k++) {
            other = json_array_get(errors, k);
            assert_false(
                json_equal(json_object_get(other, "code"), json_object_get(error, "code")));
        }
    }
    assert_int_equal(reasons, n + 3);
}

static void document_has_every_method(void **state)
{
    (void)state;
    json_t *document = openrpc_document("1.2.3");
    size_t i;
    const json_t *method;
    assert_non_null(document);
    assert_int_equal(json_array_size(json_object_get(document, "methods")), METHOD_COUNT);
    assert_int_equal(json_array_size(json_object_get(document, "x-notifications")),
                     NOTIFICATION_COUNT);
    assert_int_equal(json_array_size(json_object_get(document, "x-reasons")), RPC_REASON_COUNT);
    json_array_foreach (json_object_get(document, "methods"), i, method) {
        const struct method_row *row = method_row((enum method)i);
        assert_string_equal(json_string_value(json_object_get(method, "name")),
                            method_name((enum method)i));
        assert_string_equal(json_string_value(json_object_get(method, "summary")), row->doc);
        assert_string_equal(json_string_value(json_object_get(method, "x-role")),
                            role_name(row->role));
        assert_int_equal(json_is_true(json_object_get(method, "x-waits")), row->waits);
        assert_int_equal(json_is_true(json_object_get(method, "x-owned")), row->owned);
        assert_int_equal(json_is_true(json_object_get(method, "x-audited")), row->audited);
        assert_int_equal(json_is_true(json_object_get(method, "x-whole")), row->whole);
        assert_params_agree(json_object_get(method, "params"), row->params);
        assert_non_null(json_object_get(json_object_get(method, "result"), "schema"));
        assert_errors_agree(json_object_get(method, "errors"), row->errors);
    }
    json_decref(document);
}

/* Everything that is referred to is there, and everything that is there is referred to. */
static void count_references(json_t *schema, json_t *schemas, json_t *seen)
{
    static const char prefix[] = "#/components/schemas/";
    const char *key;
    json_t *value;
    size_t i;
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    if (ref) {
        assert_int_equal(strncmp(ref, prefix, strlen(prefix)), 0);
        assert_non_null(json_object_get(schemas, ref + strlen(prefix)));
        json_object_set_new(seen, ref + strlen(prefix), json_true());
    }
    json_object_foreach (schema, key, value)
        count_references(value, schemas, seen);
    json_array_foreach (schema, i, value)
        count_references(value, schemas, seen);
}

static void document_has_every_object_once(void **state)
{
    (void)state;
    struct object_set set = {.n = 0};
    json_t *document = openrpc_document("1.2.3"), *seen = json_object();
    json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    const char *title;
    json_t *schema;
    methods_objects(&set);
    assert_int_equal(json_object_size(schemas), set.n);
    json_object_foreach (schemas, title, schema) {
        assert_string_equal(json_string_value(json_object_get(schema, "title")), title);
        assert_non_null(json_object_get(schema, "description"));
    }
    count_references(document, schemas, seen);
    assert_int_equal(json_object_size(seen), set.n);
    json_decref(seen);
    json_decref(document);
}

/* What may be anything, or any object: others say what it is. */
static const char *const UNTYPED[] = {
    "RunStartedEvent.input", /* the client's own words */
    "RunStartedEvent.metadata",
    "RunOptions.metadata",
    "RunOptions.features",
    "RunResult.metadata",
    "FinalAnswer.parsed", /* by a schema of the council */
    "MemberResult.parsed",
    "ExchangeCompletedEvent.structured",
    "ToolCall.args", /* by the tool's own schema */
    "ToolCallResultEvent.result",
    "ExchangeCompletedEvent.assistant", /* the provider's own format */
    "SelectionContext.catalogue",       /* documents */
    "SelectionContext.providers",
    "FailedReason.data", /* a runner's own */
};

static bool is_untyped(const json_t *schema)
{
    static const char *const TELLS[] = {"$ref", "anyOf", "oneOf", "enum"};
    const char *type = json_string_value(json_object_get(schema, "type"));
    for (size_t i = 0; i < ARRAY_LEN(TELLS); i++)
        if (json_object_get(schema, TELLS[i]))
            return false;
    if (type && strcmp(type, "object") == 0)
        return !json_object_get(schema, "properties") &&
               !json_object_get(schema, "additionalProperties");
    return !type || (strcmp(type, "array") == 0 && !json_object_get(schema, "items"));
}

/* How many untyped places there are in a schema, and within it. */
static int untyped_within(json_t *schema)
{
    const char *key;
    json_t *value;
    size_t i;
    int n = is_untyped(schema);
    static const char *const INSIDE[] = {"items", "additionalProperties"};
    json_array_foreach (json_object_get(schema, "anyOf"), i, value)
        n += untyped_within(value);
    json_object_foreach (json_object_get(schema, "properties"), key, value)
        n += untyped_within(value);
    for (i = 0; i < ARRAY_LEN(INSIDE); i++)
        if (json_is_object(value = json_object_get(schema, INSIDE[i])))
            n += untyped_within(value);
    return n;
}

static int allowed_within(const char *title, const json_t *schema)
{
    int n = 0;
    const char *name;
    json_t *value;
    json_object_foreach (json_object_get(schema, "properties"), name, value) {
        char place[128];
        snprintf(place, sizeof place, "%s.%s", title, name);
        for (size_t i = 0; i < ARRAY_LEN(UNTYPED); i++)
            n += strcmp(place, UNTYPED[i]) == 0;
    }
    return n;
}

static void nothing_else_is_untyped(void **state)
{
    (void)state;
    json_t *document = openrpc_document("1.2.3");
    json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    const char *title;
    json_t *schema, *method;
    size_t i, k;
    int allowed = 0;
    json_object_foreach (schemas, title, schema) {
        int here = allowed_within(title, schema);
        allowed += here;
        assert_int_equal(untyped_within(schema), here);
    }
    assert_int_equal(allowed, ARRAY_LEN(UNTYPED));
    json_array_foreach (json_object_get(document, "methods"), i, method) {
        schema = json_object_get(json_object_get(method, "result"), "schema");
        const struct method_row *row = method_row((enum method)i);
        bool empty = row->result && !row->result->name;
        assert_int_equal(untyped_within(schema), empty || i == METHOD_RPC_DISCOVER);
    }
    json_array_foreach (json_object_get(document, "x-notifications"), i, method)
        json_array_foreach (json_object_get(method, "params"), k, schema)
            assert_int_equal(untyped_within(json_object_get(schema, "schema")), 0);
    json_decref(document);
}

static void results_have_the_names_of_their_methods(void **state)
{
    (void)state;
    static const struct {
        enum method method;
        const char *title;
    } TITLES[] = {
        {METHOD_RUN_START, "RunStartResult"},
        {METHOD_SUPERVISOR_WHICH_CHILDREN, "SupervisorWhichChildrenResult"},
        {METHOD_CONNECTION_ACT_AS, "ConnectionActAsResult"},
    };
    json_t *document = openrpc_document("1.2.3");
    json_t *methods = json_object_get(document, "methods");
    for (size_t i = 0; i < ARRAY_LEN(TITLES); i++) {
        json_t *method = json_array_get(methods, TITLES[i].method);
        json_t *schema = json_object_get(json_object_get(method, "result"), "schema");
        assert_string_equal(json_string_value(json_object_get(schema, "title")), TITLES[i].title);
    }
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_sound),
        cmocka_unit_test(document_has_every_method),
        cmocka_unit_test(document_has_every_object_once),
        cmocka_unit_test(nothing_else_is_untyped),
        cmocka_unit_test(results_have_the_names_of_their_methods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
