/* Talking to the service manager: the datagrams of sd_notify(3) and the watchdog.
 *
 *     notify_init(&n);      reads NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID and unsets them
 *     notify_ready(&n, "serving tenant x");
 *     if (n.watchdog_us > 0) notify_watchdog(&n) from a timer every watchdog_us / 2
 *     notify_release(&n);
 *
 * Without a service manager every call does nothing and returns 0. Nothing waits: a full socket is
 * -EAGAIN. All return 0 or -errno. Nobody else inherits the variables. */
#ifndef DAEMON_CORE_NOTIFY_H
#define DAEMON_CORE_NOTIFY_H

#include <stdint.h>

struct notify {
    int fd;              /* -1: nobody listens */
    int64_t watchdog_us; /* 0: no watchdog */
};

/* A NOTIFY_SOCKET that is neither an absolute path nor an abstract name, or too long: -EINVAL; one
 * that cannot be reached: -errno. n is usable (and silent) also then. */
int notify_init(struct notify *n);
void notify_release(struct notify *n);

int notify_ready(struct notify *n, const char *status);  /* READY=1, STATUS= */
int notify_reloading(struct notify *n);                  /* RELOADING=1, MONOTONIC_USEC= */
int notify_stopping(struct notify *n);                   /* STOPPING=1 */
int notify_status(struct notify *n, const char *status); /* STATUS=, line breaks made blanks */
int notify_watchdog(struct notify *n);                   /* WATCHDOG=1 */
int notify_extend(struct notify *n, int64_t us);         /* EXTEND_TIMEOUT_USEC= */

#endif
