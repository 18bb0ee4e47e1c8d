/* Reading the events of a run back from its record, a bounded amount at a time. Lines that are no
 * events are passed over, and so are damaged ones, which is noted; a torn last line is cut off.
 *
 *     playback_open(&p, core, records, &key);
 *     while (playback_step(&p, after, limit, &SINK, arg) > 0) ...    when there is room again
 *     playback_close(&p); */
#ifndef DAEMON_WATCH_PLAYBACK_H
#define DAEMON_WATCH_PLAYBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_read.h"
#include "proto/json/json_span.h"

struct core;

enum { PLAYBACK_LINE_MAX = 64 * 1024 * 1024 };

/* Descriptors of journals that are kept between two steps, of all replays together. Beyond
 * that a replay has none, and opens its journal for each step: so however many there are, they cost
 * neither descriptors nor memory. */
enum { PLAYBACK_KEPT = 32 };

/* Zeroed: closed. */
struct playback {
    struct core *core;
    struct records *records;
    bool open;
    struct record_events events; /* fd -1: it rests */
    int64_t at;                  /* in the record: where `line` begins */
    struct buf line;             /* what was read of it */
    size_t searched;             /* bytes of that known to hold no line break */
    bool pinned;                 /* the record must stay */
    bool torn;                   /* a line that was read is damaged; stays when it is closed */
    struct record_key key;
};

struct playback_sink {
    bool (*room)(const void *arg);
    /* One event; 0 or -ENOMEM. */
    int (*event)(void *arg, struct json_span event, int64_t seq);
};

/* Opens the journal and keeps the record from being pruned. 0 or -errno. */
int playback_open(struct playback *p, struct core *core, struct records *records,
                  const struct record_key *key);
void playback_close(struct playback *p); /* a closed one too */
/* Before it waits for its first step: its journal is closed until then if too many are kept. */
void playback_rest(struct playback *p);
bool playback_is_open(const struct playback *p);
/* Gives the events behind the seq `after` up to the seq `limit`: 1 more is to come, 0 it is
 * through, or cannot be read on. */
int playback_step(struct playback *p, int64_t after, int64_t limit,
                  const struct playback_sink *sink, void *arg);
/* The seq of the last whole event of the journal, 0 when there is none, -ENOMEM. */
int64_t playback_last_seq(struct playback *p);

#endif
