#include "cgroup_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "daemon/os/sys.h"

enum { DEPTH_MAX = 32 };

int cgroup_tree_open(int dir, const char *path)
{
    int fd = sys.openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
    return fd < 0 ? -errno : fd;
}

static int join(char *to, size_t size, const char *name, const char *file)
{
    return snprintf(to, size, "%s/%s", name, file) >= (int)size ? -ENAMETOOLONG : 0;
}

ssize_t cgroup_tree_read(int dir, const char *name, const char *file, char *to, size_t size)
{
    char path[PATH_MAX];
    int r = join(path, sizeof path, name, file);
    return r < 0 ? r : sys_read_text(dir, path, to, size);
}

int cgroup_tree_write(int dir, const char *name, const char *file, const char *text)
{
    char path[PATH_MAX];
    int r = join(path, sizeof path, name, file);
    return r < 0 ? r : sys_write_text(dir, path, text);
}

long long cgroup_tree_number(const char *text, const char *key)
{
    const size_t len = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, len) != 0 || line[len] != ' ')
            continue;
        const char *digits = line + len + 1;
        char *end;
        errno = 0;
        long long number = strtoll(digits, &end, 10);
        const bool whole =
            *digits >= '0' && *digits <= '9' && errno == 0 && (*end == '\n' || *end == '\0');
        return whole ? number : -1;
    }
    return -1;
}

/* A group that vanishes between two steps: ENOENT on the path, ENODEV on an open file. */
static bool is_gone(int r)
{
    return r == -ENOENT || r == -ENODEV;
}

int cgroup_tree_kill(int dir, const char *name)
{
    int r = cgroup_tree_write(dir, name, "cgroup.kill", "1");
    return is_gone(r) ? 0 : r;
}

int cgroup_tree_populated(int dir, const char *name)
{
    char text[256];
    ssize_t r = cgroup_tree_read(dir, name, "cgroup.events", text, sizeof text);
    if (r < 0)
        return is_gone((int)r) ? 0 : (int)r;
    switch (cgroup_tree_number(text, "populated")) {
    case 0:
        return 0;
    case 1:
        return 1;
    default:
        return -EIO;
    }
}

static int remove_one(int dir, const char *name)
{
    return sys.unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

static int remove_below(int dir, const char *name, int depth);

static void remove_children(int fd, int depth)
{
    DIR *listing = fdopendir(fd);
    if (!listing) {
        close(fd);
        return;
    }
    for (struct dirent *e; (e = readdir(listing));)
        if (e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            remove_below(dirfd(listing), e->d_name, depth);
    closedir(listing);
}

/* The common case, a group without groups in it, takes one call. */
static int remove_below(int dir, const char *name, int depth)
{
    int r = remove_one(dir, name);
    if (r == 0 || depth >= DEPTH_MAX)
        return r;
    int fd = cgroup_tree_open(dir, name);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    remove_children(fd, depth + 1);
    return remove_one(dir, name);
}

int cgroup_tree_remove(int dir, const char *name)
{
    return remove_below(dir, name, 0);
}
