#include "methods.h"

#include <errno.h>
#include <string.h>

#include "proto/fields.h"

static const struct {
    const char *name;
    const struct method_row *row;
} METHOD_TABLE[METHOD_COUNT] = {
#define ROW(id, name, text) [METHOD_##id] = {text, &METHOD_ROW_##id},
    METHODS(ROW)
#undef ROW
};

static const struct {
    const char *name;
    const struct notification_row *row;
} NOTIFICATION_TABLE[NOTIFICATION_COUNT] = {
#define ROW(id, text) [NOTIFICATION_##id] = {text, &NOTIFICATION_ROW_##id},
    NOTIFICATIONS(ROW)
#undef ROW
};

const char *method_name(enum method method)
{
    return METHOD_TABLE[method].name;
}

const struct method_row *method_row(enum method method)
{
    return METHOD_TABLE[method].row;
}

const char *notification_name(enum notification notification)
{
    return NOTIFICATION_TABLE[notification].name;
}

const struct notification_row *notification_row(enum notification notification)
{
    return NOTIFICATION_TABLE[notification].row;
}

int method_find(const char *name, size_t len)
{
    for (int i = 0; i < METHOD_COUNT; i++)
        if (strlen(METHOD_TABLE[i].name) == len && memcmp(METHOD_TABLE[i].name, name, len) == 0)
            return i;
    return -EINVAL;
}

void methods_objects(struct object_set *set)
{
    for (int i = 0; i < METHOD_COUNT; i++) {
        const struct method_row *row = method_row((enum method)i);
        object_set_add_fields(set, row->params);
        object_set_add_fields(set, row->result);
    }
    for (int i = 0; i < NOTIFICATION_COUNT; i++)
        object_set_add_fields(set, notification_row((enum notification)i)->params);
}

enum rpc_reason method_fault_reason(enum method method, const char *field)
{
    const struct method_row *row = method_row(method);

    return row->fault_reason ? row->fault_reason(field) : RPC_INVALID_PARAMETER;
}

_Static_assert((int)RPC_FIELD_MAX >= (int)FIELD_FAULT_NAME_MAX, "a fault's field is never cut");

int method_unpack(enum method method, const struct rpc_request *request, void *out,
                  struct rpc_fault *fault)
{
    struct field_fault wrong;
    int r = fields_unpack(method_row(method)->params, &request->params, out, &wrong);

    *fault = (struct rpc_fault){.id = request->id, .reason = RPC_INTERNAL_ERROR};
    if (r == -EBADMSG) {
        fault->reason = method_fault_reason(method, wrong.field);
        snprintf(fault->field, sizeof(fault->field), "%s", wrong.field);
        snprintf(fault->message, sizeof(fault->message), "%s", wrong.message);
    }
    return r;
}

void method_release(enum method method, void *out)
{
    fields_release(method_row(method)->params, out);
}
