/* One connection on a real loop. A line that is cut in another way must be the same line; a client
 * that does not read must not make the server hold its bytes for ever; one that has said its last
 * must still get its answers; and what hangs on a connection must go with it, once. */
#include "fake_owner.h"

#include "common/container.h"

enum { BIG = 2 * OUT_PAUSE }; /* more than OUT_PAUSE, also when the socket has taken some */

static struct conn_home home;
static int client;
static struct conn *conn; /* until it is freed */

static int setup(void **state)
{
    (void)state;
    int fds[2];
    struct peer peer = {.uid = 7, .pid = 42};
    if (fake_open() || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds))
        return -1;
    home = (struct conn_home){.loop = fake.loop,
                              .owner = &FAKE_OWNER,
                              .context = &fake,
                              .line_bytes = FAKE_LINE_BYTES,
                              .queue_bytes = FAKE_QUEUE_BYTES};
    conn = conn_new(&home, fds[0], &peer);
    client = fds[1];
    return conn ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    while (home.conns)
        conn_free(home.conns);
    if (client >= 0)
        close(client);
    fake_close();
    return home.count ? -1 : 0;
}

static void close_client(void)
{
    close(client);
    client = -1;
}

static struct out_line *big_line(size_t len)
{
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'x', len);
    struct out_line *line = out_line_new(text, len);
    free(text);
    assert_non_null(line);
    return line;
}

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

static void the_owner_hears_of_each_output_phase(void **state)
{
    (void)state;
    turns();
    int before = fake.moved;
    conn_touch(conn);
    turns();
    assert_int_equal(fake.moved, before + 1);
}

/* ---- places ---- */

static void a_place_keeps_it_open(void **state)
{
    (void)state;
    struct out_place place;
    conn_reserve(conn, &place, 5);
    assert_ptr_equal(conn_place_of(conn, 5), &place);
    conn_push_behind(conn, &place, out_line_new("placed\n", 7));
    conn_push_last(conn, out_line_new("last\n", 5));
    conn_push_behind(conn, NULL, out_line_new("first\n", 6));
    shutdown(client, SHUT_WR);
    turns();
    assert_string_equal(hears(client), "first\n");
    assert_false(is_closed(client));
    assert_false(conn_is_flushed(conn));
    conn_open_place(conn, &place);
    turns();
    assert_string_equal(hears(client), "placed\nlast\n");
    assert_true(is_closed(client));
}

static void a_dropped_place_lets_it_close(void **state)
{
    (void)state;
    struct out_place place;
    conn_reserve(conn, &place, 5);
    conn_push_behind(conn, &place, out_line_new("placed\n", 7));
    conn_close_after_flush(conn);
    turns();
    assert_int_equal(fake.left, 0);
    conn_drop_place(conn, &place);
    turns();
    assert_int_equal(fake.left, 1);
    assert_string_equal(hears(client), "");
}

static void a_hastened_line_goes_at_once(void **state)
{
    (void)state;
    struct out_place place;
    struct out_line *line = out_line_new("tag: x\n", 7);
    out_line_tag(line, 0, 3);
    conn_reserve(conn, &place, 5);
    conn_push_behind(conn, &place, line);
    turns();
    assert_string_equal(hears(client), "");
    assert_true(conn_has(conn, "tag", 3));
    assert_true(conn_hasten(conn, "tag", 3));
    turns();
    assert_string_equal(hears(client), "tag: x\n");
    assert_false(conn_hasten(conn, "tag", 3));
    assert_false(conn_take_back(conn, "tag", 3));
    conn_drop_place(conn, &place);
}

/* ---- parts ---- */

struct limb {
    struct conn_part part;
    char name;
    bool holds;
    int pulls_left; /* lines that it still has */
    size_t size;    /* of a line */
    int pulls, drops;
};

static struct limb *limb_of(const struct conn_part *part)
{
    return CONTAINER_OF(part, struct limb, part);
}

static void limb_pull(struct conn_part *part)
{
    struct limb *limb = limb_of(part);
    assert_true(conn_takes_events(part->conn));
    limb->pulls++;
    if (!limb->pulls_left)
        return;
    if (limb->size)
        conn_push(part->conn, big_line(limb->size));
    if (--limb->pulls_left == 0 && limb->name == 'd')
        conn_detach(part);
}

static bool limb_more(const struct conn_part *part)
{
    return limb_of(part)->pulls_left > 0;
}

static bool limb_holds(const struct conn_part *part)
{
    return limb_of(part)->holds;
}

static void limb_drop(struct conn_part *part)
{
    struct limb *limb = limb_of(part);
    limb->drops++;
    hear("drop ", &limb->name, 1);
    push_text(part->conn, "too late\n");
    conn_detach(part);
}

static const struct conn_part_ops SOURCE = {
    .pull = limb_pull, .more = limb_more, .drop = limb_drop};
static const struct conn_part_ops HOLDER = {.holds = limb_holds, .drop = limb_drop};

static void a_part_is_pulled_while_there_is_room(void **state)
{
    (void)state;
    struct limb limb = {.name = 's', .pulls_left = 40, .size = 256 * 1024};
    conn_attach(conn, &limb.part, &SOURCE);
    conn_touch(conn);
    turns();
    turns();
    int pulled = limb.pulls;
    assert_in_range(pulled, 1, 20); /* until OUT_PAUSE waits, and what the socket took */
    turns();
    assert_int_equal(limb.pulls, pulled);
    assert_int_equal(drain(client), 40u * 256 * 1024);
    assert_int_equal(limb.pulls_left, 0);
    conn_detach(&limb.part);
}

