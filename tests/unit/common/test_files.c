/* Half-written state files and time stamps that do not read back lose what a restart needs. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"

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
    static const char *const LEFT[] = {"/f", "/a/b/c", "/a/b", "/a", ""};
    for (int i = 0; i < 5; i++) {
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

static void stamps_read_back(void **state)
{
    (void)state;
    char text[CLOCK_RFC3339_SIZE];
    static const int64_t STAMPS[] = {0, 1, 1763833320123, 4102444800999, -1};
    for (int i = 0; i < 5; i++) {
        int64_t back = 0;
        clock_rfc3339(STAMPS[i], text);
        assert_int_equal(clock_parse_rfc3339(text, &back), 0);
        assert_true(back == STAMPS[i]);
    }
    assert_string_equal(clock_rfc3339(0, text), "1970-01-01T00:00:00.000Z");
    int64_t ms = 0;
    assert_int_equal(clock_parse_rfc3339("1970-01-01T01:00:00.5+01:00", &ms), 0);
    assert_true(ms == 500);
    assert_int_equal(clock_parse_rfc3339("yesterday", &ms), -EINVAL);
    assert_int_equal(clock_parse_rfc3339("1970-01-01T01:00:00", &ms), -EINVAL);
    assert_true(clock_mono_us() / 1000 <= clock_mono_ms() + 1);
}

static void errors_are_wrapped(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(error_errno(&err, ENOENT, "cannot open %s", "x"), -ENOENT);
    assert_int_equal(error_wrap(&err, "configuration"), -ENOENT);
    assert_string_equal(err.text, "configuration: cannot open x: No such file or directory");
    assert_int_equal(error_set(NULL, EINVAL, "nobody asked"), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replaces_and_reads_back, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(makes_directories, make_directory, remove_directory),
        cmocka_unit_test(counts_descriptors),
        cmocka_unit_test(stamps_read_back),
        cmocka_unit_test(errors_are_wrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
