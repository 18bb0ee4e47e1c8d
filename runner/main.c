/* council-runner: one process, one run. Started by councild without arguments; descriptor 3 is the
 * link, descriptor 4, if it is there, the lock by which survivors are found. */
#include <malloc.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "host.h"
#include "proto/link.h"

enum { SURVIVORS_FD = 4 };

static int is_socket(int fd)
{
    int type;
    socklen_t len = sizeof(type);
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0;
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1 || !is_socket(LINK_FD)) {
        fprintf(stderr, "council-runner %s is started by councild, without arguments\n",
                COUNCILD_VERSION);
        return RUNNER_EXIT_USAGE;
    }
    /* Threads of the resolver shall not get arenas of their own. */
    mallopt(M_ARENA_MAX, 1);
    fd_set_cloexec(SURVIVORS_FD, true);
    log_open(STDERR_FILENO, false);
    return host_main(LINK_FD);
}
