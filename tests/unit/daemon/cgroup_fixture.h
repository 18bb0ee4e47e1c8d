/* An imitated cgroup tree, since the controllers are missing on many machines: what the kernel does
 * there with files and groups, done in a folder, and a note of each write. Taken in behind
 * cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_CGROUP_FIXTURE_H
#define TESTS_UNIT_DAEMON_CGROUP_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <sys/syscall.h>

#include "daemon/cgroup/cgroup.h"
#include "daemon/os/spawn.h"
#include "daemon/os/sys.h"
#include "fixture.h"

static struct folder folder;
static char record[256]; /* what STATE_DIR/cgroup holds, without the line break */
static char call_text[8192];
static bool busy;        /* base has processes: controllers cannot be handed on */
static bool others;      /* also after the daemon has left it */
static bool has_swap;    /* memory.swap.max exists */
static int clone_errno;  /* != 0: clone3 fails */
static bool into_cgroup; /* clone3 was asked for it */

#define BASE "cg/system.slice/c.service"

static inline bool ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text);
    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static inline void make_group_files(int dir, const char *path)
{
    static const char *const files[] = {"cgroup.procs",  "cgroup.kill",   "cgroup.subtree_control",
                                        "memory.max",    "pids.max",      "cgroup.controllers",
                                        "cgroup.events", "memory.events", "memory.swap.max"};
    int group = openat(dir, path, O_RDONLY | O_DIRECTORY);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (strcmp(files[i], "memory.swap.max") == 0 && !has_swap)
            continue;
        int fd = openat(group, files[i], O_WRONLY | O_CREAT, 0600);
        if (strcmp(files[i], "cgroup.events") == 0)
            assert_int_equal(fd_write_all(fd, "populated 0\nfrozen 0\n", 21), 0);
        close(fd);
    }
    close(group);
}

static inline int fake_mkdirat(int dir, const char *path, mode_t mode)
{
    int r = mkdirat(dir, path, mode);
    if (r == 0)
        make_group_files(dir, path);
    return r;
}

/* The kernel removes a group with its files in it, but not one with groups in it. */
static inline int fake_unlinkat(int dir, const char *path, int flags)
{
    if (flags != AT_REMOVEDIR)
        return unlinkat(dir, path, flags);
    int group = openat(dir, path, O_RDONLY | O_DIRECTORY);
    DIR *listing = group < 0 ? NULL : fdopendir(group);
    if (!listing) {
        fd_close(&group);
        return -1;
    }
    bool holds_groups = false;
    for (struct dirent *e; (e = readdir(listing));)
        holds_groups |= e->d_type == DT_DIR && e->d_name[0] != '.';
    rewinddir(listing);
    for (struct dirent *e; !holds_groups && (e = readdir(listing));)
        unlinkat(group, e->d_name, 0);
    closedir(listing);
    return unlinkat(dir, path, flags);
}

static inline ssize_t fake_write(int fd, const void *bytes, size_t len)
{
    char link[32];
    char path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    const size_t have = strlen(call_text);
    const char *group = strstr(path, "councild-default-");
    snprintf(call_text + have, sizeof call_text - have, "%s=%.*s\n",
             group ? group + strlen("councild-default-01234567") : path + strlen(folder.path),
             (int)len, (const char *)bytes);
    if (ends_with(path, BASE "/cgroup.subtree_control") && busy) {
        errno = EBUSY;
        return -1;
    }
    if (ends_with(path, "/daemon/cgroup.procs"))
        busy = others;
    return write(fd, bytes, len);
}

static inline pid_t fake_clone3(struct clone_args *args, size_t size)
{
    into_cgroup = args->flags & 0x200000000ULL;
    if (clone_errno) {
        errno = clone_errno;
        return -1;
    }
    args->flags &= ~0x200000000ULL;
    return (pid_t)syscall(SYS_clone3, args, size);
}

static inline int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    static const char *const folders[] = {"proc", "proc/self", "cg", "cg/system.slice",
                                          BASE,   "state"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        mkdirat(folder.fd, folders[i], 0700);
    has_swap = true;
    make_group_files(folder.fd, BASE);
    put_file(&folder, BASE "/cgroup.controllers", "cpu memory pids\n");
    put_file(&folder, "proc/self/cgroup", "4:memory:/x\n0::/system.slice/c.service\n");
    put_file(&folder, "proc/self/mountinfo",
             "22 1 0:20 / /proc rw - proc proc rw\n"
             "30 20 0:26 / /other rw shared:4 - cgroup cgroup rw,memory\n"
             "31 20 0:27 / /cg rw,nosuid shared:5 - cgroup2 cgroup2 rw\n");
    call_text[0] = '\0';
    busy = others = into_cgroup = false;
    clone_errno = 0;
    sys.mkdirat = fake_mkdirat;
    sys.unlinkat = fake_unlinkat;
    sys.write = fake_write;
    sys.clone3 = fake_clone3;
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    sys_reset();
    folder_remove(&folder);
    return 0;
}

static inline int state_dir(void)
{
    return openat(folder.fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static inline int make_root_as(const char *setting, struct cgroup_root **ret, struct error *err)
{
    static int state_fd = -1;
    if (state_fd >= 0)
        close(state_fd);
    state_fd = state_dir();
    const struct cgroup_options options = {
        .setting = setting, .tenant = "default", .state_fd = state_fd, .fs_root = folder.path};
    return cgroup_root_new(&options, ret, err);
}

static inline struct cgroup_root *make_root(void)
{
    struct cgroup_root *root;
    assert_int_equal(make_root_as("auto", &root, NULL), 0);
    assert_non_null(root);
    const char *text = get_file(&folder, "state/cgroup");
    assert_non_null(text);
    snprintf(record, sizeof record, "%.*s", (int)strcspn(text, "\n"), text);
    assert_string_equal(record, cgroup_root_path(root));
    return root;
}

/* A file of the group of run `serial`. */
static inline const char *run_file(uint64_t serial, const char *file)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/r%llu/%s", record + 1, (unsigned long long)serial, file);
    return path;
}

static inline bool logged(const char *line)
{
    return strstr(call_text, line) != NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
