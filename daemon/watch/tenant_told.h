/* One stream of the tenant (tenant_stream.h) and what it is told, line by line. For the modules of
 * the tenant's stream alone. */
#ifndef DAEMON_WATCH_TENANT_TOLD_H
#define DAEMON_WATCH_TENANT_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "daemon/core/core.h"
#include "daemon/records/record_key.h"
#include "daemon/records/record_owner.h"
#include "refs.h"
#include "serve/part.h"

struct blob;
struct conn;
struct watchers;

enum { TENANT_HEAD_SIZE = RUNID_GENERATED_LEN + 96 };

/* It is live, has to begin again, or pulls one of three things. */
enum stream_phase { LIVE, LOST, SNAPSHOT, ENDS, STARTS };

struct tenant_stream {
    struct conn_part part;
    struct ref ref;
    struct watchers *all;
    struct conn *conn;
    char head[TENANT_HEAD_SIZE];
    size_t head_len;
    bool narrow; /* to one registry */
    char registry[OWNER_REGISTRY_MAX + 1];
    int kinds;
    enum stream_phase phase;
    uint64_t starts, ends, progress; /* it knows all up to these */
    uint64_t starts_to, ends_to;     /* behind: up to these it will, when the phase is through */
    uint64_t run;                    /* number of the run that was looked at last, */
    struct record_key record;        /* and the record */
    uint64_t reloads;                /* told */
    enum stop_level stop;            /* told */
    struct tenant_stream *prev, *next;
};

/* When it has its ref. */
void tenant_told_init(struct tenant_stream *s);
struct tenant_stream *tenant_told_next(const struct tenant_stream *s);
/* A kind is one of enum tenant_news. */
bool tenant_told_wants(const struct tenant_stream *s, int kind);
/* registry NULL: it is not known. */
bool tenant_told_sees(const struct tenant_stream *s, const char *registry);
bool tenant_told_is_behind(const struct tenant_stream *s);

/* ---- as it happens ---- */

/* It is live and wants this kind, of a run of this registry. */
bool tenant_told_hears(const struct tenant_stream *s, int kind, const char *registry);
/* Gives it an event; NULL: there was no memory for it. Without room it is behind from now on. */
void tenant_told_give(struct tenant_stream *s, struct blob *tail);
/* If it is live still, it was told all starts and ends that there were. */
void tenant_told_passed(struct tenant_stream *s);
/* The same for progress; and the number of the last telling of it that it knows. */
void tenant_told_progressed(struct tenant_stream *s);
uint64_t tenant_told_progress(const struct tenant_stream *s);
/* If it is live, it is told that settings were read again, or that the daemon stops. */
void tenant_told_state(struct tenant_stream *s);
/* It lacks what cannot be told any more: its connection goes. */
void tenant_told_give_up(struct tenant_stream *s);

/* ---- when it pulls: what finds no memory costs the connection ---- */

bool tenant_told_push(struct tenant_stream *s, struct blob *tail); /* false: no memory */
/* Releases the event; made: what making it gave, < 0 for a failure. Returns its bytes. */
size_t tenant_told_pulled(struct tenant_stream *s, struct buf *event, int made);
void tenant_told_gap(struct tenant_stream *s);

#endif
