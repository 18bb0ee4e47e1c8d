/* The leaf into which the daemon moves so that controllers can be handed on: one that fails halfway
 * leaves the daemon in a group that a service manager cannot remove. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cgroup_fixture.h"
#include "common/cleanup.h"

static const char *leaf_file(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/daemon%s", record + 1, name);
    return path;
}

static bool handed_on(const char *controller)
{
    char line[64];
    snprintf(line, sizeof line, "\n/cgroup.subtree_control=+%s\n", controller);
    return logged(line);
}

static bool asked_base(const char *what)
{
    char line[128];
    snprintf(line, sizeof line, "/" BASE "/cgroup.subtree_control=%s\n", what);
    return logged(line);
}

static int leaf_error;

static int mkdirat_of_no_leaf(int dir, const char *path, mode_t mode)
{
    if (!strstr(path, "daemon"))
        return fake_mkdirat(dir, path, mode);
    if (leaf_error == EEXIST) /* it is there */
        fake_mkdirat(dir, path, mode);
    errno = leaf_error;
    return -1;
}

static void without_a_leaf_it_stays(void **state)
{
    (void)state;
    busy = true;
    leaf_error = EACCES;
    sys.mkdirat = mkdirat_of_no_leaf;
    struct cgroup_root *root = make_root();
    assert_true(asked_base("+memory"));
    assert_false(logged("cgroup.procs=0\n"));
    assert_false(handed_on("memory"));
    assert_false(handed_on("pids"));
    cgroup_root_free(root);
    assert_false(logged("cgroup.procs=0\n"));
    assert_false(asked_base("-memory"));
    assert_false(exists(&folder, record + 1));
}

static void a_leaf_that_is_there_will_do(void **state)
{
    (void)state;
    busy = true;
    leaf_error = EEXIST;
    sys.mkdirat = mkdirat_of_no_leaf;
    struct cgroup_root *root = make_root();
    assert_true(logged("/daemon/cgroup.procs=0\n"));
    assert_true(handed_on("memory"));
    cgroup_root_free(root);
    assert_true(logged(BASE "/cgroup.procs=0\n"));
    assert_false(exists(&folder, record + 1));
}

static ssize_t write_into_no_leaf(int fd, const void *bytes, size_t len)
{
    char link[32], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    if (!ends_with(path, "/daemon/cgroup.procs"))
        return fake_write(fd, bytes, len);
    errno = EACCES;
    return -1;
}

static void a_leaf_that_cannot_be_entered_is_removed(void **state)
{
    (void)state;
    busy = true;
    sys.write = write_into_no_leaf;
    struct cgroup_root *root = make_root();
    assert_true(exists(&folder, record + 1));
    assert_false(exists(&folder, leaf_file("")));
    assert_false(handed_on("memory"));
    cgroup_root_free(root);
    assert_false(logged(BASE "/cgroup.procs=0\n"));
    assert_false(exists(&folder, record + 1));
}

/* What others have switched on is not switched off. */
static void what_is_handed_on_already_is_left_so(void **state)
{
    (void)state;
    put_file(&folder, BASE "/cgroup.subtree_control", "cpu memory");
    struct cgroup_root *root = make_root();
    assert_false(asked_base("+memory"));
    assert_true(asked_base("+pids"));
    assert_true(handed_on("memory"));
    assert_true(handed_on("pids"));
    cgroup_root_free(root);
    assert_false(asked_base("-memory"));
    assert_true(asked_base("-pids"));
    assert_true(logged("\n/cgroup.subtree_control=-memory\n"));
    assert_true(logged("\n/cgroup.subtree_control=-pids\n"));
}

static void only_whole_words_are_controllers(void **state)
{
    (void)state;
    static const struct {
        const char *listed;
        bool memory, pids;
    } CASES[] = {
        {"cpu memory pids\n", true, true},
        {"memory\n", true, false},
        {"pids", false, true},
        {"xmemory pidsx\n", false, false},
        {"memory2 memory\n", true, false},
        {"memorypids\n", false, false},
        {"cpu\tmemory\n", false, false},
        {"", false, false},
        {"memory,pids\n", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        teardown(NULL);
        setup(NULL);
        put_file(&folder, BASE "/cgroup.controllers", CASES[i].listed);
        struct cgroup_root *root = make_root();
        assert_int_equal(handed_on("memory"), CASES[i].memory);
        assert_int_equal(asked_base("+memory"), CASES[i].memory);
        assert_int_equal(handed_on("pids"), CASES[i].pids);
        assert_int_equal(asked_base("+pids"), CASES[i].pids);
        cgroup_root_free(root);
    }
}

/* As many as are read at once: 127 pids of eight bytes, and one of seven behind them. */
static void each_process_of_the_leaf_is_taken_home(void **state)
{
    (void)state;
    enum { PIDS = 127 };
    char pids[8 * PIDS + 8 + 1] = "";
    busy = true;
    struct cgroup_root *root = make_root();
    for (int i = 0; i < PIDS; i++)
        snprintf(pids + 8 * i, 9, "%d\n", 2000000 + i);
    snprintf(pids + 8 * PIDS, 9, "%d\n", 1234567);
    put_file(&folder, leaf_file("/cgroup.procs"), pids);
    call_text[0] = '\0';
    cgroup_root_free(root);
    assert_true(logged(BASE "/cgroup.procs=2000000\n"));
    assert_true(logged(BASE "/cgroup.procs=2000126\n"));
    assert_true(logged(BASE "/cgroup.procs=1234567\n"));
    assert_false(exists(&folder, record + 1));
}

/* Whether there are others in it or not. */
static void a_leaf_that_cannot_be_read_goes_too(void **state)
{
    (void)state;
    busy = true;
    struct cgroup_root *root = make_root();
    unlinkat(folder.fd, leaf_file("/cgroup.procs"), 0);
    cgroup_root_free(root);
    assert_true(logged(BASE "/cgroup.procs=0\n"));
    assert_false(exists(&folder, record + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_leaf_it_stays),
        TEST(a_leaf_that_is_there_will_do),
        TEST(a_leaf_that_cannot_be_entered_is_removed),
        TEST(what_is_handed_on_already_is_left_so),
        TEST(only_whole_words_are_controllers),
        TEST(each_process_of_the_leaf_is_taken_home),
        TEST(a_leaf_that_cannot_be_read_goes_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
