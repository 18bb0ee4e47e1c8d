#include "shared_objects.h"

#include "proto/sandbox.h"

/* ---- councils ---- */

static const struct field COUNCIL[] = {{"schema_version", FIELD_INT, 0, .doc = "1"},
                                       {"id", FIELD_STRING, 0, .doc = "its name"},
                                       {"name", FIELD_STRING, 0, .doc = "for people"},
                                       {"description", FIELD_STRING, 0, .doc = "what it is for"},
                                       FIELDS_END};

const struct object OBJECT_COUNCIL = {
    .title = "Council",
    .doc = "A council document. docs/council.schema.json tells all its members.",
    .fields = COUNCIL,
};

static const struct field COUNCIL_WARNING[] = {
    {"path", FIELD_STRING, FIELD_REQUIRED, .doc = "a JSON Pointer from the document on"},
    {"code", FIELD_STRING, FIELD_REQUIRED, .doc = "what kind of thing"},
    {"message", FIELD_STRING, FIELD_REQUIRED, .doc = "for people"},
    FIELDS_END};

const struct object OBJECT_COUNCIL_WARNING = {
    .title = "CouncilWarning",
    .doc = "What is doubtful in a council, though it can be run.",
    .fields = COUNCIL_WARNING,
};

/* ---- a run ---- */

static const struct field STARTED_BY[] = {
    {"uid", FIELD_INT, FIELD_REQUIRED, .doc = "user of the client"},
    {"gid", FIELD_INT, FIELD_REQUIRED, .doc = "group of the client"},
    {"pid", FIELD_INT, FIELD_REQUIRED, .doc = "process of the client when it connected"},
    {"name", FIELD_STRING, 0, .doc = "for whom it acted (connection.act_as)"},
    {"callers", FIELD_STRINGS, 0, .max = 256, .doc = "the client's own chain of causes"},
    FIELDS_END};

const struct object OBJECT_STARTED_BY = {
    .title = "StartedBy", .doc = "The client that started a run.", .fields = STARTED_BY};

/* Told by the runner. */
static const struct field RUN_USAGE[] = {
    {"input_tokens", FIELD_INT, FIELD_NULLABLE, .doc = "read; null: not reported"},
    {"output_tokens", FIELD_INT, FIELD_NULLABLE, .doc = "written; null: not reported"},
    {"cached_input_tokens", FIELD_INT, FIELD_NULLABLE, .doc = "of those read, from a cache"},
    {"reasoning_tokens", FIELD_INT, FIELD_NULLABLE, .doc = "of those written, as reasoning"},
    {"attempts", FIELD_INT, 0, .doc = "requests to providers"},
    {"cost", FIELD_NUMBER, FIELD_NULLABLE, .doc = "in USD; null: not known"},
    FIELDS_END};

const struct object OBJECT_RUN_USAGE = {
    .title = "RunUsage", .doc = "What a run has used so far.", .fields = RUN_USAGE};

#define IN_FORCE(NAME, DOC)                                                                        \
    {                                                                                              \
#NAME, FIELD_BOOL, FIELD_REQUIRED, .doc = (DOC)                                            \
    }
/* What holds a program of a tool. */
static const struct field TOOLS_SANDBOX[] = {
    IN_FORCE(namespaces, "a root folder, processes and a network of its own"),
    IN_FORCE(fresh_proc, "its /proc shows its own processes; else it is empty, with namespaces"),
    {"landlock", FIELD_INT, FIELD_REQUIRED, .doc = "the kernel's version of it; 0: none"},
    IN_FORCE(files, "it reads the system and what its entry lists"),
    IN_FORCE(network, "none without the word of its entry"),
    IN_FORCE(scopes, "no signals and no abstract sockets of others"),
    IN_FORCE(syscalls, "none that reach into others or give rights"),
    FIELDS_END};

static const struct object TOOLS = {
    .title = "ToolSandbox",
    .doc = "What holds a program that is a tool of a run.",
    .fields = TOOLS_SANDBOX,
};

static const struct field SANDBOX[] = {
    {"mode", FIELD_WORD, FIELD_REQUIRED, .words = SANDBOX_MODE_NAMES, .doc = "as configured"},
    {"landlock", FIELD_INT, FIELD_REQUIRED, .doc = "the kernel's version of it; 0: none"},
    IN_FORCE(no_new_privs, "set-uid programs give no rights"),
    IN_FORCE(files, "it reads what libraries and TLS need and writes nothing"),
    IN_FORCE(network, "TCP goes only to the ports of its providers and proxies, and to 53"),
    IN_FORCE(scopes, "no signals and no abstract sockets of others"),
    IN_FORCE(syscalls, "those of docs/sandbox.md, and no others"),
    IN_FORCE(undumpable, "no core dumps, no debugger of the same user"),
    {"tools", FIELD_OBJECT, FIELD_NULLABLE, .of = &TOOLS,
     .doc =
         "what the tools of this run are closed in with that are programs; null: there are none"},
    FIELDS_END};

