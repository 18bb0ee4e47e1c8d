/* What the tables of methods and of notifications share. */
#ifndef PROTO_METHODS_FIELDS_H
#define PROTO_METHODS_FIELDS_H

#include "methods.h"

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

#define REASON_DOC "why it ended: {kind, ...}, see Reasons"

#define RESULT_RUN_ID                                                                              \
    {                                                                                              \
        "run_id", FIELD_STRING, FIELD_REQUIRED, .doc = "the run"                                   \
    }
#define RESULT_REF                                                                                 \
    {                                                                                              \
        "ref", FIELD_REF, FIELD_REQUIRED, .doc = "names the monitor or subscription"               \
    }

extern const char *const METHODS_CONTAINMENTS[];
extern const char *const METHODS_OUTCOMES[]; /* in the order of enum outcome, from complete on */

#endif
