#include "child_become.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/namespaces.h"
#include "runner/link/secrets.h"
#include "tool_init.h"
#include "tool_root.h"

/* Both are closed by the exec. */
enum { REPORT_FD = 3, END_FD = 4, FIRST_FREE_FD = 5, EXIT_STATUS = 127 };

__attribute__((noreturn)) static void fail(int number, const char *text)
{
    struct child_report report = {.number = number};
    snprintf(report.text, sizeof(report.text), "%s", text);
    ssize_t ignored = write(REPORT_FD, &report, sizeof(report));
    (void)ignored;
    _exit(EXIT_STATUS);
}

static void place_descriptors(const struct child_pipes *e)
{
    bool fine = dup3(e->report[1], REPORT_FD, O_CLOEXEC) == REPORT_FD &&
                dup3(e->end[1], END_FD, O_CLOEXEC) == END_FD && dup2(e->in[0], 0) == 0 &&
                dup2(e->out[1], 1) == 1 && dup2(e->err[1], 2) == 2 &&
                syscall(SYS_close_range, FIRST_FREE_FD, ~0u, 0) == 0;
    if (!fine)
        fail(errno, "its descriptors");
}

/* A keeper that was gone before this sends no signal any more. Out of its pid namespace it cannot
 * be seen: but what it would read has no reader then. */
static void tie_to(pid_t keeper, bool seen)
{
    struct pollfd report = {.fd = REPORT_FD, .events = POLLOUT};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        fail(errno, "being tied to the keeper");
    bool gone = seen ? getppid() != keeper : poll(&report, 1, 0) == 1 && report.revents & POLLERR;
    if (gone)
        _exit(EXIT_STATUS);
}

static void unblock_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((noreturn)) static void run_program(const struct child_order *o)
{
    struct error err = {0};
    if (o->box->closed && tool_box_close(o->box, o->program, o->files, &err) < 0)
        fail(err.number, err.text);
    unblock_signals();
    execve(o->argv[0], o->argv, o->env);
    fail(errno, "");
}

/* ---- with namespaces ---- */

/* A new user namespace's maps can be written by a process that others may look at, and by no other;
 * it is so in a namespace that nobody else is in. */
static void keep_ids(const struct child_order *o)
{
    prctl(PR_SET_DUMPABLE, 1);
    int r = namespaces_keep_ids(o->uid, o->gid);
    prctl(PR_SET_DUMPABLE, 0);
    if (r < 0)
        fail(-r, "its user namespace");
}

/* What stands in the memory of the keeper is not needed here, and other tools' credentials are
 * nobody's business. */
static void forget(const struct child_order *o)
{
    secrets_wipe_tree(o->box->secrets);
    for (size_t i = 0; o->env[i]; i++)
        explicit_bzero(o->env[i], strlen(o->env[i]));
}

__attribute__((noreturn)) static void run_init(const struct child_order *o)
{
    struct error err = {0};
    bool proc = false;
    pid_t self = getpid();
    keep_ids(o);
    if (tool_root_enter(o->files, tool_box_disk_bytes(o->program), &proc, &err) < 0)
        fail(err.number, err.text);
    pid_t pid = fork();
    if (pid < 0)
        fail(errno, "its process");
    if (pid == 0) {
        tie_to(self, true);
        run_program(o);
    }
    forget(o);
    close(0);
    close(1);
    close(2);
    close(REPORT_FD);
    if (tool_box_give_up_rights(&err) < 0)
        _exit(EXIT_STATUS);
    tool_init_run(pid, END_FD);
}

/* ---- without ---- */

static void go_to_work(const struct child_order *o)
{
    rlim_t bytes = (rlim_t)tool_box_disk_bytes(o->program);
    struct rlimit most = {bytes, bytes};
    if (chdir(o->work) < 0)
        fail(errno, "its folder to work in");
    setrlimit(RLIMIT_FSIZE, &most);
}

void child_become(const struct child_order *o, int flags)
{
    for (int number = 1; number <= SIGRTMAX; number++)
        signal(number, SIG_DFL);
    place_descriptors(o->pipes);
    if (o->box->own_group)
        setpgid(0, 0);
    tie_to(o->keeper, flags == 0);
    if (flags)
        run_init(o);
    if (o->work)
        go_to_work(o);
    run_program(o);
}
