/* A connection for which there is no memory ends, and with it goes all that it had: nothing is left
 * hanging, and nobody is told half a line. */
#include "conn_fixture.h"

#include "common/fd.h"
#include "daemon/failing.h"
#include "serve/conn_inside.h"

static void one_that_cannot_be_made_closes_its_descriptor(void **state)
{
    (void)state;
    const struct peer peer = {.uid = 7, .pid = 42, .is_kept = true, .card = &fake};
    for (int k = 0; failing_next(&k);) {
        failing_stop();
        int fds[2];
        fake.forgotten = 0;
        const size_t before = home.count;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds),
                         0);
        failing_countdown = k;
        struct conn *c = conn_new(&home, fds[0], &peer);
        failing_stop();
        assert_int_equal(c == NULL, failing_happened);
        assert_int_equal(home.count, before + (c != NULL));
        assert_int_equal(is_closed(fds[1]), c == NULL);
        assert_int_equal(fake.forgotten, c == NULL);
        assert_int_equal(home.shares.kept, c != NULL);
        if (c) {
            say(fds[1], "hello\n");
            turns();
            assert_string_equal(fake.heard, "hello");
            assert_ptr_equal(fake.conn, c);
            conn_free(c);
            assert_true(is_closed(fds[1]));
            assert_int_equal(fake.forgotten, 1);
        }
        turns();
        close(fds[1]);
        assert_ptr_equal(home.conns, conn);
        assert_null(conn->next);
    }
}

static void start_anew(void **state)
{
    assert_int_equal(teardown(state), 0);
    assert_int_equal(setup(state), 0);
}

/* The line is heard whole, or the connection ends. */
static void a_line_that_cannot_be_taken_ends_it(void **state)
{
    int k = 0, ended = 0;
    do {
        say(client, "hello\n");
        failing_next(&k);
        turn();
        failing_stop();
        turns();
        if (fake.left) {
            assert_true(failing_happened);
            assert_string_equal(fake.heard, "");
            assert_true(is_closed(client));
            assert_int_equal(fake.left, 1);
            ended++;
        } else {
            assert_string_equal(fake.heard, "hello");
            assert_false(is_closed(client));
        }
        start_anew(state);
    } while (failing_happened);
    assert_true(!FAILING_WORKS || ended > 0);
}

/* Whoever pushes hears of it, and what is there already still goes. */
static void a_line_that_cannot_be_copied_is_lost_alone(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(100);
    assert_int_equal(buf_add(&text, "second\n", 7), 0);
    push_text(conn, "first\n");
    int k = 0, lost = 0;
    do {
        failing_next(&k);
        bool pushed = conn_push_line(conn, &text);
        failing_stop();
        assert_int_equal(pushed, !failing_happened);
        lost += !pushed;
    } while (failing_happened);
    assert_true(!FAILING_WORKS || lost > 0);
    turns();
    assert_string_equal(hears(client), "first\nsecond\n");
    assert_int_equal(text.len, 7);
    buf_release(&text);
}

/* ---- of what it is made ---- */

static void it_remembers_who_came(void **state)
{
    (void)state;
    assert_int_equal(conn_peer(conn)->uid, 7);
    assert_int_equal(conn_peer(conn)->pid, 42);
    assert_ptr_equal(conn_context(conn), &fake);
    assert_null(conn_next(conn));
    assert_true(conn_fd(conn) >= 0);
    assert_true(conn_is_flushed(conn));
    assert_true(conn->in.armed);
    assert_int_equal(conn->in.phase, LOOP_CLIENTS);
    assert_int_equal(conn->out.phase, LOOP_OUTPUT);
    assert_false(conn->out.armed); /* until something cannot be sent at once */
    conn_free(NULL);
    assert_int_equal(home.count, 1);
}

static void its_output_is_watched_only_while_it_is_stuck(void **state)
{
    (void)state;
    conn_push(conn, big_line(FAKE_QUEUE_BYTES / 2));
    turns();
    assert_true(conn->out.armed);
    assert_false(conn_is_flushed(conn));
    assert_int_equal(drain(client), FAKE_QUEUE_BYTES / 2);
    turns();
    assert_true(conn_is_flushed(conn));
    assert_false(conn->out.armed);
}

static bool was_doomed;

static void drop_and_look(struct conn_part *part)
{
    was_doomed = part->conn->doomed;
    push_text(part->conn, "last words\n"); /* are lost */
    conn_detach(part);
}

static const struct conn_part_ops LOOKING = {.drop = drop_and_look};

/* Parts that go with it find it given up. */
static void what_its_parts_say_at_the_end_is_lost(void **state)
{
    (void)state;
    struct conn_part part = {0};
    conn_attach(conn, &part, &LOOKING);
    was_doomed = false;
    conn_free(conn);
    assert_true(was_doomed);
    assert_null(part.conn);
    assert_string_equal(hears(client), "");
    assert_true(is_closed(client));
    assert_int_equal(fake.left, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_that_cannot_be_made_closes_its_descriptor),
        TEST(a_line_that_cannot_be_taken_ends_it),
        TEST(a_line_that_cannot_be_copied_is_lost_alone),
        TEST(it_remembers_who_came),
        TEST(its_output_is_watched_only_while_it_is_stuck),
        TEST(what_its_parts_say_at_the_end_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
