#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cgroup_find.h"
#include "cgroup_lost.h"
#include "cgroup_root.h"
#include "cgroup_tree.h"
#include "common/cleanup.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/random.h"
#include "daemon/os/spawn.h"
#include "daemon/os/sys.h"

enum { ATTEMPTS = 3, DIR_MODE = 0755, RECORD_MODE = 0600, SERIAL_NAME_SIZE = 24 };

/* ---- the record in STATE_DIR ---- */

static int write_record(int state_fd, const char *path)
{
    char text[PATH_MAX + 1];
    int len = snprintf(text, sizeof text, "%s\n", path);
    int r = sys_write_file(state_fd, CGROUP_RECORD ".new", text, (size_t)len, RECORD_MODE);
    if (r == 0 && sys.renameat(state_fd, CGROUP_RECORD ".new", state_fd, CGROUP_RECORD) < 0)
        r = -errno;
    return r;
}

static void remove_record(int state_fd)
{
    sys.unlinkat(state_fd, CGROUP_RECORD, 0);
}

/* ---- the daemon's directory ---- */

static int find_base(struct cgroup_root *root, const struct cgroup_options *o, struct error *err)
{
    char own[PATH_MAX];
    const bool named = strcmp(o->setting, "auto") != 0;
    int r = cgroup_find_own(o->fs_root, own, sizeof own, named ? NULL : err);
    if (r < 0 && !named)
        return r;
    const char *base = named ? o->setting : own;
    root->own_base = r == 0 && strcmp(base, own) == 0;
    char full[PATH_MAX];
    if (snprintf(full, sizeof full, "%s%s", o->fs_root, base) >= (int)sizeof full)
        return error_errno(err, ENAMETOOLONG, "cannot use the cgroup %s", base);
    root->base_fd = cgroup_tree_open(AT_FDCWD, full);
    if (root->base_fd < 0)
        return error_errno(err, -root->base_fd, "cannot use the cgroup %s", base);
    if (faccessat(root->base_fd, "cgroup.procs", F_OK, 0) < 0)
        return error_set(err, EINVAL, "%s is no cgroup", base);
    if (snprintf(root->path, sizeof root->path, "%s%s%s", base,
                 base[strlen(base) - 1] == '/' ? "" : "/", root->name) >= (int)sizeof root->path)
        return error_errno(err, ENAMETOOLONG, "cannot use the cgroup %s", base);
    return 0;
}

/* Groups of daemons that died may be left, and other daemons may stand beside us: a random name. */
static int make_directory(struct cgroup_root *root, struct error *err)
{
    if (sys.mkdirat(root->base_fd, root->name, DIR_MODE) < 0)
        return error_errno(err, errno, "cannot make the cgroup %s", root->path);
    root->fd = cgroup_tree_open(root->base_fd, root->name);
    if (root->fd < 0) {
        cgroup_tree_remove(root->base_fd, root->name);
        return error_errno(err, -root->fd, "cannot open the cgroup %s", root->path);
    }
    if (sys.flock(root->fd, LOCK_EX | LOCK_NB) < 0)
        return error_errno(err, errno, "cannot lock the cgroup %s", root->path);
    if (faccessat(root->fd, "cgroup.kill", W_OK, AT_EACCESS) < 0)
        return error_errno(err, errno, "the kernel has no cgroup.kill");
    int r = write_record(root->state_fd, root->path);
    return r < 0 ? error_errno(err, -r, "cannot write the file %s in the state directory",
                               CGROUP_RECORD)
                 : 0;
}

/* A child is born into a group once: that proves the right to do so, whatever the modes say. */
static int probe(struct cgroup_root *root, struct error *err)
{
    _cleanup_close_ int fd = cgroup_create(root, 0, err);
    if (fd < 0)
        return fd;
    root->memory = faccessat(fd, "memory.max", W_OK, AT_EACCESS) == 0;
    root->processes = faccessat(fd, "pids.max", W_OK, AT_EACCESS) == 0;
    int r = spawn_probe_cgroup(fd);
    cgroup_remove(root, 0);
    return r < 0 ? error_errno(err, -r, "cannot start a process in the cgroup %s", root->path) : 0;
}

static int set_up(struct cgroup_root *root, const struct cgroup_options *o, struct error *err)
{
    unsigned char random[4];
    int r = random_bytes(random, sizeof random);
    if (r < 0)
        return error_errno(err, -r, "cannot name a cgroup");
    snprintf(root->name, sizeof root->name, CGROUP_PREFIX "%s-%02x%02x%02x%02x", o->tenant,
             random[0], random[1], random[2], random[3]);
    r = find_base(root, o, err);
    if (r < 0)
        return r;
    cgroup_sweep(root->base_fd);
    r = make_directory(root, err);
    if (r < 0)
        return r;
    cgroup_root_enable(root);
    return probe(root, err);
}

static int try_new(const struct cgroup_options *options, struct cgroup_root **ret,
                   struct error *err)
{
    struct cgroup_root *root = calloc(1, sizeof *root);
    if (!root)
        return error_errno(err, ENOMEM, "cannot make a cgroup");
    root->state_fd = options->state_fd;
    root->base_fd = root->fd = -1;
    int r = set_up(root, options, err);
    if (r < 0)
        cgroup_root_free(root);
    else
        *ret = root;
    return r;
}

