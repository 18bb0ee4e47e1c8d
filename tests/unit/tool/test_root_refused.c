/* A root folder of which a part could not be made, and that a tool is let into all the same, shows
 * it the machine. Here nothing is mounted: what the kernel is asked for is noted, and refused. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "runner/tool/tool_root.h"

/* The Makefile links this program with --wrap for what stands here. */
static struct {
    char log[8192];
    int calls, refused; /* this call fails */
    int refused_too;    /* and this one */
    int number;
    const char *there; /* " path path/ ": what lstat finds; with a slash it is a folder */
} kernel;

int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags,
                 const void *data);
int __wrap_umount2(const char *target, int flags);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_symlink(const char *target, const char *path);
int __wrap_lstat(const char *path, struct stat *st);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_chdir(const char *path);
int __wrap_tool_file_open(const char *path);
long __wrap_syscall(long number, ...);

__attribute__((format(printf, 1, 2))) static int asked(const char *format, ...)
{
    va_list args;
    size_t len = strlen(kernel.log);
    va_start(args, format);
    vsnprintf(kernel.log + len, sizeof(kernel.log) - len, format, args);
    va_end(args);
    kernel.calls++;
    if (kernel.calls != kernel.refused && kernel.calls != kernel.refused_too)
        return 0;
    errno = kernel.number;
    return -1;
}

int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags,
                 const void *data)
{
    return asked("mount %s %s %s %lx %s\n", source ? source : "-", target, type ? type : "-", flags,
                 data ? (const char *)data : "-");
}

int __wrap_umount2(const char *target, int flags)
{
    return asked("umount %s %x\n", target, (unsigned)flags);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    return asked("mkdir %s %o\n", path, mode);
}

int __wrap_symlink(const char *target, const char *path)
{
    return asked("link %s %s\n", target, path);
}

int __wrap_lstat(const char *path, struct stat *st)
{
    char file[128], folder[128];
    snprintf(file, sizeof(file), " %s ", path);
    snprintf(folder, sizeof(folder), " %s/ ", path);
    bool is_folder = strstr(kernel.there, folder) != NULL;
    *st = (struct stat){.st_mode = is_folder ? S_IFDIR : S_IFREG};
    errno = ENOENT;
    return is_folder || strstr(kernel.there, file) ? 0 : -1;
}

