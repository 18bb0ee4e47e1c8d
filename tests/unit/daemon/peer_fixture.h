/* Processes that are lines of a table, which the calls of daemon/os/sys.h read as /proc. Taken in
 * behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_PEER_FIXTURE_H
#define TESTS_UNIT_DAEMON_PEER_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/os/peer_look.h"
#include "daemon/os/sys.h"

enum { DAEMON = 500, OWN = 1000, OTHER = 2000, MOST = 100, UNREADABLE = -1 };

#define GROUP  "councild-a-0123abcd"
#define SYSTEM "0::/system.slice/ssh.service\n"

struct person {
    pid_t pid;
    pid_t parent;
    uid_t real;
    uid_t effective;
    const char *cgroup;   /* NULL: SYSTEM */
    pid_t parent_later;   /* what a second look finds, if not 0 */
    const pid_t *parents; /* what each look finds, one after the other; UNREADABLE: it fails */
    int hidden;           /* the errno of whoever wants to read it */
    int cgroup_hidden;    /* that of its cgroup alone */
    const char *status;   /* as it stands there, if not made of the above */
};

static struct person people[MOST];
static size_t count;
static int pidfd_errno; /* of SO_PEERPIDFD; 0: there is one */
static bool gone;       /* its process, when it is asked for the last time */
static size_t opened;

static struct peer_look how;

static inline struct person *add(pid_t pid, pid_t parent)
{
    assert_true(count < MOST);
    people[count] = (struct person){.pid = pid, .parent = parent, .real = OWN, .effective = OWN};
    return &people[count++];
}

static inline struct person *look_up(pid_t pid)
{
    for (size_t i = 0; i < count; i++)
        if (people[i].pid == pid)
            return &people[i];
    return NULL;
}

static inline struct person *find(pid_t pid)
{
    struct person *p = look_up(pid);
    if (!p)
        fail_msg("nobody is %d", (int)pid);
    return p ? p : &people[0];
}

static inline int pipe_with(const char *text)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    close(ends[1]);
    return ends[0];
}

static inline int fake_openat(int dir, const char *path, int flags, mode_t mode)
{
    int pid = 0;
    char file[16], text[512];
    (void)dir;
    (void)flags;
    (void)mode;
    assert_int_equal(sscanf(path, "/proc/%d/%15s", &pid, file), 2);
    struct person *p = look_up(pid);
    opened++;
    if (!p || p->hidden) {
        errno = p ? p->hidden : ENOENT;
        return -1;
    }
    if (strcmp(file, "cgroup") == 0 && p->cgroup_hidden) {
        errno = p->cgroup_hidden;
        return -1;
    }
    if (strcmp(file, "cgroup") == 0)
        return pipe_with(p->cgroup ? p->cgroup : SYSTEM);
    assert_string_equal(file, "status");
    if (p->parents)
        p->parent = *p->parents++;
    if (p->parent == UNREADABLE) {
        errno = EIO;
        return -1;
    }
    if (p->status)
        return pipe_with(p->status);
    snprintf(text, sizeof text,
             "Name:\tPPid:\\n 7\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t%d\nPid:\t%d\n"
             "PPid:\t%d\nTracerPid:\t0\nUid:\t%u\t%u\t%u\t%u\nGid:\t1\t1\t1\t1\n",
             pid, pid, (int)p->parent, p->real, p->effective, p->effective, p->effective);
    if (p->parent_later)
        p->parent = p->parent_later;
    return pipe_with(text);
}

static inline int fake_getsockopt(int fd, int level, int option, void *ret, socklen_t *size)
{
    assert_int_equal(fd, 77);
    assert_int_equal(level, SOL_SOCKET);
    assert_int_equal(option, 77); /* SO_PEERPIDFD */
    assert_int_equal(*size, sizeof(int));
    if (pidfd_errno) {
        errno = pidfd_errno;
        return -1;
    }
    *(int *)ret = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return 0;
}

static inline int fake_pidfd_send_signal(int pidfd, int signal)
{
    assert_true(pidfd >= 0);
    assert_int_equal(signal, 0);
    errno = gone ? ESRCH : EPERM;
    return -1;
}

static inline int setup(void **state)
{
    (void)state;
    count = opened = 0;
    pidfd_errno = 0;
    gone = false;
    how = (struct peer_look){.daemon = DAEMON, .uid = OWN};
    sys.openat = fake_openat;
    sys.getsockopt = fake_getsockopt;
    sys.pidfd_send_signal = fake_pidfd_send_signal;
    add(DAEMON, 1);
    add(600, DAEMON); /* a runner */
    add(700, 1)->real = OTHER;
    find(700)->effective = OTHER; /* of the system */
    add(701, 700);                /* a shell */
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    sys_reset();
    return 0;
}

static inline int look(pid_t pid)
{
    return peer_look(&how, 77, pid);
}

#endif
