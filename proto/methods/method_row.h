/* What a method and a notification are made of, but for the name (method_list.h). */
#ifndef PROTO_METHODS_METHOD_ROW_H
#define PROTO_METHODS_METHOD_ROW_H

#include "proto/field.h"
#include "proto/rpc_reasons.h"
#include "role.h"

struct method_row {
    const char *doc;                  /* one sentence */
    enum role role;                   /* who may call it; a row says it */
    const struct field *params;       /* never NULL */
    size_t params_size;               /* bytes of the struct that params fill */
    const struct field *result;       /* fields of the result object; NULL: see result_value */
    const struct field *result_value; /* the result when it is no object with known fields */
    const enum rpc_reason *errors; /* beyond those of every request; ends with RPC_REASON_COUNT */
    bool waits;   /* answers when done: later requests on the connection overtake it */
    bool owned;   /* below ROLE_OPERATE it reaches the runs that the caller owns, and no other */
    bool audited; /* it changes something: it is told in the audit */
    bool whole;   /* it is about the whole tenant: not for who sees one registry */
    /* What a fault of that param is called; NULL: invalid_parameter, whichever it is. */
    enum rpc_reason (*fault_reason)(const char *field);
    /* The handler is called in spite of a fault in the params, and answers it itself. */
    bool takes_faults;
};

struct notification_row {
    const char *doc;
    const struct field *params;
};

#define REASONS(...)      ((const enum rpc_reason[]){__VA_ARGS__ __VA_OPT__(, ) RPC_REASON_COUNT})
#define PARAMS(table, of) .params = (table), .params_size = sizeof(struct of)

#endif
