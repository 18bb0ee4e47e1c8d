/* The two texts of a start: what the record begins with, and the spec line for the runner. */
#ifndef DAEMON_METHOD_DESK_STARTSPEC_H
#define DAEMON_METHOD_DESK_STARTSPEC_H

#include "common/buf.h"
#include "daemon/run/start.h"
#include "proto/council/document.h"
#include "proto/link.h"
#include "proto/methods/methods.h"
#include "resume_order.h"

enum { STARTSPEC_MAX = LINK_DOWN_MAX };

struct desk;

struct startspec {
    const struct start_order *order;
    const struct run_start_params *params;
    const struct council_plan *plan;
    struct json_span council; /* the client's bytes */
    struct json_span input;
    const struct resume_order *resume;

    /* by startspec_keep; without keys */
    struct buf kept_input;
    struct buf question; /* JSON texts: what lists show */
    struct buf members;
};

#define STARTSPEC_KEPT                                                                             \
    .kept_input = BUF_INIT(STARTSPEC_MAX), .question = BUF_INIT(STARTSPEC_MAX),                    \
    .members = BUF_INIT(STARTSPEC_MAX)

/* Replaces configured keys in a JSON text that is kept: 0 or -ENOMEM. */
int startspec_mask(struct buf *json, const struct desk *desk);
/* What is kept and shown of what was asked: first of all, and to be released. 0 or -errno. */
int startspec_keep(struct startspec *spec, const struct desk *desk);
void startspec_release(struct startspec *spec);
/* Each fills an empty buffer: 0 or -errno. Keys stand in the line for the runner: its buffer is one
 * that wipes. None stands in the record, not even one that the client has pasted. */
int startspec_record(struct buf *to, const struct startspec *spec, const struct desk *desk);
int startspec_link(struct buf *to, const struct startspec *spec, struct desk *desk);

#endif
