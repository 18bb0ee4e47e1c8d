/* A DOWN that is taken back after half of it was written breaks the stream; one that is not taken
 * back although nothing was written breaks demonitor with flush. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/outq.h"

static struct out_item *line(const char *head, struct blob *tail)
{
    struct out_item *item = out_item_new(head, strlen(head));
    assert_non_null(item);
    item->tail = tail ? blob_hold(tail) : NULL;
    return item;
}

static struct out_item *down(const char *ref)
{
    struct out_item *item = line(ref, NULL);
    item->ref = item->head;
    return item;
}

static void sends_everything_in_order(void **state)
{
    (void)state;
    int fds[2];
    char got[64] = "";
    struct outq q = {0};
    struct blob *tail = blob_new("tail\n", 5);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    outq_push(&q, line("one ", tail));
    outq_push(&q, line("two\n", NULL));
    outq_push(&q, line("three ", tail));
    blob_drop(tail);
    assert_int_equal(q.bytes, 24);
    assert_int_equal(outq_flush(&q, fds[0], 1 << 20), 1);
    assert_int_equal(q.bytes, 0);
    assert_int_equal(read(fds[1], got, sizeof(got)), 24);
    assert_memory_equal(got, "one tail\ntwo\nthree tail\n", 24);
    close(fds[0]);
    close(fds[1]);
}

static void takes_a_down_back(void **state)
{
    (void)state;
    struct outq q = {0};
    outq_push(&q, line("x", NULL));
    outq_push(&q, down("ref_1"));
    outq_push(&q, down("ref_2"));
    assert_true(outq_has_down(&q, "ref_1"));
    assert_true(outq_remove_down(&q, "ref_1"));
    assert_false(outq_remove_down(&q, "ref_1"));
    assert_true(outq_has_down(&q, "ref_2"));
    assert_int_equal(q.bytes, 6);
    outq_release(&q);
}

static void not_when_part_of_it_is_gone(void **state)
{
    (void)state;
    int fds[2];
    enum { SIZE = 4 << 20 };
    struct outq q = {0};
    char *big = calloc(1, SIZE);
    assert_non_null(big);
    struct blob *tail = blob_new(big, SIZE);
    struct out_item *item = down("ref_1");
    free(big);
    item->tail = tail;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    outq_push(&q, item);
    assert_true(outq_has_down(&q, "ref_1"));
    assert_int_equal(outq_flush(&q, fds[0], SIZE), -EAGAIN);
    assert_true(q.sent > 0);
    assert_false(outq_has_down(&q, "ref_1"));
    assert_false(outq_remove_down(&q, "ref_1"));
    outq_release(&q);
    close(fds[0]);
    close(fds[1]);
}

static void says_when_the_peer_is_gone(void **state)
{
    (void)state;
    int fds[2];
    struct outq q = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    close(fds[1]);
    outq_push(&q, line("x", NULL));
    assert_int_equal(outq_flush(&q, fds[0], 100), -EPIPE);
    outq_release(&q);
    close(fds[0]);
}

static void is_bounded(void **state)
{
    (void)state;
    int fds[2];
    struct outq q = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    for (int i = 0; i < 100; i++)
        outq_push(&q, line("0123456789", NULL));
    assert_int_equal(outq_flush(&q, fds[0], 50), 0);
    assert_int_equal(q.bytes, 950);
    outq_release(&q);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_everything_in_order),
        cmocka_unit_test(takes_a_down_back),
        cmocka_unit_test(not_when_part_of_it_is_gone),
        cmocka_unit_test(says_when_the_peer_is_gone),
        cmocka_unit_test(is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
