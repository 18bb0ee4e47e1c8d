/* A client that can exceed the operator's cap takes the machine from its neighbours; a limit that
 * is accepted but not put on the runner is worse than a refusal. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "daemon/os/sys.h"
#include "daemon/settings/run_limits.h"
#include "fixture.h"
#include "proto/fields.h"

static struct run_limits none(void)
{
    struct run_limits l;
    fields_defaults(FIELDS_RUN_LIMITS, &l);
    return l;
}

static void caps_hold_whoever_asks(void **state)
{
    (void)state;
    struct run_limits asked = none();
    struct run_limits defaults = none();
    struct run_limits caps = none();
    struct run_limits result;
    const char *pointer = NULL;
    struct error err;
    defaults.memory_bytes = 500;
    caps.memory_bytes = 300;
    caps.deadline_ms = 1000;
    assert_int_equal(run_limits_resolve(&asked, &defaults, &caps, NULL, &result, &pointer, NULL),
                     0);
    assert_int_equal(result.memory_bytes, 300); /* a default above the cap */
    assert_int_equal(result.deadline_ms, 1000); /* none at all */
    assert_int_equal(result.open_files, LIMIT_NONE);
    asked.memory_bytes = 300;
    asked.open_files = 64;
    asked.core_bytes = 0;
    assert_int_equal(run_limits_resolve(&asked, &defaults, &caps, NULL, &result, &pointer, NULL),
                     0);
    assert_int_equal(result.memory_bytes, 300);
    assert_int_equal(result.open_files, 64);
    assert_int_equal(result.core_bytes, 0);
    asked.memory_bytes = 301;
    assert_int_equal(run_limits_resolve(&asked, &defaults, &caps, NULL, &result, &pointer, &err),
                     -EINVAL);
    assert_string_equal(pointer, "/limits/memory_bytes");
    assert_string_equal(err.text, "memory_bytes: at most 300 is allowed here");
}

static void processes_need_the_controller(void **state)
{
    (void)state;
    struct run_limits asked = none();
    struct run_limits nothing = none();
    struct run_limits result;
    const char *pointer = NULL;
    struct run_limits caps = none();
    caps.processes = 50; /* the operator's is left out, the client's is refused */
    assert_int_equal(run_limits_resolve(&asked, &nothing, &caps, NULL, &result, &pointer, NULL), 0);
    assert_int_equal(result.processes, LIMIT_NONE);
    struct error err = {0};
    asked.processes = 10;
    assert_int_equal(run_limits_resolve(&asked, &nothing, &caps, NULL, &result, &pointer, &err),
                     -EINVAL);
    assert_string_equal(pointer, "/limits/processes");
    assert_string_equal(err.text, "processes cannot be limited here: there is no cgroup with the "
                                  "pids controller");
    assert_int_equal(run_limits_apply(&asked, 4711, NULL, 1, &err), -EOPNOTSUPP);
    assert_string_equal(err.text, "cannot set the limit processes: Operation not supported");
}

static struct rlimit set_to[RLIM_NLIMITS];

static int fake_prlimit(pid_t pid, int resource, const struct rlimit *value, struct rlimit *ret_old)
{
    assert_int_equal(pid, 4711);
    if (ret_old)
        *ret_old = (struct rlimit){1000, 5000};
    if (value)
        set_to[resource] = *value;
    return 0;
}

static int refusing_prlimit(pid_t pid, int resource, const struct rlimit *value,
                            struct rlimit *ret_old)
{
    (void)pid;
    (void)resource;
    (void)value;
    (void)ret_old;
    errno = EPERM;
    return -1;
}

/* Sets all, but does not say what there is. */
static int silent_prlimit(pid_t pid, int resource, const struct rlimit *value,
                          struct rlimit *ret_old)
{
    if (ret_old)
        return refusing_prlimit(pid, resource, value, ret_old);
    set_to[resource] = *value;
    return 0;
}

static void puts_them_on_the_runner(void **state)
{
    (void)state;
    struct run_limits l = none();
    struct error err;
    l.memory_bytes = 3000;
    l.open_files = 9000; /* never above the hard limit */
    l.core_bytes = 0;
    sys.prlimit = fake_prlimit;
    assert_int_equal(run_limits_apply(&l, 4711, NULL, 1, NULL), 0);
    assert_int_equal(set_to[RLIMIT_DATA].rlim_cur, 3000);
    assert_int_equal(set_to[RLIMIT_DATA].rlim_max, 3000);
    assert_int_equal(set_to[RLIMIT_NOFILE].rlim_cur, 5000);
    assert_int_equal(set_to[RLIMIT_CORE].rlim_max, 0);
    sys.prlimit = refusing_prlimit;
    assert_int_equal(run_limits_apply(&l, 4711, NULL, 1, &err), -EPERM);
    assert_string_equal(err.text, "cannot set the limit memory_bytes: Operation not permitted");
    l.memory_bytes = LIMIT_NONE;
    assert_int_equal(run_limits_apply(&l, 4711, NULL, 1, &err), -EPERM);
    assert_string_equal(err.text, "cannot set the limit open_files: Operation not permitted");
    sys.prlimit = silent_prlimit;
    set_to[RLIMIT_NOFILE] = (struct rlimit){1, 2};
    assert_int_equal(run_limits_apply(&l, 4711, NULL, 1, &err), -EPERM);
    assert_int_equal(set_to[RLIMIT_NOFILE].rlim_max, 2);
    sys.prlimit = refusing_prlimit;
    l.open_files = LIMIT_NONE;
    assert_int_equal(run_limits_apply(&l, 4711, NULL, 1, &err), -EPERM);
    assert_string_equal(err.text, "cannot set the limit core_bytes: Operation not permitted");
    l.core_bytes = LIMIT_NONE;
    assert_int_equal(run_limits_apply(&l, 4711, NULL, 1, &err), 0);
    sys_reset();
}

/* Of a process whose memory is shut; whoever opened it may have cores. */
static void a_core_is_refused_where_it_would_hold_keys(void **state)
{
    (void)state;
    static const char TOLD[] = "core_bytes: a core would hold keys: only 0 is possible unless the "
                               "operator sets allow_cores of sandbox";
    static const struct {
        int64_t bytes;
        bool allowed, refused;
    } CASES[] = {{LIMIT_NONE, false, false},
                 {0, false, false},
                 {1, false, true},
                 {INT64_MAX, false, true},
                 {1, true, false}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct sandbox_policy policy = {.mode = SANDBOX_BEST,
                                              .allow_cores = CASES[i].allowed};
        struct run_limits l = none();
        struct error err = {0};
        l.core_bytes = CASES[i].bytes;
        assert_int_equal(run_limits_check_cores(&l, &policy, &err), CASES[i].refused ? -EINVAL : 0);
        assert_string_equal(err.text, CASES[i].refused ? TOLD : "");
    }
}

static void shows_those_that_are_set(void **state)
{
    (void)state;
    struct run_limits l = none();
    l.deadline_ms = 5;
    l.core_bytes = 0;
    json_t *json = run_limits_json(&l);
    char *text = json_dumps(json, JSON_COMPACT);
    assert_string_equal(text, "{\"deadline_ms\":5,\"core_bytes\":0}");
    free(text);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caps_hold_whoever_asks),
        cmocka_unit_test(processes_need_the_controller),
        cmocka_unit_test(puts_them_on_the_runner),
        cmocka_unit_test(a_core_is_refused_where_it_would_hold_keys),
        cmocka_unit_test(shows_those_that_are_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
