/* The wire formats there are, found by name. */
#ifndef RUNNER_PROVIDER_FORMATS_H
#define RUNNER_PROVIDER_FORMATS_H

#include "provider.h"

/* NULL: no such wire format. type may be NULL. */
const struct provider *provider_find(const char *type);

#endif
