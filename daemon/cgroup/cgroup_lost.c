#include "cgroup_lost.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "cgroup_root.h"
#include "cgroup_tree.h"
#include "common/cleanup.h"
#include "common/fd.h"
#include "common/log.h"
#include "daemon/os/sys.h"

enum { POLL_MS = 5 };

/* ---- walking a directory ---- */

static bool is_run_name(const char *name)
{
    return name[0] == 'r' && name[1] != '\0' && name[1 + strspn(name + 1, "0123456789")] == '\0';
}

static bool is_daemon_name(const char *name)
{
    return strncmp(name, CGROUP_PREFIX, strlen(CGROUP_PREFIX)) == 0;
}

/* Calls `each` for the groups of that kind; returns the sum of its results, or the first error. */
static int each_group(int dir, bool (*wanted)(const char *name),
                      int (*each)(int dir, const char *name))
{
    int copy = cgroup_tree_open(dir, ".");
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (!listing) {
        int r = copy < 0 ? copy : -errno;
        fd_close(&copy);
        return r;
    }
    int sum = 0;
    for (struct dirent *e; sum >= 0 && (e = readdir(listing));) {
        int r = e->d_type == DT_DIR && wanted(e->d_name) ? each(dir, e->d_name) : 0;
        sum = r < 0 ? r : sum + r;
    }
    closedir(listing);
    return sum;
}

/* ---- litter of daemons that died without a successor ---- */

/* councild-<tenant>-<8 hex digits>: what a daemon has made, and nothing that an operator has named
 * alike. */
static bool is_made_name(const char *name)
{
    enum { HEX = 8 };
    const size_t len = strlen(name);
    return is_daemon_name(name) && len > strlen(CGROUP_PREFIX) + 1 + HEX &&
           name[len - HEX - 1] == '-' && strspn(name + len - HEX, "0123456789abcdef") == HEX;
}

static bool is_any_name(const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* 1: a living daemon holds the lock of this directory, or of one below it; -errno: who knows. */
static int is_held(int dir, const char *name)
{
    _cleanup_close_ int fd = cgroup_tree_open(dir, name);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    if (sys.flock(fd, LOCK_EX | LOCK_NB) < 0)
        return 1;
    return each_group(fd, is_any_name, is_held);
}

/* Nothing is killed: a group with a process in it cannot be removed. But the empty groups of a
 * living daemon could: every lock is asked before anything goes. */
static int remove_if_dead(int dir, const char *name)
{
    _cleanup_close_ int fd = cgroup_tree_open(dir, name);
    if (fd >= 0 && sys.flock(fd, LOCK_EX | LOCK_NB) == 0 &&
        each_group(fd, is_any_name, is_held) == 0)
        cgroup_tree_remove(dir, name);
    return 0;
}

void cgroup_sweep(int base_fd)
{
    each_group(base_fd, is_made_name, remove_if_dead);
}

/* ---- the predecessor's ---- */

static int kill_and_wait(int dir, int64_t deadline_us)
{
    static const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    int r = each_group(dir, is_run_name, cgroup_tree_kill);
    while (r >= 0 && (r = each_group(dir, is_run_name, cgroup_tree_populated)) > 0) {
        if (sys.mono_us() >= deadline_us)
            return -ETIMEDOUT;
        nanosleep(&pause, NULL);
    }
    return r < 0 ? r : each_group(dir, is_run_name, cgroup_tree_remove);
}

/* The file is ours, but what is killed by its word has to look like a daemon's directory. */
static bool is_daemon_path(const char *path)
{
    const char *last = strrchr(path, '/');
    return path[0] == '/' && !strstr(path, "/../") && is_daemon_name(last + 1);
}

static int end_directory(const char *full, const char *path, int64_t deadline_us, struct error *err)
{
    _cleanup_close_ int dir = cgroup_tree_open(AT_FDCWD, full);
    if (dir == -ENOENT)
        return 0;
    if (dir < 0)
        return error_errno(err, -dir, "cannot open the cgroup %s of an earlier councild", path);
    if (faccessat(dir, "cgroup.procs", F_OK, 0) < 0)
        return error_set(err, EINVAL, "%s, recorded as the cgroup of an earlier councild, is none",
                         path);
    int r = kill_and_wait(dir, deadline_us);
    if (r == -ETIMEDOUT)
        return error_set(err, ETIMEDOUT, "processes of an earlier councild do not die: see %s",
                         path);
    if (r < 0)
        return error_errno(err, -r, "cannot end the cgroup %s of an earlier councild", path);
    /* The leaf and the directory itself are only litter; a service manager may hold them. */
    cgroup_tree_remove(AT_FDCWD, full);
    return 0;
}

int cgroup_kill_predecessor(int state_fd, const char *fs_root, int64_t deadline_us,
                            struct error *err)
{
    char path[PATH_MAX];
    char full[PATH_MAX];
    ssize_t len = sys_read_text(state_fd, CGROUP_RECORD, path, sizeof path);
    if (len == -ENOENT)
        return 0;
    if (len < 0)
        return error_errno(err, (int)-len, "cannot read the file %s in the state directory",
                           CGROUP_RECORD);
    path[strcspn(path, "\n")] = '\0';
    int r = 0;
    if (is_daemon_path(path) &&
        snprintf(full, sizeof full, "%s%s", fs_root, path) < (int)sizeof full)
        r = end_directory(full, path, deadline_us, err);
    else
        log_warning("the state directory's file cgroup names no cgroup of a councild: passed over",
                    LOG_S("content", path));
    if (r == 0)
        sys.unlinkat(state_fd, CGROUP_RECORD, 0);
    return r;
}
