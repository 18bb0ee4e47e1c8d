/* A daemon whose parts are imitated: what is done to them stands in t.log as words, each is there
 * or not and is freed once, and one step of the start can be made to fail. Taken in behind
 * cmocka.h, by server_start.h and server_end.h, which have the functions. */
#ifndef TESTS_UNIT_DAEMON_SERVER_PARTS_H
#define TESTS_UNIT_DAEMON_SERVER_PARTS_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

#include "common/fd.h"
#include "daemon/parts.h"
#include "daemon/records/record_lost.h"

/* ---- what happens, as words ---- */

static struct {
    char log[1024];
    const char *fails; /* the step that does not go well; NULL: none */
    struct server *server;
    int64_t began_us, deadline_us;
    bool activated, uncontained, unkillable, uncounted;
    struct rlimit open_files;
    struct records_lost lost;
    void (*hooks[LOOP_PHASES])(void *arg);
} t;

static char people_of_config;
static struct config config = {.people = (struct people *)&people_of_config,
                               .tenant = (char *)"ours",
                               .socket = (char *)"/at/sock",
                               .state_dir = (char *)"/at/state",
                               .cgroup = (char *)"/at/group",
                               .access_gid = 77};
static const struct process_origin origin = {.pid = 4711, .open_files = {.rlim_cur = 99}};

static void note(const char *what)
{
    const size_t len = strlen(t.log), more = strlen(what);
    assert_true(len + more + 2 < sizeof t.log);
    memcpy(t.log + len, what, more);
    memcpy(t.log + len + more, " ", 2);
}

static bool goes_well(const char *step)
{
    note(step);
    return !t.fails || strcmp(t.fails, step) != 0;
}

static int step(const char *name, struct error *err)
{
    return goes_well(name) ? 0 : error_set(err, EXDEV, "no %s", name);
}

/* One that only says which errno it was. */
static int mute_step(const char *name)
{
    return goes_well(name) ? 0 : -EXDEV;
}

/* ---- parts: there, or not; freed once ---- */

static struct part {
    bool there;
} loop, keys, resources, cgroups, records, syncer, keeper, runners, spares, runs, clients, locks,
    listener, core_made, stop_made, tenant_made;

static struct part *const PARTS[] = {
    &loop,   &keys, &resources, &cgroups, &records,  &syncer,    &keeper,    &runners,
    &spares, &runs, &clients,   &locks,   &listener, &core_made, &stop_made, &tenant_made};

enum { PARTS_COUNT = sizeof PARTS / sizeof *PARTS };

static void *make(struct part *part)
{
    assert_false(part->there);
    part->there = true;
    return part;
}

static void drop(const char *name, struct part *part, const void *got)
{
    assert_ptr_equal(got, part->there ? part : NULL);
    part->there = false;
    note(name);
}

static int open_something(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

#endif
