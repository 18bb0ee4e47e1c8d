/* What the system may refuse a sweeper, and what may change under its hands: whatever happens, it
 * stays within its folder, comes to an end and keeps nothing open. The Makefile links this program
 * with --wrap for what stands here. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "common/xalloc.h"
#include "runner/tool/tool_sweeper.h"

static struct {
    const char *refused; /* the call that fails */
    int number;
    int refusals, reads;
    int entries;          /* that a folder is said to have besides */
    ino_t elsewhere;      /* on another file system */
    const char *changing; /* the folder of this name becomes a link when it is looked at */
    const char *to;
    bool denied; /* and may not be opened at first */
    int poll_ms;
} kernel;

static bool refuses(const char *call)
{
    if (!kernel.refused || strcmp(kernel.refused, call) != 0)
        return false;
    kernel.refusals++;
    errno = kernel.number;
    return true;
}

int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);
DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
struct dirent *__real_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder);
int __real_unlinkat(int dir, const char *name, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags);
int __real_openat(int dir, const char *name, int flags, ...);
int __wrap_openat(int dir, const char *name, int flags, ...);
int __real_pipe2(int *ends, int flags);
int __wrap_pipe2(int *ends, int flags);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
char *__real_mkdtemp(char *path);
char *__wrap_mkdtemp(char *path);
int __real_lstat(const char *path, struct stat *st);
int __wrap_lstat(const char *path, struct stat *st);
int __real_flock(int fd, int how);
int __wrap_flock(int fd, int how);
int __real_poll(struct pollfd *fds, nfds_t count, int ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int ms);

int __wrap_fstat(int fd, struct stat *st)
{
    int r = refuses("fstat") ? -1 : __real_fstat(fd, st);
    if (r == 0 && st->st_ino == kernel.elsewhere)
        st->st_dev++;
    return r;
}

DIR *__wrap_fdopendir(int fd)
{
    return refuses("fdopendir") ? NULL : __real_fdopendir(fd);
}

struct dirent *__wrap_readdir(DIR *folder)
{
    static struct dirent more = {.d_name = "more"};
    kernel.reads++;
    return kernel.entries-- > 0 ? &more : __real_readdir(folder);
}

static void change_hands(int dir, const char *name)
{
    kernel.changing = NULL;
    assert_int_equal(renameat(dir, name, dir, "moved-away"), 0);
    assert_int_equal(symlinkat(kernel.to, dir, name), 0);
}

int __wrap_unlinkat(int dir, const char *name, int flags)
{
    if (!strcmp(name, "more"))
        return 0;
    int r = __real_unlinkat(dir, name, flags);
    if (r < 0 && kernel.changing && !strcmp(name, kernel.changing))
        change_hands(dir, name);
    return r;
}

int __wrap_openat(int dir, const char *name, int flags, ...)
{
    if (refuses("openat"))
        return -1;
    if (kernel.denied && !strcmp(name, "changing")) {
        kernel.denied = false;
        errno = EACCES;
        return -1;
    }
    return __real_openat(dir, name, flags);
}

int __wrap_pipe2(int *ends, int flags)
{
    return refuses("pipe2") ? -1 : __real_pipe2(ends, flags);
}

pid_t __wrap_fork(void)
{
    return refuses("fork") ? -1 : __real_fork();
}

char *__wrap_mkdtemp(char *path)
{
    return refuses("mkdtemp") ? NULL : __real_mkdtemp(path);
}

int __wrap_lstat(const char *path, struct stat *st)
{
    return refuses("lstat") ? -1 : __real_lstat(path, st);
}

int __wrap_flock(int fd, int how)
{
    return refuses("flock") ? -1 : __real_flock(fd, how);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int ms)
{
    kernel.poll_ms = ms;
    return refuses("poll") ? 0 : __real_poll(fds, count, ms);
}

/* ---- the tests ---- */

struct place {
    char folder[40], top[60], inside[80]; /* a folder, one in it, and a folder in that */
    int open;                             /* descriptors */
};

static int set_up(void **state)
{
    static struct place place;
    struct place *p = *state = &place;
    memset(&kernel, 0, sizeof(kernel));
    snprintf(p->folder, sizeof(p->folder), "/tmp/sweeper-refused-XXXXXX");
    if (!__real_mkdtemp(p->folder))
        return -1;
    snprintf(p->top, sizeof(p->top), "%s/top", p->folder);
    snprintf(p->inside, sizeof(p->inside), "%s/changing", p->top);
    p->open = fd_count_open();
    return mkdir(p->top, 0700) || mkdir(p->inside, 0700) ? -1 : 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    memset(&kernel, 0, sizeof(kernel));
    bool kept = fd_count_open() != p->open;
    return sweep(AT_FDCWD, p->folder) < 0 || kept ? -1 : 0;
}

