#include "notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/parse.h"
#include "daemon/os/sys.h"

enum { MESSAGE_MAX = 512 };

static int connect_to(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof address.sun_path)
        return -EINVAL;
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (connect(fd, (const struct sockaddr *)&address, size) == 0)
        return fd;
    int number = errno;
    close(fd);
    return -number;
}

/* WATCHDOG_PID says for which process the watchdog is meant. */
static int64_t watchdog_from_environment(void)
{
    const char *usec = getenv("WATCHDOG_USEC");
    const char *for_pid = getenv("WATCHDOG_PID");
    int64_t us;
    int64_t pid;
    if (!usec || parse_int(usec, 1, INT64_MAX, &us) < 0)
        return 0;
    if (for_pid && (parse_int(for_pid, 1, INT32_MAX, &pid) < 0 || pid != getpid()))
        return 0;
    return us;
}

int notify_init(struct notify *n)
{
    *n = (struct notify){.fd = -1, .watchdog_us = watchdog_from_environment()};
    const char *name = getenv("NOTIFY_SOCKET");
    int r = name && *name ? connect_to(name) : 0;
    if (name && *name && r >= 0)
        n->fd = r;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return r < 0 ? r : 0;
}

void notify_release(struct notify *n)
{
    fd_close(&n->fd);
}

static int send_text(struct notify *n, const char *text, int len)
{
    if (n->fd < 0)
        return 0;
    ssize_t sent;
    do
        sent = send(n->fd, text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

/* A line break in a status would begin another assignment. */
static void without_breaks(const char *status, char *to, size_t size)
{
    size_t i = 0;
    for (; status[i] && i + 1 < size; i++)
        to[i] = status[i] == '\n' || status[i] == '\r' ? ' ' : status[i];
    to[i] = '\0';
}

int notify_ready(struct notify *n, const char *status)
{
    char clean[MESSAGE_MAX / 2];
    char text[MESSAGE_MAX];
    without_breaks(status, clean, sizeof clean);
    return send_text(n, text, snprintf(text, sizeof text, "READY=1\nSTATUS=%s", clean));
}

int notify_reloading(struct notify *n)
{
    char text[MESSAGE_MAX];
    return send_text(
        n, text,
        snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, sys.mono_us()));
}

int notify_stopping(struct notify *n)
{
    const char text[] = "STOPPING=1";
    return send_text(n, text, (int)sizeof text - 1);
}

int notify_status(struct notify *n, const char *status)
{
    char clean[MESSAGE_MAX / 2];
    char text[MESSAGE_MAX];
    without_breaks(status, clean, sizeof clean);
    return send_text(n, text, snprintf(text, sizeof text, "STATUS=%s", clean));
}

int notify_watchdog(struct notify *n)
{
    const char text[] = "WATCHDOG=1";
    return send_text(n, text, (int)sizeof text - 1);
}

int notify_extend(struct notify *n, int64_t us)
{
    char text[MESSAGE_MAX];
    return send_text(n, text, snprintf(text, sizeof text, "EXTEND_TIMEOUT_USEC=%" PRId64, us));
}
