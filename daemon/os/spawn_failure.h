/* What keeps a child from becoming a runner, as it reports it itself. */
#ifndef DAEMON_OS_SPAWN_FAILURE_H
#define DAEMON_OS_SPAWN_FAILURE_H

/* How far the child got. Only EXEC is the runner's fault (cause exec), all others are cause spawn.
 */
enum spawn_stage {
    SPAWN_STAGE_CGROUP, /* only where clone3 cannot do it */
    SPAWN_STAGE_SESSION,
    SPAWN_STAGE_DESCRIPTORS,
    SPAWN_STAGE_SIGNALS,
    SPAWN_STAGE_PARENT, /* the daemon died meanwhile; nobody will read this */
    SPAWN_STAGE_PRIVILEGES,
    SPAWN_STAGE_LIMITS,
    SPAWN_STAGE_DIRECTORY,
    SPAWN_STAGE_EXEC,
};

struct spawn_failure {
    enum spawn_stage stage;
    int number; /* errno */
};

#endif
