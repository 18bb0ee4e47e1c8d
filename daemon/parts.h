/* The daemon and its parts: for the files of this folder alone, which put them together, and let
 * them live and end together. What stands in the rooms below gets what it needs and never sees
 * this. */
#ifndef DAEMON_PARTS_H
#define DAEMON_PARTS_H

#include <stdbool.h>

#include "daemon/core/core.h"
#include "daemon/method/desk/desk.h"
#include "daemon/os/lock.h"
#include "daemon/settings/config.h"
#include "daemon/watch/watchers.h"
#include "serve/listen.h"
#include "serve/loop.h"

struct cgroup_root;
struct keeper;
struct keys;
struct line_server;
struct records;
struct resources;
struct runners;
struct runs;
struct spares;
struct syncer;

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
    struct syncer *syncer; /* of ends of records */
    struct records *records;
    struct keeper *keeper;

    /* clients */
    struct listener listener; /* until the line server has it */
    bool activated;           /* systemd has made it */
    struct line_server *clients;
    struct watchers watchers;
    struct desk desk; /* points to what handlers may reach */

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
    bool unkillable; /* a run outlived its SIGKILL while the daemon stopped */
};

#endif
