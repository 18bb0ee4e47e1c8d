#include "openrpc.h"

#include <ctype.h>

#include "methods.h"
#include "proto/field_schema.h"
#include "proto/json/json_make.h"

/* Errors that any request may get, listed with every method. */
static const enum rpc_reason COMMON[] = {RPC_INVALID_PARAMETER, RPC_PERMISSION_DENIED,
                                         RPC_INTERNAL_ERROR};
enum { COMMON_COUNT = sizeof(COMMON) / sizeof(COMMON[0]) };

static json_t *param_descriptor(const struct field *field)
{
    return json_pack("{s:s, s:s, s:b, s:o}", "name", field->name, "description", field->doc,
                     "required", (field->flags & FIELD_REQUIRED) != 0, "schema",
                     field_schema(field));
}

static json_t *param_list(const struct field *table)
{
    json_t *list = json_array();
    bool ok = list != NULL;

    for (const struct field *field = table; ok && field->name; field++)
        ok = json_append(list, param_descriptor(field));
    return json_done(list, ok);
}

/* `run.start` and `which_children` as types are called: RunStart, WhichChildren. */
static void type_name(const char *name, char *ret, size_t size)
{
    size_t n = 0;
    bool begins = true;

    for (; *name && n + 1 < size; name++) {
        if (*name != '.' && *name != '_')
            ret[n++] = (char)(begins ? toupper((unsigned char)*name) : *name);
        begins = *name == '.' || *name == '_';
    }
    ret[n] = '\0';
}

static json_t *result_schema(enum method method)
{
    const struct method_row *row = method_row(method);
    char name[64];
    json_t *schema;
    bool ok;

    if (row->result_value)
        return field_schema(row->result_value);
    schema = fields_schema(row->result, false);
    type_name(method_name(method), name, sizeof(name));
    ok = schema && json_put(schema, "title", json_sprintf("%sResult", name));
    return json_done(schema, ok);
}

static json_t *result_descriptor(enum method method)
{
    const struct field *value = method_row(method)->result_value;

    return json_pack("{s:s, s:o}", "name", value ? value->name : "result", "schema",
                     result_schema(method));
}

/* ---- errors. Within a method each code stands once, with the reasons that share it. ---- */

static json_t *find_error(json_t *errors, int code)
{
    size_t i;
    json_t *error;

    json_array_foreach (errors, i, error)
        if (json_integer_value(json_object_get(error, "code")) == code)
            return error;
    return NULL;
}

static bool add_error(json_t *errors, enum rpc_reason reason)
{
    json_t *error = find_error(errors, rpc_reason_code(reason));
    json_t *reasons;

    if (!error)
        return json_append(errors,
                           json_pack("{s:i, s:s, s:{s:[s]}}", "code", rpc_reason_code(reason),
                                     "message", rpc_reason_message(reason), "data", "reason",
                                     rpc_reason_name(reason)));
    reasons = json_object_get(json_object_get(error, "data"), "reason");
    return json_append(reasons, json_string(rpc_reason_name(reason)));
}

static json_t *error_list(const struct method_row *row)
{
    json_t *errors = json_array();
    bool ok = errors != NULL;

    for (int i = 0; ok && i < COMMON_COUNT; i++)
        ok = add_error(errors, COMMON[i]);
    for (size_t i = 0; ok && row->errors[i] != RPC_REASON_COUNT; i++)
        ok = add_error(errors, row->errors[i]);
    return json_done(errors, ok);
}

/* All reasons with their codes: what OpenRPC has no place for. */
static json_t *reason_list(void)
{
    json_t *list = json_array();
    bool ok = list != NULL;

    for (int i = 0; ok && i < RPC_REASON_COUNT; i++) {
        enum rpc_reason reason = (enum rpc_reason)i;
        ok = json_append(list,
                         json_pack("{s:s, s:i, s:s, s:s}", "reason", rpc_reason_name(reason),
                                   "code", rpc_reason_code(reason), "description",
                                   rpc_reason_doc(reason), "data", rpc_reason_members(reason)));
    }
    return json_done(list, ok);
}

static json_t *method_object(enum method method)
{
    const struct method_row *row = method_row(method);
    json_t *object = json_pack("{s:s, s:s, s:s, s:b}", "name", method_name(method), "summary",
                               row->doc, "paramStructure", "by-name", "x-waits", row->waits);
    bool ok = object != NULL;

    ok = ok && json_put(object, "x-role", json_string(role_name(row->role)));
    ok = ok && (!row->owned || json_put(object, "x-owned", json_true()));
    ok = ok && (!row->audited || json_put(object, "x-audited", json_true()));
    ok = ok && (!row->whole || json_put(object, "x-whole", json_true()));

    ok = ok && json_put(object, "params", param_list(row->params));
    ok = ok && json_put(object, "result", result_descriptor(method));
    ok = ok && json_put(object, "errors", error_list(row));
    return json_done(object, ok);
}

static json_t *method_list(void)
{
    json_t *list = json_array();
    bool ok = list != NULL;

    for (int i = 0; ok && i < METHOD_COUNT; i++)
        ok = json_append(list, method_object((enum method)i));
    return json_done(list, ok);
}

static json_t *notification_list(void)
{
    json_t *list = json_array();
    bool ok = list != NULL;

    for (int i = 0; ok && i < NOTIFICATION_COUNT; i++) {
        enum notification notification = (enum notification)i;
        const struct notification_row *row = notification_row(notification);
        ok = json_append(list,
                         json_pack("{s:s, s:s, s:s, s:o}", "name", notification_name(notification),
                                   "summary", row->doc, "paramStructure", "by-name", "params",
                                   param_list(row->params)));
    }
    return json_done(list, ok);
}

static json_t *schemas(void)
{
    struct object_set set = {.n = 0};
    json_t *schemas = json_object();
    bool ok = schemas != NULL;

    methods_objects(&set);
    for (size_t i = 0; ok && i < set.n; i++)
        ok = json_put(schemas, set.at[i]->title, object_schema(set.at[i]));
    return json_done(schemas, ok);
}

json_t *openrpc_document(const char *version)
{
    json_t *document =
        json_pack("{s:s, s:{s:s, s:s, s:s}}", "openrpc", "1.3.2", "info", "title", "councild",
                  "version", version, "description",
                  "Supervises LLM council runs. JSON-RPC 2.0, one object per line, over a UNIX "
                  "stream socket; parameters go by name.");
    bool ok = document != NULL;

    ok = ok && json_put(document, "methods", method_list());
    ok = ok && json_put(document, "components", json_pack("{s:o}", "schemas", schemas()));
    ok = ok && json_put(document, "x-notifications", notification_list());
    ok = ok && json_put(document, "x-reasons", reason_list());
    return json_done(document, ok);
}
