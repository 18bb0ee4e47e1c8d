#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

static const char *const CHECKS[] = {"resolve",      "connect",    "tls",         "key_present",
                                     "key_accepted", "models",     "model_known", "stream",
                                     "first_token",  "structured", NULL};

static const char *const CHECK_STATES[] = {"ok", "failed", "skipped", NULL};

#define CHECK(member) offsetof(struct provider_check_params, member)

static const struct field PROVIDER_CHECK_PARAMS[] = {
    {"council", FIELD_SPAN, 0, CHECK(council),
     .doc = "as in run.start: its providers and models, fallbacks too. Left out: the providers "
            "that are `configured`, with the models that the catalogue's councils use"},
    {"provider", FIELD_STRING, 0, CHECK(provider), 1, 64, .doc = "only this one"},
    {"timeout_ms", FIELD_INT, 0, CHECK(timeout_ms), 100, 600000, 60000,
     .doc = "for all of it together; what has not answered then has failed. Left out: 60000"},
    FIELDS_END};

static const struct field ROW[] = {
    {"provider", FIELD_STRING, FIELD_REQUIRED, .doc = "which"},
    {"model", FIELD_STRING, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "null: the provider itself"},
    {"check", FIELD_WORD, FIELD_REQUIRED, .words = CHECKS, .doc = "what was looked at"},
    {"status", FIELD_WORD, FIELD_REQUIRED, .words = CHECK_STATES,
     .doc = "`skipped`: it could not be looked at, or there is nothing to look at"},
    {"detail", FIELD_STRING, FIELD_REQUIRED, .doc = "what was found, or why not; may be empty"},
    {"hint", FIELD_STRING, FIELD_REQUIRED, .doc = "what to do about it; may be empty"},
    {"ms", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE, .doc = "of `first_token`"},
    FIELDS_END};

static const struct object CHECK_ROW = {
    .title = "ProviderCheck",
    .doc = "What one look at a provider or a model has found.",
    .fields = ROW,
};

static const struct field PROVIDER_CHECK_RESULT[] = {
    {"ok", FIELD_BOOL, FIELD_REQUIRED, .doc = "no row has failed"},
    {"rows", FIELD_ARRAY, FIELD_REQUIRED, .of = &CHECK_ROW,
     .doc = "of each provider, then of each of its models"},
    FIELDS_END};

const struct method_row METHOD_ROW_PROVIDER_CHECK = {
    .doc = "What works of the providers and models of a council, and what to do about the "
           "rest. A run of its own, council_id `probe:check`, that asks each model two short "
           "questions and leaves no record. One that ends without a result is "
           "`internal_error` with run_id, end (a reason), outcome and stopped_by.",
    .role = ROLE_ASK,
    .audited = true,
    PARAMS(PROVIDER_CHECK_PARAMS, provider_check_params),
    .result = PROVIDER_CHECK_RESULT,
    .errors = REASONS(RPC_INVALID_COUNCIL, RPC_SHUTTING_DOWN, RPC_MAX_CHILDREN, RPC_START_FAILED,
                      RPC_UNKILLABLE),
    .waits = true,
};
