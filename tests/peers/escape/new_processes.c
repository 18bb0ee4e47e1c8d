/* New processes, and leaving what ends them: children, other programs, sessions, cores, bombs. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "escape.h"

enum { BOMBS = 32, BOMB_SECONDS = 60 };

static int make_child(const char *none)
{
    (void)none;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid < 0 ? errno : waitpid(pid, NULL, 0) < 0 ? errno : 0;
}

static int make_child_anew(const char *none)
{
    (void)none;
    struct {
        unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    } args = {.exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &args, sizeof(args));
    if (pid == 0)
        _exit(0);
    return pid < 0 ? errno : 0;
}

/* A file -1 stands for a path. Returns what is told by the program's end. */
static int exec_apart(int file)
{
    char *argv[] = {(char[]){"true"}, NULL}, *env[] = {NULL};
    pid_t pid = fork();
    if (pid == 0) {
        if (file >= 0)
            execveat(file, "", argv, env, AT_EMPTY_PATH);
        else
            execve("/bin/true", argv, env);
        _exit(errno);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* In a process that cannot be spared, a program that is not there: found missing by who may look.
 */
static int become_program(const char *none)
{
    char *argv[] = {(char[]){"true"}, NULL}, *env[] = {NULL};
    (void)none;
    if (escape_is_forked())
        return exec_apart(-1);
    return execve("/no/such/program", argv, env) < 0 && errno != ENOENT ? errno : 0;
}

static int become_memory(const char *none)
{
    char *argv[] = {(char[]){"true"}, NULL}, *env[] = {NULL};
    (void)none;
    if (!escape_is_forked())
        return execveat(-1, "", argv, env, AT_EMPTY_PATH) < 0 && errno != EBADF ? errno : 0;
    int fd = memfd_create("escape", 0);
    return fd < 0 || write(fd, "#!/bin/true\n", 12) != 12 ? errno : exec_apart(fd);
}

static int leave_session(const char *none)
{
    (void)none;
    if (setsid() < 0)
        return errno;
    return 0;
}

static int allow_cores(const char *none)
{
    struct rlimit limit;
    (void)none;
    if (getrlimit(RLIMIT_CORE, &limit) < 0)
        return errno;
    limit.rlim_cur = limit.rlim_max = limit.rlim_max > 4096 ? limit.rlim_max : 4096;
    return setrlimit(RLIMIT_CORE, &limit) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0 ? errno : 0;
}

static int is_dumpable(const char *none)
{
    (void)none;
    int r = prctl(PR_GET_DUMPABLE);
    return r == 1 ? 0 : r < 0 ? errno : ESCAPE_NOTHING;
}

/* Anything with a set-user-id bit is worth something only without this. */
static int gain_privileges(const char *none)
{
    (void)none;
    int r = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    return r == 0 ? 0 : r < 0 ? errno : ESCAPE_NOTHING;
}

/* What was left to a tool: nothing but its three pipes. */
static int find_descriptors(const char *none)
{
    (void)none;
    if (escape_record() >= 0)
        return ESCAPE_ABSENT;
    for (int fd = 3; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            return 0;
    return ESCAPE_NOTHING;
}

static int find_key_in_environment(const char *reversed)
{
    size_t len = strlen(reversed);
    for (char **at = environ; *at; at++)
        for (const char *from = *at; strlen(from) >= len; from++) {
            size_t same = 0;
            while (same < len && from[same] == reversed[len - 1 - same])
                same++;
            if (same == len)
                return 0;
        }
    return ESCAPE_NOTHING;
}

/* Children that left session and group, and stay: those who end the run have to find them. They
 * have a name of their own. */
static int leave_bombs(const char *none)
{
    (void)none;
    for (int i = 0; i < BOMBS; i++) {
        pid_t pid = fork();
        if (pid < 0)
            return errno;
        if (pid > 0)
            continue;
        int null = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 64; fd++)
            if (fd != null)
                close(fd);
        setsid();
        signal(SIGALRM, SIG_DFL);
        alarm(BOMB_SECONDS);
        prctl(PR_SET_NAME, "escape-bomb");
        for (;;)
            pause();
    }
    return 0;
}

const struct attempt ESCAPE_PROCESSES[] = {
    {"own-descriptors", NULL, find_descriptors},
    {"own-environment", "mark", find_key_in_environment},
    {"fork", NULL, make_child},
    {"clone3", NULL, make_child_anew},
    {"exec", NULL, become_program},
    {"exec-memory", NULL, become_memory},
    {"setsid", NULL, leave_session},
    {"cores", NULL, allow_cores},
    {"dumpable", NULL, is_dumpable},
    {"new-privileges", NULL, gain_privileges},
    {"bombs", NULL, leave_bombs},
    {NULL, NULL, NULL},
};
