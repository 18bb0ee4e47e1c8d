/* A server that is full must say so instead of leaving a client hanging; who closes one connection
 * and opens another must find room. */
#include "line_server_fixture.h"

#include "daemon/failing.h"

static void serves_who_comes(void **state)
{
    (void)state;
    assert_int_equal(*line_server_count(server), 0);
    assert_int_equal(come(0), 0);
    turns();
    assert_int_equal(*line_server_count(server), 1);
    assert_served(0);
    assert_int_equal(conn_peer(fake.conn)->uid, geteuid());
    assert_int_equal(conn_peer(fake.conn)->pid, getpid());
    assert_ptr_equal(conn_context(fake.conn), &fake);
    leave(0);
    turns();
    assert_int_equal(*line_server_count(server), 0);
    assert_int_equal(fake.left, 1);
}

static void whom_the_owner_refuses_gets_no_byte(void **state)
{
    (void)state;
    fake.refusal = "not today";
    assert_int_equal(come(0), 0);
    turns();
    assert_string_equal(hears(clients[0]), "");
    assert_true(is_closed(clients[0]));
    assert_int_equal(*line_server_count(server), 0);
    fake.refusal = NULL;
    for (int i = 1; i < 3; i++)
        assert_int_equal(come(i), 0);
    turns();
    fake.refusal = "nor now"; /* nor does it hear that there are too many */
    assert_int_equal(come(3), 0);
    turns();
    assert_string_equal(hears(clients[3]), "");
    assert_true(is_closed(clients[3]));
    assert_served(1);
}

static void one_too_many_is_told_so(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(come(i), 0);
    turns();
    assert_turned_away(2, 2);
    assert_int_equal(*line_server_count(server), 2);
    assert_served(0);
    assert_served(1);
    leave(0);
    turns();
    assert_int_equal(come(3), 0);
    turns();
    assert_served(3);
}

/* The news of both comes in the same turn. */
static void who_leaves_makes_room_for_who_comes(void **state)
{
    (void)state;
    assert_int_equal(come(0), 0);
    assert_int_equal(come(1), 0);
    turns();
    leave(0);
    leave(1);
    assert_int_equal(come(2), 0);
    assert_int_equal(come(3), 0);
    turns();
    assert_served(2);
    assert_served(3);
    assert_int_equal(fake.left, 2);
}

static int lines;

static void count_line(struct conn *c, const char *line, size_t len)
{
    (void)c;
    (void)line;
    (void)len;
    lines++;
}

/* More than is read in one turn. */
static void say_much_and_leave(int i)
{
    enum { LINES = 50000 };
    char *text = malloc(LINES * 2 + 1);
    assert_non_null(text);
    for (int k = 0; k < LINES; k++)
        memcpy(text + k * 2, "x\n", 3);
    lines = -LINES; /* 0 when all is heard */
    say(clients[i], text);
    free(text);
    leave(i);
}

static void serve_so_many(int count)
{
    limits.max_conns = count;
    line_server_set_limits(server, &limits);
    for (int i = 0; i < count; i++)
        assert_int_equal(come(i), 0);
    turns();
    assert_int_equal(*line_server_count(server), count);
}

static void one_leaves_and_one_comes(int leaver, int count)
{
    enum { NEW = CLIENTS - 1 };
    serve_so_many(count);
    fake.left = 0;
    fake.on_line = count_line;
    say_much_and_leave(leaver);
    assert_int_equal(come(NEW), 0);
    turns();
    fake.on_line = NULL;
    assert_int_equal(lines, 0);
    assert_int_equal(fake.left, 1);
    for (int i = 0; i < CLIENTS; i++)
        if (i == NEW || (i < count && i != leaver))
            assert_served(i);
    for (int i = 0; i < CLIENTS; i++)
        leave(i);
    turns();
}

/* All that the one who leaves has said is taken, and then there is room, whichever of them it is.
 */
static void what_the_one_who_leaves_has_said_is_taken_first(void **state)
{
    (void)state;
    static const int COUNTS[] = {1, 2, 3, 5};
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++)
        for (int leaver = 0; leaver < COUNTS[i]; leaver++)
            one_leaves_and_one_comes(leaver, COUNTS[i]);
}

/* It is owed an answer, and nobody is left to read it: no reason to keep a place, or to leave the
 * one who comes without a word. */
static void who_was_told_to_go_and_is_gone_makes_room(void **state)
{
    (void)state;
    static struct out_place place; /* outlives a failure of the test */
    serve_so_many(1);
    assert_served(0);
    conn_reserve(fake.conn, &place, 1);
    conn_close_after_flush(fake.conn);
    turns();
    assert_int_equal(fake.left, 0);
    leave(0);
    assert_int_equal(come(1), 0);
    turns();
    assert_int_equal(fake.left, 1);
    assert_served(1);
}

static void limits_can_be_changed(void **state)
{
    (void)state;
    assert_int_equal(come(0), 0);
    turns();
    assert_served(0);
    struct conn *old = fake.conn;
    limits.max_conns = 1;
    limits.line_bytes = 3;
    limits.queue_bytes = 5;
    line_server_set_limits(server, &limits);
    assert_int_equal(line_server_max_conns(server), 1);
    assert_int_equal(come(1), 0);
    turns();
    assert_turned_away(1, 1);
    assert_served(0); /* its lines are as long as before */
    push_text(old, "123456");
    turns();
    assert_true(is_closed(clients[0])); /* what may wait is not */
    limits.max_conns = 3;
    limits.line_bytes = FAKE_LINE_BYTES;
    line_server_set_limits(server, &limits);
    for (int i = 2; i < 5; i++)
        assert_int_equal(come(i), 0);
    turns();
    for (int i = 2; i < 5; i++)
        assert_served(i);
}

