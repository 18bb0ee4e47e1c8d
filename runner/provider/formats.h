/* The wire formats there are: a row each of PROVIDER_FORMATS, and a file each in this folder. */
#ifndef RUNNER_PROVIDER_FORMATS_H
#define RUNNER_PROVIDER_FORMATS_H

#include "provider.h"

/* NULL: no such wire format. */
const struct provider *provider_find(const char *type);

#endif
