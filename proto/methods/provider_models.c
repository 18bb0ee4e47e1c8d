#include "method_list.h"
#include "method_params.h"
#include "shared_fields.h"

#define MODELS(member) offsetof(struct provider_models_params, member)

static const struct field PROVIDER_MODELS_PARAMS[] = {
    {"provider", FIELD_STRING, FIELD_REQUIRED, MODELS(provider), 1, 64, .doc = "which"},
    {"timeout_ms", FIELD_INT, 0, MODELS(timeout_ms), 100, 600000, 30000, .doc = "left out: 30000"},
    FIELDS_END};

static const struct field FAULT[] = {
    {"code", FIELD_STRING, FIELD_REQUIRED, .doc = "a class of error, `key_missing` or `no_list`"},
    {"message", FIELD_STRING, FIELD_REQUIRED, .doc = "in the provider's own words"},
    {"hint", FIELD_STRING, FIELD_REQUIRED, .doc = "what to do about it; may be empty"},
    FIELDS_END};

static const struct object MODELS_FAULT = {
    .title = "ModelListFault", .doc = "Why a provider lists no models.", .fields = FAULT};

static const struct field PROVIDER_MODELS_RESULT[] = {
    {"provider", FIELD_STRING, FIELD_REQUIRED, .doc = "which"},
    {"models", FIELD_STRINGS, FIELD_REQUIRED, .max = 1024, .doc = "ids, in the provider's order"},
    {"complete", FIELD_BOOL, FIELD_REQUIRED, .doc = "false: there are more, or none could be had"},
    {"fault", FIELD_OBJECT, FIELD_REQUIRED | FIELD_NULLABLE, .of = &MODELS_FAULT,
     .doc = "why there is no list"},
    FIELDS_END};

const struct method_row METHOD_ROW_PROVIDER_MODELS = {
    .doc = "The models of one provider, as it lists them. A run of its own, council_id "
           "`probe:models`, as for provider.check.",
    .role = ROLE_ASK,
    .audited = true,
    PARAMS(PROVIDER_MODELS_PARAMS, provider_models_params),
    .result = PROVIDER_MODELS_RESULT,
    .errors = REASONS(RPC_SHUTTING_DOWN, RPC_MAX_CHILDREN, RPC_START_FAILED, RPC_NOT_FOUND,
                      RPC_UNKILLABLE),
    .waits = true,
};
