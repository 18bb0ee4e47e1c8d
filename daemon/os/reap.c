#include "reap.h"

#include <errno.h>
#include <string.h>

#include "proto/reason.h"
#include "sys.h"

static int wait_for(idtype_t type, id_t id, siginfo_t *ret, int options, struct rusage *ret_usage)
{
    siginfo_t info;
    int r;
    do {
        memset(&info, 0, sizeof info);
        r = sys.waitid(type, id, &info, WEXITED | WNOHANG | options, ret_usage);
    } while (r < 0 && errno == EINTR);
    if (r < 0)
        return -errno;
    if (info.si_pid == 0)
        return 0;
    *ret = info;
    return 1;
}

int reap_look(int pidfd, siginfo_t *ret)
{
    return wait_for(P_PIDFD, (id_t)pidfd, ret, WNOWAIT, NULL);
}

int reap_leader(int pidfd, siginfo_t *ret, struct rusage *ret_usage)
{
    int r = wait_for(P_PIDFD, (id_t)pidfd, ret, 0, ret_usage);
    return r == 0 ? -EAGAIN : r < 0 ? r : 0;
}

int reap_kill_group(pid_t leader)
{
    if (sys.kill(-leader, SIGKILL) < 0 && errno != ESRCH)
        return -errno;
    return 0;
}

bool reap_group_lives(pid_t leader)
{
    return sys.kill(-leader, 0) == 0 || errno != ESRCH;
}

pid_t reap_next(siginfo_t *ret)
{
    int r = wait_for(P_ALL, 0, ret, WNOWAIT, NULL);
    return r > 0 ? ret->si_pid : r;
}

int reap_orphan(pid_t pid)
{
    siginfo_t info;
    int r = wait_for(P_PID, (id_t)pid, &info, 0, NULL);
    return r == 0 ? -EAGAIN : r < 0 ? r : 0;
}

static void killed(const struct reap_facts *facts, struct reason *ret)
{
    ret->kind = REASON_KILLED;
    if (facts->sent_kill)
        ret->by = REASON_BY_SUPERVISOR;
    else
        ret->by = facts->oom ? REASON_BY_OOM : REASON_BY_UNKNOWN;
}

static void signalled(int signal, bool dumped, const struct reap_facts *facts, struct reason *ret)
{
    if (signal == SIGTERM && (facts->sent_term || facts->stopping)) {
        ret->kind = REASON_SHUTDOWN;
    } else if (signal == SIGKILL) {
        killed(facts, ret);
    } else {
        ret->kind = REASON_SIGNAL;
        ret->signal = signal;
        ret->core = dumped;
    }
}

void reap_reason(const siginfo_t *info, const struct reap_facts *facts, struct reason *ret)
{
    struct reason reason = REASON_INIT;
    if (!info) {
        reason.kind = REASON_UNKNOWN;
    } else if (info->si_code == CLD_EXITED) {
        reason.code = info->si_status & 0xff;
        reason.kind = reason.code == 0 ? REASON_NORMAL : REASON_EXIT;
    } else if (info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED) {
        signalled(info->si_status, info->si_code == CLD_DUMPED, facts, &reason);
    } else {
        reason.kind = REASON_UNKNOWN;
    }
    *ret = reason;
}
