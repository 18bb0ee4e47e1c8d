/* Where this process stands in the tree of cgroups, from what /proc says: a wrong answer makes the
 * daemon put its runs, and later kill, somewhere else. And the numbers in the kernel's files. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/cgroup/cgroup_find.h"
#include "daemon/cgroup/cgroup_tree.h"
#include "fixture.h"

static struct folder folder;
static struct error err;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    return mkdirat(folder.fd, "proc", 0700) || mkdirat(folder.fd, "proc/self", 0700);
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static int find(const char *groups, const char *mounts, char *ret, size_t size)
{
    put_file(&folder, "proc/self/cgroup", groups);
    put_file(&folder, "proc/self/mountinfo", mounts);
    err = (struct error){0};
    return cgroup_find_own(folder.path, ret, size, &err);
}

#define MOUNT(root, point) "31 20 0:27 " root " " point " rw,nosuid shared:5 - cgroup2 cgroup2 rw\n"
#define OTHER              "30 20 0:26 / /other rw shared:4 - cgroup cgroup rw,memory\n"
#define NOT_MOUNTED        "no cgroup v2 tree is mounted"
#define NOT_SEEN           "this process is in no cgroup v2 that can be seen here"

static void it_is_where_the_mount_and_the_path_meet(void **state)
{
    (void)state;
    static const struct {
        const char *groups, *mounts, *found, *told;
    } CASES[] = {
        {"0::/a/b\n", MOUNT("/", "/cg"), "/cg/a/b", NULL},
        {"4:memory:/x\n0::/a\n", OTHER MOUNT("/", "/cg"), "/cg/a", NULL},
        {"0::/\n", MOUNT("/", "/cg"), "/cg", NULL},
        {"0::/a/b\n", MOUNT("/a", "/cg"), "/cg/b", NULL},
        {"0::/a\n", MOUNT("/a", "/cg"), "/cg", NULL},
        {"0::/a\n", MOUNT("/b", "/one") MOUNT("/", "/two"), "/two/a", NULL},
        {"0::/a\n", MOUNT("/", "/one") MOUNT("/", "/two"), "/one/a", NULL},
        {"0::/ab\n", MOUNT("/a", "/cg"), NULL, NOT_MOUNTED},
        {"0::/a\n", MOUNT("/a/b", "/cg"), NULL, NOT_MOUNTED},
        {"0::/a\n", OTHER, NULL, NOT_MOUNTED},
        {"0::/a\n", "", NULL, NOT_MOUNTED},
        {"0::/a\n", "31 20 0:27 / /cg rw - cgroup2\n", NULL, NOT_MOUNTED},
        {"0::/a\n", "31 20 0:27 /\n", NULL, NOT_MOUNTED},
        {"0::/a\n", "31 20 0:27 / - cgroup2 x\n", NULL, NOT_MOUNTED},
        {"0::/a\n", "31 20 0:27 / /cg rw - cgroup cgroup2 rw\n", NULL, NOT_MOUNTED},
        {"0::/a\n", MOUNT("/", "/c\\040g\\134"), "/c g\\/a", NULL},
        {"0::/a b\n", MOUNT("/a\\040b", "/cg"), "/cg", NULL},
        {"0::/a\n", MOUNT("/", "/c\\40g"), "/c\\40g/a", NULL},
        {"0::/a\n", MOUNT("/", "/c\\400"), "/c\\400/a", NULL},
        {"0::/a\n", MOUNT("/", "/c\\080"), "/c\\080/a", NULL},
        {"0::/a\n", MOUNT("/", "/c\\008"), "/c\\008/a", NULL},
        {"0::/a\n", MOUNT("/", "/c\\377"), "/c\377/a", NULL},
        {"0::/..\n", MOUNT("/", "/cg"), NULL, NOT_SEEN},
        {"0::/../a\n", MOUNT("/", "/cg"), NULL, NOT_SEEN},
        {"4:memory:/x\n", MOUNT("/", "/cg"), NULL, NOT_SEEN},
        {"0::a\n", MOUNT("/", "/cg"), NULL, NOT_SEEN},
        {"10::/a\n", MOUNT("/", "/cg"), NULL, NOT_SEEN},
        {"", MOUNT("/", "/cg"), NULL, NOT_SEEN},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char found[256] = "";
        const int r = find(CASES[i].groups, CASES[i].mounts, found, sizeof found);
        if (r != (CASES[i].found ? 0 : -ENOENT))
            fail_msg("%zu: %d, %s %s", i, r, found, err.text);
        assert_string_equal(CASES[i].found ? found : err.text,
                            CASES[i].found ? CASES[i].found : CASES[i].told);
    }
}

static void a_path_has_to_fit(void **state)
{
    (void)state;
    char found[8];
    assert_int_equal(find("0::/abc\n", MOUNT("/", "/cg"), found, sizeof found), 0);
    assert_string_equal(found, "/cg/abc");
    assert_int_equal(find("0::/abcd\n", MOUNT("/", "/cg"), found, sizeof found), -ENAMETOOLONG);
    assert_string_equal(err.text, "cannot use the cgroup /abcd: File name too long");
}

static void without_proc_nothing_is_found(void **state)
{
    (void)state;
    char found[64];
    assert_int_equal(cgroup_find_own(folder.path, found, sizeof found, &err), -ENOENT);
    assert_non_null(strstr(err.text, "/proc/self/cgroup"));
    put_file(&folder, "proc/self/cgroup", "0::/a\n");
    assert_int_equal(cgroup_find_own(folder.path, found, sizeof found, &err), -ENOENT);
    assert_non_null(strstr(err.text, "/proc/self/mountinfo"));
}

/* ---- numbers ---- */

