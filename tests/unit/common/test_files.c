/* Half-written state files lose what a restart needs. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"

/* The Makefile links this program with --wrap for it. */
static int close_fails; /* with this errno; 0: it does not */

int __real_close(int fd);
int __wrap_close(int fd);

int __wrap_close(int fd)
{
    int r = __real_close(fd);
    errno = close_fails ? close_fails : errno;
    return close_fails ? -1 : r;
}

static char dir[64];

static int make_directory(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/councild-test-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    char path[128];
    static const char *const LEFT[] = {"/f", "/f.new", "/g", "/a/b/c", "/a/b", "/a", ""};
    for (size_t i = 0; i < sizeof LEFT / sizeof LEFT[0]; i++) {
        snprintf(path, sizeof path, "%s%s", dir, LEFT[i]);
        if (remove(path) < 0 && errno != ENOENT)
            return -1;
    }
    return 0;
}

static void replaces_and_reads_back(void **state)
{
    (void)state;
    char path[128], *text = NULL;
    size_t len = 0;
    struct error err = {0};
    snprintf(path, sizeof path, "%s/f", dir);
    assert_int_equal(file_replace(AT_FDCWD, path, "one\0two", 7, 0600, &err), 0);
    assert_int_equal(file_replace(AT_FDCWD, path, "three", 5, 0600, &err), 0);
    assert_int_equal(file_read(AT_FDCWD, path, 5, &text, &len, &err), 0);
    assert_string_equal(text, "three");
    assert_int_equal(len, 5);
    free(text);
    assert_int_equal(file_read(AT_FDCWD, path, 4, &text, &len, &err), -EFBIG);
    assert_non_null(strstr(err.text, path));
    snprintf(path, sizeof path, "%s/none/f", dir);
    assert_int_equal(file_read(AT_FDCWD, path, 4, &text, &len, &err), -ENOENT);
    assert_int_equal(file_replace(AT_FDCWD, path, "x", 1, 0600, &err), -ENOENT);
}

