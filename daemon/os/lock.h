/* Being the only daemon of a tenant.
 *
 *     lock_socket_directory(path, mode, gid, &err);
 *     lock_open_state(state_dir, &state_fd, &err);
 *     lock_take(&locks, state_fd, socket, &err);        -EWOULDBLOCK: another daemon has them
 *     cgroup_kill_predecessor(...)
 *     lock_wait_survivors(state_fd, deadline_us, &fd, &err);     fd: spawn_params.survivors_fd
 *     ...
 *     lock_release(&locks);                             closes; the files stay for ever
 *
 * All descriptors are close-on-exec; the files are 0600. */
#ifndef DAEMON_OS_LOCK_H
#define DAEMON_OS_LOCK_H

#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

struct locks {
    int state_lock;  /* STATE_DIR/lock */
    int socket_lock; /* SOCKET.lock */
};

#define LOCKS_INIT                                                                                 \
    {                                                                                              \
        .state_lock = -1, .socket_lock = -1                                                        \
    }

/* The directory of the socket: made if missing (with its parents), must be a directory of our own
 * uid. It gets this mode and this group ((gid_t)-1: whichever it has); one that gives more, and has
 * other things in it, is -EPERM. 0 or -errno. */
int lock_socket_directory(const char *socket_path, mode_t mode, gid_t gid, struct error *err);

/* STATE_DIR: made if missing, 0700, own uid. *ret is a directory descriptor. */
int lock_open_state(const char *state_dir, int *ret, struct error *err);

/* Both locks without waiting; then path and descriptor are checked to be the same inode. On failure
 * none is held. */
int lock_take(struct locks *ret, int state_fd, const char *socket_path, struct error *err);
void lock_release(struct locks *locks);

/* STATE_DIR/survivors: every runner holds a shared flock on it through its descriptor 4, so an
 * exclusive one proves that none of a predecessor's lives. Waits (polling) until mono_us passes
 * deadline_us: 0 with *ret a descriptor that holds the shared lock, ready to be inherited;
 * -ETIMEDOUT when survivors remain; other -errno. */
int lock_wait_survivors(int state_fd, int64_t deadline_us, int *ret, struct error *err);

#endif
