/* Finding a daemon. */
#ifndef CLIENT_CONNECT_H
#define CLIENT_CONNECT_H

#include "common/error.h"

/* Connects, in one attempt that does not wait. socket: the path, or NULL for the tenant's usual
 * places: $XDG_RUNTIME_DIR/councild/TENANT/sock and /run/councild/TENANT/sock, for root in the
 * opposite order. tenant may be NULL (`default`).
 *
 * 0: *ret_fd is the caller's, close-on-exec and non-blocking. -ENOENT, -ECONNREFUSED: there is no
 * daemon. -EAGAIN: there is one whose backlog is full; ask again. -ENAMETOOLONG: the path is no
 * path of a socket. -ENOMEM. */
int client_connect(const char *socket, const char *tenant, int *ret_fd, struct error *err);

#endif
