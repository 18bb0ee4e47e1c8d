/* What Google says beside an error's message: how long to wait, which of its limits was hit, and
 * whether it was the key. */
#ifndef RUNNER_PROVIDER_GOOGLE_ERROR_H
#define RUNNER_PROVIDER_GOOGLE_ERROR_H

#include <jansson.h>

#include "reply.h"

/* Reads `details` of an error, where there are any. Its sentence speaks of plan and billing for
 * every limit; only one that lasts for a day, or allows nothing at all, is the end of the account.
 */
void google_error_read(json_t *error, struct reply_fault *fault);

#endif
