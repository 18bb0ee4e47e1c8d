#include "sync_helper.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "proto/link.h"

enum { SOCKET = 3 };

bool sync_helper_is(char *const argv[])
{
    return argv[0] && strcmp(argv[0], SYNC_HELPER_NAME) == 0;
}

/* Some file systems have nothing to sync. */
static int error_of(int result)
{
    return result == 0 || errno == EINVAL || errno == EROFS ? 0 : errno;
}

/* The first error of all, or 0. */
static int sync_all(const int *fds, size_t n, const struct sync_calls *calls)
{
    int error = 0;
    for (size_t i = 0; i < n; i++) {
        const int r = i == 0 ? calls->fdatasync(fds[i]) : calls->fsync(fds[i]);
        error = error ? error : error_of(r);
    }
    return error;
}

static void close_all(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fd_close(&fds[i]);
}

static void tell(int error, int *told)
{
    if (error && error != *told)
        log_error("the end of a record cannot be synced", LOG_S("error", strerror(error)));
    *told = error;
}

int sync_helper_serve(int socket, const struct sync_calls *calls)
{
    struct pollfd waiting = {.fd = socket, .events = POLLIN};
    int told = 0;
    for (;;) {
        int fds[LINK_FDS_MAX];
        size_t n = 0;
        char byte;
        poll(&waiting, 1, -1);
        const ssize_t got = link_recv_fds(socket, &byte, 1, fds, &n);
        if (got == -EAGAIN)
            continue;
        if (got <= 0)
            return (int)got;
        tell(sync_all(fds, n, calls), &told);
        close_all(fds, n);
    }
}

int sync_helper_main(void)
{
    static const struct sync_calls CALLS = {.fdatasync = fdatasync, .fsync = fsync};
    prctl(PR_SET_NAME, SYNC_HELPER_NAME, 0, 0, 0);
    log_open(STDERR_FILENO, getenv("JOURNAL_STREAM") != NULL);
    return sync_helper_serve(SOCKET, &CALLS) < 0 ? 1 : 0;
}
