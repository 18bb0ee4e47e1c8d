/* What councild hears of a run: lines for the link, made without keys and queued. */
#ifndef RUNNER_LINK_TELL_H
#define RUNNER_LINK_TELL_H

#include <jansson.h>

#include "common/buf.h"
#include "proto/event.h"
#include "secrets.h"
#include "uplink.h"

struct tell {
    struct uplink *uplink;
    const struct secrets *secrets;
    size_t longest; /* of a line */
    char *progress; /* as told last */
};

void tell_release(struct tell *t);

/* The value as compact JSON in a buffer, which the caller releases, with keys replaced; *redacted
 * is set to true if there was one (NULL: no matter). */
void tell_dump(const struct tell *t, struct buf *to, const json_t *value, bool *redacted);
/* An event as it stands in the journal, without its line break. */
void tell_event(struct tell *t, const struct buf *line);
void tell_delta(struct tell *t, const json_t *event);
/* {phase, usage, calls, council_id}; nothing when it is what was told last. */
void tell_progress(struct tell *t, json_t *progress);
/* The last line. A result that would be too long goes without its rounds. */
void tell_result(struct tell *t, enum outcome outcome, json_t *result, bool journaled);
/* The last line, when the result stands in the record: where the line is that carries it. */
void tell_result_at(struct tell *t, enum outcome outcome, int64_t at, size_t bytes);

#endif
