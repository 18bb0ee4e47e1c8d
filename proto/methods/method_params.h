/* What the params of a method unpack into. Methods without a struct here take no params. */
#ifndef PROTO_METHODS_METHOD_PARAMS_H
#define PROTO_METHODS_METHOD_PARAMS_H

#include <jansson.h>

#include "proto/field.h"
#include "proto/json/json_span.h"

struct registry_params {          /* which_children, count_children, terminate_all */
    struct field_string registry; /* at == NULL: all */
};

enum { START_KEY_BYTES_MAX = 255 };

/* What the tenant's stream tells, in the order of WORDS_TENANT_NEWS. */
enum tenant_news {
    TENANT_SNAPSHOT,
    TENANT_RUN_STARTED,
    TENANT_RUN_PROGRESS,
    TENANT_RUN_ENDED,
    TENANT_RELOADED,
    TENANT_STOPPING,
    TENANT_NEWS_COUNT
};

struct tenant_params {            /* supervisor.subscribe */
    struct field_string registry; /* at == NULL: all */
    int kinds;                    /* a bit for each of enum tenant_news */
};

enum recorder { RECORDER_JOURNAL, RECORDER_NONE };

/* Below these a runner might not even be loaded, if the limit meets it before that. */
enum { RUN_MEMORY_MIN = 16 << 20, RUN_FILES_MIN = 16 };

/* X(name, least value, what it limits) */
#define RUN_LIMITS(X)                                                                              \
    X(deadline_ms, 1, "from ready on; then the run is cancelled, and stopped 2 s later")           \
    X(memory_bytes, RUN_MEMORY_MIN, "of the whole run with a cgroup, else data of each process")   \
    X(processes, 1, "needs a cgroup with the pids controller")                                     \
    X(open_files, RUN_FILES_MIN, "descriptors of each process")                                    \
    X(core_bytes, 0, "size of a core dump")

struct run_limits { /* -1: not given */
#define MEMBER(name, ...) int64_t name;
    RUN_LIMITS(MEMBER)
#undef MEMBER
};
extern const struct field FIELDS_RUN_LIMITS[];

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
    bool durable;
    struct field_string key; /* at == NULL: none */
};

struct run_id_params { /* run.info, run.monitor */
    struct field_string run_id;
};

struct run_await_params {
    struct field_string run_id;
    int64_t timeout_ms; /* -1: none */
};

struct ref_params { /* run.unsubscribe, supervisor.unsubscribe */
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
    int outcome; /* enum outcome; OUTCOME_COUNT: not given */
    char *text;
    json_t *label; /* object of strings or NULL */
    char *since;   /* stamps; NULL: not given */
    char *until;
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

struct audit_list_params {
    int64_t limit;
    char *after; /* NULL: from the newest on */
};

struct act_as_params { /* connection.act_as */
    char *name;
    int role;       /* enum role */
    char *registry; /* NULL: not given */
};

struct council_get_params {
    struct field_string name;
};

#endif
