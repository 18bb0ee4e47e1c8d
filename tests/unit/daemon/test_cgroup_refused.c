/* A cgroup that cannot be used is one that an operator believes in: which step failed has to be
 * told, and nothing of it may be left. */
#include <setjmp.h>
#include <stdarg.h>
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

static int flocks, flock_errno;

static int flock_that_is_counted(int fd, int operation)
{
    (void)fd, (void)operation;
    flocks++;
    errno = flock_errno;
    return -1;
}

/* A daemon beside us may sweep the new directory away, but not three times running; what fails for
 * another reason fails again. */
static void what_may_pass_is_tried_three_times(void **state)
{
    (void)state;
    static const int NUMBERS[] = {EWOULDBLOCK, ENOENT, ENOLCK};
    for (size_t i = 0; i < 3; i++) {
        struct cgroup_root *root = NULL;
        struct error err;
        flocks = 0;
        flock_errno = NUMBERS[i];
        sys.flock = flock_that_is_counted;
        assert_int_equal(make_root_as("/" BASE, &root, &err), -NUMBERS[i]);
        assert_int_equal(flocks, NUMBERS[i] == ENOLCK ? 1 : 3);
        assert_false(holds_ours());
    }
}

/* What a daemon before it has recorded is ended by then. */
static void one_that_is_switched_off_keeps_no_record(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    cgroup_root_free(root);
    struct error err = {0};
    put_file(&folder, "state/cgroup", "/" BASE "/councild-default-0123abcd\n");
    assert_int_equal(make_root_as("off", &root, &err), 0);
    assert_null(root);
    assert_int_equal(err.number, EOPNOTSUPP);
    assert_string_equal(err.text, "switched off");
    assert_false(exists(&folder, "state/cgroup"));
    assert_false(holds_ours());
}

