/* A cgroup that cannot be used is one that an operator believes in: which step failed has to be
 * told, and nothing of it may be left. */
#include <setjmp.h>
#include <stddef.h>
#include <sys/file.h>

#include <cmocka.h>

#include "cgroup_fixture.h"

static int no_mkdirat(int dir, const char *path, mode_t mode)
{
    (void)dir, (void)path, (void)mode;
    errno = EACCES;
    return -1;
}

static int mkdirat_of_an_old_kernel(int dir, const char *path, mode_t mode)
{
    const int r = fake_mkdirat(dir, path, mode);
    char kill[512];
    snprintf(kill, sizeof kill, "%s/cgroup.kill", path);
    unlinkat(dir, kill, 0);
    return r;
}

static int no_flock(int fd, int operation)
{
    (void)fd, (void)operation;
    errno = EWOULDBLOCK;
    return -1;
}

static int no_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    (void)from_dir, (void)from, (void)to_dir, (void)to;
    errno = EROFS;
    return -1;
}

static bool holds_ours(void)
{
    char path[300];
    snprintf(path, sizeof path, "%s/" BASE, folder.path);
    DIR *listing = opendir(path);
    bool found = false;
    assert_non_null(listing);
    for (struct dirent *e; (e = readdir(listing));)
        found |= strncmp(e->d_name, "councild-", 9) == 0;
    closedir(listing);
    return found;
}

/* Where it was asked for by name that is an error, else a reason to go without. */
static void expect_refused(const char *told)
{
    static const char *const SETTINGS[] = {"auto", "/cg/system.slice/c.service"};
    for (size_t i = 0; i < 2; i++) {
        struct cgroup_root *root = NULL;
        struct error err = {0};
        const int r = make_root_as(SETTINGS[i], &root, &err);
        assert_null(root);
        assert_int_equal(r < 0, i == 1);
        if (strncmp(err.text, told, strlen(told)) != 0)
            fail_msg("%s: %s", told, err.text);
        assert_false(holds_ours());
    }
}

static void each_step_is_told(void **state)
{
    (void)state;
    sys.mkdirat = no_mkdirat;
    expect_refused("cannot make the cgroup /cg/system.slice/c.service/councild-default-");
    sys.mkdirat = mkdirat_of_an_old_kernel;
    expect_refused("the kernel has no cgroup.kill: No such file");
    sys.mkdirat = fake_mkdirat;
    sys.flock = no_flock;
    expect_refused("cannot lock the cgroup /cg/system.slice/c.service/councild-default-");
    sys.flock = flock;
    sys.renameat = no_renameat;
    expect_refused("cannot write the file cgroup in the state directory: Read-only file system");
    sys.renameat = renameat;
    clone_errno = EACCES;
    expect_refused("cannot start a process in the cgroup /cg/system.slice/c.service/councild-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_step_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
