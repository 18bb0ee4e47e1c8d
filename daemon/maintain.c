#include "maintain.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/method/prune.h"
#include "daemon/run/runs.h"
#include "reload.h"
#include "server.h"
#include "shutdown.h"

enum { HOUR_MS = 3600 * 1000, STATUS_MS = 1000 };

/* ---- signals ---- */

static void work_nothing(void *arg)
{
    (void)arg; /* the loop's hook reads the signals in every turn, reported or not */
}

int maintain_signals(struct server *s, struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return error_errno(err, errno, "sigprocmask");
    s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signal_fd < 0)
        return error_errno(err, errno, "signalfd");
    if (watch_init(s->loop, &s->signals, s->signal_fd, WATCH_READ, LOOP_SIGNALS, work_nothing, s) ||
        watch_arm(&s->signals))
        return error_errno(err, ENOMEM, "cannot watch for signals");
    return 0;
}

void maintain_read_signals(void *server)
{
    struct server *s = server;
    struct signalfd_siginfo info;
    bool hangup = false;
    while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info)) {
        switch (info.ssi_signo) {
        case SIGTERM:
        case SIGINT:
            shutdown_begin(s, STOP_ORDERLY);
            break;
        case SIGQUIT:
            shutdown_begin(s, STOP_IMMEDIATE);
            break;
        case SIGHUP:
            hangup = true;
            break;
        case SIGCHLD:
            s->child_exited = true;
            break;
        default:
            break;
        }
    }
    if (hangup && s->stop_level == STOP_NONE)
        reload(s);
}

/* ---- timers ---- */

static void end_retention(struct server *s)
{
    s->retaining = false;
    if (s->retention.error && s->retention.error != s->retention_told)
        log_warning("some records could not be removed",
                    LOG_S("error", strerror(-s->retention.error)));
    s->retention_told = s->retention.error;
}

static void work_retention(void *arg)
{
    struct server *s = arg;
    if (s->retaining && retention_step(&s->retention, s->records, clock_wall_ms()) == 0)
        end_retention(s);
    if (prune_step(s) || s->retaining)
        watch_note(&s->retention_step);
}

void maintain_retention(struct server *s)
{
    if (!s->retaining)
        retention_start(&s->retention, &s->config->retention);
    s->retaining = true;
    watch_note(&s->retention_step);
}

static void hourly(void *arg)
{
    struct server *s = arg;
    maintain_retention(s);
    loop_timer_set(s->loop, &s->retention_timer, HOUR_MS);
}

static void feed_watchdog(void *arg)
{
    struct server *s = arg;
    notify_watchdog(&s->notify);
    loop_timer_set(s->loop, &s->watchdog, s->notify.watchdog_us / 2000);
}

static void tell_status(void *arg)
{
    struct server *s = arg;
    char text[96];
    size_t count = runs_count(s);
    snprintf(text, sizeof(text), "%s, %zu run%s",
             s->stop_level == STOP_NONE ? "serving" : "stopping", count, count == 1 ? "" : "s");
    notify_status(&s->notify, text);
}

void maintain_status(struct server *s)
{
    if (s->notify.fd >= 0 && s->status.timers && !timer_is_set(&s->status))
        loop_timer_set(s->loop, &s->status, STATUS_MS);
}

int maintain_timers(struct server *s)
{
    if (loop_timer_init(s->loop, &s->retention_timer, hourly, s) ||
        loop_timer_init(s->loop, &s->watchdog, feed_watchdog, s) ||
        loop_timer_init(s->loop, &s->status, tell_status, s) ||
        watch_init(s->loop, &s->retention_step, -1, WATCH_NONE, LOOP_OUTPUT, work_retention, s))
        return -ENOMEM;
    hourly(s);
    if (s->notify.watchdog_us > 0)
        feed_watchdog(s);
    return 0;
}
