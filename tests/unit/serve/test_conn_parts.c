/* What hangs on a connection, and what waits in its places: it must go with the connection, once;
 * keep it open as long as it has to, and no longer; and be asked for lines only while there is
 * room. */
#include "conn_fixture.h"

#include "common/container.h"

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
    assert_false(conn_takes_events(part->conn));
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

/* What cannot tell whether it has more is asked when the connection has something to do. */
static void one_that_tells_nothing_is_pulled_once(void **state)
{
    (void)state;
    static const struct conn_part_ops QUIET = {.pull = limb_pull, .drop = limb_drop};
    struct limb limb = {.name = 's', .pulls_left = 5, .size = 0};
    conn_attach(conn, &limb.part, &QUIET);
    conn_touch(conn);
    turns();
    assert_int_equal(limb.pulls, 1);
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

static void set_true(void *arg)
{
    *(bool *)arg = true;
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

/* Its descriptor is readable for ever: a loop that looked at that would never rest. */
static void a_half_closed_one_that_is_held_lets_the_loop_rest(void **state)
{
    (void)state;
    struct limb holder = {.name = 'h', .holds = true};
    struct timer timer;
    int turned = 0;
    bool over = false;
    conn_attach(conn, &holder.part, &HOLDER);
    shutdown(client, SHUT_WR);
    turns();
    assert_int_equal(loop_timer_init(fake.loop, &timer, set_true, &over), 0);
    loop_timer_set(fake.loop, &timer, 100);
    while (!over) {
        loop_turn(fake.loop);
        turned++;
    }
    assert_in_range(turned, 1, 10);
    timer_release(&timer);
    conn_detach(&holder.part);
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
    const struct CMUnitTest tests[] = {
        TEST(a_place_keeps_it_open),
        TEST(a_dropped_place_lets_it_close),
        TEST(a_hastened_line_goes_at_once),
        TEST(a_part_is_pulled_while_there_is_room),
        TEST(one_with_more_is_pulled_on),
        TEST(also_while_it_has_found_nothing),
        TEST(one_that_tells_nothing_is_pulled_once),
        TEST(one_may_detach_itself_while_it_is_pulled),
        TEST(a_holder_keeps_a_half_closed_one_open),
        TEST(a_half_closed_one_that_is_held_lets_the_loop_rest),
        TEST(one_that_lets_go_lets_it_close),
        TEST(it_holds_nothing_when_the_client_is_gone),
        TEST(all_parts_go_with_it_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
