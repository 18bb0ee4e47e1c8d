#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "fd.h"

static int write_file(const char *path, const char *text)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
}

static int write_map(const char *path, unsigned id)
{
    char line[48];
    snprintf(line, sizeof(line), "%u %u 1\n", id, id);
    return write_file(path, line);
}

int namespaces_keep_ids(unsigned uid, unsigned gid)
{
    int r = write_map("/proc/self/uid_map", uid);
    if (r == 0)
        r = write_file("/proc/self/setgroups", "deny");
    return r == 0 ? write_map("/proc/self/gid_map", gid) : r;
}

static int enter(int flags)
{
    unsigned uid = geteuid(), gid = getegid();
    if (unshare(CLONE_NEWUSER | flags) < 0)
        return -errno;
    prctl(PR_SET_DUMPABLE, 1); /* the maps of another one are root's */
    int r = namespaces_keep_ids(uid, gid);
    if (r == 0 && flags & CLONE_NEWNS && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        r = -errno;
    return r;
}

int namespaces_probe(int flags)
{
    int status;
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        _exit(-enter(flags));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

int namespaces_is_single_threaded(void)
{
    /* The kernel takes this from a process with one thread, for which it means nothing. */
    if (unshare(CLONE_THREAD) == 0)
        return 1;
    return errno == EINVAL ? 0 : -errno;
}
