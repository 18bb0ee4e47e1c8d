#include "methods.h"

#include "event.h"
#include "methods_fields.h"
#include "methods_provider.h"

#include <errno.h>

#define REASONS(...)      ((const enum rpc_reason[]){__VA_ARGS__ __VA_OPT__(, ) RPC_REASON_COUNT})
#define PARAMS(table, of) .params = (table), .params_size = sizeof(struct of)

static const struct field NO_FIELDS[] = {END};

/* ---- words ---- */

static const char *const CHILD_STATES[] = {"running", "terminating", NULL};
static const char *const RUN_STATES[] = {"starting", "running", "terminating", "ended", NULL};
static const char *const CANCEL_MODES[] = {"drain", "now", NULL};
static const char *const RECORDERS[] = {"journal", "none", NULL};
static const char *const LIST_STATES[] = {"live", "ended", NULL};

/* ---- fields that several methods share ---- */

#define REGISTRY_DOC "a named group of runs inside the tenant"
#define USAGE_DOC    "tokens used so far, as the runner counts them"
#define LABELS_DOC   "what the starter attached to the run"

#define RUN_ID(params)                                                                             \
    {                                                                                              \
        .name = "run_id", .type = FIELD_RUN_ID, .flags = FIELD_REQUIRED,                           \
        .offset = offsetof(struct params, run_id), .doc = "the run"                                \
    }
#define REF(params)                                                                                \
    {                                                                                              \
        .name = "ref", .type = FIELD_REF, .flags = FIELD_REQUIRED,                                 \
        .offset = offsetof(struct params, ref), .doc = "as returned when it was made"              \
    }
static const struct field REGISTRY_PARAMS[] = {{"registry", FIELD_STRING, 0,
                                                offsetof(struct registry_params, registry), 1, 128,
                                                .doc = "only runs of this group; left out: all"},
                                               END};
static const struct field RUN_ID_PARAMS[] = {RUN_ID(run_id_params), END};
static const struct field REF_PARAMS[] = {REF(ref_params), END};

static const struct field STARTED_BY[] = {
    {"uid", FIELD_INT, FIELD_REQUIRED, .doc = "user of the client"},
    {"gid", FIELD_INT, FIELD_REQUIRED, .doc = "group of the client"},
    {"pid", FIELD_INT, FIELD_REQUIRED, .doc = "process of the client when it connected"},
    {"callers", FIELD_STRINGS, 0, .max = 256, .doc = "the client's own chain of causes"},
    END};

/* ---- supervisor.* ---- */

static const struct field COUNTS[] = {
    {"active", FIELD_INT, FIELD_REQUIRED, .doc = "runs listed by which_children"},
    {"starting", FIELD_INT, FIELD_REQUIRED, .doc = "runs that are not ready yet"},
    {"terminating", FIELD_INT, FIELD_REQUIRED, .doc = "active runs that are being stopped"},
    {"specs", FIELD_INT, FIELD_REQUIRED, .doc = "active + starting"},
    {"workers", FIELD_INT, FIELD_REQUIRED, .doc = "active + starting"},
    {"supervisors", FIELD_INT, FIELD_REQUIRED, .doc = "0"},
    END};

static const struct field CONTAINMENT[] = {
    {"kind", FIELD_WORD, FIELD_REQUIRED, .words = METHODS_CONTAINMENTS,
     .doc = "`group`: a process that makes a session of its own escapes"},
    {"memory", FIELD_BOOL, FIELD_REQUIRED, .doc = "limits.memory_bytes holds for a run as a whole"},
    {"processes", FIELD_BOOL, FIELD_REQUIRED, .doc = "limits.processes can be asked for"},
    END};

