#include "method_list.h"
#include "method_params.h"
#include "proto/event.h"
#include "shared_fields.h"

static const char *const LIST_STATES[] = {"live", "ended", NULL};

#define LIST(member) offsetof(struct run_list_params, member)

static const struct field LIST_PARAMS[] = {
    {"state", FIELD_WORD, 0, LIST(state), .def = LIST_ALL, .words = LIST_STATES,
     .doc = "left out: both"},
    {"council_id", FIELD_STRING, 0, LIST(council_id), 1, 1024, .doc = "only runs of this council"},
    {"outcome", FIELD_WORD, 0, LIST(outcome), .min = OUTCOME_NONE, .def = OUTCOME_COUNT,
     .words = WORDS_OUTCOME_OR_NONE, .doc = "only runs that ended so; `none`: without a result"},
    {"text", FIELD_TEXT, 0, LIST(text), 1, 800,
     .doc = "only runs whose question has this in it; ASCII letters of either case"},
    {"label", FIELD_STRING_MAP, 0, LIST(label), .max = 1024, .doc = "only runs with these labels"},
    {"since", FIELD_TEXT, 0, LIST(since), 1, 64, .form = &FORM_TIME,
     .doc = "only runs that were started then or later"},
    {"until", FIELD_TEXT, 0, LIST(until), 1, 64, .form = &FORM_TIME,
     .doc = "only runs that were started before"},
    {"registry", FIELD_STRING, 0, LIST(registry), 1, 128, .doc = "only runs of this group"},
    {"after", FIELD_STRING, FIELD_NULLABLE, LIST(after), 1, 256,
     .doc = "`next` of the page before; left out: from the newest on"},
    {"limit", FIELD_INT, 0, LIST(limit), 1, 500, 50,
     .doc = "runs on a page, at most; left out: 50"},
    FIELDS_END};

static const struct field ENTRY[] = {
    RESULT_RUN_ID,
    {"incarnation", FIELD_INT, FIELD_REQUIRED, .doc = "start in ms since 1970"},
    {"council_id", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "the council"},
    {"registry", FIELD_STRING, 0, .doc = "its group"},
    RESULT_SHOWN(FIELD_REQUIRED),
    {"started_at", FIELD_TIME, FIELD_REQUIRED, .doc = "wall clock"},
    {"ended_at", FIELD_TIME, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "null: it lives"},
    {"duration_ms", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "by the monotonic clock; null: it lives, or died with its daemon"},
    {"outcome", FIELD_WORD, FIELD_REQUIRED | FIELD_NULLABLE, .words = WORDS_OUTCOME,
     .doc = "null: it lives, or died without a result"},
    {"reason", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .of = &OBJECT_REASON,
     .doc = REASON_DOC},
    {"labels", FIELD_MAP, FIELD_REQUIRED | FIELD_NULLABLE, .item = &ITEM_STRING, .doc = LABELS_DOC},
    {"record_error", FIELD_STRING, 0,
     .doc = "its end, or its result, could not be written when it ended: `ENOSPC` ..."},
    {"torn", FIELD_BOOL, 0, .doc = TORN_DOC},
    FIELDS_END};

const struct object OBJECT_RUN_ENTRY = {
    .title = "RunEntry", .doc = "A run as lists tell it.", .fields = ENTRY};

static const struct field LIST_RESULT[] = {
    {"runs", FIELD_ARRAY, FIELD_REQUIRED, .of = &OBJECT_RUN_ENTRY, .doc = "newest first"},
    {"next", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "give it back as `after` for the next page; null: this is the last"},
    {"unreadable", FIELD_INT, FIELD_REQUIRED,
     .doc = "records that were looked at and cannot be read: they may belong to the page"},
    FIELDS_END};

const struct method_row METHOD_ROW_RUN_LIST = {
    .doc = "Live and recorded runs, newest first, page by page.",
    .role = ROLE_LOOK,
    PARAMS(LIST_PARAMS, run_list_params),
    .result = LIST_RESULT,
    .errors = REASONS(),
};
