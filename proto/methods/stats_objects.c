#include "stats_objects.h"

#define NUMBER(name, doc_)                                                                         \
    {                                                                                              \
        (name), FIELD_INT, FIELD_REQUIRED, .doc = (doc_)                                           \
    }

static const struct field START_REFUSALS[] = {
    NUMBER("invalid_parameter", "something of it is wrong"),
    NUMBER("invalid_option", "an option is wrong"),
    NUMBER("invalid_council", "the council has faults"),
    NUMBER("permission_denied", "the connection may not do it"),
    NUMBER("shutting_down", "the daemon drained or stopped"),
    NUMBER("max_children", "there were as many runs as allowed"),
    NUMBER("already_started", "its id was in use"),
    NUMBER("key_reused", "its key was used for another"),
    NUMBER("start_failed",
           "it never was ready, whoever still waited for it; probes of providers too"),
    NUMBER("internal_error", "for lack of memory, for example"),
    FIELDS_END};

const struct object OBJECT_START_REFUSALS = {.title = "StartRefusals",
                                             .doc = "Starts that were refused, by reason.",
                                             .fields = START_REFUSALS};

static const struct field END_REASONS[] = {NUMBER("normal", "exited with 0"),
                                           NUMBER("exit", "exited with another status"),
                                           NUMBER("shutdown", "ended as it was told to"),
                                           NUMBER("signal", "died of a signal"),
                                           NUMBER("killed", "died of SIGKILL"),
                                           NUMBER("unknown", "its status was lost"),
                                           FIELDS_END};

const struct object OBJECT_END_REASONS = {
    .title = "EndReasons", .doc = "Runs that have ended, by reason.", .fields = END_REASONS};

static const struct field END_OUTCOMES[] = {NUMBER("complete", "everything that was planned"),
                                            NUMBER("degraded", "less than was planned"),
                                            NUMBER("refused", "its members refused"),
                                            NUMBER("failed", "no result could be had"),
                                            NUMBER("cancelled", "it was cancelled"),
                                            NUMBER("none", "it died without one"),
                                            FIELDS_END};

const struct object OBJECT_END_OUTCOMES = {
    .title = "EndOutcomes", .doc = "Runs that have ended, by outcome.", .fields = END_OUTCOMES};
