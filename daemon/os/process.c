#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

static int open_standard_descriptors(struct error *err)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* The lowest free number is this one. */
        if (sys.openat(AT_FDCWD, "/dev/null", O_RDWR, 0) != fd)
            return error_errno(err, errno, "cannot open /dev/null");
    }
    return 0;
}

static bool is_ignored(int signal)
{
    return signal == SIGPIPE || signal == SIGXFSZ || signal == SIGUSR1 || signal == SIGUSR2 ||
           signal == SIGALRM;
}

static int set_dispositions(struct error *err)
{
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        /* libc keeps the signals between these two for itself. */
        if (signal == SIGKILL || signal == SIGSTOP || (signal >= 32 && signal < SIGRTMIN))
            continue;
        struct sigaction action = {.sa_handler = is_ignored(signal) ? SIG_IGN : SIG_DFL};
        sigemptyset(&action.sa_mask);
        if (sigaction(signal, &action, NULL) < 0)
            return error_errno(err, errno, "cannot set the disposition of signal %d", signal);
    }
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        return error_errno(err, errno, "cannot set the signal mask");
    return 0;
}

void process_shut_memory(bool shut)
{
    prctl(PR_SET_DUMPABLE, shut ? 0 : 1, 0, 0, 0);
}

int process_prepare(struct process_origin *ret, struct error *err)
{
    struct process_origin origin = {.pid = getpid()};
    int r = open_standard_descriptors(err);
    if (r < 0)
        return r;
    r = set_dispositions(err);
    if (r < 0)
        return r;
    umask(077); /* what was inherited must neither open nor lock a record */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return error_errno(err, errno, "cannot become a subreaper");
    if (sys.prlimit(0, RLIMIT_NOFILE, NULL, &origin.open_files) < 0)
        return error_errno(err, errno, "cannot read the limit of open files");
    *ret = origin;
    return 0;
}

int64_t process_raise_open_files(const struct process_origin *origin)
{
    struct rlimit raised = origin->open_files;
    raised.rlim_cur = raised.rlim_max;
    if (sys.prlimit(0, RLIMIT_NOFILE, &raised, NULL) < 0)
        return (int64_t)origin->open_files.rlim_cur;
    return raised.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)raised.rlim_cur;
}
