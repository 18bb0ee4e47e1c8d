#include "tool_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"

/* The root that everything was seen from until now, and the one that is being made. */
#define OLD "/old"
#define NEW "/new"

enum { MOUNT_SETATTR = 442, RECURSIVE = 0x8000 /* AT_RECURSIVE */ };

static const struct {
    const char *name, *target;
} LINKS[] = {
    {NEW "/dev/fd", "/proc/self/fd"},       {NEW "/dev/stdin", "/proc/self/fd/0"},
    {NEW "/dev/stdout", "/proc/self/fd/1"}, {NEW "/dev/stderr", "/proc/self/fd/2"},
    {NEW "/dev/shm", TOOL_ROOT_WORK},
};

static int failed(struct error *err, const char *what, const char *path)
{
    return error_errno(err, errno, "its root folder: %s %s", what, path);
}

/* ---- small parts ---- */

static int protect(const char *path, unsigned flags, bool below_too)
{
    struct {
        uint64_t set, clear, propagation, userns;
    } attributes = {.set = flags};
    return (int)syscall(MOUNT_SETATTR, AT_FDCWD, path, below_too ? RECURSIVE : 0, &attributes,
                        sizeof(attributes));
}

static int make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int r = mkdir(path, 0755);
        *slash = '/';
        if (r < 0 && errno != EEXIST)
            return -1;
    }
    return 0;
}

/* Something to mount on. */
static int make_point(char *path, bool folder)
{
    struct stat st;
    if (lstat(path, &st) == 0)
        return 0;
    if (make_parents(path) < 0)
        return -1;
    if (folder)
        return mkdir(path, 0755);
    _cleanup_close_ int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    return fd < 0 ? -1 : 0;
}

static int mount_memory(const char *path, unsigned mode, int64_t bytes, bool executable)
{
    char options[80];
    snprintf(options, sizeof(options), "mode=%o,size=%lld,nr_inodes=65536", mode, (long long)bytes);
    return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | (executable ? 0 : MS_NOEXEC),
                 options);
}

/* ---- steps ---- */

static int begin(struct error *err)
{
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return failed(err, "keeping mounts from", "others");
    if (mount_memory("/tmp", 0755, 1 << 20, false) < 0 || mkdir("/tmp" OLD, 0755) < 0 ||
        mkdir("/tmp" NEW, 0755) < 0)
        return failed(err, "making", "/");
    if (syscall(SYS_pivot_root, "/tmp", "/tmp" OLD) < 0 || chdir("/") < 0)
        return failed(err, "going to", "/");
    if (mount_memory(NEW, 0755, 1 << 20, false) < 0)
        return failed(err, "making", "/");
    return 0;
}

/* Where the machine's own /proc is partly hidden only a part can be had, or none. */
static int mount_proc(const char *options)
{
    return mount("proc", NEW "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, options);
}

static int make_own(int64_t disk_bytes, bool *ret_proc, struct error *err)
{
    if (mkdir(NEW "/proc", 0555) < 0 || mkdir(NEW "/dev", 0755) < 0 || mkdir(NEW "/tmp", 0700) < 0)
        return failed(err, "making", "/proc, /dev, /tmp");
    *ret_proc = mount_proc(NULL) == 0 || mount_proc("subset=pid") == 0;
    if (mount_memory(NEW "/tmp", 0700, disk_bytes, true) < 0)
        return failed(err, "making", "/tmp");
    for (size_t i = 0; i < ARRAY_LEN(LINKS); i++)
        if (symlink(LINKS[i].target, LINKS[i].name) < 0)
            return failed(err, "making", LINKS[i].name);
    return 0;
}

/* A device is not a device any more on a mount without them. */
static unsigned protection(enum tool_file_kind kind)
{
    unsigned flags = MOUNT_ATTR_NOSUID;
    if (kind != TOOL_FILE_WRITE)
        flags |= MOUNT_ATTR_RDONLY;
    if (kind != TOOL_FILE_DEVICE)
        flags |= MOUNT_ATTR_NODEV;
    return flags;
}

static int show(int from, const char *to)
{
    _cleanup_close_ int tree = (int)syscall(
        SYS_open_tree, from, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | RECURSIVE);
    return tree < 0 ? -1
                    : (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH);
}

static int place(const struct tool_file *f, struct error *err)
{
    _cleanup_free_ char *from = xasprintf(OLD "%s", f->path);
    _cleanup_free_ char *to = xasprintf(NEW "%s", f->path);
    struct stat st, there;
    if (f->kind != TOOL_FILE_WRITE && lstat(to, &there) == 0)
        return 0; /* with its folder */
    _cleanup_close_ int fd = tool_file_open(from);
    if (fd < 0)
        return error_errno(err, -fd, "its root folder: opening %s", f->path);
    if (fstat(fd, &st) < 0 || make_point(to, S_ISDIR(st.st_mode)) < 0)
        return failed(err, "making", f->path);
    if (show(fd, to) < 0)
        return failed(err, "showing", f->path);
    if (protect(to, protection(f->kind), true) < 0)
        return failed(err, "protecting", f->path);
    return 0;
}

/* The names that lead there: when the new root is the root, since links on their way count from it.
 */
static int link_name(const struct tool_file *f, struct error *err)
{
    struct stat st;
    if (!f->name || lstat(f->name, &st) == 0)
        return 0;
    if (make_parents(f->name) < 0 || symlink(f->path, f->name) < 0)
        return failed(err, "making", f->name);
    return 0;
}

static int hide(const char *own, struct error *err)
{
    _cleanup_free_ char *path = xasprintf(NEW "%s", own);
    struct stat st;
    if (lstat(path, &st) < 0)
        return 0;
    int r = S_ISDIR(st.st_mode) ? mount_memory(path, 0, 4096, false)
                                : mount(NEW "/dev/null", path, NULL, MS_BIND, NULL);
    if (r < 0 || protect(path, MOUNT_ATTR_RDONLY, false) < 0)
        return failed(err, "hiding", own);
    return 0;
}

/* The old root stands over the new one for the blink of an eye, then it is gone. */
static int go(struct error *err)
{
    if (chdir(NEW) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
        chdir("/") < 0)
        return failed(err, "going to", "/");
    return 0;
}

static int end(struct error *err)
{
    if (protect("/", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, false) < 0)
        return failed(err, "protecting", "/");
    return chdir(TOOL_ROOT_WORK) < 0 ? failed(err, "going to", TOOL_ROOT_WORK) : 0;
}

int tool_root_enter(const struct tool_files *files, int64_t disk_bytes, bool *ret_proc,
                    struct error *err)
{
    json_t *own;
    size_t i;
    int r = begin(err);
    r = r < 0 ? r : make_own(disk_bytes, ret_proc, err);
    for (i = 0; i < files->count; i++)
        r = r < 0 ? r : place(&files->at[i], err);
    json_array_foreach (files->own, i, own)
        r = r < 0 ? r : hide(json_string_value(own), err);
    r = r < 0 ? r : go(err);
    for (i = 0; i < files->count; i++)
        r = r < 0 ? r : link_name(&files->at[i], err);
    return r < 0 ? r : end(err);
}
