/* What tests of sockets share: a folder with the path of one, and a client that comes to it. */
#ifndef TESTS_UNIT_SERVE_LISTEN_FIXTURE_H
#define TESTS_UNIT_SERVE_LISTEN_FIXTURE_H

#include <errno.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fixture.h"
#include "serve/listen.h"

static struct folder folder;
static char path[256];

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    snprintf(path, sizeof path, "%s/sock", folder.path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    setfsuid(geteuid()); /* a test that failed may have left others */
    setfsgid(getegid());
    folder_remove(&folder);
    return 0;
}

static int connect_to(const char *to)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", to);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int number = errno;
    close(fd);
    return -number;
}

#endif