int cgroup_root_new(const struct cgroup_options *options, struct cgroup_root **ret,
                    struct error *err)
{
    if (strcmp(options->setting, "off") == 0) {
        error_set(err, EOPNOTSUPP, "switched off");
        remove_record(options->state_fd);
        *ret = NULL;
        return 0;
    }
    /* A daemon that starts beside us may sweep our directory away before we hold its lock. */
    int r = -EWOULDBLOCK;
    for (int i = 0; i < ATTEMPTS && (r == -EWOULDBLOCK || r == -ENOENT); i++)
        r = try_new(options, ret, err);
    if (r < 0 && r != -ENOMEM && strcmp(options->setting, "auto") == 0) {
        *ret = NULL;
        return 0;
    }
    return r;
}

void cgroup_root_free(struct cgroup_root *root)
{
    if (!root)
        return;
    if (root->fd >= 0) {
        cgroup_root_disable(root);
        /* While something lives in it the record stays, for the next daemon. */
        if (cgroup_tree_remove(root->base_fd, root->name) == 0)
            remove_record(root->state_fd);
    }
    fd_close(&root->fd);
    fd_close(&root->base_fd);
    free(root);
}

bool cgroup_can_limit_memory(const struct cgroup_root *root)
{
    return root && root->memory;
}

bool cgroup_can_limit_processes(const struct cgroup_root *root)
{
    return root && root->processes;
}

const char *cgroup_root_path(const struct cgroup_root *root)
{
    return root->path;
}

const char *cgroup_root_name(const struct cgroup_root *root)
{
    return root ? root->name : NULL;
}

/* ---- the runs ---- */

static const char *serial_name(char *to, uint64_t serial)
{
    snprintf(to, SERIAL_NAME_SIZE, "r%" PRIu64, serial);
    return to;
}

/* Somebody has removed our directory, which the kernel allows while no process is in it. */
static int make_anew(struct cgroup_root *root, struct error *err)
{
    fd_close(&root->fd);
    int r = make_directory(root, err);
    if (r < 0)
        return r;
    log_warning("the cgroup of this daemon was removed and is made anew",
                LOG_S("path", root->path));
    cgroup_root_enable(root);
    return 0;
}

static int make_group(struct cgroup_root *root, const char *name, struct error *err)
{
    int r = sys.mkdirat(root->fd, name, DIR_MODE) < 0 ? -errno : 0;
    if (r == -ENOENT || r == -EBADF) {
        r = make_anew(root, err);
        if (r < 0)
            return r;
        r = sys.mkdirat(root->fd, name, DIR_MODE) < 0 ? -errno : 0;
    }
    if (r < 0)
        return error_errno(err, -r, "cannot make the cgroup %s", name);
    int fd = cgroup_tree_open(root->fd, name);
    if (fd >= 0)
        return fd;
    cgroup_tree_remove(root->fd, name);
    return error_errno(err, -fd, "cannot open the cgroup %s", name);
}

int cgroup_create(struct cgroup_root *root, uint64_t serial, struct error *err)
{
    char name[SERIAL_NAME_SIZE];
    int fd = make_group(root, serial_name(name, serial), err);
    root->lost = fd < 0;
    return fd;
}

bool cgroup_holds(const struct cgroup_root *root)
{
    return root && !root->lost;
}

static int write_number(struct cgroup_root *root, uint64_t serial, const char *file, int64_t number)
{
    char name[SERIAL_NAME_SIZE];
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    return cgroup_tree_write(root->fd, serial_name(name, serial), file, text);
}

int cgroup_limit_memory(struct cgroup_root *root, uint64_t serial, int64_t bytes)
{
    /* Where swap is not accounted there is no such file. */
    int r = write_number(root, serial, "memory.swap.max", 0);
    if (r < 0 && r != -ENOENT)
        return r;
    return write_number(root, serial, "memory.max", bytes);
}

int cgroup_limit_processes(struct cgroup_root *root, uint64_t serial, int64_t count)
{
    return write_number(root, serial, "pids.max", count);
}

int cgroup_kill(struct cgroup_root *root, uint64_t serial)
{
    char name[SERIAL_NAME_SIZE];
    return cgroup_tree_kill(root->fd, serial_name(name, serial));
}

int cgroup_populated(struct cgroup_root *root, uint64_t serial)
{
    char name[SERIAL_NAME_SIZE];
    return cgroup_tree_populated(root->fd, serial_name(name, serial));
}

int64_t cgroup_oom_kills(struct cgroup_root *root, uint64_t serial)
{
    char name[SERIAL_NAME_SIZE];
    char text[512];
    serial_name(name, serial);
    if (cgroup_tree_read(root->fd, name, "memory.events", text, sizeof text) < 0)
        return 0;
    long long kills = cgroup_tree_number(text, "oom_kill");
    return kills < 0 ? 0 : kills;
}

int64_t cgroup_memory_peak(struct cgroup_root *root, uint64_t serial)
{
    char name[SERIAL_NAME_SIZE];
    char text[64] = "peak ";
    const size_t key = strlen(text);
    serial_name(name, serial);
    if (cgroup_tree_read(root->fd, name, "memory.peak", text + key, sizeof text - key) < 0)
        return -1;
    return cgroup_tree_number(text, "peak");
}

int cgroup_remove(struct cgroup_root *root, uint64_t serial)
{
    char name[SERIAL_NAME_SIZE];
    return cgroup_tree_remove(root->fd, serial_name(name, serial));
}