/* Nobody touches the connection and nothing comes from the client. */
static void one_with_more_is_pulled_on(void **state)
{
    (void)state;
    struct limb limb = {.name = 's', .pulls_left = 5, .size = 2};
    conn_attach(conn, &limb.part, &SOURCE);
    turns();
    assert_int_equal(limb.pulls, 0);
    conn_touch(conn);
    turns();
    assert_int_equal(limb.pulls_left, 0);
    int pulls = limb.pulls;
    turns();
    assert_int_equal(limb.pulls, pulls); /* it has no more: no turn is made for it */
    conn_touch(conn);
    turns();
    assert_int_equal(limb.pulls, pulls + 1);
    assert_string_equal(hears(client), "xxxxxxxxxx");
    conn_detach(&limb.part);
}

/* It looks through much before it finds a line; nothing that is sent keeps the turns going. */
static void also_while_it_has_found_nothing(void **state)
{
    (void)state;
    struct limb limb = {.name = 's', .pulls_left = 5, .size = 0};
    conn_attach(conn, &limb.part, &SOURCE);
    conn_touch(conn);
    turns();
    assert_int_equal(limb.pulls, 5);
    conn_detach(&limb.part);
}

static void one_may_detach_itself_while_it_is_pulled(void **state)
{
    (void)state;
    struct limb a = {.name = 'd', .pulls_left = 1, .size = 1},
                b = {.name = 'd', .pulls_left = 2, .size = 1};
    conn_attach(conn, &a.part, &SOURCE);
    conn_attach(conn, &b.part, &SOURCE);
    conn_touch(conn);
    turns();
    assert_int_equal(a.pulls, 1);
    assert_int_equal(b.pulls, 2);
    assert_null(a.part.conn);
    conn_detach(&a.part); /* once more does nothing */
    assert_int_equal(a.drops + b.drops, 0);
}

static void a_holder_keeps_a_half_closed_one_open(void **state)
{
    (void)state;
    struct limb holder = {.name = 'h', .holds = true}, other = {.name = 'o'};
    conn_attach(conn, &holder.part, &HOLDER);
    conn_attach(conn, &other.part, &HOLDER);
    shutdown(client, SHUT_WR);
    turns();
    assert_false(is_closed(client));
    push_text(conn, "answer\n");
    conn_detach(&holder.part);
    turns();
    assert_string_equal(hears(client), "answer\n");
    assert_true(is_closed(client));
    assert_int_equal(holder.drops, 0);
    assert_int_equal(other.drops, 1); /* it did not hold */
}

static void one_that_lets_go_lets_it_close(void **state)
{
    (void)state;
    struct limb holder = {.name = 'h', .holds = true};
    conn_attach(conn, &holder.part, &HOLDER);
    shutdown(client, SHUT_WR);
    turns();
    conn_detach(&holder.part);
    turns();
    assert_true(is_closed(client));
}

static void it_holds_nothing_when_the_client_is_gone(void **state)
{
    (void)state;
    struct limb holder = {.name = 'h', .holds = true};
    conn_attach(conn, &holder.part, &HOLDER);
    shutdown(client, SHUT_WR);
    turns();
    assert_int_equal(fake.left, 0);
    close_client();
    turns();
    assert_int_equal(fake.left, 1);
    assert_int_equal(holder.drops, 1);
}

static void all_parts_go_with_it_once(void **state)
{
    (void)state;
    struct limb a = {.name = 'a'}, b = {.name = 'b', .holds = true}, c = {.name = 'c'};
    conn_attach(conn, &a.part, &HOLDER);
    conn_attach(conn, &b.part, &HOLDER);
    conn_attach(conn, &c.part, &SOURCE);
    conn_doom(conn);
    assert_string_equal(fake.heard, ""); /* a pointer stays good until the output phase */
    turns();
    assert_string_equal(fake.heard, "drop c drop a drop b");
    assert_int_equal(a.drops + b.drops + c.drops, 3);
    assert_string_equal(hears(client), "");
    assert_int_equal(fake.left, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(lines_come_whole),
        TEST(a_line_over_the_limit_closes),
        TEST(a_torn_line_is_not_taken),
        TEST(a_clean_end_is_no_torn_line),
        TEST(what_was_asked_is_answered_after_half_close),
        TEST(a_client_that_is_gone_is_let_go),
        TEST(an_ended_one_is_known_by_a_look),
        TEST(reading_pauses_while_too_much_waits),
        TEST(lines_that_were_read_already_are_not_forgotten),
        TEST(above_the_cap_it_is_given_up),
        TEST(the_cap_holds_at_once_when_it_is_lowered),
        TEST(what_is_pushed_to_a_doomed_one_is_lost),
        TEST(the_last_word_is_sent_before_closing),
        TEST(the_owner_hears_of_each_output_phase),
        TEST(a_place_keeps_it_open),
        TEST(a_dropped_place_lets_it_close),
        TEST(a_hastened_line_goes_at_once),
        TEST(a_part_is_pulled_while_there_is_room),
        TEST(one_with_more_is_pulled_on),
        TEST(also_while_it_has_found_nothing),
        TEST(one_may_detach_itself_while_it_is_pulled),
        TEST(a_holder_keeps_a_half_closed_one_open),
        TEST(one_that_lets_go_lets_it_close),
        TEST(it_holds_nothing_when_the_client_is_gone),
        TEST(all_parts_go_with_it_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
