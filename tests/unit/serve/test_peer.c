/* Who may speak on the socket: a server that trusts the wrong peer hands out the keys. */
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "listen_fixture.h"

static void knows_its_own_peers(void **state)
{
    (void)state;
    int pair[2];
    struct peer peer;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(listen_check_peer(pair[0], (gid_t)-1, &peer), 0);
    assert_int_equal(peer.uid, geteuid());
    assert_int_equal(peer.gid, getegid());
    assert_int_equal(peer.pid, getpid());
    close(pair[0]);
    close(pair[1]);
}

static void refuses_what_has_no_peer(void **state)
{
    (void)state;
    struct peer peer;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(listen_check_peer(fd, (gid_t)-1, &peer), -EACCES);
    assert_int_equal(listen_check_peer(fd, 777, &peer), -EACCES);
    close(fd);
    assert_int_equal(listen_check_peer(fd, 777, &peer), -EBADF);
}

static bool is_root(void)
{
    if (geteuid() == 0)
        return true;
    print_message("not run: only root can be somebody else\n");
    return false;
}

/* What is said of a client with these groups beside its own, 65534. */
static int check_as(uid_t uid, const gid_t *groups, size_t count, gid_t access)
{
    struct listener l = LISTENER_INIT;
    struct peer peer = {0};
    static gid_t own[65536];
    int own_count = getgroups(sizeof own / sizeof *own, own);
    assert_true(own_count >= 0);
    assert_int_equal(chmod(folder.path, 0755), 0);
    assert_int_equal(listen_bind(&l, path, (gid_t)-1, NULL), 0);
    assert_int_equal(chmod(path, 0777), 0);
    assert_int_equal(setgroups(count, groups), 0);
    assert_int_equal(setegid(65534), 0);
    assert_int_equal(seteuid(uid), 0);
    int client = connect_to(path);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(setegid(getgid()), 0);
    assert_int_equal(setgroups((size_t)own_count, own), 0);
    assert_true(client >= 0);
    int fd = accept(l.fd, NULL, NULL);
    int r = listen_check_peer(fd, access, &peer);
    assert_int_equal(peer.uid, uid);
    assert_int_equal(peer.gid, 65534);
    close(fd);
    close(client);
    listen_close(&l);
    return r;
}

static void refuses_strangers(void **state)
{
    (void)state;
    const gid_t extra = 777;
    if (!is_root())
        skip();
    assert_int_equal(check_as(12345, &extra, 1, (gid_t)-1), -EACCES);
    assert_int_equal(check_as(12345, &extra, 1, 778), -EACCES);
    assert_int_equal(check_as(12345, &extra, 1, 777), 0);
    assert_int_equal(check_as(12345, &extra, 0, 777), -EACCES);
    assert_int_equal(check_as(12345, &extra, 1, 65534), 0);
    assert_int_equal(check_as(0, &extra, 1, (gid_t)-1), 0);
}

/* However many they are: each is looked at, and nothing behind the last. */
static void knows_all_groups_of_a_peer(void **state)
{
    (void)state;
    enum { FIRST = 1000, MOST = 300 };
    static const size_t counts[] = {1, 2, 63, 64, 65, 66, 128, 129, MOST};
    gid_t groups[MOST];
    if (!is_root())
        skip();
    for (size_t i = 0; i < MOST; i++)
        groups[i] = FIRST + (gid_t)i;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const size_t n = counts[i];
        assert_int_equal(check_as(12345, groups, n, FIRST), 0);
        assert_int_equal(check_as(12345, groups, n, FIRST + (gid_t)n / 2), 0);
        assert_int_equal(check_as(12345, groups, n, FIRST + (gid_t)n - 1), 0);
        assert_int_equal(check_as(12345, groups, n, FIRST - 1), -EACCES);
        assert_int_equal(check_as(12345, groups, n, FIRST + (gid_t)n), -EACCES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(knows_its_own_peers, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_has_no_peer, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_strangers, setup, teardown),
        cmocka_unit_test_setup_teardown(knows_all_groups_of_a_peer, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
