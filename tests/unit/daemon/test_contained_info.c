/* What the daemon says of its containment: an operator who reads that memory is limited where it is
 * not finds out by a machine that has none left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/cgroup/cgroup.h"
#include "desk_fixture.h"

static bool holds, limits_memory, limits_processes;

bool cgroup_holds(const struct cgroup_root *root)
{
    return root && holds;
}

bool cgroup_can_limit_memory(const struct cgroup_root *root)
{
    return root && limits_memory;
}

bool cgroup_can_limit_processes(const struct cgroup_root *root)
{
    return root && limits_processes;
}

int cgroup_limit_memory(struct cgroup_root *root, uint64_t serial, int64_t bytes)
{
    (void)root, (void)serial, (void)bytes;
    return -ENOSYS;
}

int cgroup_limit_processes(struct cgroup_root *root, uint64_t serial, int64_t count)
{
    (void)root, (void)serial, (void)count;
    return -ENOSYS;
}

static void expect(const char *containment)
{
    request_is(1, "supervisor.info", "{}");
    json_t *got = json_loads(next_line(), 0, NULL), *wanted = json_loads(containment, 0, NULL);
    const json_t *told = json_object_get(json_object_get(got, "result"), "containment");
    char *text = told ? json_dumps(told, JSON_COMPACT) : NULL;
    assert_non_null(wanted);
    if (!told || !json_equal(told, wanted))
        fail_msg("%s: %s", containment, text ? text : "absent");
    free(text);
    json_decref(got);
    json_decref(wanted);
}

static void it_is_told_as_it_is(void **state)
{
    (void)state;
    static char groups;
    holds = limits_memory = limits_processes = true;
    expect("{\"kind\":\"group\",\"lost\":false,\"memory\":false,\"processes\":false}");
    desk.cgroups = (struct cgroup_root *)&groups;
    expect("{\"kind\":\"cgroup\",\"lost\":false,\"memory\":true,\"processes\":true}");
    limits_memory = false;
    expect("{\"kind\":\"cgroup\",\"lost\":false,\"memory\":false,\"processes\":true}");
    limits_memory = true;
    limits_processes = false;
    expect("{\"kind\":\"cgroup\",\"lost\":false,\"memory\":true,\"processes\":false}");
    limits_processes = true;
    holds = false; /* somebody has removed it */
    expect("{\"kind\":\"group\",\"lost\":true,\"memory\":false,\"processes\":false}");
    desk.cgroups = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(it_is_told_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