static bool is_there(const char *path)
{
    return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void other_file_systems_are_left_alone(void **state)
{
    struct place *p = *state;
    struct stat st;
    char *beside = xasprintf("%s/beside", p->top), *within = xasprintf("%s/within", p->inside);
    assert_int_equal(stat(p->inside, &st), 0);
    assert_int_equal(mkdir(beside, 0700), 0);
    assert_int_equal(mkdir(within, 0700), 0);
    kernel.elsewhere = st.st_ino;
    assert_int_equal(sweep(AT_FDCWD, p->top), -EXDEV);
    assert_true(is_there(within));
    assert_false(is_there(beside));
    free(beside);
    free(within);
}

static void what_cannot_be_looked_at_is_told(void **state)
{
    struct place *p = *state;
    static const struct {
        const char *call;
        int number, told;
    } ROWS[] = {{"fdopendir", ENOMEM, -ENOMEM}, {"fstat", EIO, -EIO}, {"openat", EMFILE, -EMFILE}};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        kernel.refused = ROWS[i].call;
        kernel.number = ROWS[i].number;
        assert_int_equal(sweep(AT_FDCWD, p->top), ROWS[i].told);
        assert_int_equal(fd_count_open(), p->open);
    }
    assert_true(is_there(p->inside));
    kernel.refused = NULL;
    assert_int_equal(sweep(AT_FDCWD, "/proc/no-such-folder"), -ENOENT);
}

/* A folder with no end: so many entries are looked at, and not one more. */
static void too_much_is_given_up(void **state)
{
    struct place *p = *state;
    static const struct {
        int entries, told, reads; /* that are there, that were asked for */
    } ROWS[] = {
        {SWEEP_FILES_MAX - 1, -EXDEV, 0},
        {SWEEP_FILES_MAX, -E2BIG, SWEEP_FILES_MAX + 1},
        {SWEEP_FILES_MAX + 10, -E2BIG, SWEEP_FILES_MAX + 1},
    };
    struct stat st;
    assert_int_equal(stat(p->inside, &st), 0);
    kernel.elsewhere = st.st_ino; /* something that stays */
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        kernel.entries = ROWS[i].entries;
        kernel.reads = 0;
        assert_int_equal(sweep(AT_FDCWD, p->top), ROWS[i].told);
        if (ROWS[i].reads)
            assert_int_equal(kernel.reads, ROWS[i].reads);
    }
}

/* Between two looks the folder has become a link to somebody's. */
static void a_name_that_changes_hands_leads_nowhere(void **state)
{
    struct place *p = *state;
    struct stat st;
    char *kept = xasprintf("%s/kept", p->folder), *theirs = xasprintf("%s/theirs", kept);
    assert_int_equal(mkdir(kept, 0700), 0);
    assert_int_equal(mkdir(theirs, 0700), 0);
    assert_int_equal(chmod(kept, 0500), 0);
    for (int denied = 0; denied < 2; denied++) {
        if (denied)
            assert_int_equal(mkdir(p->top, 0700) | mkdir(p->inside, 0700), 0);
        kernel.changing = "changing";
        kernel.to = kept;
        kernel.denied = denied;
        sweep(AT_FDCWD, p->top);
        kernel.changing = NULL;
        assert_true(is_there(theirs));
        assert_int_equal(stat(kept, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0500);
        assert_int_equal(sweep(AT_FDCWD, p->top), 0);
    }
    assert_int_equal(chmod(kept, 0700), 0);
    free(kept);
    free(theirs);
}

static void a_sweeper_that_cannot_start_leaves_nothing(void **state)
{
    struct place *p = *state;
    static const struct {
        const char *call;
        int number, told, refusals;
    } ROWS[] = {
        {"mkdtemp", EROFS, -EROFS, 1}, {"pipe2", EMFILE, -EMFILE, 1},
        {"fork", ENOMEM, -ENOMEM, 1},  {"lstat", ENOENT, -EAGAIN, 100},
        {"fstat", EIO, -EAGAIN, 100},  {"flock", EWOULDBLOCK, -EAGAIN, 100},
    };
    assert_int_equal(sweep(AT_FDCWD, p->top), 0);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct tool_sweeper s;
        kernel.refused = ROWS[i].call;
        kernel.number = ROWS[i].number;
        kernel.refusals = 0;
        assert_int_equal(tool_sweeper_start(&s, p->folder, NULL, NULL), ROWS[i].told);
        assert_int_equal(kernel.refusals, ROWS[i].refusals);
        kernel.refused = NULL;
        tool_sweeper_end(&s); /* which is nothing */
        assert_int_equal(fd_count_open(), p->open);
        assert_int_equal(rmdir(p->folder), 0); /* for it is empty */
        assert_int_equal(mkdir(p->folder, 0700), 0);
    }
}

/* It has a while and no more, and goes on without anybody. */
static void the_end_is_not_waited_for_too_long(void **state)
{
    struct place *p = *state;
    struct tool_sweeper s;
    assert_int_equal(tool_sweeper_start(&s, p->folder, NULL, NULL), 0);
    kernel.refused = "poll";
    tool_sweeper_end(&s);
    assert_int_equal(kernel.poll_ms, SWEEP_END_MS);
    assert_int_equal(fd_count_open(), p->open);
    assert_int_equal(waitpid(s.pid, NULL, 0), s.pid); /* nobody has done so */
    assert_false(is_there(s.path));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(other_file_systems_are_left_alone),
        T(what_cannot_be_looked_at_is_told),
        T(too_much_is_given_up),
        T(a_name_that_changes_hands_leads_nowhere),
        T(a_sweeper_that_cannot_start_leaves_nothing),
        T(the_end_is_not_waited_for_too_long),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
