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
    assert_int_equal(listen_peer(pair[0], &peer), 0);
    assert_int_equal(peer.uid, geteuid());
    assert_int_equal(peer.gid, getegid());
    assert_int_equal(peer.pid, getpid());
    close(pair[0]);
    close(pair[1]);
}

static void knows_what_has_no_peer(void **state)
{
    (void)state;
    struct peer peer;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    gid_t *groups = NULL;
    size_t count = 0;
    assert_int_equal(listen_peer(fd, &peer), 0);
    assert_true(peer.uid == (uid_t)-1 && peer.gid == (gid_t)-1); /* nobody */
    assert_int_equal(listen_peer_groups(fd, &groups, &count), -ENODATA);
    close(fd);
    assert_int_equal(listen_peer(fd, &peer), -EBADF);
    assert_int_equal(listen_peer_groups(fd, &groups, &count), -EBADF);
    assert_null(groups);
}

static bool is_root(void)
{
    if (geteuid() == 0)
        return true;
    print_message("not run: only root can be somebody else\n");
    return false;
}

/* How many groups a client with these has beside its own, 65534; -1: the last is not `last`. */
static int groups_of(const gid_t *groups, size_t count, gid_t last)
{
    struct listener l = LISTENER_INIT;
    struct peer peer = {0};
    static gid_t own[65536];
    gid_t *found = NULL;
    size_t found_count = 0;
    int own_count = getgroups(sizeof own / sizeof *own, own);
    assert_true(own_count >= 0);
    assert_int_equal(chmod(folder.path, 0755), 0);
    assert_int_equal(listen_bind(&l, path, 0666, (gid_t)-1, NULL), 0);
    assert_int_equal(setgroups(count, groups), 0);
    assert_int_equal(setegid(65534), 0);
    assert_int_equal(seteuid(12345), 0);
    int client = connect_to(path);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(setegid(getgid()), 0);
    assert_int_equal(setgroups((size_t)own_count, own), 0);
    assert_true(client >= 0);
    int fd = accept(l.fd, NULL, NULL);
    assert_int_equal(listen_peer(fd, &peer), 0);
    assert_int_equal(peer.uid, 12345);
    assert_int_equal(peer.gid, 65534);
    assert_null(peer.card);
    assert_int_equal(listen_peer_groups(fd, &found, &found_count), 0);
    const bool is_last = found_count == 0 || found[found_count - 1] == last;
    free(found);
    close(fd);
    close(client);
    listen_close(&l);
    return is_last ? (int)found_count : -1;
}

/* However many they are: each is looked at, and nothing behind the last. */
static void knows_all_groups_of_a_peer(void **state)
{
    (void)state;
    enum { FIRST = 1000, MOST = 300 };
    static const size_t counts[] = {0, 1, 2, 63, 64, 65, 66, 128, 129, MOST};
    gid_t groups[MOST];
    if (!is_root())
        skip();
    for (size_t i = 0; i < MOST; i++)
        groups[i] = FIRST + (gid_t)i;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const size_t n = counts[i];
        assert_int_equal(groups_of(groups, n, FIRST + (gid_t)n - 1), n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(knows_its_own_peers, setup, teardown),
        cmocka_unit_test_setup_teardown(knows_what_has_no_peer, setup, teardown),
        cmocka_unit_test_setup_teardown(knows_all_groups_of_a_peer, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
