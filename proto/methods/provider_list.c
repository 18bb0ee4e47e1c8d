#include "method_list.h"
#include "shared_fields.h"

static const char *const KEY_STATES[] = {"present", "missing", "none", NULL};

static const struct field ENTRY[] = {
    {"name", FIELD_STRING, FIELD_REQUIRED, .doc = "as councils name it"},
    {"type", FIELD_STRING, FIELD_REQUIRED, .doc = "its wire format"},
    {"base_url", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "where it is; null: nowhere"},
    {"key", FIELD_WORD, FIELD_REQUIRED, .words = KEY_STATES,
     .doc = "whether its key was found; `none`: the configuration names none"},
    {"key_env", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "under which name"},
    {"headers", FIELD_MAP, FIELD_REQUIRED | FIELD_NULLABLE, .item = &ITEM_STRING,
     .doc = "names of configured headers; each value is `***`"},
    {"configured", FIELD_BOOL, FIELD_REQUIRED,
     .doc = "false: a built-in name that nobody has set up and whose key is not there"},
    FIELDS_END};

static const struct object PROVIDER = {
    .title = "Provider", .doc = "A provider that councils can name.", .fields = ENTRY};

static const struct field PROVIDER_LIST_RESULT[] = {
    {"providers", FIELD_ARRAY, FIELD_REQUIRED, .of = &PROVIDER, .doc = "by name"}, FIELDS_END};

const struct method_row METHOD_ROW_PROVIDER_LIST = {
    .doc = "The providers that councils can name; asks nobody outside.",
    .role = ROLE_LOOK,
    .params = FIELDS_NONE,
    .result = PROVIDER_LIST_RESULT,
    .errors = REASONS(),
};
