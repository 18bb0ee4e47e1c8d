/* Raw probes: what the machine itself takes for the thing that a figure measures. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Kept from call to call: touched memory that makes us as heavy as councild. */
static void carry(long kib)
{
    static long carried;
    long more = kib - process_heap_kib(getpid());
    if (more <= 0 || carried >= kib)
        return;
    void *at = mmap(NULL, (size_t)more * 1024, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (at == MAP_FAILED)
        DIE("mmap: %s", strerror(errno));
    carried = kib;
}

double probe_fork_us(const struct daemon *d)
{
    carry(process_heap_kib(d->pid));
    int64_t start = bench_ns();
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid < 0 || waitpid(pid, NULL, 0) != pid)
        DIE("fork: %s", strerror(errno));
    return (double)(bench_ns() - start) / 1e3;
}

double probe_pidfd_us(const char *runner)
{
    int link;
    pid_t pid = probe_spawn_runner(runner, &link);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (pidfd < 0 || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event) < 0)
        DIE("pidfd: %s", strerror(errno));
    usleep(8000); /* it has to come to where it waits */
    int64_t start = bench_ns();
    kill(pid, SIGKILL);
    if (epoll_wait(epoll, &event, 1, -1) != 1)
        DIE("epoll_wait: %s", strerror(errno));
    double us = (double)(bench_ns() - start) / 1e3;
    waitpid(pid, NULL, 0);
    close(pidfd);
    close(epoll);
    close(link);
    return us;
}

static int64_t own_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void read_until_end(int fd)
{
    char sink[65536];
    while (recv(fd, sink, sizeof sink, 0) > 0)
        ;
    _exit(0);
}

static int start_reader(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        DIE("socketpair: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        read_until_end(pair[1]);
    }
    if (pid < 0)
        DIE("fork: %s", strerror(errno));
    close(pair[1]);
    return pair[0];
}

double probe_send_us(size_t bytes, int readers, int count)
{
    int *fds = calloc((size_t)readers, sizeof *fds);
    char *text = calloc(1, bytes);
    if (!text || !fds)
        DIE("out of memory");
    for (int i = 0; i < readers; i++)
        fds[i] = start_reader();
    int64_t used = 0;
    for (int i = 0; i < count; i++) {
        usleep(1000); /* they read what is there and sleep again */
        int64_t start = own_cpu_ns();
        for (int k = 0; k < readers; k++)
            if (send(fds[k], text, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
                DIE("send: %s", strerror(errno));
        used += own_cpu_ns() - start;
    }
    for (int i = 0; i < readers; i++)
        close(fds[i]);
    for (int i = 0; i < readers; i++)
        wait(NULL);
    free(fds);
    free(text);
    return (double)used / 1e3 / count / readers;
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