/* It says what a later daemon kills: nobody else writes it. */
static void the_record_is_for_the_daemon_alone(void **state)
{
    (void)state;
    struct stat st;
    const mode_t old = umask(0);
    struct cgroup_root *root = make_root();
    umask(old);
    assert_int_equal(fstatat(folder.fd, "state/cgroup", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(fstatat(folder.fd, record + 1, &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0755);
    cgroup_root_free(root);
}

static const char *unopened; /* what the name of it begins with */

static int openat_but_for_one(int dir, const char *path, int flags, mode_t mode)
{
    if (strncmp(path, unopened, strlen(unopened)) != 0 || !(flags & O_DIRECTORY))
        return openat(dir, path, flags, mode);
    errno = EMFILE;
    return -1;
}

static int mkdirat_of_no_run(int dir, const char *path, mode_t mode)
{
    if (path[0] != 'r')
        return fake_mkdirat(dir, path, mode);
    errno = EDQUOT;
    return -1;
}

static void groups_that_cannot_be_made_or_opened_are_told(void **state)
{
    (void)state;
    sys.mkdirat = mkdirat_of_no_run;
    expect_refused("cannot make the cgroup r0: Disk quota exceeded");
    sys.mkdirat = fake_mkdirat;
    sys.openat = openat_but_for_one;
    unopened = "r0";
    expect_refused("cannot open the cgroup r0: Too many open files");
    unopened = "councild-default-";
    expect_refused("cannot open the cgroup /cg/system.slice/c.service/councild-default-");
}

/* A group of a run that cannot be had is no containment, and the next one is tried again. */
static void a_run_without_its_group_is_known(void **state)
{
    (void)state;
    struct error err;
    struct cgroup_root *root = make_root();
    sys.openat = openat_but_for_one;
    unopened = "r8";
    assert_int_equal(cgroup_create(root, 8, &err), -EMFILE);
    assert_string_equal(err.text, "cannot open the cgroup r8: Too many open files");
    assert_false(exists(&folder, run_file(8, "")));
    assert_false(cgroup_holds(root));
    int fd = cgroup_create(root, 9, &err);
    assert_true(fd >= 0);
    assert_true(cgroup_holds(root));
    fd_close(&fd);
    assert_int_equal(cgroup_remove(root, 9), 0);
    cgroup_root_free(root);
}

static int mkdirat_of_no_daemon(int dir, const char *path, mode_t mode)
{
    if (strncmp(path, "councild-", 9) != 0)
        return fake_mkdirat(dir, path, mode);
    errno = EDQUOT;
    return -1;
}

/* Each run that begins tries to make it anew. */
static void a_directory_that_cannot_be_made_anew_is_told(void **state)
{
    (void)state;
    struct error err;
    struct cgroup_root *root = make_root();
    const int before = fd_count_open();
    assert_int_equal(fake_unlinkat(folder.fd, cgroup_root_path(root) + 1, AT_REMOVEDIR), 0);
    sys.mkdirat = mkdirat_of_no_daemon;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(cgroup_create(root, 7, &err), -EDQUOT);
        assert_int_equal(strncmp(err.text, "cannot make the cgroup /cg/system.slice/", 40), 0);
        assert_false(cgroup_holds(root));
        assert_false(holds_ours());
        assert_int_equal(fd_count_open(), before - 1);
    }
    sys.mkdirat = fake_mkdirat;
    int fd = cgroup_create(root, 8, &err);
    assert_true(fd >= 0);
    fd_close(&fd);
    assert_true(cgroup_holds(root));
    assert_true(exists(&folder, run_file(8, "")));
    assert_int_equal(cgroup_remove(root, 8), 0);
    cgroup_root_free(root);
    assert_false(holds_ours());
}

/* Who may swap has more memory than was allowed. */
static void where_swap_cannot_be_limited_memory_is_not(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    int fd = cgroup_create(root, 1, NULL);
    fd_close(&fd);
    unlinkat(folder.fd, run_file(1, "memory.swap.max"), 0);
    assert_int_equal(mkdirat(folder.fd, run_file(1, "memory.swap.max"), 0700), 0);
    call_text[0] = '\0';
    assert_int_equal(cgroup_limit_memory(root, 1, 4096), -EISDIR);
    assert_string_equal(call_text, "");
    unlinkat(folder.fd, run_file(1, "memory.swap.max"), AT_REMOVEDIR);
    assert_int_equal(cgroup_limit_memory(root, 1, 4096), 0);
    assert_string_equal(call_text, "/r1/memory.max=4096\n");
    unlinkat(folder.fd, run_file(1, "memory.max"), 0);
    assert_int_equal(cgroup_limit_memory(root, 1, 4096), -ENOENT);
    cgroup_remove(root, 1);
    cgroup_root_free(root);
}

static char asked_to_go[512]; /* the names, in their order */

static int unlinkat_but_for_r3(int dir, const char *path, int flags)
{
    const size_t have = strlen(asked_to_go);
    snprintf(asked_to_go + have, sizeof asked_to_go - have, "%s ", path);
    if (strcmp(path, "r3") != 0)
        return fake_unlinkat(dir, path, flags);
    errno = EBUSY;
    return -1;
}

/* A process in it keeps a group, but not the groups in it, nor the one beside it. */
static void a_group_that_stays_keeps_nothing_and_takes_nothing(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    for (uint64_t serial = 3; serial <= 4; serial++) {
        int fd = cgroup_create(root, serial, NULL);
        fd_close(&fd);
    }
    assert_int_equal(fake_mkdirat(folder.fd, run_file(3, "own"), 0700), 0);
    assert_int_equal(fake_mkdirat(folder.fd, run_file(3, "own/deeper"), 0700), 0);
    asked_to_go[0] = '\0';
    sys.unlinkat = unlinkat_but_for_r3;
    assert_int_equal(cgroup_remove(root, 3), -EBUSY);
    assert_string_equal(asked_to_go, "r3 own deeper own r3 ");
    assert_false(exists(&folder, run_file(3, "own")));
    assert_true(exists(&folder, run_file(3, "cgroup.procs")));
    assert_true(exists(&folder, run_file(4, "cgroup.procs")));
    sys.unlinkat = fake_unlinkat;
    assert_int_equal(cgroup_remove(root, 3), 0);
    assert_int_equal(cgroup_remove(root, 4), 0);
    cgroup_root_free(root);
}

static int deepest; /* descriptor that was opened */

static int openat_that_measures(int dir, const char *path, int flags, mode_t mode)
{
    const int fd = openat(dir, path, flags, mode);
    deepest = fd > deepest ? fd : deepest;
    return fd;
}

/* Each level takes a descriptor of the daemon: a run decides how deep it nests, not how many. */
static void a_run_that_nests_deep_costs_no_more(void **state)
{
    (void)state;
    enum { ORDINARY = 16, DEEP = 200 };
    struct cgroup_root *root = make_root();
    for (int depth = ORDINARY; depth <= DEEP; depth += DEEP - ORDINARY) {
        int fd = cgroup_create(root, 3, NULL);
        const int before = fd_count_open();
        for (int i = 0; i < depth; i++) {
            int next;
            assert_int_equal(mkdirat(fd, "n", 0700), 0);
            assert_true((next = openat(fd, "n", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0);
            fd_close(&fd);
            fd = next;
        }
        fd_close(&fd);
        deepest = 0;
        sys.openat = openat_that_measures;
        assert_int_equal(cgroup_remove(root, 3), depth == ORDINARY ? 0 : -ENOTEMPTY);
        assert_in_range(deepest, ORDINARY / 2, 64);
        assert_int_equal(fd_count_open(), before - 1);
    }
    cgroup_root_free(root);
}

static void a_name_that_is_too_long_is_told(void **state)
{
    (void)state;
    char name[4200] = "/";
    struct cgroup_root *root = NULL;
    struct error err;
    memset(name + 1, 'x', sizeof name - 2);
    assert_int_equal(make_root_as(name, &root, &err), -ENAMETOOLONG);
    assert_null(root);
    assert_int_equal(strncmp(err.text, "cannot use the cgroup /xxxx", 27), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_step_is_told),
        TEST(what_may_pass_is_tried_three_times),
        TEST(one_that_is_switched_off_keeps_no_record),
        TEST(the_record_is_for_the_daemon_alone),
        TEST(groups_that_cannot_be_made_or_opened_are_told),
        TEST(a_run_without_its_group_is_known),
        TEST(a_directory_that_cannot_be_made_anew_is_told),
        TEST(where_swap_cannot_be_limited_memory_is_not),
        TEST(a_group_that_stays_keeps_nothing_and_takes_nothing),
        TEST(a_run_that_nests_deep_costs_no_more),
        TEST(a_name_that_is_too_long_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