static void connections_leave_room_for_other_descriptors(void **state)
{
    (void)state;
    struct rlimit few = {.rlim_cur = 100, .rlim_max = files.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    limits.max_conns = 1000;
    limits.fds_kept = 40;
    limits.fds_each = 2;
    line_server_set_limits(server, &limits);
    assert_int_equal(line_server_max_conns(server), 30);
    limits.fds_kept = 99;
    line_server_set_limits(server, &limits);
    assert_int_equal(line_server_max_conns(server), 4); /* a few in any case */
    limits.max_conns = 3;
    line_server_set_limits(server, &limits);
    assert_int_equal(line_server_max_conns(server), 3);
}

static size_t when_it_spoke;

static void look_at_count(struct conn *c, const char *line, size_t len)
{
    (void)c;
    (void)line;
    (void)len;
    when_it_spoke = *line_server_count(server);
}

/* Who is there already is heard before anybody new comes in. */
static void newcomers_are_let_in_after_the_input(void **state)
{
    (void)state;
    assert_int_equal(come(0), 0);
    turns();
    fake.on_line = look_at_count;
    say(clients[0], "x\n");
    assert_int_equal(come(1), 0);
    when_it_spoke = 0;
    turn();
    assert_int_equal(when_it_spoke, 1);
    assert_int_equal(*line_server_count(server), 2);
}

/* ---- without memory ---- */

/* The listener stays with who had it. */
static void one_that_cannot_be_made_takes_nothing(void **state)
{
    (void)state;
    struct listener l = LISTENER_INIT;
    char other[300];
    snprintf(other, sizeof other, "%s.other", path);
    assert_int_equal(listen_bind(&l, other, 0600, (gid_t)-1, NULL), 0);
    const int fd = l.fd, before = fd_count_open();
    for (int k = 0; failing_next(&k);) {
        struct line_server *s = NULL;
        struct error err = {0};
        int r = line_server_new(fake.loop, &l, &limits, &FAKE_OWNER, &fake, &s, &err);
        failing_stop();
        if (r == 0) {
            assert_int_equal(l.fd, -1);
            assert_null(l.path);
            line_server_free(s);
            assert_int_equal(access(other, F_OK), -1);
            assert_int_equal(fd_count_open(), before - 1);
            return;
        }
        assert_int_equal(r, -ENOMEM);
        assert_string_equal(err.text, "cannot watch the socket: Cannot allocate memory");
        assert_null(s);
        assert_int_equal(l.fd, fd);
        assert_non_null(l.path);
        assert_int_equal(access(other, F_OK), 0);
        assert_int_equal(fd_count_open(), before);
    }
    fail_msg("it was never made");
}

/* ---- the end ---- */

static void it_ends_with_all_its_clients(void **state)
{
    (void)state;
    assert_int_equal(come(0), 0);
    assert_int_equal(come(1), 0);
    turns();
    assert_int_equal(*line_server_count(server), 2);
    line_server_free(server);
    server = NULL;
    assert_int_equal(fake.left, 2);
    assert_true(is_closed(clients[0]));
    assert_true(is_closed(clients[1]));
    line_server_free(NULL);
}

static void refusing_leaves_those_who_are_there(void **state)
{
    (void)state;
    assert_int_equal(come(0), 0);
    turns();
    line_server_refuse(server);
    assert_false(exists(&folder, "sock"));
    assert_int_equal(come(1), -ENOENT);
    assert_served(0);
    line_server_refuse(server); /* once more does nothing */
}

static void knows_whether_all_is_sent(void **state)
{
    (void)state;
    struct out_place place;
    assert_true(line_server_is_flushed(server));
    assert_int_equal(come(0), 0);
    assert_int_equal(come(1), 0);
    turns();
    assert_served(1);
    assert_true(line_server_is_flushed(server));
    conn_reserve(fake.conn, &place, 1);
    assert_false(line_server_is_flushed(server));
    conn_drop_place(fake.conn, &place);
    push_text(fake.conn, "x\n");
    assert_false(line_server_is_flushed(server));
    turns();
    assert_true(line_server_is_flushed(server));
}

/* What the socket has not taken yet, of all clients together. */
static void knows_how_much_waits(void **state)
{
    (void)state;
    enum { LINES = 64, BYTES = 16 << 10 };
    static char line[BYTES + 1];
    memset(line, 'x', BYTES - 1);
    line[BYTES - 1] = '\n';
    assert_int_equal(come(0), 0);
    turns();
    assert_served(0);
    assert_int_equal(line_server_queued(server), 0);
    for (int i = 0; i < LINES; i++)
        push_text(fake.conn, line);
    turns();
    const size_t waits = line_server_queued(server);
    assert_in_range(waits, 1, (size_t)LINES * BYTES - 1);
    size_t read = 0;
    for (ssize_t n; read<(size_t)LINES * BYTES; read += n> 0 ? (size_t)n : 0) {
        n = recv(clients[0], line, sizeof line, 0);
        turns();
    }
    assert_int_equal(line_server_queued(server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(serves_who_comes),
        TEST(whom_the_owner_refuses_gets_no_byte),
        TEST(one_too_many_is_told_so),
        TEST(who_leaves_makes_room_for_who_comes),
        TEST(what_the_one_who_leaves_has_said_is_taken_first),
        TEST(who_was_told_to_go_and_is_gone_makes_room),
        TEST(limits_can_be_changed),
        TEST(connections_leave_room_for_other_descriptors),
        TEST(newcomers_are_let_in_after_the_input),
        TEST(one_that_cannot_be_made_takes_nothing),
        TEST(it_ends_with_all_its_clients),
        TEST(refusing_leaves_those_who_are_there),
        TEST(knows_whether_all_is_sent),
        TEST(knows_how_much_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
