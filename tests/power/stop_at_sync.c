/* Preloaded into a runner or into councild: whenever it syncs a file, the test is asked first, and
 * told when it is done.
 *
 * SYNCS_SOCKET names a UNIX stream socket. Each process connects once. It sends a line, `before
 * PID` or `after PID`, and waits for a byte. Where nobody listens, nothing is held up. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int far_end = -1;
static pid_t owner;

static void connect_to_test(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const char *path = getenv("SYNCS_SOCKET");
    owner = getpid();
    far_end = -1;
    if (!path || strlen(path) >= sizeof(to.sun_path))
        return;
    memcpy(to.sun_path, path, strlen(path) + 1);
    far_end = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (far_end >= 0 && connect(far_end, (struct sockaddr *)&to, sizeof(to)) < 0) {
        close(far_end);
        far_end = -1;
    }
}

/* Early: a process that has closed itself in may not make sockets any more. */
__attribute__((constructor)) static void attach(void)
{
    connect_to_test();
}

static void ask(const char *when)
{
    char line[40], byte;
    int saved = errno;
    if (owner != getpid())
        connect_to_test();
    int len = snprintf(line, sizeof(line), "%s %d\n", when, (int)owner);
    if (far_end >= 0 && send(far_end, line, (size_t)len, MSG_NOSIGNAL) == len) {
        while (recv(far_end, &byte, 1, 0) < 0 && errno == EINTR)
            ;
    }
    errno = saved;
}

static int held(const char *name, int fd)
{
    union {
        void *symbol;
        int (*call)(int);
    } real = {.symbol = dlsym(RTLD_NEXT, name)};
    ask("before");
    int r = real.call(fd);
    ask("after");
    return r;
}

int fdatasync(int fd)
{
    return held("fdatasync", fd);
}

int fsync(int fd)
{
    return held("fsync", fd);
}
