/* A line that is taken back after half of it was written breaks the stream; one that is not taken
 * back although nothing was written breaks demonitor with flush. A reply that overtakes the DOWNs
 * it has to follow tells a client that a run is gone of whose end it has heard nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/queue.h"

static struct out_queue q;
static int fds[2];

static int setup(void **state)
{
    (void)state;
    q = (struct out_queue){0};
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);
}

static int teardown(void **state)
{
    (void)state;
    queue_release(&q);
    close(fds[0]);
    if (fds[1] >= 0)
        close(fds[1]);
    return 0;
}

static struct out_line *line(const char *head, struct blob *tail)
{
    struct out_line *l = out_line_new(head, strlen(head));
    assert_non_null(l);
    if (tail)
        out_line_share(l, tail);
    return l;
}

static struct out_line *down(const char *ref)
{
    struct out_line *l = line(ref, NULL);
    out_line_tag(l, 0, strlen(ref));
    return l;
}

/* Everything that is queued goes, and it is this. */
static void assert_sends(const char *text)
{
    char got[256];
    assert_int_equal(queue_flush(&q, fds[0], 1 << 20), 1);
    assert_int_equal(q.bytes, 0);
    ssize_t n = read(fds[1], got, sizeof(got) - 1);
    got[n > 0 ? n : 0] = '\0';
    assert_string_equal(got, text);
}

static void sends_everything_in_order(void **state)
{
    (void)state;
    struct blob *tail = blob_new("tail\n", 5);
    queue_push(&q, line("one ", tail));
    queue_push(&q, line("two\n", NULL));
    queue_push(&q, line("three ", tail));
    blob_drop(tail);
    assert_int_equal(q.bytes, 24);
    assert_sends("one tail\ntwo\nthree tail\n");
    assert_true(queue_is_empty(&q));
}

