#include "method_list.h"
#include "method_params.h"
#include "proto/rpc.h"
#include "proto/runid.h"
#include "shared_fields.h"

static const char *const RECORDERS[] = {"journal", "none", NULL};

#define START(member) offsetof(struct run_start_params, member)

static const struct field START_PARAMS[] = {
    {"council", FIELD_SPAN, 0, START(council),
     .doc = "a name of the catalogue, a council document, or {auto: name or document}; may be left "
            "out with options.resume_from alone: then it is that run's"},
    {"input", FIELD_SPAN, 0, START(input), .max = RPC_INPUT_BYTES_MAX,
     .doc = "the question: a string, or other JSON that is shown as such; may be left out like "
            "council"},
    {"run_id", FIELD_STRING, 0, START(run_id), .max = RUNID_MAX, .form = &FORM_RUN_ID,
     .doc = "left out: `run_` and 11 characters"},
    {"shutdown", FIELD_SHUTDOWN, 0, START(shutdown), .def = SHUTDOWN_DEFAULT,
     .doc = "ms between SIGTERM and SIGKILL when it is stopped; left out: the daemon's default"},
    {"monitor", FIELD_BOOL, 0, START(monitor),
     .doc = "monitor the run from its first moment; the result has `ref`"},
    {"subscribe", FIELD_SUBSCRIBE, 0, START(subscribe),
     .doc = "all events from the first on; the result has `subscription`"},
    {"options", FIELD_OBJECT, 0, START(options),
     .doc = "of the deliberation: seed, budget, overrides, defaults, history, documents, metadata, "
            "resume_from (an ended run), resume_policy"},
    {"limits", FIELD_OBJECT, FIELD_CLOSED, START(limits), .sub = FIELDS_RUN_LIMITS,
     .doc = "enforced by the daemon; the operator may cap them"},
    {"registry", FIELD_STRING, 0, START(registry), 1, 128,
     .doc = REGISTRY_DOC "; left out: `default`"},
    {"labels", FIELD_STRING_MAP, 0, START(labels), .max = 1024, .doc = "shown in lists"},
    {"callers", FIELD_STRINGS, 0, START(callers), .max = 256,
     .doc = "the client's own chain of causes, kept in started_by"},
    {"recorder", FIELD_WORD, 0, START(recorder), .words = RECORDERS,
     .doc = "left out: `journal`; `none`: the record is deleted when the run is gone"},
    {"verbose", FIELD_VERBOSE, 0, START(verbose),
     .doc = "member_started events carry the rendered messages"},
    {"durable", FIELD_BOOL, 0, START(durable),
     .doc = "answer when what was asked is on the disk, so that a power cut leaves it there; left "
            "out: it is synced before anything is paid for"},
    {"key", FIELD_STRING, 0, START(key), 1, START_KEY_BYTES_MAX,
     .doc = "of idempotency: for 24 hours another start with it answers with the run of the first"},
    FIELDS_END};

static const struct field START_RESULT[] = {
    RESULT_RUN_ID,
    {"pid", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "of the runner; for information only. null: the run of that `key` has ended"},
    {"council_id", FIELD_STRING, FIELD_REQUIRED, .doc = "the council it runs"},
    {"warnings", FIELD_ARRAY, FIELD_REQUIRED, .of = &OBJECT_COUNCIL_WARNING,
     .doc = "of validation"},
    {"ref", FIELD_STRING, 0, .form = &FORM_REF, .doc = "of the monitor, if one was asked for"},
    {"subscription", FIELD_STRING, 0, .form = &FORM_REF,
     .doc = "of the subscription, if one was asked for"},
    {"already", FIELD_BOOL, 0, .doc = "true: it was started before, by a request with that `key`"},
    FIELDS_END};

/* The council and the question are parameters; all else is an option of the run. */
static enum rpc_reason fault_reason(const char *field)
{
    if (strcmp(field, "council") == 0 || strcmp(field, "input") == 0)
        return RPC_INVALID_PARAMETER;
    return RPC_INVALID_OPTION;
}

const struct method_row METHOD_ROW_RUN_START = {
    .doc = "Starts a run; answers when its runner is ready.",
    .role = ROLE_ASK,
    .audited = true,
    PARAMS(START_PARAMS, run_start_params),
    .result = START_RESULT,
    .errors = REASONS(RPC_INVALID_COUNCIL, RPC_INVALID_OPTION, RPC_SHUTTING_DOWN, RPC_MAX_CHILDREN,
                      RPC_ALREADY_STARTED, RPC_START_FAILED, RPC_KEY_REUSED),
    .waits = true,
    .fault_reason = fault_reason,
    .takes_faults = true,
};