static void a_number_stands_behind_its_whole_key(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long long number;
    } CASES[] = {
        {"populated 1\n", 1},
        {"populated 0", 0},
        {"frozen 0\npopulated 7\n", 7},
        {"populated 1\npopulated 2\n", 1},
        {"unpopulated 1\n", -1},
        {"populatedx 1\n", -1},
        {"populated\n", -1},
        {"populated \n", -1},
        {"populated x\n", -1},
        {"populated -1\n", -1},
        {"populated +1\n", -1},
        {"populated  1\n", -1},
        {"populated 1x\n", -1},
        {"populated 1 \n", -1},
        {"populated 9223372036854775807\n", INT64_MAX},
        {"populated 9223372036854775808\n", -1},
        {"populated 9\n", 9},
        {"populated :\n", -1},
        {"populated /\n", -1},
        {"", -1},
        {"\n\npopulated 3\n", 3},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        if (cgroup_tree_number(CASES[i].text, "populated") != CASES[i].number)
            fail_msg("%s gives %lld", CASES[i].text,
                     cgroup_tree_number(CASES[i].text, "populated"));
}

static void a_group_is_populated_when_the_kernel_says_so(void **state)
{
    (void)state;
    static const struct {
        const char *events;
        int populated;
    } CASES[] = {{"populated 0\nfrozen 0\n", 0},
                 {"populated 1\nfrozen 0\n", 1},
                 {"populated 2\n", -EIO},
                 {"frozen 0\n", -EIO},
                 {"", -EIO}};
    assert_int_equal(cgroup_tree_populated(folder.fd, "g"), 0); /* it is gone */
    assert_int_equal(cgroup_tree_kill(folder.fd, "g"), 0);
    assert_int_equal(mkdirat(folder.fd, "g", 0700), 0);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        put_file(&folder, "g/cgroup.events", CASES[i].events);
        assert_int_equal(cgroup_tree_populated(folder.fd, "g"), CASES[i].populated);
    }
    put_file(&folder, "g/cgroup.kill", "");
    assert_int_equal(cgroup_tree_kill(folder.fd, "g"), 0);
    assert_string_equal(get_file(&folder, "g/cgroup.kill"), "1");
    unlinkat(folder.fd, "g/cgroup.kill", 0);
    assert_int_equal(mkdirat(folder.fd, "g/cgroup.kill", 0700), 0);
    assert_int_equal(cgroup_tree_kill(folder.fd, "g"), -EISDIR);
}

/* What is cut short would be another file, or none: a group that lives would count as gone. */
static void a_path_that_does_not_fit_is_told(void **state)
{
    (void)state;
    enum { ROOM = PATH_MAX - sizeof "/cgroup.kill" };
    char name[PATH_MAX];
    for (size_t i = 0; i < ROOM + 1; i++)
        name[i] = i % 2 ? '/' : '.';
    name[ROOM] = '\0';
    assert_int_equal(cgroup_tree_kill(folder.fd, name), 0); /* there is none */
    name[ROOM] = '/';
    name[ROOM + 1] = '\0';
    assert_int_equal(cgroup_tree_kill(folder.fd, name), -ENAMETOOLONG);
}

static void a_group_goes_with_all_below_it(void **state)
{
    (void)state;
    char path[256] = "g";
    assert_int_equal(cgroup_tree_remove(folder.fd, "g"), 0); /* it is gone */
    for (int depth = 0; depth < 20; depth++) {
        assert_int_equal(mkdirat(folder.fd, path, 0700), 0);
        char beside[260];
        snprintf(beside, sizeof beside, "%s/x", path);
        assert_int_equal(mkdirat(folder.fd, beside, 0700), 0);
        snprintf(path + strlen(path), sizeof path - strlen(path), "/d");
    }
    assert_int_equal(cgroup_tree_remove(folder.fd, "g"), 0);
    assert_false(exists(&folder, "g"));
    assert_int_equal(mkdirat(folder.fd, "g", 0700), 0);
    put_file(&folder, "g/held", ""); /* as one that holds a process */
    assert_int_equal(cgroup_tree_remove(folder.fd, "g"), -ENOTEMPTY);
    assert_true(exists(&folder, "g"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_where_the_mount_and_the_path_meet),
        TEST(a_path_has_to_fit),
        TEST(without_proc_nothing_is_found),
        TEST(a_number_stands_behind_its_whole_key),
        TEST(a_group_is_populated_when_the_kernel_says_so),
        TEST(a_path_that_does_not_fit_is_told),
        TEST(a_group_goes_with_all_below_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
