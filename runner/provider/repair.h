/* A request that was refused for one parameter, without it. */
#ifndef RUNNER_PROVIDER_REPAIR_H
#define RUNNER_PROVIDER_REPAIR_H

#include <stddef.h>

/* status and error: of the refusal; body: of the request. The request without the parameter that
 * the refusal names as unsupported, or with the name that is understood in place of it; malloc'ed,
 * *ret_parameter (a constant) says which. NULL: it was refused for something else, or for what the
 * question cannot do without. */
char *repair_request(int status, const char *error, size_t error_len, const char *body,
                     const char **ret_parameter);

#endif
