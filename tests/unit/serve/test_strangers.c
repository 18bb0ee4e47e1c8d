/* Whom a server lets in whose owner has no say of it, and for whom its socket is there: one uid too
 * many gives a stranger what the daemon may do. */
#include "line_server_fixture.h"

#include "daemon/log_lines.h"

static const struct conn_owner PLAIN = {.line = fake_line,
                                        .torn = fake_torn,
                                        .too_long = fake_too_long,
                                        .left = fake_left,
                                        .moved = fake_moved};

enum { THEIRS = 12345, OTHERS = 23456 };

static int setup_plain(void **state)
{
    struct listener l = LISTENER_INIT;
    if (setup(state))
        return -1;
    line_server_free(server);
    limits.max_conns = CLIENTS;
    if (chmod(folder.path, 0711) || listen_bind(&l, path, 0600, (gid_t)-1, NULL))
        return -1;
    return line_server_new(fake.loop, &l, &limits, &PLAIN, &fake, &server, NULL);
}

static int teardown_plain(void **state)
{
    if (seteuid(getuid())) /* a test that failed may have left another */
        return -1;
    return teardown(state);
}

static void become(uid_t uid)
{
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(seteuid(uid), 0);
}

/* Whether it is let in by a server of that uid. */
static bool comes_in(uid_t server_uid, uid_t uid)
{
    become(uid);
    int r = come(0);
    become(server_uid);
    turns();
    become(0);
    assert_int_equal(r, 0);
    const bool in = !is_closed(clients[0]);
    assert_int_equal(*line_server_count(server), in);
    assert_string_equal(hears(clients[0]), "");
    leave(0);
    turns();
    return in;
}

static void the_own_uid_and_root_come_in(void **state)
{
    (void)state;
    assert_int_equal(come(0), 0);
    turns();
    assert_served(0);
    leave(0);
    turns();
    if (getuid() != 0) {
        print_message("not run: only root can come as somebody else\n");
        return;
    }
    assert_int_equal(line_server_set_mode(server, 0666), 0);
    assert_true(comes_in(0, 0));
    assert_false(comes_in(0, THEIRS));
    assert_true(comes_in(THEIRS, THEIRS));
    assert_true(comes_in(THEIRS, 0));
    assert_false(comes_in(THEIRS, OTHERS));
    char told[128];
    snprintf(told, sizeof told,
             "<5>connection refused uid=%d pid=%d why=\"it has another uid\" untold=0\n", OTHERS,
             (int)getpid());
    log_lines_begin();
    assert_false(comes_in(THEIRS, OTHERS));
    assert_string_equal(log_lines(), told);
    log_lines_end();
}

static unsigned mode_of(const char *at)
{
    struct stat st;
    assert_int_equal(lstat(at, &st), 0);
    return st.st_mode & 07777;
}

/* With the people of the configuration, while it serves. */
static void the_mode_of_the_socket_can_be_changed(void **state)
{
    (void)state;
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(line_server_set_mode(server, 0666), 0);
    assert_int_equal(mode_of(path), 0666);
    assert_int_equal(line_server_set_mode(server, 0660), 0);
    assert_int_equal(mode_of(path), 0660);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(line_server_set_mode(server, 0666), -ENOENT);
    line_server_refuse(server);
    assert_int_equal(line_server_set_mode(server, 0666), 0); /* nor is there one that was given */
}

#define PLAINLY(name) cmocka_unit_test_setup_teardown(name, setup_plain, teardown_plain)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAINLY(the_own_uid_and_root_come_in),
        PLAINLY(the_mode_of_the_socket_can_be_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