static const struct field DAEMON_LIMITS[] = {
    {"max_request_bytes", FIELD_INT, FIELD_REQUIRED, .doc = "of a line from a client"},
    {"max_connections", FIELD_INT, FIELD_REQUIRED, .doc = "clients at a time"},
    {"max_output_queue_bytes", FIELD_INT, FIELD_REQUIRED, .doc = "for a client that does not read"},
    {"start_timeout_ms", FIELD_INT, FIELD_REQUIRED, .doc = "until a runner must be ready"},
    {"shutdown_ms", FIELD_INT, FIELD_REQUIRED, .doc = "default of `shutdown` in run.start"},
    {"stop_limit_ms", FIELD_INT, FIELD_REQUIRED, .doc = "caps `infinity` when the daemon stops"},
    {"kill_limit_ms", FIELD_INT, FIELD_REQUIRED, .doc = "from SIGKILL to `unkillable`"},
    {"max_planned_calls", FIELD_INT, FIELD_REQUIRED, .doc = "calls that a council may plan"},
    {"max_parallel", FIELD_INT, FIELD_REQUIRED, .doc = "calls of one run at a time"},
    {"spares", FIELD_INT, FIELD_REQUIRED, .doc = "runners kept ready"},
    {"run", FIELD_OBJECT, 0, .doc = "defaults of `limits` in run.start"},
    {"max_run", FIELD_OBJECT, 0, .doc = "what `limits` in run.start cannot exceed"},
    END};

static const struct field INFO_RESULT[] = {
    {"name", FIELD_STRING, FIELD_REQUIRED, .doc = "`councild`"},
    {"version", FIELD_STRING, FIELD_REQUIRED, .doc = "of the daemon"},
    {"protocol", FIELD_INT, FIELD_REQUIRED, .doc = "1"},
    {"tenant", FIELD_STRING, FIELD_REQUIRED, .doc = "whom it serves"},
    {"pid", FIELD_INT, FIELD_REQUIRED, .doc = "of the daemon"},
    {"epoch", FIELD_STRING, FIELD_REQUIRED, .doc = "new for each start of the daemon"},
    {"uptime_ms", FIELD_INT, FIELD_REQUIRED, .doc = "since the start"},
    {"max_children", FIELD_INT, FIELD_REQUIRED, .doc = "live runs at most"},
    {"containment", FIELD_OBJECT, FIELD_REQUIRED, .sub = CONTAINMENT,
     .doc = "what holds the processes of a run together, and what it can limit"},
    {"counts", FIELD_OBJECT, FIELD_REQUIRED, .sub = COUNTS, .doc = "as count_children"},
    {"limits", FIELD_OBJECT, FIELD_REQUIRED, .sub = DAEMON_LIMITS, .doc = "in force"},
    END};

static const struct field CHILD[] = {
    RESULT_RUN_ID,
    {"pid", FIELD_INT, FIELD_REQUIRED, .doc = "of the runner; for information only"},
    {"council_id", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "the council it runs"},
    {"registry", FIELD_STRING, FIELD_REQUIRED, .doc = "its group"},
    {"state", FIELD_WORD, FIELD_REQUIRED, .words = CHILD_STATES,
     .doc = "`terminating` from the request to stop it on"},
    {"cancel", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = CANCEL_MODES,
     .doc = "whether and how it was asked to end"},
    {"started_at", FIELD_TIME, FIELD_REQUIRED, .doc = "wall clock"},
    {"elapsed_ms", FIELD_INT, FIELD_REQUIRED, .doc = "since then, by the monotonic clock"},
    {"phase", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "where the council is"},
    {"usage", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .doc = USAGE_DOC},
    {"started_by", FIELD_OBJECT, FIELD_REQUIRED, .sub = STARTED_BY, .doc = "the client"},
    {"labels", FIELD_OBJECT, FIELD_REQUIRED, .doc = LABELS_DOC},
    END};

static const struct field CHILDREN_RESULT[] = {
    {"children", FIELD_ARRAY, FIELD_REQUIRED, .sub = CHILD, .doc = "live runs"}, END};

static const struct field COUNT_RESULT[] = {
    {"count", FIELD_INT, FIELD_REQUIRED, .doc = "runs that were alive when the call came"}, END};

/* ---- run.start ---- */

#define LIMIT(member, least, text)                                                                 \
    {                                                                                              \
        .name = #member, .type = FIELD_INT, .offset = offsetof(struct run_limits, member),         \
        .min = (least), .max = INT64_MAX, .def = -1, .doc = (text)                                 \
    }

