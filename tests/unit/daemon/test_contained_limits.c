/* Limits of a run that has a cgroup: one that is put on the leader alone is passed by its children,
 * and one that cannot be put there must fail the start and not be forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgroup_fixture.h"
#include "daemon/settings/run_limits.h"
#include "proto/fields.h"

static struct run_limits none(void)
{
    struct run_limits l;
    fields_defaults(FIELDS_RUN_LIMITS, &l);
    return l;
}

static int prlimits; /* calls */

static int note_prlimit(pid_t pid, int resource, const struct rlimit *value, struct rlimit *ret_old)
{
    (void)pid;
    (void)value;
    prlimits |= 1 << resource;
    if (ret_old)
        *ret_old = (struct rlimit){1000, 5000};
    return 0;
}

static void they_are_put_on_the_group(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    int fd = cgroup_create(root, 7, NULL);
    assert_true(fd >= 0);
    close(fd);
    struct run_limits l = none();
    l.memory_bytes = 1 << 25;
    l.processes = 5;
    prlimits = 0;
    sys.prlimit = note_prlimit;
    assert_int_equal(run_limits_apply(&l, 4711, root, 7, NULL), 0);
    assert_true(logged("/r7/memory.max=33554432"));
    assert_true(logged("/r7/pids.max=5"));
    assert_int_equal(prlimits, 0);
    l.open_files = 64;
    assert_int_equal(run_limits_apply(&l, 4711, root, 7, NULL), 0);
    assert_int_equal(prlimits, 1 << RLIMIT_NOFILE);
    cgroup_remove(root, 7);
    cgroup_root_free(root);
}

static void what_cannot_be_put_there_is_told(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    struct run_limits l = none();
    struct error err = {0};
    l.memory_bytes = 1 << 25;
    assert_int_equal(run_limits_apply(&l, 4711, root, 9, &err), -ENOENT); /* there is no such run */
    assert_string_equal(err.text, "cannot set the limit memory_bytes: No such file or directory");
    l = none();
    l.processes = 5;
    assert_int_equal(run_limits_apply(&l, 4711, root, 9, &err), -ENOENT);
    assert_string_equal(err.text, "cannot set the limit processes: No such file or directory");
    assert_int_equal(run_limits_apply(&l, 4711, NULL, 9, &err), -EOPNOTSUPP);
    cgroup_root_free(root);
}

static void processes_may_be_asked_for_where_they_can_be_limited(void **state)
{
    (void)state;
    struct cgroup_root *root = make_root();
    struct run_limits asked = none(), nothing = none(), caps = none(), result;
    const char *pointer = NULL;
    asked.processes = 10;
    assert_int_equal(run_limits_resolve(&asked, &nothing, &caps, root, &result, &pointer, NULL), 0);
    assert_int_equal(result.processes, 10);
    caps.processes = 10;
    assert_int_equal(run_limits_resolve(&asked, &nothing, &caps, root, &result, &pointer, NULL), 0);
    assert_int_equal(result.processes, 10);
    asked.processes = LIMIT_NONE;
    assert_int_equal(run_limits_resolve(&asked, &nothing, &caps, root, &result, &pointer, NULL), 0);
    assert_int_equal(result.processes, 10); /* the cap */
    cgroup_root_free(root);
}

static void each_limit_is_refused_by_its_name(void **state)
{
    (void)state;
    static const char *const POINTERS[] = {"/limits/deadline_ms", "/limits/memory_bytes",
                                           "/limits/processes", "/limits/open_files",
                                           "/limits/core_bytes"};
    struct cgroup_root *root = make_root();
    for (size_t i = 0; i < 5; i++) {
        struct run_limits asked = none(), nothing = none(), caps = none(), result;
        const char *pointer = NULL;
        struct error err = {0};
        char told[96];
        *((int64_t *)&asked + i) = 101;
        *((int64_t *)&caps + i) = 100;
        assert_int_equal(run_limits_resolve(&asked, &nothing, &caps, root, &result, &pointer, &err),
                         -EINVAL);
        assert_string_equal(pointer, POINTERS[i]);
        snprintf(told, sizeof told, "%s: at most 100 is allowed here",
                 POINTERS[i] + strlen("/limits/"));
        assert_string_equal(err.text, told);
    }
    cgroup_root_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(they_are_put_on_the_group),
        TEST(what_cannot_be_put_there_is_told),
        TEST(processes_may_be_asked_for_where_they_can_be_limited),
        TEST(each_limit_is_refused_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