int __wrap_open(const char *path, int flags, ...)
{
    bool right = flags == (O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC);
    int r = asked("make %s%s\n", path, right ? "" : " wrongly");
    return r < 0 ? -1 : __real_open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_chdir(const char *path)
{
    return asked("chdir %s\n", path);
}

/* Below /usr there are folders, elsewhere files. */
int __wrap_tool_file_open(const char *path)
{
    int r = asked("open %s\n", path);
    return r < 0 ? -kernel.number
                 : __real_open(strstr(path, "/usr") ? "/" : "/dev/null", O_PATH | O_CLOEXEC);
}

static long set_attributes(va_list args)
{
    int from = va_arg(args, int);
    const char *path = va_arg(args, const char *);
    unsigned flags = va_arg(args, unsigned);
    const uint64_t *attributes = va_arg(args, const uint64_t *);
    size_t size = va_arg(args, size_t);
    assert_int_equal(from, AT_FDCWD);
    assert_int_equal(size, 4 * sizeof(uint64_t));
    assert_int_equal(attributes[1] | attributes[2] | attributes[3], 0);
    return asked("protect %s %x %llx\n", path, flags, (unsigned long long)attributes[0]);
}

static long take_tree(va_list args)
{
    int from = va_arg(args, int);
    const char *path = va_arg(args, const char *);
    unsigned flags = va_arg(args, unsigned);
    assert_true(from > 2);
    assert_string_equal(path, "");
    if (asked("tree %x\n", flags) < 0)
        return -1;
    return __real_open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static long take_move(va_list args)
{
    int from = va_arg(args, int);
    const char *empty = va_arg(args, const char *);
    int to = va_arg(args, int);
    const char *path = va_arg(args, const char *);
    unsigned flags = va_arg(args, unsigned);
    assert_true(from > 2);
    assert_string_equal(empty, "");
    assert_int_equal(to, AT_FDCWD);
    return asked("move %s %x\n", path, flags);
}

long __wrap_syscall(long number, ...)
{
    va_list args;
    long r = -1;
    va_start(args, number);
    if (number == SYS_pivot_root) {
        const char *to = va_arg(args, const char *), *old = va_arg(args, const char *);
        r = asked("pivot %s %s\n", to, old);
    } else if (number == SYS_mount_setattr) {
        r = set_attributes(args);
    } else if (number == SYS_open_tree) {
        r = take_tree(args);
    } else if (number == SYS_move_mount) {
        r = take_move(args);
    }
    va_end(args);
    return r;
}

/* ---- the scene ---- */

static char named[] = "/named/in"; /* is cut at its slashes for a while */

static struct tool_file at[] = {
    {(char *)"/usr", NULL, TOOL_FILE_SYSTEM},
    {(char *)"/usr/bin/x", NULL, TOOL_FILE_READ},
    {(char *)"/dev/null", NULL, TOOL_FILE_DEVICE},
    {(char *)"/srv/a/in", named, TOOL_FILE_READ},
    {(char *)"/usr/out", (char *)"/there", TOOL_FILE_WRITE},
};

static int enter(int refused, int number, bool *proc, struct error *err)
{
    struct tool_files files = {at, sizeof(at) / sizeof(at[0]), NULL};
    kernel.log[0] = '\0';
    kernel.calls = 0;
    kernel.refused = refused;
    kernel.number = number;
    kernel.there = " /new/usr/bin/x /new/usr/out/ /there /new/own/folder/ /new/own/file ";
    files.own = json_pack("[s, s, s]", "/own/folder", "/own/file", "/own/none");
    *err = (struct error){0};
    int before = fd_count_open();
    int r = tool_root_enter(&files, 4096000, proc, err);
    assert_int_equal(fd_count_open(), before);
    json_decref(files.own);
    return r;
}

/* What the kernel is asked for, and what is said where it refuses; NULL: it is done without. */
static const struct {
    const char *asked, *fault;
} STEPS[] = {
    {"mount - / - 44000 -", "keeping mounts from others"},
    {"mount tmpfs /tmp tmpfs e mode=755,size=1048576,nr_inodes=65536", "making /"},
    {"mkdir /tmp/old 755", "making /"},
    {"mkdir /tmp/new 755", "making /"},
    {"pivot /tmp /tmp/old", "going to /"},
    {"chdir /", "going to /"},
    {"mount tmpfs /new tmpfs e mode=755,size=1048576,nr_inodes=65536", "making /"},
    {"mkdir /new/proc 555", "making /proc, /dev, /tmp"},
    {"mkdir /new/dev 755", "making /proc, /dev, /tmp"},
    {"mkdir /new/tmp 700", "making /proc, /dev, /tmp"},
    {"mount proc /new/proc proc e -", NULL},
    {"mount tmpfs /new/tmp tmpfs 6 mode=700,size=4096000,nr_inodes=65536", "making /tmp"},
    {"link /proc/self/fd /new/dev/fd", "making /new/dev/fd"},
    {"link /proc/self/fd/0 /new/dev/stdin", "making /new/dev/stdin"},
    {"link /proc/self/fd/1 /new/dev/stdout", "making /new/dev/stdout"},
    {"link /proc/self/fd/2 /new/dev/stderr", "making /new/dev/stderr"},
    {"link /tmp /new/dev/shm", "making /new/dev/shm"},
    {"open /old/usr", "opening /usr"},
    {"mkdir /new 755", "making /usr"},
    {"mkdir /new/usr 755", "making /usr"},
    {"tree 89001", "showing /usr"},
    {"move /new/usr 4", "showing /usr"},
    {"protect /new/usr 8000 7", "protecting /usr"},
    {"open /old/dev/null", "opening /dev/null"},
    {"mkdir /new 755", "making /dev/null"},
    {"mkdir /new/dev 755", "making /dev/null"},
    {"make /new/dev/null", "making /dev/null"},
    {"tree 89001", "showing /dev/null"},
    {"move /new/dev/null 4", "showing /dev/null"},
    {"protect /new/dev/null 8000 3", "protecting /dev/null"},
    {"open /old/srv/a/in", "opening /srv/a/in"},
    {"mkdir /new 755", "making /srv/a/in"},
    {"mkdir /new/srv 755", "making /srv/a/in"},
    {"mkdir /new/srv/a 755", "making /srv/a/in"},
    {"make /new/srv/a/in", "making /srv/a/in"},
    {"tree 89001", "showing /srv/a/in"},
    {"move /new/srv/a/in 4", "showing /srv/a/in"},
    {"protect /new/srv/a/in 8000 7", "protecting /srv/a/in"},
    {"open /old/usr/out", "opening /usr/out"},
    {"tree 89001", "showing /usr/out"},
    {"move /new/usr/out 4", "showing /usr/out"},
    {"protect /new/usr/out 8000 6", "protecting /usr/out"},
    {"mount tmpfs /new/own/folder tmpfs e mode=0,size=4096,nr_inodes=65536", "hiding /own/folder"},
    {"protect /new/own/folder 0 1", "hiding /own/folder"},
    {"mount /new/dev/null /new/own/file - 1000 -", "hiding /own/file"},
    {"protect /new/own/file 0 1", "hiding /own/file"},
    {"chdir /new", "going to /"},
    {"pivot . .", "going to /"},
    {"umount . 2", "going to /"},
    {"chdir /", "going to /"},
    {"mkdir /named 755", "making /named/in"},
    {"link /srv/a/in /named/in", "making /named/in"},
    {"protect / 0 7", "protecting /"},
    {"chdir /tmp", "going to /tmp"},
};
enum { STEP_COUNT = sizeof(STEPS) / sizeof(STEPS[0]), PROC = 11 };

static void everything_is_asked_for_in_its_order(void **state)
{
    (void)state;
    bool proc = false;
    struct error err;
    assert_int_equal(enter(0, 0, &proc, &err), 0);
    assert_true(proc);
    const char *line = kernel.log;
    for (size_t i = 0; i < STEP_COUNT; i++) {
        size_t len = strlen(STEPS[i].asked);
        if (strncmp(line, STEPS[i].asked, len) != 0 || line[len] != '\n')
            fail_msg("not %s, but %s", STEPS[i].asked, line);
        line += len + 1;
    }
    assert_string_equal(line, "");
}

static void whatever_is_refused_ends_it(void **state)
{
    (void)state;
    for (int i = 1; i <= STEP_COUNT; i++) {
        char text[160];
        bool proc;
        struct error err;
        if (!STEPS[i - 1].fault)
            continue;
        assert_int_equal(enter(i, EDOM, &proc, &err), -EDOM);
        assert_int_equal(kernel.calls, i);
        assert_int_equal(err.number, EDOM);
        snprintf(text, sizeof(text), "its root folder: %s: %s", STEPS[i - 1].fault, strerror(EDOM));
        assert_string_equal(err.text, text);
    }
}

/* Parts of the way are there already. */
static void folders_that_are_there_are_no_fault(void **state)
{
    (void)state;
    for (int i = PROC; i <= STEP_COUNT; i++) {
        bool proc, parent = !strncmp(STEPS[i - 1].asked, "mkdir", 5) &&
                            strcmp(STEPS[i - 1].asked, "mkdir /new/usr 755") != 0;
        struct error err;
        if (parent)
            assert_int_equal(enter(i, EEXIST, &proc, &err), 0);
    }
}

/* Where a part of /proc is hidden only a part can be had, or none. */
static void a_tool_may_have_no_proc(void **state)
{
    (void)state;
    bool proc = false;
    struct error err;
    assert_int_equal(enter(PROC, EPERM, &proc, &err), 0);
    assert_true(proc);
    assert_non_null(strstr(kernel.log, "mount proc /new/proc proc e -\n"
                                       "mount proc /new/proc proc e subset=pid\nmount tmpfs"));
    kernel.refused_too = PROC + 1;
    assert_int_equal(enter(PROC, EPERM, &proc, &err), 0);
    kernel.refused_too = 0;
    assert_false(proc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_asked_for_in_its_order),
        cmocka_unit_test(whatever_is_refused_ends_it),
        cmocka_unit_test(folders_that_are_there_are_no_fault),
        cmocka_unit_test(a_tool_may_have_no_proc),
    };
    return cmocka_run_group_tests_name("root_refused", tests, NULL, NULL);
}
