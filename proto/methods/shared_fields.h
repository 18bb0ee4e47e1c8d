/* Fields, words and texts that several methods and notifications share. */
#ifndef PROTO_METHODS_SHARED_FIELDS_H
#define PROTO_METHODS_SHARED_FIELDS_H

#include "proto/field.h"
#include "proto/objects/call_objects.h"
#include "proto/runid.h"
#include "shared_objects.h"

#define REASON_DOC   "why it ended"
#define REGISTRY_DOC "a named group of runs inside the tenant"
#define USAGE_DOC    "tokens used so far, as the runner counts them"
#define TORN_DOC     "true: it ended in the middle of a line of its record, which is passed over"
#define LABELS_DOC   "what the starter attached to the run"

/* Of params: the run is looked up, so any string may ask. */
#define RUN_ID(params)                                                                             \
    {                                                                                              \
        .name = "run_id", .type = FIELD_STRING, .max = RUNID_MAX, .flags = FIELD_REQUIRED,         \
        .offset = offsetof(struct params, run_id), .doc = "the run"                                \
    }
#define REF(params)                                                                                \
    {                                                                                              \
        .name = "ref", .type = FIELD_STRING, .max = RUNID_MAX, .form = &FORM_REF,                  \
        .flags = FIELD_REQUIRED, .offset = offsetof(struct params, ref),                           \
        .doc = "as returned when it was made"                                                      \
    }

/* What every list shows of a run, beside its labels. */
#define RESULT_SHOWN(MARKS)                                                                        \
    {"question", FIELD_STRING, (MARKS) | FIELD_NULLABLE,                                           \
     .doc = "the first 200 characters of what was asked, in one line; null: not known"},           \
        {"members", FIELD_ARRAY, (MARKS) | FIELD_NULLABLE, .item = &ITEM_STRING,                   \
         .doc = "ids of the council's seats"},                                                     \
        {"tokens", FIELD_INT, (MARKS) | FIELD_NULLABLE,                                            \
         .doc = "read and written, all calls together, so far; null: not told"},                   \
    {                                                                                              \
        "cost", FIELD_NUMBER, (MARKS) | FIELD_NULLABLE, .doc = "in USD, so far; null: not known"   \
    }

/* Of results. */
#define RESULT_RUN_ID                                                                              \
    {                                                                                              \
        "run_id", FIELD_STRING, FIELD_REQUIRED, .doc = "the run"                                   \
    }
#define RESULT_REF                                                                                 \
    {                                                                                              \
        "ref", FIELD_STRING, FIELD_REQUIRED, .form = &FORM_REF,                                    \
                                             .doc = "names the monitor or subscription"            \
    }

extern const struct field_form FORM_RUN_ID; /* an id to give: runid_valid */
extern const struct field_form FORM_REF;    /* ref_valid */
extern const struct field_form FORM_TIME;   /* clock_parse_rfc3339 reads it */

/* What a run is closed in with; null: the runner does not say. */
#define RESULT_SANDBOX(MARKS)                                                                      \
    {                                                                                              \
        "sandbox", FIELD_OBJECT, (MARKS) | FIELD_NULLABLE,                                         \
            .of = &OBJECT_SANDBOX, .doc = "what the runner is closed in with; null: not told"      \
    }

/* How a run ended: of a DOWN, and of what stands in its record. The sandbox stands beside it. */
#define RESULT_DOWN                                                                                \
    RESULT_RUN_ID,                                                                                 \
        {"pid", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "null for `noproc`"},           \
        {"reason", FIELD_OBJECT, FIELD_REQUIRED, .of = &OBJECT_REASON, .doc = REASON_DOC},         \
        {"stopped_by", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = WORDS_STOPPED_BY,     \
         .doc = "who asked for the stop, if anybody did"},                                         \
        {"outcome", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = WORDS_OUTCOME,           \
         .doc = "null: it died without a result"},                                                 \
        {"rusage", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .of = &OBJECT_RUSAGE,            \
         .doc = "what the runner used"},                                                           \
        {"containment", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = WORDS_CONTAINMENT,   \
         .doc = "which held"},                                                                     \
        {"survivors", FIELD_BOOL, 0, .doc = "true: a process of the run resists SIGKILL"},         \
    {                                                                                              \
        "record_error", FIELD_STRING, 0,                                                           \
            .doc = "the end record could not be written: `ENOSPC` ..."                             \
    }

extern const char *const WORDS_CONTAINMENT[];
extern const char *const WORDS_DAEMON_STATE[];    /* in the order in which it goes through them */
extern const char *const WORDS_OUTCOME_OR_NONE[]; /* the same from none on */
extern const char *const WORDS_CANCEL_MODE[];
extern const char *const WORDS_STOPPED_BY[];

extern const struct field FIELDS_NONE[];
extern const struct field FIELDS_REGISTRY[]; /* struct registry_params */
extern const struct field FIELDS_RUN_ID[];   /* struct run_id_params */
extern const struct field FIELDS_COUNTS[];
extern const struct object OBJECT_COUNTS, OBJECT_DOWN, OBJECT_RUN_LIMITS;
extern const struct object OBJECT_LIVE_RUN;  /* of supervisor.which_children */
extern const struct object OBJECT_RUN_ENTRY; /* of run.list */
extern const struct field FIELDS_REF[];      /* struct ref_params */
extern const struct field RESULT_TAKEN_BACK;
extern const char *const WORDS_TENANT_NEWS[];
extern const struct field ITEM_STRING; /* of a list or a map of strings */

#endif
