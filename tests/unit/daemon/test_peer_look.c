/* Who lives inside a run: a look that can be misled hands every key of the daemon to one tool. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "peer_fixture.h"

static void a_client_of_ours_comes_in(void **state)
{
    (void)state;
    add(800, 701);
    assert_int_equal(look(800), PEER_OUTSIDE);
    add(801, 1);
    assert_int_equal(look(801), PEER_OUTSIDE);
    add(802, 0); /* from outside of our namespace */
    assert_int_equal(look(802), PEER_OUTSIDE);
    assert_int_equal(look(DAEMON), PEER_OUTSIDE);
}

static void whatever_descends_from_the_daemon_is_inside(void **state)
{
    (void)state;
    add(601, 600);
    add(602, 601);
    add(603, DAEMON); /* its parent has ended: the daemon took it over */
    for (pid_t pid = 600; pid <= 603; pid++)
        assert_int_equal(look(pid), PEER_INSIDE);
    /* Set-uid programs on the way do not lead out. */
    find(601)->effective = 0;
    assert_int_equal(look(602), PEER_INSIDE);
}

static void the_climb_ends_at_another_uid(void **state)
{
    (void)state;
    add(800, 701);
    find(700)->parent = 12345; /* would not be found */
    assert_int_equal(look(800), PEER_OUTSIDE);
}

static void a_daemon_that_is_the_first_process_keeps_its_runs_out(void **state)
{
    (void)state;
    how.daemon = 1;
    add(800, 1);
    add(801, 0);
    assert_int_equal(look(800), PEER_INSIDE);
    assert_int_equal(look(801), PEER_OUTSIDE);
}

static void who_cannot_be_read_stays_out(void **state)
{
    (void)state;
    static const int errors[] = {ENOENT, EACCES, EPERM, ESRCH, EMFILE};
    add(800, 701);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        find(800)->hidden = errors[i];
        assert_int_equal(look(800), -errors[i]);
        find(800)->hidden = 0;
        find(701)->hidden = errors[i];
        assert_int_equal(look(800), -errors[i]);
        find(701)->hidden = 0;
    }
    assert_int_equal(look(0), -ESRCH); /* lives where we cannot see it */
    assert_int_equal(look(4711), -ENOENT);
    assert_int_equal(look(800), PEER_OUTSIDE);
}

static void who_is_gone_stays_out(void **state)
{
    (void)state;
    add(800, 701);
    gone = true; /* the number may be another's by now */
    assert_int_equal(look(800), -ESRCH);
    gone = false;
    pidfd_errno = ESRCH;
    assert_int_equal(look(800), -ESRCH);
    pidfd_errno = ENODATA;
    assert_int_equal(look(800), -ENODATA);
    pidfd_errno = ENOPROTOOPT; /* an older kernel */
    assert_int_equal(look(800), PEER_OUTSIDE);
    gone = true;
    assert_int_equal(look(800), PEER_OUTSIDE);
}

/* The parent of 800 ends while it is looked at, and its number is given to somebody else: then its
 * child has a new parent, the daemon. */
static void an_ancestor_that_changes_meanwhile_misleads_nobody(void **state)
{
    (void)state;
    add(800, 701)->parent_later = DAEMON;
    assert_int_equal(look(800), PEER_INSIDE);
    add(801, 701)->parent_later = 702;
    add(702, 1);
    assert_int_equal(look(801), PEER_OUTSIDE);
}

/* Who never comes by the same way twice running is let in by none of them. */
static void outside_is_who_came_twice_by_the_same_way(void **state)
{
    (void)state;
    enum { A = 701, B = 702, NONE = 0, FAILS = UNREADABLE };
    static const struct {
        pid_t parents[5];
        int wanted;
        int looks;
    } CASES[] = {
        {{A, A}, PEER_OUTSIDE, 2},
        {{A, B, B}, PEER_OUTSIDE, 3},
        {{B, A, B, B}, PEER_OUTSIDE, 4},
        {{A, B, A, B}, -EAGAIN, 4},       /* as long, but another */
        {{NONE, A, NONE, A}, -EAGAIN, 4}, /* the beginning of the other */
        {{A, NONE, A, NONE}, -EAGAIN, 4},
        {{NONE, NONE}, PEER_OUTSIDE, 2},
        {{FAILS, A, A}, PEER_OUTSIDE, 3},
        {{NONE, FAILS, NONE, NONE}, PEER_OUTSIDE, 4},
        {{NONE, FAILS, NONE, FAILS}, -EIO, 4},
        {{FAILS, NONE, FAILS, NONE}, -EAGAIN, 4},
        {{FAILS, FAILS, FAILS, FAILS}, -EIO, 4},
        {{FAILS, FAILS, FAILS, DAEMON}, PEER_INSIDE, 4},
        {{A, DAEMON}, PEER_INSIDE, 2},
    };
    add(702, 700);
    struct person *p = add(800, 701);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        p->parents = CASES[i].parents;
        const int r = look(800);
        if (r != CASES[i].wanted || p->parents != CASES[i].parents + CASES[i].looks)
            fail_msg("case %zu: %d after %d looks", i, r, (int)(p->parents - CASES[i].parents));
    }
}

static void a_pedigree_without_end_is_not_climbed(void **state)
{
    (void)state;
    for (pid_t pid = 1000; pid < 1070; pid++)
        add(pid, pid + 1);
    add(1070, 1);
    opened = 0;
    assert_int_equal(look(1000), -ELOOP);
    assert_in_range(opened, 60, 70);
    assert_int_equal(look(1007), PEER_OUTSIDE); /* 64 of them */
    assert_int_equal(look(1006), -ELOOP);
}