const struct object OBJECT_SANDBOX = {
    .title = "Sandbox", .doc = "What a runner is closed in with.", .fields = SANDBOX};

/* ---- its end ---- */

#define KIND_OF(WORDS)                                                                             \
    {                                                                                              \
        "kind", FIELD_WORD, FIELD_REQUIRED, .words = (WORDS), .doc = "see Reasons"                 \
    }
static const char *const BARE_KINDS[] = {"normal",  "shutdown", "noproc", "noconnection",
                                         "unknown", "timeout",  "link",   NULL};
static const char *const EXIT_KIND[] = {"exit", NULL};
static const char *const SIGNAL_KIND[] = {"signal", NULL};
static const char *const KILLED_KIND[] = {"killed", NULL};
static const char *const FAILED_KIND[] = {"failed", NULL};
static const char *const ERRNO_KINDS[] = {"exec", "spawn", "record", NULL};
static const char *const KILLED_BY[] = {"supervisor", "oom", "unknown", NULL};

static const struct field BARE_REASON[] = {KIND_OF(BARE_KINDS), FIELDS_END};
static const struct field EXIT_REASON[] = {
    KIND_OF(EXIT_KIND),
    {"code", FIELD_INT, FIELD_REQUIRED, .min = 1, .max = 255, .doc = "the exit status"},
    FIELDS_END};
static const struct field SIGNAL_REASON[] = {
    KIND_OF(SIGNAL_KIND),
    {"signal", FIELD_STRING, FIELD_REQUIRED, .doc = "`SIGSEGV` ..."},
    {"core", FIELD_BOOL, 0, .doc = "a core was dumped; SIGTERM never dumps one"},
    FIELDS_END};
static const struct field KILLED_REASON[] = {
    KIND_OF(KILLED_KIND),
    {"by", FIELD_WORD, FIELD_REQUIRED, .words = KILLED_BY, .doc = "whose SIGKILL it was"},
    FIELDS_END};
static const struct field FAILED_REASON[] = {
    KIND_OF(FAILED_KIND),
    {"message", FIELD_STRING, FIELD_REQUIRED, .doc = "why, in the runner's words"},
    {"code", FIELD_STRING, 0, .doc = "a word for it"},
    {"data", FIELD_ANY, 0, .doc = "what else the runner says"},
    FIELDS_END};
static const struct field ERRNO_REASON[] = {
    KIND_OF(ERRNO_KINDS),
    {"errno", FIELD_STRING, FIELD_REQUIRED, .doc = "`ENOENT` ..."},
    FIELDS_END};

static const struct object BARE = {
    .title = "BareReason", .doc = "A reason that its kind tells.", .fields = BARE_REASON};
static const struct object EXIT = {
    .title = "ExitReason", .doc = "The runner ended with a status.", .fields = EXIT_REASON};
static const struct object SIGNAL = {
    .title = "SignalReason", .doc = "The runner ended by a signal.", .fields = SIGNAL_REASON};
static const struct object KILLED = {
    .title = "KilledReason", .doc = "The runner ended by SIGKILL.", .fields = KILLED_REASON};
static const struct object FAILED = {
    .title = "FailedReason",
    .doc = "The runner did not take the run; only of starts.",
    .fields = FAILED_REASON,
};
static const struct object ERRNO = {
    .title = "ErrnoReason",
    .doc = "The runner could not be begun; only of starts.",
    .fields = ERRNO_REASON,
};
static const struct object *const REASONS_KNOWN[] = {&BARE,   &EXIT,  &SIGNAL, &KILLED,
                                                     &FAILED, &ERRNO, NULL};

const struct object OBJECT_REASON = {
    .title = "Reason",
    .doc = "Why a run ended, or why it could not be started.",
    .variants = REASONS_KNOWN,
};

static const struct field RUSAGE[] = {
    {"user_ms", FIELD_INT, FIELD_REQUIRED, .doc = "CPU time in user mode"},
    {"system_ms", FIELD_INT, FIELD_REQUIRED, .doc = "CPU time in the kernel"},
    {"max_rss_bytes", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "most memory in use at a time"},
    FIELDS_END};

const struct object OBJECT_RUSAGE = {
    .title = "ResourceUsage", .doc = "What the processes of a run used.", .fields = RUSAGE};
