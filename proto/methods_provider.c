/* The fields of provider.*. */
#include "methods_provider.h"

#include "methods_fields.h"

static const char *const CHECKS[] = {"resolve",      "connect",    "tls",         "key_present",
                                     "key_accepted", "models",     "model_known", "stream",
                                     "first_token",  "structured", NULL};
static const char *const CHECK_STATES[] = {"ok", "failed", "skipped", NULL};
static const char *const KEY_STATES[] = {"present", "missing", "none", NULL};

static const struct field PROVIDER[] = {
    {"name", FIELD_STRING, FIELD_REQUIRED, .doc = "as councils name it"},
    {"type", FIELD_STRING, FIELD_REQUIRED, .doc = "its wire format"},
    {"base_url", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "where it is; null: nowhere"},
    {"key", FIELD_WORD, FIELD_REQUIRED, .words = KEY_STATES,
     .doc = "whether its key was found; `none`: the configuration names none"},
    {"key_env", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "under which name"},
    {"headers", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE,
     .doc = "names of configured headers; each value is `***`"},
    {"configured", FIELD_BOOL, FIELD_REQUIRED,
     .doc = "false: a built-in name that nobody has set up and whose key is not there"},
    END};

const struct field PROVIDER_LIST_RESULT[] = {
    {"providers", FIELD_ARRAY, FIELD_REQUIRED, .sub = PROVIDER, .doc = "by name"}, END};

#define CHECK(member)  offsetof(struct provider_check_params, member)
#define MODELS(member) offsetof(struct provider_models_params, member)

const struct field PROVIDER_CHECK_PARAMS[] = {
    {"council", FIELD_SPAN, 0, CHECK(council),
     .doc = "as in run.start: its providers and models, fallbacks too. Left out: the providers "
            "that are `configured`, with the models that the catalogue's councils use"},
    {"provider", FIELD_STRING, 0, CHECK(provider), 1, 64, .doc = "only this one"},
    {"timeout_ms", FIELD_INT, 0, CHECK(timeout_ms), 100, 600000, 60000,
     .doc = "for all of it together; what has not answered then has failed. Left out: 60000"},
    END};

static const struct field CHECK_ROW[] = {
    {"provider", FIELD_STRING, FIELD_REQUIRED, .doc = "which"},
    {"model", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "null: the provider itself"},
    {"check", FIELD_WORD, FIELD_REQUIRED, .words = CHECKS, .doc = "what was looked at"},
    {"status", FIELD_WORD, FIELD_REQUIRED, .words = CHECK_STATES,
     .doc = "`skipped`: it could not be looked at, or there is nothing to look at"},
    {"detail", FIELD_STRING, FIELD_REQUIRED, .doc = "what was found, or why not; may be empty"},
    {"hint", FIELD_STRING, FIELD_REQUIRED, .doc = "what to do about it; may be empty"},
    {"ms", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "of `first_token`"},
    END};

const struct field PROVIDER_CHECK_RESULT[] = {
    {"ok", FIELD_BOOL, FIELD_REQUIRED, .doc = "no row has failed"},
    {"rows", FIELD_ARRAY, FIELD_REQUIRED, .sub = CHECK_ROW,
     .doc = "of each provider, then of each of its models"},
    END};

const struct field PROVIDER_MODELS_PARAMS[] = {
    {"provider", FIELD_STRING, FIELD_REQUIRED, MODELS(provider), 1, 64, .doc = "which"},
    {"timeout_ms", FIELD_INT, 0, MODELS(timeout_ms), 100, 600000, 30000, .doc = "left out: 30000"},
    END};

static const struct field MODELS_FAULT[] = {
    {"code", FIELD_STRING, FIELD_REQUIRED, .doc = "a class of error, `key_missing` or `no_list`"},
    {"message", FIELD_STRING, FIELD_REQUIRED, .doc = "in the provider's own words"},
    {"hint", FIELD_STRING, FIELD_REQUIRED, .doc = "what to do about it; may be empty"},
    END};

const struct field PROVIDER_MODELS_RESULT[] = {
    {"provider", FIELD_STRING, FIELD_REQUIRED, .doc = "which"},
    {"models", FIELD_STRINGS, FIELD_REQUIRED, .max = 1024, .doc = "ids, in the provider's order"},
    {"complete", FIELD_BOOL, FIELD_REQUIRED, .doc = "false: there are more, or none could be had"},
    {"fault", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .sub = MODELS_FAULT,
     .doc = "why there is no list"},
    END};
