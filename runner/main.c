/* council-runner: one process, one run. Started by councild without arguments; descriptor 3 is the
 * link, descriptor 4, if it is there, the lock by which survivors are found. With --keeper it is
 * the tool keeper of a run, which its runner starts. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "host.h"
#include "proto/link.h"
#include "runner/tool/keeper_process.h"

enum { SURVIVORS_FD = 4 };

static int is_socket(int fd)
{
    int type;
    socklen_t len = sizeof(type);
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0;
}

static bool is_early(const char *name)
{
    size_t len = name ? strlen(name) : 0, of = strlen(LINK_EARLY_SUFFIX);
    return len >= of && !strcmp(name + len - of, LINK_EARLY_SUFFIX);
}

int main(int argc, char **argv)
{
    bool keeper = argc == 2 && !strcmp(argv[1], KEEPER_FLAG);
    if ((argc > 1 && !keeper) || !is_socket(LINK_FD)) {
        fprintf(stderr, "council-runner %s is started by councild, without arguments\n",
                COUNCILD_VERSION);
        return RUNNER_EXIT_USAGE;
    }
    /* Threads of the resolver shall not get arenas of their own. */
    mallopt(M_ARENA_MAX, 1);
    fd_set_cloexec(SURVIVORS_FD, true);
    log_open(STDERR_FILENO, false);
    return keeper ? keeper_main(LINK_FD) : host_main(LINK_FD, is_early(argv[0]));
}
