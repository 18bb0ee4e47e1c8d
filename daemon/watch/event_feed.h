/* The lines that one subscription is sent: its events, how many of them were lost (run.gap), and
 * that no more will come (run.end). */
#ifndef DAEMON_WATCH_EVENT_FEED_H
#define DAEMON_WATCH_EVENT_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/json/json_span.h"
#include "proto/runid.h"

struct blob;
struct conn;

enum { EVENT_HEAD_SIZE = RUNID_MAX + RUNID_GENERATED_LEN + 96 };

struct event_feed {
    struct conn *conn;
    const char *ref; /* the subscription's */
    char run_id[RUNID_MAX + 1];
    char head[EVENT_HEAD_SIZE]; /* how each of its run.event lines begins */
    size_t head_len;
    int64_t dropped; /* since the last gap notice */
};

/* conn and ref must stay as long. */
void event_feed_init(struct event_feed *f, struct conn *conn, const char *ref, const char *run_id);

/* Everything behind the opening of a run.event line: one copy for all who are sent it. NULL: no
 * memory. */
struct blob *event_tail(struct json_span event);
/* Queues an event. 0 or -ENOMEM. */
int event_feed_push(struct event_feed *f, struct blob *tail);
/* Says how many were dropped, if any were. */
void event_feed_gap(struct event_feed *f);
/* Says that so many are missing here, beside those that were dropped. */
void event_feed_hole(struct event_feed *f, int64_t missing);
/* torn: a line of the record could not be read. */
void event_feed_end(struct event_feed *f, int64_t last_seq, bool torn);

#endif
