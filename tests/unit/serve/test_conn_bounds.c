/* How much of one client a turn takes and gives: too much makes others wait, too little makes it
 * slow. No time passes, so these bounds are all that counts. */
#include "conn_fixture.h"

#include "serve/conn_inside.h"

enum { READ_BOUND = 64 * 1024, WRITE_BOUND = 1024 * 1024 };

static int lines;

static int64_t no_time(void)
{
    return 1000 * 1000;
}

static void count_line(struct conn *c, const char *line, size_t len)
{
    (void)c;
    (void)line;
    (void)len;
    lines++;
}

static void a_turn_reads_so_much(void **state)
{
    (void)state;
    enum { LINES = 40 * 1024 };
    static char text[LINES * 2];
    loop_set_clock(fake.loop, no_time);
    fake.on_line = count_line;
    lines = 0;
    for (int i = 0; i < LINES; i++)
        memcpy(text + i * 2, "x\n", 2);
    assert_int_equal(send(client, text, sizeof text, MSG_NOSIGNAL), sizeof text);
    turn();
    assert_int_equal(lines, READ_BOUND / 2);
    turn();
    assert_int_equal(lines, LINES);
}

static void a_turn_gives_so_much(void **state)
{
    (void)state;
    static const struct {
        size_t line, left; /* of two such lines */
    } rows[] = {
        {WRITE_BOUND - 1, 0}, {WRITE_BOUND, WRITE_BOUND}, {WRITE_BOUND + 1, WRITE_BOUND + 1}};
    const int enough = 16 << 20; /* for the kernel to take all of it */
    loop_set_clock(fake.loop, no_time);
    if (setsockopt(conn_fd(conn), SOL_SOCKET, SO_SNDBUFFORCE, &enough, sizeof enough)) {
        print_message("not run: only root can have such a buffer\n");
        skip();
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        conn_push(conn, big_line(rows[i].line));
        conn_push(conn, big_line(rows[i].line));
        turn();
        assert_int_equal(conn->queue.bytes, rows[i].left);
        turn();
        assert_int_equal(conn->queue.bytes, 0);
        assert_int_equal(drain(client), 2 * rows[i].line);
    }
}

static void events_are_taken_up_to_the_limit(void **state)
{
    (void)state;
    assert_true(conn_takes_events(conn));
    conn_push(conn, big_line(OUT_PAUSE));
    assert_true(conn_takes_events(conn));
    conn_push(conn, big_line(1));
    assert_false(conn_takes_events(conn));
    drain(client);
    assert_true(conn_takes_events(conn));
    assert_true(conn->in.armed);
    conn_doom(conn);
    assert_false(conn_takes_events(conn));
    assert_false(conn->in.armed); /* nothing more is read */
}

static struct out_line *tagged(const char *text)
{
    struct out_line *line = out_line_new(text, strlen(text));
    assert_non_null(line);
    out_line_tag(line, 0, 1);
    return line;
}

static void tags_are_found_and_taken_back(void **state)
{
    (void)state;
    struct out_place place;
    assert_false(conn_has(conn, "a", 1));
    assert_false(conn_take_back(conn, "a", 1));
    conn_push(conn, tagged("a\n"));
    conn_push(conn, tagged("b\n"));
    assert_true(conn_has(conn, "a", 1));
    assert_false(conn_has(conn, "c", 1));
    assert_true(conn_take_back(conn, "a", 1));
    assert_false(conn_take_back(conn, "a", 1));
    assert_false(conn_has(conn, "a", 1));
    assert_false(conn_hasten(conn, "b", 1)); /* it has no place */
    conn_reserve(conn, &place, 1);
    conn_push_behind(conn, &place, tagged("d\n"));
    assert_true(conn_hasten(conn, "d", 1));
    assert_false(conn_hasten(conn, "d", 1));
    turns();
    assert_string_equal(hears(client), "b\nd\n");
    conn_drop_place(conn, &place);
}

static void a_doomed_one_takes_nothing(void **state)
{
    (void)state;
    struct out_place place;
    conn_reserve(conn, &place, 1);
    conn_doom(conn);
    conn_push(conn, tagged("a\n"));
    conn_push_last(conn, tagged("b\n"));
    conn_push_behind(conn, NULL, tagged("c\n"));
    conn_push_behind(conn, &place, tagged("d\n"));
    assert_int_equal(conn->queue.bytes, 0);
    assert_false(conn_has(conn, "d", 1));
    assert_false(conn_take_back(conn, "d", 1));
    conn_drop_place(conn, &place);
    assert_int_equal(conn->queue.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_turn_reads_so_much),
        TEST(a_turn_gives_so_much),
        TEST(events_are_taken_up_to_the_limit),
        TEST(tags_are_found_and_taken_back),
        TEST(a_doomed_one_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
