/* The interface as data: every method and notification of the control protocol, with its fields,
 * its errors and its one-line documentation. Dispatch, field checks, `rpc.discover`, the client and
 * docs/protocol.md are made from these tables. A method that does not work is not in them.
 *
 * Adding a method: a value in enum method, a struct for its params (if it has any), and a row. */
#ifndef PROTO_METHODS_H
#define PROTO_METHODS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fields.h"
#include "rpc.h"

enum method {
    METHOD_SUPERVISOR_INFO,
    METHOD_SUPERVISOR_WHICH_CHILDREN,
    METHOD_SUPERVISOR_COUNT_CHILDREN,
    METHOD_SUPERVISOR_TERMINATE_ALL,
    METHOD_SUPERVISOR_STOP,
    METHOD_RUN_START,
    METHOD_RUN_INFO,
    METHOD_RUN_AWAIT,
    METHOD_RUN_MONITOR,
    METHOD_RUN_DEMONITOR,
    METHOD_RUN_SUBSCRIBE,
    METHOD_RUN_UNSUBSCRIBE,
    METHOD_RUN_CANCEL,
    METHOD_RUN_TERMINATE,
    METHOD_RUN_LIST,
    METHOD_RUN_PRUNE,
    METHOD_COUNCIL_VALIDATE,
    METHOD_COUNCIL_LIST,
    METHOD_COUNCIL_GET,
    METHOD_PROVIDER_LIST,
    METHOD_PROVIDER_CHECK,
    METHOD_PROVIDER_MODELS,
    METHOD_RPC_DISCOVER,
    METHOD_COUNT
};

struct method_row {
    const char *name;
    const char *doc;                  /* one sentence */
    const struct field *params;       /* ends with a field without name */
    size_t params_size;               /* bytes of the struct that params fill */
    const struct field *result;       /* fields of the result object; NULL: see result_value */
    const struct field *result_value; /* the result when it is no object with known fields */
    const enum rpc_reason *errors; /* beyond those of every request; ends with RPC_REASON_COUNT */
    bool waits; /* answers when done: later requests on the connection overtake it */
};

struct notification_row {
    const char *name;
    const char *doc;
    const struct field *params;
};

extern const struct method_row METHODS[METHOD_COUNT];
extern const struct notification_row NOTIFICATIONS[];
extern const size_t NOTIFICATIONS_COUNT;

/* The method of that name, or -EINVAL. */
int method_find(const char *name, size_t len);

/* What a params fault of this method is called: a wrong option of run.start is invalid_option, but
 * its council and input are parameters. */
enum rpc_reason method_fault_reason(enum method method, const char *field);

/* Unpacks the params of a request into `out` (zeroed, METHODS[method].params_size bytes); as
 * fields_unpack, with fault->reason and fault->id set. Release with method_release. */
int method_unpack(enum method method, const struct rpc_request *request, void *out,
                  struct rpc_fault *fault);
void method_release(enum method method, void *out);

/* ---- what the params unpack into. Methods without a struct here take no params. ---- */

struct registry_params {          /* which_children, count_children, terminate_all */
    struct field_string registry; /* at == NULL: all */
};

enum recorder { RECORDER_JOURNAL, RECORDER_NONE };

struct run_limits { /* -1: not given */
    int64_t deadline_ms;
    int64_t memory_bytes;
    int64_t processes;
    int64_t open_files;
    int64_t core_bytes;
};

struct run_start_params {
    struct json_span council; /* at == NULL: missing (only allowed with options.resume_from) */
    struct json_span input;
    struct field_string run_id; /* at == NULL: to be generated */
    int64_t shutdown;           /* ms or enum shutdown */
    bool monitor;
    int subscribe;   /* enum subscribe */
    json_t *options; /* object or NULL; checked with the council */
    struct run_limits limits;
    struct field_string registry; /* at == NULL: "default" */
    json_t *labels;               /* object of strings or NULL */
    json_t *callers;              /* array of strings or NULL */
    int recorder;                 /* enum recorder */
    bool verbose;
};

struct run_id_params { /* run.info, run.monitor */
    struct field_string run_id;
};

struct run_await_params {
    struct field_string run_id;
    int64_t timeout_ms; /* -1: none */
};

struct ref_params { /* run.unsubscribe */
    struct field_string ref;
};

struct run_demonitor_params {
    struct field_string ref;
    bool flush;
    bool info;
};

struct run_subscribe_params {
    struct field_string run_id;
    int64_t after_seq; /* 0: from the beginning */
    bool deltas;
};

enum cancel_mode { CANCEL_DRAIN, CANCEL_NOW };

struct run_cancel_params {
    struct field_string run_id;
    int mode; /* enum cancel_mode */
};

struct run_terminate_params {
    struct field_string run_id;
    int64_t shutdown; /* SHUTDOWN_DEFAULT: the run's own */
};

enum list_state { LIST_LIVE, LIST_ENDED, LIST_ALL };

struct run_list_params {
    int state; /* enum list_state */
    struct field_string council_id;
    int outcome; /* enum outcome; OUTCOME_NONE: not given */
    struct field_string registry;
    struct field_string after; /* at == NULL: from the newest on */
    int64_t limit;
};

struct run_prune_params { /* -1: not given */
    int64_t keep;
    int64_t older_than_days;
};

struct council_params { /* council.validate */
    struct json_span council;
};

struct provider_check_params {
    struct json_span council;     /* at == NULL: none */
    struct field_string provider; /* at == NULL: all */
    int64_t timeout_ms;
};

struct provider_models_params {
    struct field_string provider;
    int64_t timeout_ms;
};

struct council_get_params {
    struct field_string name;
};

#endif
