/* Do events fit the schemas that rpc.discover tells? Here a member that no schema has is a fault
 * too, but in what is told whole by others: councils and options. Taken in behind cmocka.h. */
#ifndef TESTS_UNIT_DELIBERATION_EVENT_SCHEMAS_H
#define TESTS_UNIT_DELIBERATION_EVENT_SCHEMAS_H

#include <string.h>

#include "proto/methods/openrpc.h"
#include "proto/objects/event_objects.h"
#include "runner/deliberation/form/schema.h"

/* References as the checker has them. */
static inline void refer_to_definitions(json_t *schema)
{
    const char *key, *ref = json_string_value(json_object_get(schema, "$ref"));
    size_t i;
    json_t *value;
    if (ref)
        json_object_set_new(schema, "$ref", json_sprintf("#/$defs/%s", strrchr(ref, '/') + 1));
    json_object_foreach (schema, key, value)
        refer_to_definitions(value);
    json_array_foreach (schema, i, value)
        refer_to_definitions(value);
}

static inline json_t *event_schemas_new(void)
{
    static const char *const open[] = {"ResolvedCouncil", "RunOptions"};
    json_t *document = openrpc_document("test"), *root = json_object();
    json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
    const char *title;
    json_t *schema;
    json_object_foreach (schemas, title, schema) {
        bool closed = json_object_get(schema, "properties") != NULL;
        for (size_t i = 0; i < sizeof open / sizeof open[0]; i++)
            closed = closed && strcmp(title, open[i]) != 0;
        if (closed)
            json_object_set_new(schema, "additionalProperties", json_false());
    }
    refer_to_definitions(schemas);
    json_object_set(root, "$defs", schemas);
    json_decref(document);
    return root;
}

/* Told: what does not fit. */
static inline bool event_fits(json_t *schemas, json_t *event, json_t *faults)
{
    const char *name = json_string_value(json_object_get(event, "type"));
    int type = event_find(name, strlen(name));
    if (type < 0)
        return false;
    const char *title = event_object((enum event_type)type)->title;
    json_object_set_new(schemas, "$ref", json_sprintf("#/$defs/%s", title));
    return schema_check(schemas, event, faults);
}

static inline void assert_event_fits(json_t *schemas, json_t *event)
{
    json_t *faults = json_array();
    if (!event_fits(schemas, event, faults)) {
        char *text = json_dumps(event, JSON_COMPACT), *what = json_dumps(faults, JSON_INDENT(1));
        fail_msg("%.300s ...\nfits no schema: %s", text, what);
    }
    json_decref(faults);
}

static inline void assert_events_fit(json_t *events)
{
    json_t *event, *schemas = event_schemas_new();
    size_t i;
    json_array_foreach (events, i, event)
        assert_event_fits(schemas, event);
    assert_true(i > 0);
    json_decref(schemas);
}

#endif
