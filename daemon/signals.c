#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/core/phases.h"
#include "daemon/runner/runners.h"
#include "parts.h"
#include "reload.h"
#include "shutdown.h"

static void work_nothing(void *arg)
{
    (void)arg; /* the loop's hook reads the signals in every turn, reported or not */
}

int signals_open(struct server *s, struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    s->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signal_fd < 0)
        return error_errno(err, errno, "signalfd");
    if (watch_init(s->loop, &s->signals, s->signal_fd, WATCH_READ, PHASE_SIGNALS, work_nothing,
                   s) ||
        watch_arm(&s->signals))
        return error_errno(err, ENOMEM, "cannot watch for signals");
    return 0;
}

static void hang_up(struct server *s)
{
    struct error err = {0};
    if (reload(s, &err) < 0)
        log_error("reload failed, everything stays as it was", LOG_S("error", err.text));
}

void signals_read(void *server)
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
            runners_child_exited(s->runners);
            break;
        default:
            break;
        }
    }
    if (hangup && !core_stops(&s->core))
        hang_up(s);
}
