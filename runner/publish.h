/* What happens in a run stands in its journal before councild hears of it, and no key in either. */
#ifndef RUNNER_PUBLISH_H
#define RUNNER_PUBLISH_H

#include <jansson.h>
#include <stdbool.h>

#include "common/error.h"
#include "journal.h"
#include "runner/link/tell.h"

/* Writes ahead, then tells. A paid answer, the end of what was carried over, of a round and of the
 * run reach the disk first. *ret_bytes: the length of its line, without the break; *ret_redacted: a
 * key stood in it. 0, or -errno with err: the journal takes nothing any more, and nothing was told.
 */
int publish_event(struct journal *journal, struct tell *tell, json_t *event, size_t *ret_bytes,
                  bool *ret_redacted, struct error *err);

#endif
