/* What every module of the daemon may lean on: the loop, the settings in force, how far the stop
 * has come. One plain value, which belongs to the root (daemon/server.c); all others hold a pointer
 * to it and change nothing but what the functions below change for them.
 *
 * The settings are const and may be others after each turn of the loop (a reload puts new ones in
 * their place), so nobody keeps a pointer into them.
 *
 *     core.origin = *origin;
 *     core_init(&core, loop, &err);
 *     ...
 *     core_release(&core);          before loop_free */
#ifndef DAEMON_CORE_CORE_H
#define DAEMON_CORE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "daemon/os/process.h"
#include "notify.h"
#include "serve/loop.h"
#include "stats.h"

struct config;
struct keys;
struct resources;

/* How the daemon stops; it only rises. While it drains nothing is started any more, and what runs
 * goes on; the end of the last run is followed by an orderly stop. */
enum stop_level { STOP_NONE, STOP_DRAINING, STOP_ORDERLY, STOP_IMMEDIATE };

enum { EPOCH_SIZE = 24 };

struct core {
    struct loop *loop;
    const struct config *config;
    const struct keys *keys;
    const struct resources *resources; /* catalogue, providers, prices */
    struct process_origin origin;
    bool namespaces; /* programs of tools can have their own here: found out once, at the start */
    char epoch[EPOCH_SIZE]; /* another one for each life of the daemon */
    int64_t started_us;
    enum stop_level stop_level;
    size_t runs; /* slots that are taken */
    struct stats stats;

    /* descriptors in use, but for those of runners */
    size_t base_fds;        /* open before the first client and run */
    size_t replays;         /* journals that are read back */
    const size_t *conns;    /* connections; NULL: none yet */
    struct notify notify;   /* the service manager */
    struct timer watchdog;  /* status.c */
    struct timer status;    /* STATUS= is due */
    struct watch *stopping; /* the root's: looks whether the stop is through. NULL: none yet */
};

/* Makes the epoch and takes the clock. 0 or -errno. */
int core_init(struct core *c, struct loop *loop, struct error *err);
void core_release(struct core *c);

bool core_takes_starts(const struct core *c); /* neither drains nor stops */
bool core_stops(const struct core *c);        /* runs are being ended */
/* One of WORDS_DAEMON_STATE. */
const char *core_state_name(const struct core *c);
/* A run or a runner is gone, or something was flushed: while the daemon drains or stops, perhaps it
 * was the last that it waits for. Looked at in the output phase. */
void core_nudge(struct core *c);
/* Descriptors that are open now, but for those of runners. */
size_t core_open_fds(const struct core *c);

#endif
