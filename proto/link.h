/* The link between councild and a runner: one JSON object per line over a socketpair, descriptor 3
 * of the runner. Here every line of both directions is made and taken apart; who sends when is not
 * decided here: link_down.c, link_up.c, and link_fds.c for the descriptors. docs/link.md describes
 * it for people who write runners.
 *
 * Makers add one line with its line break to a buffer: 0, -ENOMEM or -EMSGSIZE (then the buffer is
 * as before). Parsers return 0, -EBADMSG (junk; err says why) or -ENOMEM; spans point into the
 * line. Unknown members are ignored. */
#ifndef PROTO_LINK_H
#define PROTO_LINK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"
#include "event.h"
#include "proto/json/json_scan.h"

enum {
    LINK_FD = 3,                         /* the runner's end */
    LINK_VERSION = 1,                    /* `v` of the spec */
    RESUME_CHAIN_MAX = 8,                /* journals to resume from, at most */
    LINK_FDS_MAX = 2 + RESUME_CHAIN_MAX, /* descriptors with the spec: its own record, its folder */
    LINK_MESSAGE_MAX = 4096,
    LINK_DOWN_MAX = 256 * 1024 * 1024, /* bytes of a line down: the spec, with its catalogue */
    LINK_UP_MAX = 256 * 1024 * 1024    /* of one up, whatever the settings say */
};

/* argv[0] of a runner of ours that may close itself in before it has its spec ends so: its run will
 * not have to start programs. */
#define LINK_EARLY_SUFFIX " (closed in early)"

enum link_cause { LINK_CAUSE_CLIENT, LINK_CAUSE_DEADLINE };

/* ---- down: councild to runner ---- */

/* To be sent. Spans are the client's bytes and go out unchanged; trees are borrowed, NULL is sent
 * as an empty object (options, limits, catalogue, providers, prices, defaults, tools,
 * allow_options, keys). The buffer then holds keys: wipe it. */
struct link_spec {
    const char *run_id;
    const char *council_id;
    struct json_span council; /* at == NULL with resume_from: sent as null */
    struct json_span input;
    const char *seed; /* NULL: null, the runner draws one */
    bool verbose;
    bool deltas;        /* somebody listens to deltas from the beginning on */
    bool durable;       /* ready only when the record is on the disk */
    int64_t line_bytes; /* the longest line that may come up */
    const json_t *options;
    const json_t *limits;
    const json_t *catalogue;
    const json_t *providers;
    const json_t *prices;
    const json_t *defaults;
    const json_t *tools;
    const json_t *allow_options;
    const json_t *models; /* this and the next two: arrays, NULL: empty ones */
    const json_t *allow_addresses;
    const json_t *deny_addresses;
    const json_t *keys;
    const json_t *sandbox;   /* struct sandbox_policy as JSON; NULL: left out */
    const json_t *own_paths; /* [path]: councild's own, which no tool may use; NULL: left out */
    const json_t *chain; /* [{run_id, outage, bytes?}] of the records to resume from, nearest first;
                            NULL: left out */
    bool folder;         /* the folder of the own record comes behind it; told as `records` */
    int64_t records;     /* how many of the others there are */
};

/* A spec of type `probe`: no council is run, providers are looked at. Trees are borrowed; NULL is
 * sent as an empty one. The buffer then holds keys: wipe it. */
enum link_probe_kind { LINK_PROBE_CHECK, LINK_PROBE_MODELS };

struct link_probe {
    const char *run_id;
    const char *council_id;
    enum link_probe_kind kind;
    int64_t timeout_ms;      /* for all of it together */
    const json_t *targets;   /* [{provider, model}]: models to be asked */
    const json_t *providers; /* {name: configuration}: to be looked at */
    const json_t *models;    /* families of models */
    const json_t *allow_addresses;
    const json_t *deny_addresses;
    const json_t *keys;
    const json_t *sandbox; /* as above */
};

int link_make_spec(struct buf *to, const struct link_spec *spec);
int link_make_probe(struct buf *to, const struct link_probe *probe);
int link_make_cancel(struct buf *to, bool now, enum link_cause cause);
int link_make_deltas(struct buf *to, bool on);

