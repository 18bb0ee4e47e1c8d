#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

#define LIST(member) offsetof(struct audit_list_params, member)

static const struct field AUDIT_LIST_PARAMS[] = {
    {"limit", FIELD_INT, 0, LIST(limit), 1, 500, 100, .doc = "entries of the page. Left out: 100"},
    {"after", FIELD_TEXT, FIELD_NULLABLE, LIST(after), 1, 64,
     .doc = "`next` of the page before. Left out: from the newest on"},
    FIELDS_END};

static const struct field ENTRY[] = {
    {"at", FIELD_TIME, FIELD_REQUIRED, .doc = "when it was answered"},
    {"uid", FIELD_INT, FIELD_REQUIRED, .doc = "user of the client"},
    {"pid", FIELD_INT, FIELD_REQUIRED, .doc = "process of the client when it connected"},
    {"role", FIELD_WORD, FIELD_REQUIRED, .words = ROLE_WORDS, .doc = "of the connection"},
    {"name", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "for whom it acted (connection.act_as)"},
    {"method", FIELD_STRING, FIELD_REQUIRED, .doc = "what was asked for"},
    {"run_id", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "the run, if it is about one"},
    {"result", FIELD_STRING, FIELD_REQUIRED,
     .doc = "`done`, the reason of the error, or `client gone`: nobody waited for the answer"},
    FIELDS_END};

static const struct object AUDIT_ENTRY = {
    .title = "AuditEntry", .doc = "A request that changed something.", .fields = ENTRY};

static const struct field AUDIT_LIST_RESULT[] = {
    {"entries", FIELD_ARRAY, FIELD_REQUIRED, .of = &AUDIT_ENTRY, .doc = "newest first"},
    {"next", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "give it back as `after` for the next page; null: this is the last"},
    FIELDS_END};

const struct method_row METHOD_ROW_AUDIT_LIST = {
    .doc = "Who has changed what: the requests that start, end or remove runs, ask providers, stop "
           "the daemon, or act for somebody, and those that were refused.",
    .role = ROLE_OPERATE,
    .whole = true,
    PARAMS(AUDIT_LIST_PARAMS, audit_list_params),
    .result = AUDIT_LIST_RESULT,
    .errors = REASONS(),
};
