/* One connection on a real loop: lines in, lines out. A line that is cut in another way must be the
 * same line; a client that does not read must not make the server hold its bytes for ever; one that
 * has said its last must still get its answers. */
#include "conn_fixture.h"
#include "serve/conn_inside.h"

enum { BIG = 2 * OUT_PAUSE }; /* more than OUT_PAUSE, also when the socket has taken some */

/* ---- input ---- */

static void lines_come_whole(void **state)
{
    (void)state;
    say(client, "on");
    turns();
    assert_string_equal(fake.heard, "");
    say(client, "e\ntwo\nth");
    turns();
    assert_string_equal(fake.heard, "one two");
    say(client, "ree\n");
    turns();
    assert_string_equal(fake.heard, "one two three");
    assert_int_equal(conn_peer(fake.conn)->uid, 7);
    assert_ptr_equal(conn_context(fake.conn), &fake);
}

static void a_line_over_the_limit_closes(void **state)
{
    (void)state;
    char text[FAKE_LINE_BYTES + 2];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    say(client, "ok\n");
    say(client, text);
    turns();
    assert_string_equal(fake.heard, "ok too_long");
    assert_string_equal(hears(client), "refused\n");
    assert_true(is_closed(client));
    assert_int_equal(fake.left, 1);
    assert_int_equal(home.count, 0);
}

static void a_torn_line_is_not_taken(void **state)
{
    (void)state;
    say(client, "whole\nhal");
    shutdown(client, SHUT_WR);
    turns();
    assert_string_equal(fake.heard, "whole torn");
    assert_true(is_closed(client));
    assert_int_equal(fake.left, 1);
}

static void a_clean_end_is_no_torn_line(void **state)
{
    (void)state;
    say(client, "whole\n");
    shutdown(client, SHUT_WR);
    turns();
    assert_string_equal(fake.heard, "whole");
    assert_int_equal(fake.left, 1);
}

static void answer(struct conn *c, const char *line, size_t len)
{
    hear("", line, len);
    push_text(c, "answer\n");
}

static void what_was_asked_is_answered_after_half_close(void **state)
{
    (void)state;
    fake.on_line = answer;
    say(client, "a\nb\n");
    shutdown(client, SHUT_WR);
    turns();
    assert_string_equal(hears(client), "answer\nanswer\n");
    assert_true(is_closed(client));
}

static void a_client_that_is_gone_is_let_go(void **state)
{
    (void)state;
    turns();
    close_client();
    turns();
    assert_int_equal(fake.left, 1);
}

/* Whether there is something that it has not read, or not: in the turn that sees it. */
static void it_is_let_go_at_once(void **state)
{
    (void)state;
    push_text(conn, "nobody reads it\n");
    turn();
    close_client();
    turn();
    assert_int_equal(fake.left, 1);
}

static void so_is_one_that_has_read_all(void **state)
{
    (void)state;
    turn();
    close_client();
    turn();
    assert_int_equal(fake.left, 1);
}

/* It may still speak, but what it asks for cannot be sent. */
static void one_that_reads_no_more_is_let_go(void **state)
{
    (void)state;
    shutdown(client, SHUT_RD);
    turns();
    assert_int_equal(fake.left, 0);
    push_text(conn, "nobody reads it\n");
    turns();
    assert_int_equal(fake.left, 1);
}

/* Seen by who needs room before the loop has told. */
static void an_ended_one_is_known_by_a_look(void **state)
{
    (void)state;
    assert_false(conn_is_over(conn));
    say(client, "x\n");
    close_client();
    assert_false(conn_is_over(conn)); /* it has something to say */
    turn();
    assert_string_equal(fake.heard, "x");
    assert_true(home.count == 0 || conn_is_over(conn));
    turns();
    assert_int_equal(home.count, 0);
}

/* ---- output ---- */

static void answer_big(struct conn *c, const char *line, size_t len)
{
    hear("", line, len);
    conn_push(c, big_line(BIG));
}

static void reading_pauses_while_too_much_waits(void **state)
{
    (void)state;
    fake.on_line = answer_big;
    say(client, "one\ntwo\n");
    turns();
    assert_string_equal(fake.heard, "one");
    say(client, "three\n");
    turns();
    assert_string_equal(fake.heard, "one");
    assert_false(conn_takes_events(conn) && conn_is_flushed(conn));
    assert_int_equal(drain(client), 3 * (size_t)BIG);
    assert_string_equal(fake.heard, "one two three");
    assert_int_equal(fake.left, 0);
    assert_true(conn_is_flushed(conn));
}

static int64_t no_time_passes(void)
{
    return 1000000;
}

static void answer_at_the_limit(struct conn *c, const char *line, size_t len)
{
    conn_push(c, big_line(*fake.heard ? 1 : OUT_PAUSE));
    hear("", line, len);
}

/* As much as may wait is not too much; a byte more is. */
static void reading_pauses_above_the_limit_only(void **state)
{
    (void)state;
    loop_set_clock(fake.loop, no_time_passes);
    fake.on_line = answer_at_the_limit;
    say(client, "a\nb\nc\n");
    turn();
    assert_string_equal(fake.heard, "a b");
    assert_int_equal(drain(client), OUT_PAUSE + 2);
    assert_string_equal(fake.heard, "a b c");
}