static void the_cgroup_of_a_run_is_known_wherever_it_hangs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int wanted;
    } cases[] = {
        {"0::/system.slice/x.service/" GROUP "/r1\n", PEER_INSIDE},
        {"0::/" GROUP "/r12/of/its/own\n", PEER_INSIDE},
        {"5:memory:/a\n0::/../" GROUP "/r3\n", PEER_INSIDE},
        {"0::/" GROUP GROUP "/" GROUP "/r3\n", PEER_INSIDE},
        {"0::/system.slice/x.service/" GROUP "/daemon\n", PEER_OUTSIDE},
        {"0::/system.slice/x.service/councild-a-0123abce/r1\n", PEER_OUTSIDE},
        {"0::/x" GROUP "/r1\n", PEER_OUTSIDE},
        {SYSTEM, PEER_OUTSIDE},
    };
    struct person *p = add(800, 701);
    how.group = GROUP;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        p->cgroup = cases[i].text;
        assert_int_equal(look(800), cases[i].wanted);
    }
    /* Who has left the group of its run is still a descendant. */
    p->parent = 600;
    assert_int_equal(look(800), PEER_INSIDE);
}

static void who_hides_its_group_stays_out(void **state)
{
    (void)state;
    how.group = GROUP;
    add(800, 701)->cgroup_hidden = EACCES;
    assert_int_equal(look(800), -EACCES);
    how.group = NULL;
    assert_int_equal(look(800), PEER_OUTSIDE);
}

#define PPID(number) "Name:\tx\nPPid:\t" number "\n"
#define UID(numbers) "Uid:\t" numbers "\n"

static void a_status_that_says_nothing_lets_nobody_in(void **state)
{
    (void)state;
    static const struct {
        const char *status;
        int wanted;
    } CASES[] = {
        {PPID("0") UID("1000\t1000\t1000\t1000"), PEER_OUTSIDE},
        {PPID("600") UID("1000\t1000"), PEER_INSIDE},
        {PPID("600") UID("1000 2000"), PEER_INSIDE},
        {PPID("600") UID("2000 1000"), PEER_INSIDE},
        {PPID("600") UID("2000 2000"), PEER_OUTSIDE},
        {PPID("600") UID("4294967295 4294967295"), PEER_OUTSIDE},
        {"", -EBADMSG},
        {UID("1000\t1000"), -EBADMSG},
        {PPID("1"), -EBADMSG},
        {PPID("1") UID(""), -EBADMSG},
        {PPID("1") UID("1000"), -EBADMSG},
        {PPID("1") UID("1000\tx"), -EBADMSG},
        {PPID("1") UID("x\t1000"), -EBADMSG},
        {PPID("1") UID("4294967296\t1000"), -EBADMSG},
        {PPID("1") UID("1000\t4294967296"), -EBADMSG},
        {PPID("") UID("1000\t1000"), -EBADMSG},
        {PPID("-1") UID("1000\t1000"), -EBADMSG},
        {PPID("2147483648") UID("1000\t1000"), -EBADMSG},
        {PPID("2147483647") UID("1000\t1000"), -ENOENT}, /* nobody is that */
        {PPID("00000000000000000000001") UID("1000\t1000"), PEER_OUTSIDE},
        {PPID("000000000000000000000001") UID("1000\t1000"), -EBADMSG},
        {"PPid:\t1\nUid:\t1000\t1000\n", -EBADMSG}, /* a name comes first */
    };
    struct person *p = add(800, 701);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        p->status = CASES[i].status;
        if (look(800) != CASES[i].wanted)
            fail_msg("%s: %d, not %d", p->status, look(800), CASES[i].wanted);
    }
}

/* With the real calls: this process is outside, its child is inside when it is the daemon. */
static void the_kernel_tells_of_real_processes(void **state)
{
    (void)state;
    int pair[2], ready[2];
    char byte = 0;
    sys_reset();
    how = (struct peer_look){.daemon = getpid(), .uid = geteuid()};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(read(ready[0], &byte, 1) == 1 ? 0 : 1);
    assert_true(child > 0);
    assert_int_equal(peer_look(&how, pair[0], getpid()), PEER_OUTSIDE);
    assert_int_equal(peer_look(&how, pair[0], child), PEER_INSIDE);
    how.daemon = child; /* somebody else: both are outside of it */
    assert_int_equal(peer_look(&how, pair[0], getpid()), PEER_OUTSIDE);
    assert_int_equal(write(ready[1], "x", 1), 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    how.daemon = getpid();
    assert_true(peer_look(&how, pair[0], child) < 0);
    for (int i = 0; i < 2; i++) {
        close(pair[i]);
        close(ready[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_client_of_ours_comes_in),
        TEST(whatever_descends_from_the_daemon_is_inside),
        TEST(the_climb_ends_at_another_uid),
        TEST(a_daemon_that_is_the_first_process_keeps_its_runs_out),
        TEST(who_cannot_be_read_stays_out),
        TEST(who_is_gone_stays_out),
        TEST(an_ancestor_that_changes_meanwhile_misleads_nobody),
        TEST(outside_is_who_came_twice_by_the_same_way),
        TEST(a_pedigree_without_end_is_not_climbed),
        TEST(the_cgroup_of_a_run_is_known_wherever_it_hangs),
        TEST(who_hides_its_group_stays_out),
        TEST(a_status_that_says_nothing_lets_nobody_in),
        TEST(the_kernel_tells_of_real_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
