#include "connect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/cleanup.h"

static int connect_path(const char *path, int *ret_fd, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof address.sun_path)
        return error_set(err, ENAMETOOLONG, "%s: a socket's path has 1 to 107 bytes", path);
    memcpy(address.sun_path, path, len);

    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, errno, "socket");
    while (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        if (errno != EINTR)
            return error_errno(err, errno, "%s", path);
    *ret_fd = TAKE_FD(fd);
    return 0;
}

/* Where a tenant's daemon may listen, the likelier place first. ret[1] NULL: there is no second
 * one. Both are the caller's. */
static int tenant_places(const char *tenant, char *ret[2], struct error *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    char *own = NULL, *system = NULL;
    if (asprintf(&system, "/run/councild/%s/sock", tenant) < 0)
        return error_errno(err, ENOMEM, "connect");
    if (runtime && *runtime == '/' && asprintf(&own, "%s/councild/%s/sock", runtime, tenant) < 0) {
        free(system);
        return error_errno(err, ENOMEM, "connect");
    }
    int first = own && geteuid() != 0;
    ret[first] = system;
    ret[!first] = own;
    return 0;
}

/* No daemon at the first place: the second one counts, unless nothing is there at all. */
static int connect_either(char *const places[2], int *ret_fd, struct error *err)
{
    int r = connect_path(places[0], ret_fd, err);
    if ((r != -ENOENT && r != -ECONNREFUSED) || !places[1])
        return r;
    struct error second;
    int r2 = connect_path(places[1], ret_fd, &second);
    if (r2 == -ENOENT)
        return r;
    if (r2 < 0 && err)
        *err = second;
    return r2;
}

int client_connect(const char *socket, const char *tenant, int *ret_fd, struct error *err)
{
    if (socket)
        return connect_path(socket, ret_fd, err);
    char *places[2] = {NULL, NULL};
    int r = tenant_places(tenant ? tenant : "default", places, err);
    if (r == 0)
        r = connect_either(places, ret_fd, err);
    free(places[0]);
    free(places[1]);
    return r;
}
