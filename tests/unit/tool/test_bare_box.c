/* A tool without namespaces sees the other processes of its user: what Landlock does not keep away
 * from it there has to be refused call by call, or it ends councild by a limit, and outlives its
 * run by a session of its own. This program, started as one, tries. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "started_child.h"

/* ---- in the tool ---- */

static int outcome(long r)
{
    return r < 0 ? errno : 0;
}

static int limits_its_parent(void)
{
    struct rlimit now;
    getrlimit(RLIMIT_CPU, &now);
    return outcome(prlimit(getppid(), RLIMIT_CPU, &now, NULL));
}

static int slows_its_parent(void)
{
    return outcome(setpriority(PRIO_PROCESS, (id_t)getppid(), 19));
}

static int slows_itself(void)
{
    return outcome(setpriority(PRIO_PROCESS, 0, 19));
}

static int shares_memory(void)
{
    return outcome(shmget(IPC_PRIVATE, 1, 0600));
}

static int watches_a_folder(void)
{
    return outcome(inotify_add_watch(inotify_init(), "/", IN_CREATE));
}

/* As a child, which leads no group. */
static int apart(int (*leave)(void))
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(leave());
    int status = 0;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

static int becomes_a_session(void)
{
    return outcome(setsid());
}

static int becomes_a_group(void)
{
    return outcome(setpgid(0, 0));
}

static int leaves_the_session(void)
{
    return apart(becomes_a_session);
}

static int leaves_the_group(void)
{
    return apart(becomes_a_group);
}

static const struct {
    const char *name;
    int (*try)(void);
    int in_group, in_cgroup; /* what it comes to where the run is a group only, and in a cgroup */
} TRIALS[] = {
    {"limits its parent", limits_its_parent, EPERM, EPERM},
    {"slows its parent", slows_its_parent, EPERM, EPERM},
    {"slows itself", slows_itself, 0, 0},
    {"shares memory", shares_memory, EPERM, EPERM},
    {"watches a folder", watches_a_folder, EPERM, EPERM},
    {"leaves the session", leaves_the_session, EPERM, 0},
    {"leaves the group", leaves_the_group, EPERM, 0},
};
enum { N_TRIALS = sizeof(TRIALS) / sizeof(TRIALS[0]) };

__attribute__((noreturn)) static void be_the_tool(size_t which)
{
    dprintf(STDOUT_FILENO, "%d", TRIALS[which % N_TRIALS].try());
    _exit(0);
}

/* ---- the test ---- */

static struct tool_box box;
static struct tool_sweeper sweeper;

static int come_of(size_t which, bool in_cgroup)
{
    char self[4096] = {0}, number[16];
    struct child c = NO_CHILD;
    struct error err = {0};
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    snprintf(number, sizeof(number), "%zu", which);
    json_t *program = j_pack("{s:[s, s, s]}", "argv", self, "--try", number);
    box.own_group = in_cgroup;
    if (child_start(&c, program, &box, &err) < 0)
        fail_msg("%s", err.text);
    char *said = read_all(&c);
    until_ended(&c);
    assert_true(said[0]);
    int r = (int)strtol(said, NULL, 10);
    free(said);
    child_end(&c);
    json_decref(program);
    return r;
}

static void what_belongs_to_others_is_refused(void **state)
{
    (void)state;
    if (!box.syscalls) {
        print_message("not run: the kernel has no filters of system calls\n");
        skip();
    }
    for (size_t i = 0; i < N_TRIALS; i++) {
        int in_group = come_of(i, false), in_cgroup = come_of(i, true);
        if (in_group != TRIALS[i].in_group || in_cgroup != TRIALS[i].in_cgroup)
            fail_msg("%s: %s in a group, %s in a cgroup", TRIALS[i].name, strerrorname_np(in_group),
                     strerrorname_np(in_cgroup));
    }
}

static int set_up(void **state)
{
    (void)state;
    box.closed = true;
    tool_box_probe(&box);
    box.namespaces = false;
    box.sweeper = &sweeper;
    return tool_sweeper_start(&sweeper, "/tmp", NULL, NULL) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    tool_sweeper_end(&sweeper);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--try"))
        be_the_tool((size_t)strtoul(argv[2], NULL, 10));
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_belongs_to_others_is_refused)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
