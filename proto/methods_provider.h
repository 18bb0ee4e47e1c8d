/* The fields of provider.list, provider.check and provider.models, for the table of methods. */
#ifndef PROTO_METHODS_PROVIDER_H
#define PROTO_METHODS_PROVIDER_H

#include "fields.h"

extern const struct field PROVIDER_LIST_RESULT[];
extern const struct field PROVIDER_CHECK_PARAMS[];
extern const struct field PROVIDER_CHECK_RESULT[];
extern const struct field PROVIDER_MODELS_PARAMS[];
extern const struct field PROVIDER_MODELS_RESULT[];

#endif
