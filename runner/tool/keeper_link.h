/* Between the runner and its tool keeper: a stream socketpair, one JSON object a line each way.
 * Either end:
 *
 *     keeper_link_init(&l, fd);               takes the descriptor over
 *     keeper_link_put(&l, message);           queues; keeper_link_flush sends what the socket takes
 *     keeper_link_read(&l); while ((m = keeper_link_next(&l))) ...
 *     keeper_link_release(&l);
 *
 * | to the keeper | |
 * | `tools` | `tools` {name: document}, `credentials` {name: value}, `own` [path], `open`, `cores`:
 * once, first | | `list` | `names`, `timeout_ms`: asks servers what they tell of these tools | |
 * `begin` | `call_id`, `turn`, `id`, `name`, `arguments`, `timeout_ms` | | `abort` | `call_id`,
 * `turn`, `id` |
 *
 * | from the keeper | |
 * | `ready` | `sandbox`: what holds its children (tool_box_state); empty: nothing does |
 * | `told` | `tools` {name: {description?, inputSchema?}} |
 * | `tool_call_result` | `call_id`, `turn`, `id`, `ok`, `result` or `error` |
 *
 * Neither end trusts the other more than it must: a line that is no JSON object, or is too long,
 * closes the link (`broken`). Both buffers are wiped, for keys pass through them. */
#ifndef RUNNER_TOOL_KEEPER_LINK_H
#define RUNNER_TOOL_KEEPER_LINK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

enum { KEEPER_LINE_MAX = 16 * 1024 * 1024, KEEPER_OUT_MAX = 256 * 1024 * 1024 };

struct keeper_link {
    int fd; /* non-blocking; -1: closed */
    struct buf in, out;
    size_t seen; /* bytes of `in` without a line break */
    bool broken; /* the other end is gone or talks nonsense */
};

void keeper_link_init(struct keeper_link *l, int fd);
void keeper_link_release(struct keeper_link *l);

/* Takes the message over. False when too much is queued: nothing was. */
bool keeper_link_put(struct keeper_link *l, json_t *message);
void keeper_link_flush(struct keeper_link *l);
/* What is there. */
void keeper_link_read(struct keeper_link *l);
/* The next message, a new reference; NULL: there is none yet. */
json_t *keeper_link_next(struct keeper_link *l);
/* Waits until something can be read, or the other end is gone; sends meanwhile. False: it took too
 * long. */
bool keeper_link_wait(struct keeper_link *l, int64_t timeout_ms);

#endif
