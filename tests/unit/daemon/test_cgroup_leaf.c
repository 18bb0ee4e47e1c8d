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

static struct cgroup_root *make_named(const char *setting)
{
    struct cgroup_root *root = NULL;
    struct error err = {0};
    assert_int_equal(make_root_as(setting, &root, &err), 0);
    assert_string_equal(err.text, "");
    snprintf(record, sizeof record, "%s", cgroup_root_path(root));
    return root;
}

/* A group that was named is left for a leaf only where it is the daemon's own. */
static void out_of_a_foreign_group_nobody_is_moved(void **state)
{
    (void)state;
    static const struct {
        const char *own;
        bool moves;
    } CASES[] = {{"0::/system.slice/c.service\n", true},
                 {"0::/system.slice\n", false},
                 {"0::/system.slice/c.service/x\n", false},
                 {"4:memory:/x\n", false}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        teardown(NULL);
        setup(NULL);
        put_file(&folder, "proc/self/cgroup", CASES[i].own);
        busy = true;
        struct cgroup_root *root = make_named("/" BASE);
        assert_int_equal(logged("/daemon/cgroup.procs=0\n"), CASES[i].moves);
        assert_int_equal(handed_on("memory"), CASES[i].moves);
        cgroup_root_free(root);
        assert_int_equal(logged(BASE "/cgroup.procs=0\n"), CASES[i].moves);
        assert_false(exists(&folder, record + 1));
    }
}

static void its_path_has_one_slash_between_names(void **state)
{
    (void)state;
    static const char *const SETTINGS[] = {"/" BASE, "/" BASE "/"};
    for (size_t i = 0; i < ARRAY_LEN(SETTINGS); i++) {
        struct cgroup_root *root = make_named(SETTINGS[i]);
        assert_int_equal(strncmp(record, "/" BASE "/councild-default-", strlen(BASE) + 19), 0);
        cgroup_root_free(root);
    }
}

static const char *missing; /* a file that new groups do not have */

static int mkdirat_without_a_file(int dir, const char *path, mode_t mode)
{
    char file[512];
    const int r = fake_mkdirat(dir, path, mode);
    snprintf(file, sizeof file, "%s/%s", path, missing);
    unlinkat(dir, file, 0);
    return r;
}

static void what_has_no_file_cannot_be_limited(void **state)
{
    (void)state;
    sys.mkdirat = mkdirat_without_a_file;
    for (int memory = 0; memory < 2; memory++) {
        missing = memory ? "pids.max" : "memory.max";
        struct cgroup_root *root = make_root();
        assert_int_equal(cgroup_can_limit_memory(root), memory);
        assert_int_equal(cgroup_can_limit_processes(root), !memory);
        cgroup_root_free(root);
    }
    assert_false(cgroup_can_limit_processes(NULL));
    assert_false(cgroup_holds(NULL));
    assert_null(cgroup_root_name(NULL));
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
        TEST(out_of_a_foreign_group_nobody_is_moved),
        TEST(its_path_has_one_slash_between_names),
        TEST(what_has_no_file_cannot_be_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
