/* Raw probes: what the machine itself takes for the thing that a figure measures. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

double probe_fork_us(void)
{
    int64_t start = bench_ns();
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid < 0 || waitpid(pid, NULL, 0) != pid)
        DIE("fork: %s", strerror(errno));
    return (double)(bench_ns() - start) / 1e3;
}

double probe_pidfd_us(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (pidfd < 0 || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event) < 0)
        DIE("pidfd: %s", strerror(errno));
    usleep(300);
    int64_t start = bench_ns();
    kill(pid, SIGKILL);
    if (epoll_wait(epoll, &event, 1, -1) != 1)
        DIE("epoll_wait: %s", strerror(errno));
    double us = (double)(bench_ns() - start) / 1e3;
    waitpid(pid, NULL, 0);
    close(pidfd);
    close(epoll);
    return us;
}

static int64_t own_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

double probe_send_us(size_t bytes, int count)
{
    int pair[2];
    char *text = calloc(1, bytes), sink[65536];
    if (!text || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        DIE("socketpair: %s", strerror(errno));
    int64_t used = 0;
    for (int i = 0; i < count; i++) {
        int64_t start = own_cpu_ns();
        if (send(pair[0], text, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
            DIE("send: %s", strerror(errno));
        used += own_cpu_ns() - start;
        for (size_t left = bytes; left > 0;) {
            ssize_t n = recv(pair[1], sink, sizeof sink, 0);
            if (n <= 0)
                DIE("recv: %s", strerror(errno));
            left -= (size_t)n;
        }
    }
    close(pair[0]);
    close(pair[1]);
    free(text);
    return (double)used / 1e3 / count;
}

pid_t probe_spawn_runner(const char *runner, int *ret_link)
{
    int pair[2];
    pid_t pid;
    char *argv[] = {(char *)(uintptr_t)runner, NULL}, *none[] = {NULL};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        DIE("socketpair: %s", strerror(errno));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], 3);
    int r = posix_spawn(&pid, runner, &actions, NULL, argv, none);
    posix_spawn_file_actions_destroy(&actions);
    if (r != 0)
        DIE("posix_spawn %s: %s", runner, strerror(r));
    close(pair[1]);
    *ret_link = pair[0];
    return pid;
}