static const struct field LIMITS[] = {
    LIMIT(deadline_ms, 1, "from ready on; then the run is cancelled, and stopped 2 s later"),
    LIMIT(memory_bytes, 1, "of the whole run with a cgroup, else data of each process"),
    LIMIT(processes, 1, "needs a cgroup with the pids controller"),
    LIMIT(open_files, 1, "descriptors of each process"),
    LIMIT(core_bytes, 0, "size of a core dump"),
    END};

#define START(member) offsetof(struct run_start_params, member)

static const struct field START_PARAMS[] = {
    {"council", FIELD_SPAN, 0, START(council),
     .doc = "a name of the catalogue, a council document, or {auto: name or document}; may be left "
            "out with options.resume_from alone: then it is that run's"},
    {"input", FIELD_SPAN, 0, START(input), .max = RPC_INPUT_BYTES_MAX,
     .doc = "the question: a string, or other JSON that is shown as such; may be left out like "
            "council"},
    {"run_id", FIELD_NEW_RUN_ID, 0, START(run_id), .doc = "left out: `run_` and 11 characters"},
    {"shutdown", FIELD_SHUTDOWN, 0, START(shutdown), .def = SHUTDOWN_DEFAULT,
     .doc = "ms between SIGTERM and SIGKILL when it is stopped; left out: the daemon's default"},
    {"monitor", FIELD_BOOL, 0, START(monitor),
     .doc = "monitor the run from its first moment; the result has `ref`"},
    {"subscribe", FIELD_SUBSCRIBE, 0, START(subscribe),
     .doc = "all events from the first on; the result has `subscription`"},
    {"options", FIELD_OBJECT, 0, START(options),
     .doc = "of the deliberation: seed, budget, overrides, defaults, history, documents, metadata, "
            "resume_from (an ended run), resume_policy"},
    {"limits", FIELD_OBJECT, FIELD_CLOSED, START(limits), .sub = LIMITS,
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
    END};

static const struct field START_RESULT[] = {
    RESULT_RUN_ID,
    {"pid", FIELD_INT, FIELD_REQUIRED, .doc = "of the runner; for information only"},
    {"council_id", FIELD_STRING, FIELD_REQUIRED, .doc = "the council it runs"},
    {"warnings", FIELD_ARRAY, FIELD_REQUIRED, .doc = "of validation: {path, code, message}"},
    {"ref", FIELD_REF, 0, .doc = "of the monitor, if one was asked for"},
    {"subscription", FIELD_REF, 0, .doc = "of the subscription, if one was asked for"},
    END};

/* ---- run.* ---- */

static const struct field RUN_INFO_RESULT[] = {
    RESULT_RUN_ID,
    {"state", FIELD_WORD, FIELD_REQUIRED, .words = RUN_STATES, .doc = "`ended`: from its record"},
    {"incarnation", FIELD_INT, 0, .doc = "start in ms since 1970: tells runs of one id apart"},
    {"pid", FIELD_INT, FIELD_NULLABLE, .doc = "of the runner"},
    {"council_id", FIELD_STRING, FIELD_NULLABLE, .doc = "the council it runs"},
    {"registry", FIELD_STRING, 0, .doc = "its group"},
    {"cancel", FIELD_WORD, FIELD_NULLABLE, .words = CANCEL_MODES,
     .doc = "whether and how it was asked to end"},
    {"started_at", FIELD_TIME, 0, .doc = "wall clock"},
    {"ended_at", FIELD_TIME, FIELD_NULLABLE, .doc = "wall clock"},
    {"elapsed_ms", FIELD_INT, FIELD_NULLABLE, .doc = "since the start, by the monotonic clock"},
    {"phase", FIELD_STRING, FIELD_NULLABLE, .doc = "where the council is"},
    {"usage", FIELD_OBJECT, FIELD_NULLABLE, .doc = USAGE_DOC},
    {"started_by", FIELD_OBJECT, FIELD_NULLABLE, .doc = "the client: {uid, gid, pid, callers?}"},
    {"labels", FIELD_OBJECT, 0, .doc = LABELS_DOC},
    {"calls", FIELD_INT, 0, .doc = "calls to providers so far"},
    {"last_seq", FIELD_INT, 0, .doc = "the newest event"},
    {"limits", FIELD_OBJECT, 0, .doc = "in force"},
    {"shutdown", FIELD_SHUTDOWN, 0, .doc = "as in run.start"},
    {"containment", FIELD_WORD, FIELD_NULLABLE, .words = METHODS_CONTAINMENTS, .doc = "which held"},
    {"outcome", FIELD_WORD, FIELD_NULLABLE, .words = METHODS_OUTCOMES, .doc = "if it has ended"},
    {"result", FIELD_ANY, FIELD_NULLABLE, .doc = "the result document, if there is one"},
    {"down", FIELD_OBJECT, FIELD_NULLABLE, .doc = "as told by run.down, if it has ended"},
    END};

static const struct field AWAIT_PARAMS[] = {
    RUN_ID(run_await_params),
    {"timeout_ms", FIELD_INT, FIELD_NULLABLE, offsetof(struct run_await_params, timeout_ms), 0,
     INT64_MAX, -1,
     .doc = "then the error `timeout`; the run goes on. Left out: as long as it takes"},
    END};

static const struct field AWAIT_RESULT[] = {
    RESULT_RUN_ID,
    {"outcome", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = METHODS_OUTCOMES,
     .doc = "null: it died without a result"},
    {"result", FIELD_ANY, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "the result document"},
    {"reason", FIELD_OBJECT, FIELD_REQUIRED, .doc = REASON_DOC},
    END};

static const struct field REF_RESULT[] = {RESULT_REF, END};

static const struct field DEMONITOR_PARAMS[] = {
    REF(run_demonitor_params),
    {"flush", FIELD_BOOL, 0, offsetof(struct run_demonitor_params, flush),
     .doc = "take back a run.down that is not written yet"},
    {"info", FIELD_BOOL, 0, offsetof(struct run_demonitor_params, info),
     .doc = "tell whether the call prevented the run.down"},
    END};

static const struct field DEMONITOR_RESULT = {
    "demonitored", FIELD_BOOL,
    .doc = "true; with `info` false when the run.down was delivered or there was no monitor"};

static const struct field TRUE_RESULT = {"removed", FIELD_BOOL, .doc = "true"};

static const struct field SUBSCRIBE_PARAMS[] = {
    RUN_ID(run_subscribe_params),
    {"after_seq", FIELD_INT, 0, offsetof(struct run_subscribe_params, after_seq), 0, INT64_MAX,
     .doc = "replay what came after this event and go on live; 0 (left out): from the beginning"},
    {"deltas", FIELD_BOOL, 0, offsetof(struct run_subscribe_params, deltas),
     .doc = "member_token and member_reasoning events too"},
    END};

static const struct field SUBSCRIBE_RESULT[] = {
    RESULT_REF,
    {"last_seq", FIELD_INT, FIELD_REQUIRED, .doc = "the newest event at this moment"},
    END};

static const struct field CANCEL_PARAMS[] = {
    RUN_ID(run_cancel_params),
    {"mode", FIELD_WORD, 0, offsetof(struct run_cancel_params, mode), .words = CANCEL_MODES,
     .doc = "`drain` (left out): calls under way may end; `now`: they are aborted"},
    END};

static const struct field TERMINATE_PARAMS[] = {
    RUN_ID(run_terminate_params),
    {"shutdown", FIELD_SHUTDOWN, 0, offsetof(struct run_terminate_params, shutdown),
     .def = SHUTDOWN_DEFAULT, .doc = "instead of the value the run was started with"},
    END};

#define LIST(member) offsetof(struct run_list_params, member)

static const struct field LIST_PARAMS[] = {
    {"state", FIELD_WORD, 0, LIST(state), .def = LIST_ALL, .words = LIST_STATES,
     .doc = "left out: both"},
    {"council_id", FIELD_STRING, 0, LIST(council_id), 1, 1024, .doc = "only runs of this council"},
    {"outcome", FIELD_WORD, 0, LIST(outcome), .min = OUTCOME_COMPLETE, .def = OUTCOME_NONE,
     .words = METHODS_OUTCOMES, .doc = "only runs that ended so"},
    {"registry", FIELD_STRING, 0, LIST(registry), 1, 128, .doc = "only runs of this group"},
    {"after", FIELD_STRING, FIELD_NULLABLE, LIST(after), 1, 256,
     .doc = "`next` of the page before; left out: from the newest on"},
    {"limit", FIELD_INT, 0, LIST(limit), 1, 500, 50, .doc = "runs on a page; left out: 50"},
    END};

static const struct field LIST_RUN[] = {
    RESULT_RUN_ID,
    {"incarnation", FIELD_INT, FIELD_REQUIRED, .doc = "start in ms since 1970"},
    {"council_id", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "the council"},
    {"registry", FIELD_STRING, 0, .doc = "its group"},
    {"started_at", FIELD_TIME, FIELD_REQUIRED, .doc = "wall clock"},
    {"ended_at", FIELD_TIME, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "null: it lives"},
    {"outcome", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = METHODS_OUTCOMES,
     .doc = "null: it lives, or died without a result"},
    {"reason", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .doc = REASON_DOC},
    END};

static const struct field LIST_RESULT[] = {
    {"runs", FIELD_ARRAY, FIELD_REQUIRED, .sub = LIST_RUN, .doc = "newest first"},
    {"next", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "give it back as `after` for the next page; null: this is the last"},
    END};

static const struct field PRUNE_PARAMS[] = {
    {"keep", FIELD_INT, 0, offsetof(struct run_prune_params, keep), 0, 1000000000, -1,
     .doc = "the newest records that stay; older ones go"},
    {"older_than_days", FIELD_INT, 0, offsetof(struct run_prune_params, older_than_days), 0, 36500,
     -1, .doc = "records of runs that were started longer ago go"},
    END};

static const struct field PRUNE_RESULT[] = {
    {"removed", FIELD_INT, FIELD_REQUIRED, .doc = "how many records are gone"}, END};

/* ---- council.* ---- */

static const struct field VALIDATE_PARAMS[] = {{"council", FIELD_SPAN, FIELD_REQUIRED,
                                                offsetof(struct council_params, council),
                                                .doc = "as in run.start"},
                                               END};

static const struct field VALIDATE_RESULT[] = {
    {"council_id", FIELD_STRING, FIELD_REQUIRED, .doc = "what a run of it would be listed as"},
    {"document", FIELD_OBJECT, FIELD_REQUIRED, .doc = "resolved and expanded"},
    {"warnings", FIELD_ARRAY, FIELD_REQUIRED, .doc = "{path, code, message} each"},
    END};

static const struct field COUNCIL_ENTRY[] = {
    {"name", FIELD_STRING, FIELD_REQUIRED, .doc = "what run.start takes"},
    {"description", FIELD_STRING, FIELD_REQUIRED, .doc = "from the document"},
    END};

static const struct field COUNCILS_RESULT[] = {
    {"councils", FIELD_ARRAY, FIELD_REQUIRED, .sub = COUNCIL_ENTRY, .doc = "by name"}, END};

static const struct field GET_PARAMS[] = {{"name", FIELD_STRING, FIELD_REQUIRED,
                                           offsetof(struct council_get_params, name), 1, 256,
                                           .doc = "of the catalogue"},
                                          END};

static const struct field GET_RESULT[] = {
    {"name", FIELD_STRING, FIELD_REQUIRED, .doc = "as asked for"},
    {"document", FIELD_OBJECT, FIELD_REQUIRED, .doc = "as it stands in the catalogue"},
    END};

/* ---- rpc.* ---- */

static const struct field DISCOVER_RESULT = {"OpenRPC document", FIELD_OBJECT,
                                             .doc = "OpenRPC 1.x, see open-rpc.org"};

/* ---- the tables ---- */

const struct method_row METHODS[METHOD_COUNT] = {
    [METHOD_SUPERVISOR_INFO] = {.name = "supervisor.info",
                                .doc = "Who the daemon is, what it can hold, and its limits.",
                                .params = NO_FIELDS,
                                .result = INFO_RESULT,
                                .errors = REASONS()},
    [METHOD_SUPERVISOR_WHICH_CHILDREN] = {.name = "supervisor.which_children",
                                          .doc = "The live runs.",
                                          PARAMS(REGISTRY_PARAMS, registry_params),
                                          .result = CHILDREN_RESULT,
                                          .errors = REASONS()},
    [METHOD_SUPERVISOR_COUNT_CHILDREN] = {.name = "supervisor.count_children",
                                          .doc = "How many runs there are.",
                                          PARAMS(REGISTRY_PARAMS, registry_params),
                                          .result = COUNTS,
                                          .errors = REASONS()},
    [METHOD_SUPERVISOR_TERMINATE_ALL] =
        {.name = "supervisor.terminate_all",
         .doc = "Stops all runs that are alive now, at once; answers when all of them are gone.",
         PARAMS(REGISTRY_PARAMS, registry_params),
         .result = COUNT_RESULT,
         .errors = REASONS(RPC_UNKILLABLE),
         .waits = true},
    [METHOD_SUPERVISOR_STOP] = {.name = "supervisor.stop",
                                .doc = "Ends the daemon in good order; the reply is its last line.",
                                .params = NO_FIELDS,
                                .result = NO_FIELDS,
                                .errors = REASONS(),
                                .waits = true},
    [METHOD_RUN_START] = {.name = "run.start",
                          .doc = "Starts a run; answers when its runner is ready.",
                          PARAMS(START_PARAMS, run_start_params),
                          .result = START_RESULT,
                          .errors =
                              REASONS(RPC_INVALID_COUNCIL, RPC_INVALID_OPTION, RPC_SHUTTING_DOWN,
                                      RPC_MAX_CHILDREN, RPC_ALREADY_STARTED, RPC_START_FAILED),
                          .waits = true},
    [METHOD_RUN_INFO] = {.name = "run.info",
                         .doc = "Everything known of a live or recorded run.",
                         PARAMS(RUN_ID_PARAMS, run_id_params),
                         .result = RUN_INFO_RESULT,
                         .errors = REASONS(RPC_NOT_FOUND)},
    [METHOD_RUN_AWAIT] = {.name = "run.await",
                          .doc = "The result of a run, when it is gone; also of a recorded run.",
                          PARAMS(AWAIT_PARAMS, run_await_params),
                          .result = AWAIT_RESULT,
                          .errors = REASONS(RPC_NOT_FOUND, RPC_TIMEOUT),
                          .waits = true},
    [METHOD_RUN_MONITOR] = {.name = "run.monitor",
                            .doc =
                                "Asks for exactly one run.down, at once if there is no such run.",
                            PARAMS(RUN_ID_PARAMS, run_id_params),
                            .result = REF_RESULT,
                            .errors = REASONS()},
    [METHOD_RUN_DEMONITOR] = {.name = "run.demonitor",
                              .doc = "Takes a monitor back; no run.down follows the reply.",
                              PARAMS(DEMONITOR_PARAMS, run_demonitor_params),
                              .result_value = &DEMONITOR_RESULT,
                              .errors = REASONS(RPC_BAD_REF)},
    [METHOD_RUN_SUBSCRIBE] =
        {.name = "run.subscribe",
         .doc = "Asks for the events of a run as run.event, and run.end after the last.",
         PARAMS(SUBSCRIBE_PARAMS, run_subscribe_params),
         .result = SUBSCRIBE_RESULT,
         .errors = REASONS(RPC_NOT_FOUND)},
    [METHOD_RUN_UNSUBSCRIBE] = {.name = "run.unsubscribe",
                                .doc = "Takes a subscription back; nothing of it follows.",
                                PARAMS(REF_PARAMS, ref_params),
                                .result_value = &TRUE_RESULT,
                                .errors = REASONS(RPC_BAD_REF)},
    [METHOD_RUN_CANCEL] =
        {.name = "run.cancel",
         .doc = "Asks a run to end by itself, keeping what is complete; answers at once.",
         PARAMS(CANCEL_PARAMS, run_cancel_params),
         .result = NO_FIELDS,
         .errors = REASONS(RPC_NOT_FOUND)},
    [METHOD_RUN_TERMINATE] =
        {.name = "run.terminate",
         .doc = "SIGTERM, then SIGKILL; answers when no process of the run is left.",
         PARAMS(TERMINATE_PARAMS, run_terminate_params),
         .result = NO_FIELDS,
         .errors = REASONS(RPC_NOT_FOUND, RPC_UNKILLABLE),
         .waits = true},
    [METHOD_RUN_LIST] = {.name = "run.list",
                         .doc = "Live and recorded runs, newest first, page by page.",
                         PARAMS(LIST_PARAMS, run_list_params),
                         .result = LIST_RESULT,
                         .errors = REASONS()},
    [METHOD_RUN_PRUNE] = {.name = "run.prune",
                          .doc =
                              "Removes records of ended runs, but none that is being replayed. "
                              "A record goes when either bound says so; without any, those of the "
                              "daemon's own retention hold.",
                          PARAMS(PRUNE_PARAMS, run_prune_params),
                          .result = PRUNE_RESULT,
                          .errors = REASONS(),
                          .waits = true},
    [METHOD_COUNCIL_VALIDATE] = {.name = "council.validate",
                                 .doc = "Checks a council without starting anything.",
                                 PARAMS(VALIDATE_PARAMS, council_params),
                                 .result = VALIDATE_RESULT,
                                 .errors = REASONS(RPC_INVALID_COUNCIL)},
    [METHOD_COUNCIL_LIST] = {.name = "council.list",
                             .doc = "The councils of the catalogue.",
                             .params = NO_FIELDS,
                             .result = COUNCILS_RESULT,
                             .errors = REASONS()},
    [METHOD_COUNCIL_GET] = {.name = "council.get",
                            .doc = "One council of the catalogue.",
                            PARAMS(GET_PARAMS, council_get_params),
                            .result = GET_RESULT,
                            .errors = REASONS(RPC_NOT_FOUND)},
    [METHOD_PROVIDER_LIST] = {.name = "provider.list",
                              .doc = "The providers that councils can name; asks nobody outside.",
                              .params = NO_FIELDS,
                              .result = PROVIDER_LIST_RESULT,
                              .errors = REASONS()},
    [METHOD_PROVIDER_CHECK] =
        {.name = "provider.check",
         .doc = "What works of the providers and models of a council, and what to do about the "
                "rest. A run of its own, council_id `probe:check`, that asks each model two short "
                "questions and leaves no record. One that ends without a result is "
                "`internal_error` with run_id, end (a reason), outcome and stopped_by.",
         PARAMS(PROVIDER_CHECK_PARAMS, provider_check_params),
         .result = PROVIDER_CHECK_RESULT,
         .errors = REASONS(RPC_INVALID_COUNCIL, RPC_SHUTTING_DOWN, RPC_MAX_CHILDREN,
                           RPC_START_FAILED, RPC_UNKILLABLE),
         .waits = true},
    [METHOD_PROVIDER_MODELS] =
        {.name = "provider.models",
         .doc = "The models of one provider, as it lists them. A run of its own, council_id "
                "`probe:models`, as for provider.check.",
         PARAMS(PROVIDER_MODELS_PARAMS, provider_models_params),
         .result = PROVIDER_MODELS_RESULT,
         .errors = REASONS(RPC_SHUTTING_DOWN, RPC_MAX_CHILDREN, RPC_START_FAILED,
                           RPC_NOT_FOUND, RPC_UNKILLABLE),
         .waits = true},
    [METHOD_RPC_DISCOVER] = {.name = "rpc.discover",
                             .doc = "This interface as an OpenRPC document.",
                             .params = NO_FIELDS,
                             .result_value = &DISCOVER_RESULT,
                             .errors = REASONS()},
};

int method_find(const char *name, size_t len)
{
    for (int i = 0; i < METHOD_COUNT; i++)
        if (strlen(METHODS[i].name) == len && memcmp(METHODS[i].name, name, len) == 0)
            return i;
    return -EINVAL;
}

enum rpc_reason method_fault_reason(enum method method, const char *field)
{
    if (method != METHOD_RUN_START || strcmp(field, "council") == 0 || strcmp(field, "input") == 0)
        return RPC_INVALID_PARAMETER;
    return RPC_INVALID_OPTION;
}

int method_unpack(enum method method, const struct rpc_request *request, void *out,
                  struct rpc_fault *fault)
{
    int r;

    *fault = (struct rpc_fault){.id = request->id, .reason = RPC_INTERNAL_ERROR};
    r = fields_unpack(METHODS[method].params, &request->params, out, fault);
    if (r == -EBADMSG)
        fault->reason = method_fault_reason(method, fault->field);
    return r;
}

void method_release(enum method method, void *out)
{
    fields_release(METHODS[method].params, out);
}
