#include "method_list.h"
#include "proto/sandbox.h"
#include "shared_fields.h"

static const struct field CONTAINMENT_FIELDS[] = {
    {"kind", FIELD_WORD, FIELD_REQUIRED, .words = WORDS_CONTAINMENT,
     .doc = "`group`: a process that makes a session of its own escapes"},
    {"lost", FIELD_BOOL, FIELD_REQUIRED,
     .doc = "true: there were cgroups, but the newest runner could have none"},
    {"memory", FIELD_BOOL, FIELD_REQUIRED, .doc = "limits.memory_bytes holds for a run as a whole"},
    {"processes", FIELD_BOOL, FIELD_REQUIRED, .doc = "limits.processes can be asked for"},
    FIELDS_END};

#define POSSIBLE(NAME)                                                                             \
    {                                                                                              \
#NAME, FIELD_BOOL, FIELD_REQUIRED, .doc = "as a run tells it"                              \
    }
static const struct field SANDBOX_FIELDS[] = {
    {"mode", FIELD_WORD, FIELD_REQUIRED, .words = SANDBOX_MODE_NAMES,
     .doc = "as configured, and the next three"},
    {"strict_network", FIELD_BOOL, FIELD_REQUIRED, .doc = "no run without `network`"},
    {"strict_scopes", FIELD_BOOL, FIELD_REQUIRED, .doc = "no run without `scopes`"},
    {"allow_cores", FIELD_BOOL, FIELD_REQUIRED, .doc = "runs are not made `undumpable`"},
    {"landlock", FIELD_INT, FIELD_REQUIRED, .doc = "the kernel's version of it; 0: none"},
    POSSIBLE(no_new_privs),
    POSSIBLE(files),
    POSSIBLE(network),
    POSSIBLE(scopes),
    POSSIBLE(syscalls),
    POSSIBLE(undumpable),
    {"namespaces", FIELD_BOOL, FIELD_REQUIRED,
     .doc = "programs of tools get namespaces of their own; the rest holds them where they cannot"},
    {"error", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "why no run can be started; null: nothing is in the way"},
    FIELDS_END};

static const struct field LIMITS_FIELDS[] = {
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
    {"run", FIELD_OBJECT, 0, .of = &OBJECT_RUN_LIMITS, .doc = "defaults of `limits` in run.start"},
    {"max_run", FIELD_OBJECT, 0, .of = &OBJECT_RUN_LIMITS,
     .doc = "what `limits` in run.start cannot exceed"},
    FIELDS_END};

static const struct object CONTAINMENT = {
    .title = "Containment",
    .doc = "What holds the processes of runs together.",
    .fields = CONTAINMENT_FIELDS,
};
static const struct object SANDBOX = {
    .title = "DaemonSandbox",
    .doc = "What runs are closed in with from now on.",
    .fields = SANDBOX_FIELDS,
};
static const struct object DAEMON_LIMITS = {
    .title = "DaemonLimits", .doc = "The bounds of the daemon.", .fields = LIMITS_FIELDS};

static const struct field INFO_RESULT[] = {
    {"name", FIELD_STRING, FIELD_REQUIRED, .doc = "`councild`"},
    {"version", FIELD_STRING, FIELD_REQUIRED, .doc = "of the daemon"},
    {"protocol", FIELD_INT, FIELD_REQUIRED, .doc = "1"},
    {"tenant", FIELD_STRING, FIELD_REQUIRED, .doc = "whom it serves"},
    {"pid", FIELD_INT, FIELD_REQUIRED, .doc = "of the daemon"},
    {"credentials_dir", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "where it looks for keys first; null: no text"},
    {"epoch", FIELD_STRING, FIELD_REQUIRED, .doc = "new for each start of the daemon"},
    {"state", FIELD_WORD, FIELD_REQUIRED, .words = WORDS_DAEMON_STATE,
     .doc = "`draining`: nothing is started any more, and it ends with its last run"},
    {"uptime_ms", FIELD_INT, FIELD_REQUIRED, .doc = "since the start"},
    {"max_children", FIELD_INT, FIELD_REQUIRED, .doc = "live runs at most"},
    {"containment", FIELD_OBJECT, FIELD_REQUIRED, .of = &CONTAINMENT,
     .doc = "what holds the processes of a run together, and what it can limit"},
    {"sandbox", FIELD_OBJECT, FIELD_REQUIRED, .of = &SANDBOX,
     .doc = "what a run that is started now is closed in with, by what the kernel has"},
    {"counts", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_COUNTS, .doc = "as count_children"},
    {"limits", FIELD_OBJECT, FIELD_REQUIRED, .of = &DAEMON_LIMITS, .doc = "in force"},
    FIELDS_END};

const struct method_row METHOD_ROW_SUPERVISOR_INFO = {
    .doc = "Who the daemon is, what it can hold, and its limits.",
    .role = ROLE_LOOK,
    .params = FIELDS_NONE,
    .result = INFO_RESULT,
    .errors = REASONS(),
};
