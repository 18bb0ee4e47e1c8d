/* The daemon as one object: what all its modules share. main makes it, the loop drives it.
 *
 *     server_new(config, origin, &server, &err)    everything of supervision.md 7.1, READY=1 too
 *     server_run(server)                           until it has stopped: the exit status
 *     server_free(server)
 *
 * Its stop is an ordered enum that only rises (stop levels), advanced in one place (shutdown.c). */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/core/notify.h"
#include "daemon/os/lock.h"
#include "daemon/os/process.h"
#include "daemon/os/spawn.h"
#include "daemon/records/record.h"
#include "daemon/records/retention.h"
#include "daemon/settings/config.h"
#include "daemon/settings/resources.h"
#include "serve/listen.h"
#include "serve/loop.h"

struct conn;
struct monitor;
struct pending;
struct prune;
struct run;
struct runner;
struct subscription;

enum stop_level { STOP_NONE, STOP_ORDERLY, STOP_IMMEDIATE };

/* After the last run of an orderly stop has gone, what is queued gets a second to leave. */
enum stop_phase { STOP_PHASE_SERVING, STOP_PHASE_RUNS, STOP_PHASE_FLUSH, STOP_PHASE_DONE };

enum { EPOCH_SIZE = 24 };

struct server {
    struct config *config;
    struct process_origin origin;
    struct keys *keys;
    struct resources *resources; /* catalogue, providers, prices */
    struct loop *loop;
    char epoch[EPOCH_SIZE];
    int64_t started_us;

    /* files and locks */
    int state_fd;
    int survivors_fd; /* -1: cgroups contain the runs */
    struct locks locks;
    struct records *records;
    struct retention retention;
    bool retaining;
    int retention_told;           /* the failure that was logged last: once is enough */
    struct timer retention_timer; /* hourly */
    struct prune *prunes;         /* requests of clients, in order */
    struct watch retention_step;

    /* clients */
    struct listener listener;
    struct watch accepting;
    struct timer accept_pause;
    int reserve_fd;    /* given up for a moment to turn a client away at the descriptor limit */
    bool full;         /* accepting is paused */
    int64_t max_conns; /* K, lowered to fit RLIMIT_NOFILE */
    struct conn *conns;
    size_t conn_count;
    struct monitor *monitors;           /* by ref */
    struct subscription *subscriptions; /* by ref */
    size_t replays;                     /* journals that are open for replaying */

    /* runs */
    struct run *runs;       /* by run_id */
    struct runner *runners; /* by pid, spares too */
    struct runner *spares;
    size_t spare_count;
    struct timer spare_timer;
    struct watch spare_filling;
    int64_t spare_pause_ms;
    uint64_t run_number;
    uint64_t serial; /* of the last runner: names its cgroup */
    struct cgroup_root *cgroups;
    struct spawn_env *env;
    size_t base_fds; /* open before the first client and run */

    /* own life */
    int signal_fd;
    struct watch signals;
    bool child_exited; /* SIGCHLD came: look for orphans */
    struct notify notify;
    struct timer watchdog;
    struct timer status; /* STATUS= is due */
    enum stop_level stop_level;
    enum stop_phase stop_phase;
    struct timer stop_timer;
    struct watch stop_watch;
    struct pending *stop_waiters;
    bool unkillable; /* a run outlived its SIGKILL while the daemon stopped */
};

int server_new(struct config *config, const struct process_origin *origin, struct server **ret,
               struct error *err);
int server_run(struct server *s);
void server_free(struct server *s);

/* clients.c: a descriptor became free, a paused listener may go on. */
void server_room_for_clients(struct server *s);

#endif
