/* The daemon as one object. main makes it, the loop drives it.
 *
 *     server_new(config, origin, &server, &err)    takes the place, serves, READY=1 too
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
#include "daemon/core/core.h"
#include "daemon/os/lock.h"
#include "daemon/records/keeper.h"
#include "daemon/records/records.h"
#include "daemon/settings/config.h"
#include "daemon/settings/resources.h"
#include "serve/listen.h"
#include "serve/loop.h"

struct line_server;
struct monitor;
struct pending;
struct runners;
struct runs;
struct spares;
struct subscription;

/* After the last run of an orderly stop has gone, what is queued gets a second to leave. */
enum stop_phase { STOP_PHASE_SERVING, STOP_PHASE_RUNS, STOP_PHASE_FLUSH, STOP_PHASE_DONE };

struct server {
    struct core core; /* points to the following four */
    struct config *config;
    struct keys *keys;
    struct resources *resources; /* catalogue, providers, prices */
    struct loop *loop;

    /* files and locks */
    int state_fd;
    int survivors_fd; /* -1: cgroups contain the runs */
    struct locks locks;
    struct records *records;
    struct keeper *keeper;

    /* clients */
    struct listener listener; /* until the line server has it */
    struct line_server *clients;
    struct monitor *monitors;           /* by ref */
    struct subscription *subscriptions; /* by ref */

    /* runs */
    struct cgroup_root *cgroups; /* NULL: process groups contain the runs */
    struct runners *runners;
    struct spares *spares;
    struct runs *runs;

    /* own life */
    int signal_fd;
    struct watch signals;
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

#endif