/* Nothing new comes: the lines have been read with the first. */
static void lines_that_were_read_already_are_not_forgotten(void **state)
{
    (void)state;
    fake.on_line = answer_big;
    say(client, "one\ntwo\nthree\n");
    turns();
    assert_string_equal(fake.heard, "one");
    assert_int_equal(drain(client), 3 * (size_t)BIG);
    assert_string_equal(fake.heard, "one two three");
}

static void above_the_cap_it_is_given_up(void **state)
{
    (void)state;
    conn_push(conn, big_line(FAKE_QUEUE_BYTES));
    turns();
    assert_int_equal(fake.left, 0);
    conn_push(conn, big_line(FAKE_QUEUE_BYTES)); /* the socket has taken some of the first */
    turns();
    assert_int_equal(fake.left, 1);
}

static void the_cap_holds_at_once_when_it_is_lowered(void **state)
{
    (void)state;
    home.queue_bytes = 10;
    push_text(conn, "0123456789");
    turns();
    assert_string_equal(hears(client), "0123456789");
    push_text(conn, "0123456789\n");
    turns();
    assert_int_equal(fake.left, 1);
    assert_string_equal(hears(client), "");
}

static void what_is_pushed_to_a_doomed_one_is_lost(void **state)
{
    (void)state;
    struct buf line = BUF_INIT(16);
    push_text(conn, "early\n");
    conn_doom(conn);
    push_text(conn, "late\n");
    conn_push_last(conn, big_line(8));
    assert_int_equal(buf_add_str(&line, "later\n"), 0);
    assert_true(conn_push_line(conn, &line));
    buf_release(&line);
    assert_false(conn_takes_events(conn));
    say(client, "nobody hears\n");
    turns();
    assert_string_equal(fake.heard, "");
    assert_int_equal(fake.left, 1);
    assert_string_equal(hears(client), "");
}

static void a_doomed_one_is_over(void **state)
{
    (void)state;
    assert_false(conn_is_over(conn));
    conn_doom(conn);
    assert_true(conn_is_over(conn));
}

/* All that waits is sent, though the client has said its last. */
static void much_is_sent_after_half_close(void **state)
{
    (void)state;
    fake.on_line = answer_big;
    say(client, "one\n");
    shutdown(client, SHUT_WR);
    assert_int_equal(drain(client), BIG);
    assert_true(is_closed(client));
}

static void say_so(void *arg)
{
    push_text(arg, "it is time\n");
}

/* The output phase is the last. */
static void what_a_timer_says_is_sent_in_its_turn(void **state)
{
    (void)state;
    struct timer timer;
    turns();
    assert_int_equal(loop_timer_init(fake.loop, &timer, say_so, conn), 0);
    loop_timer_set(fake.loop, &timer, 0);
    turn();
    assert_string_equal(hears(client), "it is time\n");
    timer_release(&timer);
}

static void an_owner_need_not_hear_all(void **state)
{
    (void)state;
    static const struct conn_owner DEAF = {
        .line = fake_line, .torn = fake_torn, .too_long = fake_too_long};
    home.owner = &DEAF;
    say(client, "one\n");
    turns();
    assert_string_equal(fake.heard, "one");
    push_text(conn, "two\n");
    turns();
    assert_string_equal(hears(client), "two\n");
    close_client();
    turns();
    assert_int_equal(home.count, 0);
    assert_int_equal(fake.moved + fake.left, 0);
}

static void close_after_flush(struct conn *c, const char *line, size_t len)
{
    answer(c, line, len);
    conn_close_after_flush(c);
}

static void the_last_word_is_sent_before_closing(void **state)
{
    (void)state;
    fake.on_line = close_after_flush;
    say(client, "one\ntwo\n");
    turns();
    assert_string_equal(fake.heard, "one");
    assert_string_equal(hears(client), "answer\n");
    assert_true(is_closed(client));
}

/* A descriptor that stays ready and that nobody reads makes a loop that never rests. */
static void nobody_waits_for_what_is_not_read(void **state)
{
    (void)state;
    assert_true(conn->in.armed);
    conn_close_after_flush(conn);
    assert_false(conn->in.armed);
    watch_arm(&conn->in);
    conn_doom(conn);
    assert_false(conn->in.armed);
}

static void the_owner_hears_of_each_output_phase(void **state)
{
    (void)state;
    turns();
    int before = fake.moved;
    conn_touch(conn);
    turns();
    assert_int_equal(fake.moved, before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_come_whole),
        TEST(a_line_over_the_limit_closes),
        TEST(a_torn_line_is_not_taken),
        TEST(a_clean_end_is_no_torn_line),
        TEST(what_was_asked_is_answered_after_half_close),
        TEST(a_client_that_is_gone_is_let_go),
        TEST(it_is_let_go_at_once),
        TEST(so_is_one_that_has_read_all),
        TEST(one_that_reads_no_more_is_let_go),
        TEST(an_ended_one_is_known_by_a_look),
        TEST(reading_pauses_while_too_much_waits),
        TEST(reading_pauses_above_the_limit_only),
        TEST(lines_that_were_read_already_are_not_forgotten),
        TEST(above_the_cap_it_is_given_up),
        TEST(the_cap_holds_at_once_when_it_is_lowered),
        TEST(what_is_pushed_to_a_doomed_one_is_lost),
        TEST(a_doomed_one_is_over),
        TEST(much_is_sent_after_half_close),
        TEST(what_a_timer_says_is_sent_in_its_turn),
        TEST(an_owner_need_not_hear_all),
        TEST(the_last_word_is_sent_before_closing),
        TEST(nobody_waits_for_what_is_not_read),
        TEST(the_owner_hears_of_each_output_phase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