/* One call of the kernel takes the lines up to the one that reaches the bound, and no more. */
static void as_much_goes_at_once_as_is_wanted(void **state)
{
    char got[64];
    int pair[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
    for (int i = 0; i < 4; i++)
        queue_push(&q, line("line", NULL));
    assert_int_equal(queue_flush(&q, pair[0], 5), 0);
    assert_int_equal(read(pair[1], got, sizeof got), 8);
    assert_int_equal(queue_flush(&q, pair[0], 4), 0);
    assert_int_equal(read(pair[1], got, sizeof got), 4);
    assert_int_equal(queue_flush(&q, pair[0], 1), 1);
    assert_int_equal(read(pair[1], got, sizeof got), 4);
    assert_int_equal(read(pair[1], got, sizeof got), -1);
    assert_int_equal(q.bytes, 0);
    close(pair[0]);
    close(pair[1]);
}

/* ---- tags ---- */

static void takes_a_line_back(void **state)
{
    (void)state;
    queue_push(&q, line("x", NULL));
    queue_push(&q, down("ref_1"));
    queue_push(&q, down("ref_2"));
    assert_true(queue_has(&q, "ref_1", 5));
    assert_true(queue_take_back(&q, "ref_1", 5));
    assert_false(queue_take_back(&q, "ref_1", 5));
    assert_true(queue_has(&q, "ref_2", 5));
    assert_int_equal(q.bytes, 6);
}

static void a_tag_is_the_whole_tag(void **state)
{
    (void)state;
    queue_push(&q, line("no tag", NULL));
    queue_push(&q, down("ref_1"));
    assert_false(queue_has(&q, "ref_", 4));
    assert_false(queue_has(&q, "ref_12", 6));
    assert_false(queue_has(&q, "", 0));
}

static void not_when_part_of_it_is_gone(void **state)
{
    (void)state;
    enum { SIZE = 4 << 20 };
    struct blob *tail = blob_new(NULL, SIZE);
    assert_non_null(tail);
    memset(tail->bytes, 0, SIZE);
    struct out_line *l = down("ref_1");
    out_line_share(l, tail);
    blob_drop(tail);
    queue_push(&q, l);
    assert_true(queue_has(&q, "ref_1", 5));
    assert_int_equal(queue_flush(&q, fds[0], SIZE), -EAGAIN);
    assert_true(q.sent > 0);
    assert_false(queue_has(&q, "ref_1", 5));
    assert_false(queue_take_back(&q, "ref_1", 5));
}

/* ---- places ---- */

static void what_is_placed_waits(void **state)
{
    (void)state;
    struct out_place place;
    queue_reserve(&q, &place, 7);
    queue_push(&q, line("1", NULL));
    queue_place_put(&place, line("down", NULL));
    queue_push(&q, line("2", NULL));
    assert_int_equal(q.bytes, 2);
    assert_sends("12");
    assert_false(queue_is_empty(&q));
    queue_open(&q, &place);
    assert_int_equal(q.bytes, 4);
    assert_sends("down");
    assert_true(queue_is_empty(&q));
}

static void a_place_is_found_by_its_mark(void **state)
{
    (void)state;
    struct out_place a, b, c;
    queue_reserve(&q, &a, 1);
    queue_reserve(&q, &b, 2);
    queue_reserve(&q, &c, 2);
    assert_ptr_equal(queue_place_of(&q, 1), &a);
    assert_ptr_equal(queue_place_of(&q, 2), &b);
    assert_null(queue_place_of(&q, 3));
    queue_open(&q, &b);
    assert_ptr_equal(queue_place_of(&q, 2), &c);
    queue_open(&q, &c);
    queue_open(&q, &a);
    assert_true(queue_is_empty(&q));
}

static void places_do_not_wait_for_each_other(void **state)
{
    (void)state;
    struct out_place a, b;
    queue_reserve(&q, &a, 1);
    queue_reserve(&q, &b, 2);
    queue_place_put(&a, line("a", NULL));
    queue_place_put(&b, line("b", NULL));
    queue_open(&q, &b);
    assert_sends("b");
    queue_open(&q, &a);
    assert_sends("a");
}

static void dropped_lines_are_lost(void **state)
{
    (void)state;
    struct out_place a, b;
    queue_reserve(&q, &a, 1);
    queue_reserve(&q, &b, 1);
    queue_place_put(&a, down("ref_1"));
    queue_place_put(&b, line("b", NULL));
    queue_drop(&q, &a);
    queue_open(&q, &b);
    assert_sends("b");
    assert_true(queue_is_empty(&q));
}

/* A reply to "stop all" follows each DOWN, in whatever order the places are opened. */
static void the_last_follows_all_places(void **state)
{
    (void)state;
    static const int ORDERS[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; i < 6; i++) {
        struct out_place places[3], late;
        char got[16] = "";
        for (int k = 0; k < 3; k++) {
            queue_reserve(&q, &places[k], (uint64_t)k);
            queue_place_put(&places[k], line((const char *[]){"a", "b", "c"}[k], NULL));
        }
        queue_push_last(&q, line("!", NULL));
        queue_reserve(&q, &late, 9);
        queue_place_put(&late, line("z", NULL));
        for (int k = 0; k < 3; k++)
            queue_open(&q, &places[ORDERS[i][k]]);
        assert_int_equal(queue_flush(&q, fds[0], 100), 1);
        assert_int_equal(read(fds[1], got, sizeof(got)), 4);
        assert_int_equal(got[3], '!');
        for (int k = 0; k < 3; k++)
            assert_int_equal(got[k], 'a' + ORDERS[i][k]);
        queue_open(&q, &late);
        assert_sends("z");
    }
}

static void several_last_ones_keep_their_order(void **state)
{
    (void)state;
    struct out_place a, b;
    queue_push_last(&q, line("0", NULL));
    queue_reserve(&q, &a, 1);
    queue_push_last(&q, line("1", NULL));
    queue_reserve(&q, &b, 2);
    queue_push_last(&q, line("2", NULL));
    assert_sends("0");
    queue_drop(&q, &a);
    assert_sends("1");
    queue_open(&q, &b);
    assert_sends("2");
    assert_true(queue_is_empty(&q));
}

static void a_placed_line_can_be_taken_back_or_hastened(void **state)
{
    (void)state;
    struct out_place place;
    queue_reserve(&q, &place, 1);
    queue_place_put(&place, down("one"));
    queue_place_put(&place, down("two"));
    queue_place_put(&place, down("three"));
    assert_true(queue_has(&q, "two", 3));
    assert_true(queue_take_back(&q, "two", 3));
    assert_false(queue_has(&q, "two", 3));
    assert_true(queue_hasten(&q, "three", 5));
    assert_false(queue_hasten(&q, "three", 5));
    assert_true(queue_has(&q, "three", 5));
    assert_sends("three");
    queue_open(&q, &place);
    assert_sends("one");
}

static void releasing_frees_what_waits(void **state)
{
    (void)state;
    struct out_place place;
    queue_reserve(&q, &place, 1);
    queue_place_put(&place, line("a", NULL));
    queue_push_last(&q, line("b", NULL));
    queue_push(&q, line("c", NULL));
    queue_release(&q);
    assert_true(queue_is_empty(&q));
    assert_null(place.lines);
}

/* ---- the socket ---- */

static void says_when_the_peer_is_gone(void **state)
{
    (void)state;
    close(fds[1]);
    fds[1] = -1;
    queue_push(&q, line("x", NULL));
    assert_int_equal(queue_flush(&q, fds[0], 100), -EPIPE);
}

static void is_bounded(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        queue_push(&q, line("0123456789", NULL));
    assert_int_equal(queue_flush(&q, fds[0], 50), 0);
    assert_int_equal(q.bytes, 950);
}

/* ---- in pieces ---- */

static void fill(char *at, size_t len, size_t from)
{
    for (size_t i = 0; i < len; i++)
        at[i] = (char)((from + i) * 7 / 5);
}

/* A line of a head and a tail, in which each byte says where it stands; from: all before it. */
static void push_counted(size_t head, size_t tail, size_t from)
{
    static char bytes[1 << 17];
    fill(bytes, head, from);
    struct out_line *l = out_line_new(bytes, head);
    fill(bytes, tail, from + head);
    struct blob *shared = tail ? blob_new(bytes, tail) : NULL;
    if (shared)
        out_line_share(l, shared);
    blob_drop(shared);
    queue_push(&q, l);
}

/* However much the kernel takes at a time. */
static void what_goes_in_pieces_is_the_same(void **state)
{
    (void)state;
    enum { LINES = 40, PIECE = 10007 };
    static char got[PIECE], wanted[PIECE];
    size_t all = 0, came = 0;
    for (size_t i = 0; i < LINES; i++) {
        const size_t head = 1 + i * 997 % 30000, tail = i % 3 ? i * 1999 % 50000 : 0;
        push_counted(head, tail, all);
        all += head + tail;
    }
    assert_int_equal(q.bytes, all);
    while (came < all) {
        assert_true(queue_flush(&q, fds[0], 30000) != -EPIPE);
        const ssize_t n = read(fds[1], got, sizeof got);
        assert_true(n > 0);
        fill(wanted, (size_t)n, came);
        assert_memory_equal(got, wanted, (size_t)n);
        came += (size_t)n;
    }
    assert_int_equal(queue_flush(&q, fds[0], 1), 1);
    assert_int_equal(q.bytes, 0);
    assert_true(queue_is_empty(&q));
}

/* More lines than go with one call of the kernel. */
static void many_short_lines_go_too(void **state)
{
    (void)state;
    enum { LINES = 400 };
    char got[4 * LINES], wanted[4 * LINES];
    for (size_t i = 0; i < LINES; i++)
        push_counted(1 + i % 2, 2 - i % 2, i * 3);
    assert_int_equal(queue_flush(&q, fds[0], 1 << 20), 1);
    assert_int_equal(read(fds[1], got, sizeof got), 3 * LINES);
    fill(wanted, 3 * LINES, 0);
    assert_memory_equal(got, wanted, 3 * LINES);
}

/* The bound is of all calls of the kernel together. */
static void a_bound_over_several_calls(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++)
        queue_push(&q, line("0123456789", NULL));
    assert_int_equal(queue_flush(&q, fds[0], 2000), 0);
    assert_in_range(q.bytes, 1, 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(sends_everything_in_order),
        TEST(as_much_goes_at_once_as_is_wanted),
        TEST(takes_a_line_back),
        TEST(a_tag_is_the_whole_tag),
        TEST(not_when_part_of_it_is_gone),
        TEST(what_is_placed_waits),
        TEST(a_place_is_found_by_its_mark),
        TEST(places_do_not_wait_for_each_other),
        TEST(dropped_lines_are_lost),
        TEST(the_last_follows_all_places),
        TEST(several_last_ones_keep_their_order),
        TEST(a_placed_line_can_be_taken_back_or_hastened),
        TEST(releasing_frees_what_waits),
        TEST(says_when_the_peer_is_gone),
        TEST(is_bounded),
        TEST(what_goes_in_pieces_is_the_same),
        TEST(many_short_lines_go_too),
        TEST(a_bound_over_several_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
