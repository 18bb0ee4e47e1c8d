/* The interface as data: every method and notification of the control protocol, with its fields,
 * its errors and its one-line documentation. Dispatch, field checks, `rpc.discover` and
 * docs/protocol.md are made from it. A method that does not work is not in it; method_list.h says
 * how one is added. */
#ifndef PROTO_METHODS_METHODS_H
#define PROTO_METHODS_METHODS_H

#include "method_list.h"
#include "method_params.h"
#include "proto/object_set.h"
#include "proto/rpc.h"

enum method {
#define NUMBER(id, ...) METHOD_##id,
    METHODS(NUMBER)
#undef NUMBER
        METHOD_COUNT
};

enum notification {
#define NUMBER(id, ...) NOTIFICATION_##id,
    NOTIFICATIONS(NUMBER)
#undef NUMBER
        NOTIFICATION_COUNT
};

const char *method_name(enum method method); /* "run.start" */
const struct method_row *method_row(enum method method);
/* The method of that name, or -EINVAL. */
int method_find(const char *name, size_t len);

const char *notification_name(enum notification notification);
const struct notification_row *notification_row(enum notification notification);

/* The objects that params, results and notifications refer to. */
void methods_objects(struct object_set *set);

/* Unpacks the params of a request into `out` (zeroed, params_size bytes of its row): 0; -EBADMSG,
 * the first fault stands in *fault with the request's id, the good fields are filled in; -ENOMEM.
 * Release with method_release in every case. */
int method_unpack(enum method method, const struct rpc_request *request, void *out,
                  struct rpc_fault *fault);
void method_release(enum method method, void *out);

/* What a params fault of this method is called. */
enum rpc_reason method_fault_reason(enum method method, const char *field);

#endif