static void makes_directories(void **state)
{
    (void)state;
    char path[128];
    struct stat st;
    struct error err = {0};
    snprintf(path, sizeof path, "%s/a/b/c", dir);
    assert_int_equal(file_make_dirs(path, 0700, &err), 0);
    assert_int_equal(file_make_dirs(path, 0700, &err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    snprintf(path, sizeof path, "%s/f", dir);
    assert_int_equal(file_replace(AT_FDCWD, path, "", 0, 0600, &err), 0);
    snprintf(path, sizeof path, "%s/f/g", dir);
    assert_true(file_make_dirs(path, 0700, &err) < 0);
}

static void every_length_reads_back(void **state)
{
    (void)state;
    static const size_t LENGTHS[] = {0, 1, 16383, 16384, 16385, 40000};
    char path[128], *text = NULL;
    char *bytes = malloc(40000);
    struct error err = {0};
    snprintf(path, sizeof path, "%s/f", dir);
    for (size_t i = 0; i < 40000; i++)
        bytes[i] = (char)('a' + i % 23);
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        size_t len = 7;
        assert_int_equal(file_replace(AT_FDCWD, path, bytes, LENGTHS[i], 0600, &err), 0);
        assert_int_equal(file_read(AT_FDCWD, path, LENGTHS[i], &text, &len, &err), 0);
        assert_int_equal(len, LENGTHS[i]);
        assert_memory_equal(text, bytes, len);
        assert_int_equal(text[len], '\0');
        free(text);
        text = NULL;
        if (LENGTHS[i] > 0)
            assert_int_equal(file_read(AT_FDCWD, path, LENGTHS[i] - 1, &text, &len, &err), -EFBIG);
        assert_null(text);
    }
    assert_int_equal(file_read(AT_FDCWD, path, 40000, &text, NULL, &err), 0);
    free(text);
    free(bytes);
}

static void assert_text(const struct error *err, const char *before, const char *behind)
{
    char text[512];
    snprintf(text, sizeof text, "%s%s%s", before, dir, behind);
    assert_string_equal(err->text, text);
}

static void why_a_file_is_not_read(void **state)
{
    (void)state;
    char path[128], *text = NULL;
    struct error err = {0};
    snprintf(path, sizeof path, "%s/f", dir);
    assert_int_equal(file_read(AT_FDCWD, path, 4, &text, NULL, &err), -ENOENT);
    assert_text(&err, "cannot open ", "/f: No such file or directory");
    assert_int_equal(file_read(AT_FDCWD, dir, 4, &text, NULL, &err), -EISDIR);
    assert_text(&err, "cannot read ", ": Is a directory");
    assert_int_equal(file_replace(AT_FDCWD, path, "12345", 5, 0600, &err), 0);
    assert_int_equal(file_read(AT_FDCWD, path, 4, &text, NULL, &err), -EFBIG);
    assert_text(&err, "", "/f is longer than 4 bytes");
    assert_int_equal(err.number, EFBIG);
    assert_null(text);
}

static bool exists(const char *name)
{
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s%s", dir, name);
    return lstat(path, &st) == 0;
}

static void nothing_is_left_beside(void **state)
{
    (void)state;
    char path[128], beside[136], *text = NULL;
    struct stat st;
    struct error err = {0};
    const mode_t mask = umask(0);
    snprintf(path, sizeof path, "%s/f", dir);
    snprintf(beside, sizeof beside, "%s.new", path);
    assert_int_equal(file_replace(AT_FDCWD, beside, "left over by a crash", 20, 0600, &err), 0);
    assert_int_equal(chmod(beside, 0640), 0);
    assert_int_equal(file_replace(AT_FDCWD, path, "x", 1, 0604, &err), 0);
    assert_false(exists("/f.new"));
    assert_int_equal(file_replace(AT_FDCWD, path, "xy", 2, 0604, &err), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0604);
    assert_int_equal(st.st_size, 2);
    umask(mask);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(file_replace(AT_FDCWD, path, "x", 1, 0600, &err), -EISDIR);
    assert_text(&err, "cannot write ", "/f: Is a directory");
    assert_false(exists("/f.new"));
    assert_int_equal(symlink("g", beside), 0);
    assert_int_equal(file_replace(AT_FDCWD, path, "x", 1, 0600, &err), -ELOOP);
    assert_text(&err, "cannot write ", "/f.new: Too many levels of symbolic links");
    assert_false(exists("/g"));
    assert_int_equal(file_read(AT_FDCWD, beside, 4, &text, NULL, &err), -ENOENT);
}

static void a_full_disk_leaves_the_old(void **state)
{
    (void)state;
    char path[128], *text = NULL;
    struct error err = {0};
    struct rlimit all, little;
    snprintf(path, sizeof path, "%s/f", dir);
    assert_int_equal(file_replace(AT_FDCWD, path, "old", 3, 0600, &err), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
    little = all;
    little.rlim_cur = 4;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    int r = file_replace(AT_FDCWD, path, "longer", 6, 0600, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
    assert_int_equal(r, -EFBIG);
    assert_text(&err, "cannot write ", "/f: File too large");
    assert_false(exists("/f.new"));
    assert_int_equal(file_read(AT_FDCWD, path, 9, &text, NULL, &err), 0);
    assert_string_equal(text, "old");
    free(text);
}

/* Some file systems tell only then that there was no room. */
static void a_close_that_fails_leaves_the_old(void **state)
{
    (void)state;
    char path[128], *text = NULL;
    struct error err = {0};
    struct rlimit all, little;
    snprintf(path, sizeof path, "%s/f", dir);
    assert_int_equal(file_replace(AT_FDCWD, path, "old", 3, 0600, &err), 0);
    close_fails = EDQUOT;
    int r = file_replace(AT_FDCWD, path, "new", 3, 0600, &err);
    close_fails = 0;
    assert_int_equal(r, -EDQUOT);
    assert_text(&err, "cannot write ", "/f: Disk quota exceeded");
    assert_false(exists("/f.new"));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
    little = all;
    little.rlim_cur = 4;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    close_fails = EDQUOT;
    r = file_replace(AT_FDCWD, path, "longer", 6, 0600, &err);
    close_fails = 0;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
    assert_int_equal(r, -EFBIG); /* what failed first */
    assert_false(exists("/f.new"));
    assert_int_equal(file_read(AT_FDCWD, path, 9, &text, NULL, &err), 0);
    assert_string_equal(text, "old");
    free(text);
}

/* A name that has room, but not with what is put behind it. */
static void a_name_too_long(void **state)
{
    (void)state;
    char path[PATH_MAX + 1];
    struct error err = {0};
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t len = PATH_MAX - 6; len < PATH_MAX - 3; len++) {
        for (size_t i = 0; i < len; i++)
            path[i] = "./"[i % 2];
        path[len - 1] = 'f';
        path[len - 2] = '/';
        path[len] = '\0';
        bool fits = len + strlen(".new") < PATH_MAX;
        assert_int_equal(file_replace(at, path, "x", 1, 0600, &err), fits ? 0 : -ENAMETOOLONG);
        assert_int_equal(exists("/f"), fits);
        assert_false(exists("/f.ne"));
        if (fits)
            assert_int_equal(unlinkat(at, "f", 0), 0);
        else
            assert_int_equal(strncmp(err.text, "cannot write ./", 15), 0);
    }
    close(at);
}

static void why_a_directory_is_not_made(void **state)
{
    (void)state;
    char path[128], here[PATH_MAX];
    struct stat st;
    struct error err = {0};
    snprintf(path, sizeof path, "%s/f", dir);
    assert_int_equal(file_replace(AT_FDCWD, path, "", 0, 0600, &err), 0);
    assert_int_equal(file_make_dirs(path, 0700, &err), -EEXIST);
    assert_text(&err, "cannot make the directory ", "/f: File exists");
    snprintf(path, sizeof path, "%s/f/g", dir);
    assert_int_equal(file_make_dirs(path, 0700, &err), -EEXIST);
    assert_text(&err, "cannot make the directory ", "/f: File exists");
    snprintf(path, sizeof path, "%s/f/g/h", dir);
    assert_int_equal(file_make_dirs(path, 0700, &err), -EEXIST);
    assert_int_equal(file_make_dirs("", 0700, &err), -ENOENT);
    assert_string_equal(err.text, "cannot make the directory : No such file or directory");
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(file_make_dirs("a//b/", 0710, &err), 0);
    assert_int_equal(chdir(here), 0);
    snprintf(path, sizeof path, "%s/a", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0710);
    assert_true(exists("/a/b"));
}

static void counts_descriptors(void **state)
{
    (void)state;
    int before = fd_count_open();
    int fd = open("/dev/null", O_RDONLY);
    assert_int_equal(fd_count_open(), before + 1);
    fd_close(&fd);
    assert_int_equal(fd, -1);
    fd_close(&fd);
    assert_int_equal(fd_count_open(), before);
}

static void errors_are_wrapped(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(error_errno(&err, ENOENT, "cannot open %s", "x"), -ENOENT);
    assert_int_equal(error_wrap(&err, "configuration"), -ENOENT);
    assert_string_equal(err.text, "configuration: cannot open x: No such file or directory");
    assert_int_equal(err.number, ENOENT);
    assert_int_equal(error_set(&err, EINVAL, "%s %d", "row", 7), -EINVAL);
    assert_string_equal(err.text, "row 7");
    assert_int_equal(err.number, EINVAL);
    assert_int_equal(error_set(NULL, EINVAL, "nobody asked"), -EINVAL);
    assert_int_equal(error_errno(NULL, ENOSPC, "nobody asked"), -ENOSPC);
    assert_int_equal(error_wrap(NULL, "nobody asked"), -EIO);
    struct error unset = {.text = "why"};
    assert_int_equal(error_wrap(&unset, "what"), -EIO);
    assert_string_equal(unset.text, "what: why");
}

/* What has no room is cut; the number stays. */
static void long_errors_are_cut(void **state)
{
    (void)state;
    char text[600];
    struct error err = {0};
    memset(text, 'e', sizeof text);
    text[599] = '\0';
    assert_int_equal(error_errno(&err, ENOENT, "%s", text), -ENOENT);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_int_equal(error_wrap(&err, "%s", text), -ENOENT);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_int_equal(error_errno(&err, ENOENT, "%.477s", text), -ENOENT);
    assert_string_equal(err.text + 476, "e: ");
    assert_int_equal(error_errno(&err, ENOENT, "%.479s", text), -ENOENT);
    assert_string_equal(err.text + 477, "ee");
    err = (struct error){.number = EIO, .text = "old"};
    assert_int_equal(error_wrap(&err, "%.476s", text), -EIO);
    assert_string_equal(err.text + 475, "e: o");
    err = (struct error){.number = EIO, .text = "old"};
    assert_int_equal(error_wrap(&err, "%.479s", text), -EIO);
    assert_string_equal(err.text + 477, "ee");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replaces_and_reads_back, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(makes_directories, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(every_length_reads_back, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(why_a_file_is_not_read, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(nothing_is_left_beside, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_old, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(a_close_that_fails_leaves_the_old, make_directory,
                                        remove_directory),
        cmocka_unit_test_setup_teardown(a_name_too_long, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(why_a_directory_is_not_made, make_directory,
                                        remove_directory),
        cmocka_unit_test(counts_descriptors),
        cmocka_unit_test(errors_are_wrapped),
        cmocka_unit_test(long_errors_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
