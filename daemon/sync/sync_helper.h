/* The process that syncs: it gets descriptors over a socket, syncs what they stand for, and closes
 * them. It holds nothing else, knows nothing of the daemon, and answers nothing.
 *
 * It is councild's own program under another name, executed, so that nothing of the daemon's memory
 * is in it:
 *
 *     if (sync_helper_is(argv))
 *         return sync_helper_main();      first thing in main */
#ifndef DAEMON_SYNC_SYNC_HELPER_H
#define DAEMON_SYNC_SYNC_HELPER_H

#include <stdbool.h>

#define SYNC_HELPER_NAME "councild-sync" /* its argv[0], and how it is listed */

/* What it calls; tests have others. As their namesakes of libc. */
struct sync_calls {
    int (*fdatasync)(int fd);
    int (*fsync)(int fd);
};

bool sync_helper_is(char *const argv[]);
/* Serves descriptor 3 until its end. The exit status. */
int sync_helper_main(void);
/* A message is one byte with descriptors: a file first, then folders, which are synced in this
 * order. Until the end of the socket: 0, or -errno when it cannot be read. What cannot be synced is
 * logged, once for each kind of error in a row. */
int sync_helper_serve(int socket, const struct sync_calls *calls);

#endif