enum link_down_type { LINK_SPEC, LINK_PROBE, LINK_CANCEL, LINK_DELTAS, LINK_DOWN_UNKNOWN };

/* A line from councild. The members of a spec or probe are read from scan.outer (json_list_find,
 * then json_span_string, json_span_load ...), after `v` was compared with LINK_VERSION. */
struct link_down {
    enum link_down_type type;
    int64_t v; /* spec, probe */
    enum link_probe_kind probe;
    struct json_scan
        scan; /* spec, probe: members in scan.outer; json_list_find and json_span_* read them */
    bool now; /* cancel: mode */
    enum link_cause cause; /* cancel */
    bool on;               /* deltas */
};

/* An unknown type is LINK_DOWN_UNKNOWN, not an error: the runner passes over it. */
int link_parse_down(const char *line, size_t len, struct link_down *ret, struct error *err);
void link_down_release(struct link_down *down);

/* ---- up: runner to councild ---- */

/* sandbox: an object, what the runner is closed in with; may be NULL. */
int link_make_ready(struct buf *to, const json_t *sandbox);
/* code and data may be NULL. */
int link_make_failed(struct buf *to, const char *message, const char *code, const json_t *data);
/* The event's bytes as they stand in the journal, without the line break. */
int link_make_event(struct buf *to, struct json_span event);
int link_make_delta(struct buf *to, struct json_span event);
/* phase and council_id may be NULL. */
int link_make_progress(struct buf *to, const char *phase, const json_t *usage, int64_t calls,
                       const char *council_id);
/* The result itself; journaled: it stands in the record too. */
int link_make_result(struct buf *to, enum outcome outcome, struct json_span result, bool journaled);
/* Where the line that carries it stands in the record: its first byte, and its length without the
 * line break. */
int link_make_result_at(struct buf *to, enum outcome outcome, int64_t at, size_t bytes);

enum link_up_type { LINK_READY, LINK_FAILED, LINK_EVENT, LINK_DELTA, LINK_PROGRESS, LINK_RESULT };

struct link_up {
    enum link_up_type type;
    struct json_span sandbox; /* LINK_READY: an object of at most 4 KiB; at == NULL: not told */
    /* LINK_FAILED: an object {message, code?, data?} as struct reason wants it; owned, take it by
     * setting it to NULL. The message is cut to LINK_MESSAGE_MAX bytes. */
    json_t *failed;
    /* LINK_EVENT, LINK_DELTA */
    struct json_span event;
    int64_t seq;    /* LINK_EVENT: >= 1 */
    int event_type; /* enum event_type, or -EINVAL for one that is not known */
    /* LINK_PROGRESS; absent ones have at == NULL. Not longer than 2 KiB in all. */
    struct json_span phase; /* string or null */
    struct json_span usage; /* object */
    struct json_span calls; /* integer */
    struct json_span council_id;
    /* LINK_RESULT: the result itself, or where it stands in the record */
    enum outcome outcome;
    struct json_span result; /* at == NULL: it stands in the record, */
    int64_t at, bytes;       /* as a line with a member `result` */
    struct json_scan scan;
};

/* Strict: a line that lacks a member it must have, or has it of the wrong type, or has an unknown
 * type, is junk. */
int link_parse_up(const char *line, size_t len, struct link_up *ret, struct error *err);
void link_up_release(struct link_up *up);

/* ---- descriptors, which travel with the first byte of the spec. Neither call blocks. ---- */

/* Sends bytes, with n descriptors (0..LINK_FDS_MAX) attached to the first one. The number of bytes
 * taken (then the descriptors are on their way; the caller still closes its own) or -errno:
 * -EAGAIN, -EPIPE, ... No signal is raised. */
ssize_t link_send_fds(int sock, const void *bytes, size_t len, const int *fds, size_t n);
/* Receives bytes, and adds descriptors that came with them to fds[*n_fds ...] (close-on-exec; more
 * than LINK_FDS_MAX in all are closed). The number of bytes, 0 at the end, or -errno. */
ssize_t link_recv_fds(int sock, void *to, size_t len, int fds[LINK_FDS_MAX], size_t *n_fds);

#endif
