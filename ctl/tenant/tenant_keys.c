#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/xalloc.h"
#include "tenant.h"

enum { KEY_MAX = 16384, NAME_LEN_MAX = 128 };

#define CREDSTORE "/etc/credstore"

/* One hand-over: from two folders (-1: not there) to one whose files the daemon's group may read.
 */
struct hand_over {
    const char *tenant;
    int own, credstore;
    int to;
    gid_t group;
    size_t count;
};

static bool is_key_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    const size_t len = strlen(name);
    return len >= 1 && len <= NAME_LEN_MAX && (name[0] < '0' || name[0] > '9') &&
           strspn(name, allowed) == len;
}

/* A folder of root's, which nobody else can have put there: a descriptor, -ENOENT, or -errno. */
static int open_folder(const char *path, struct error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ENOENT : error_errno(err, errno, "cannot open %s", path);
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)))
        return fd;
    close(fd);
    return error_set(err, EPERM, "%s can be written by others", path);
}

/* ---- one key ---- */

static ssize_t read_key(int folder, const char *name, char *to)
{
    struct stat st;
    _cleanup_close_ int fd =
        openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    if (st.st_size > KEY_MAX)
        return -EFBIG;
    const ssize_t len = read(fd, to, KEY_MAX);
    return len < 0 ? -errno : len;
}

/* Readers see the old key or the new one. */
static int write_key(const struct hand_over *h, const char *name, const char *key, size_t len)
{
    char fresh[NAME_LEN_MAX + 8];
    snprintf(fresh, sizeof fresh, ".%s.new", name);
    if (unlinkat(h->to, fresh, 0) < 0 && errno != ENOENT)
        return -errno;
    int fd = openat(h->to, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
    if (fd < 0)
        return -errno;
    int r = fd_write_all(fd, key, len);
    if (r == 0 && (fchown(fd, (uid_t)-1, h->group) < 0 || fchmod(fd, 0440) < 0))
        r = -errno;
    close(fd);
    if (r == 0 && renameat(h->to, fresh, h->to, name) < 0)
        r = -errno;
    if (r < 0)
        unlinkat(h->to, fresh, 0);
    return r;
}

static int hand_one(struct hand_over *h, int folder, const char *file, const char *name,
                    struct error *err)
{
    char key[KEY_MAX];
    const ssize_t len = read_key(folder, file, key);
    int r = len < 0 ? (int)len : write_key(h, name, key, (size_t)len);
    explicit_bzero(key, sizeof key);
    if (r < 0)
        return error_errno(err, -r, "cannot hand over the key %s", name);
    h->count++;
    return 0;
}

/* ---- all of them ---- */

static bool is_in(int folder, const char *name)
{
    return folder >= 0 && faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static const char *credstore_prefix(const struct hand_over *h)
{
    static char prefix[TENANT_NAME_MAX + 16];
    snprintf(prefix, sizeof prefix, "councild-%s.", h->tenant);
    return prefix;
}

static int hand_own(struct hand_over *h, const char *file, struct error *err)
{
    return is_key_name(file) ? hand_one(h, h->own, file, file, err) : 0;
}

static int hand_of_credstore(struct hand_over *h, const char *file, struct error *err)
{
    const char *prefix = credstore_prefix(h);
    const char *name = file + strlen(prefix);
    if (strncmp(file, prefix, strlen(prefix)) != 0 || !is_key_name(name) || is_in(h->own, name))
        return 0;
    return hand_one(h, h->credstore, file, name, err);
}

/* What was taken back, and what an interrupted hand-over has left. */
static int drop_old(struct hand_over *h, const char *file, struct error *err)
{
    char stored[NAME_LEN_MAX + TENANT_NAME_MAX + 16];
    snprintf(stored, sizeof stored, "%s%s", credstore_prefix(h), file);
    if (is_key_name(file) && (is_in(h->own, file) || is_in(h->credstore, stored)))
        return 0;
    return unlinkat(h->to, file, 0) < 0 ? error_errno(err, errno, "cannot take back %s", file) : 0;
}

static int each_in(struct hand_over *h, int folder,
                   int (*act)(struct hand_over *h, const char *file, struct error *err),
                   struct error *err)
{
    int copy = folder >= 0 ? openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    int r = 0;
    if (!entries) {
        r = folder >= 0 ? error_errno(err, errno, "cannot read a folder of keys") : 0;
        if (copy >= 0)
            close(copy);
        return r;
    }
    for (struct dirent *entry; r == 0 && (entry = readdir(entries));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            r = act(h, entry->d_name, err);
    closedir(entries);
    return r;
}

/* The daemon's own group: that of the folder which systemd has made for it. */
static int find_group(const char *root, const char *name, gid_t *ret, struct error *err)
{
    struct stat st;
    _cleanup_free_ char *path = xasprintf("%s/run/councild/%s/daemon", root, name);
    if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return error_errno(err, errno, "%s is not there: the unit councild@%s makes it", path,
                           name);
    *ret = st.st_gid;
    return 0;
}

static int open_target(const char *root, const char *name, struct hand_over *h, struct error *err)
{
    _cleanup_free_ char *above = xasprintf("%s/run/councild/%s", root, name);
    int r = find_group(root, name, &h->group, err);
    _cleanup_close_ int folder = r < 0 ? r : open_folder(above, err);
    if (folder < 0)
        return folder;
    if (mkdirat(folder, "keys", 0700) < 0 && errno != EEXIST)
        return error_errno(err, errno, "cannot make %s/keys", above);
    _cleanup_free_ char *path = xasprintf("%s/keys", above);
    h->to = open_folder(path, err);
    if (h->to >= 0 && (fchown(h->to, (uid_t)-1, h->group) < 0 || fchmod(h->to, 0750) < 0))
        return error_errno(err, errno, "cannot open %s to the daemon", path);
    return h->to < 0 ? h->to : 0;
}

static int open_sources(const char *root, const char *name, struct hand_over *h, struct error *err)
{
    _cleanup_free_ char *own = xasprintf("%s/etc/councild/credentials/%s", root, name);
    _cleanup_free_ char *credstore = xasprintf("%s" CREDSTORE, root);
    h->own = open_folder(own, err);
    if (h->own < 0 && h->own != -ENOENT)
        return h->own;
    h->credstore = open_folder(credstore, err);
    return h->credstore < 0 && h->credstore != -ENOENT ? h->credstore : 0;
}

int tenant_hand_keys(const char *root, const char *name, size_t *ret, struct error *err)
{
    struct hand_over h = {.tenant = name, .own = -1, .credstore = -1, .to = -1};
    int r = open_sources(root, name, &h, err);
    if (r == 0)
        r = open_target(root, name, &h, err);
    if (r == 0)
        r = each_in(&h, h.own, hand_own, err);
    if (r == 0)
        r = each_in(&h, h.credstore, hand_of_credstore, err);
    if (r == 0)
        r = each_in(&h, h.to, drop_old, err);
    fd_close(&h.own);
    fd_close(&h.credstore);
    fd_close(&h.to);
    if (r == 0)
        *ret = h.count;
    return r;
}
