/* How much of a link one turn takes, and what becomes of the descriptors that go with a spec: one
 * that stays open in the daemon is one fewer for the next run, and holds what a runner has left. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "failing.h"
#include "runlink_fixture.h"

#define READY "{\"type\":\"ready\"}\n"

static void a_turn_reads_so_much_and_no_more(void **state)
{
    (void)state;
    enum { BOUND = 64 * 1024, LINES = 100 * 1024 / (sizeof READY - 1) };
    int left;
    const int all = LINES * (int)strlen(READY);
    char *text = malloc((size_t)all + 1);
    assert_non_null(text);
    for (int i = 0; i < LINES; i++)
        memcpy(text + (size_t)i * strlen(READY), READY, sizeof READY);
    say(text); /* at once */
    free(text);
    assert_true(runlink_read(&l));
    assert_int_equal(ioctl(ends[0], FIONREAD, &left), 0);
    assert_int_equal(left, all - BOUND);
    assert_int_equal(lines, BOUND / (int)strlen(READY));
    assert_true(runlink_read(&l));
    assert_int_equal(lines, LINES);
    assert_int_equal(junk, 0);
    assert_int_equal(heard, 2);
    assert_false(runlink_read(&l));
}

static void fill_the_socket(void)
{
    char bytes[4096] = {0};
    while (send(ends[0], bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
    }
    assert_int_equal(errno, EAGAIN);
}

static void make_two(int ret[2])
{
    assert_int_equal(pipe2(ret, O_CLOEXEC), 0);
}

static bool are_open(const int fds[2])
{
    const bool first = fcntl(fds[0], F_GETFD) >= 0;
    assert_int_equal(fcntl(fds[1], F_GETFD) >= 0, first);
    return first;
}

static void send_with(const int fds[2])
{
    struct buf spec = BUF_INIT(64);
    assert_int_equal(buf_add_str(&spec, "{}\n"), 0);
    assert_int_equal(runlink_send_spec(&l, &spec, fds, 2), 0);
    assert_int_equal(spec.len, 0);
}

static void a_spec_waits_with_its_descriptors(void **state)
{
    (void)state;
    int fds[2];
    char bytes[4096];
    fill_the_socket();
    make_two(fds);
    send_with(fds);
    assert_true(are_open(fds));
    assert_true(l.out.armed);
    while (recv(ends[1], bytes, sizeof bytes, 0) > 0)
        one_turn(loop);
    assert_false(are_open(fds));
    assert_false(l.out.armed);
    assert_int_equal(l.to_send.len, 0);
}

static void a_link_that_goes_closes_what_it_did_not_send(void **state)
{
    (void)state;
    int fds[2];
    fill_the_socket();
    make_two(fds);
    send_with(fds);
    assert_true(are_open(fds));
    runlink_release(&l);
    assert_false(are_open(fds));
    assert_int_equal(ends[0], -1);
    assert_int_equal(l.to_send.len, 0);
    runlink_release(&l); /* once more does nothing */
}

/* What is said while the spec waits does not go before it. */
static void nothing_overtakes_a_spec_that_waits(void **state)
{
    (void)state;
    static char text[1 << 20];
    int fds[2];
    ssize_t n;
    size_t have = 0;
    fill_the_socket();
    make_two(fds);
    send_with(fds);
    assert_int_equal(runlink_deltas(&l, true), 0);
    while ((n = recv(ends[1], text + have, sizeof text - 1 - have, 0)) > 0) {
        have += (size_t)n;
        one_turn(loop);
    }
    static const char END[] = "{}\n{\"type\":\"deltas\",\"on\":true}\n";
    assert_true(have > strlen(END));
    assert_string_equal(text + have - strlen(END), END);
}

static void one_that_cannot_be_watched_sends_nothing(void **state)
{
    (void)state;
    struct runlink other;
    struct buf spec = BUF_INIT(64);
    int fds[2], fd = memfd_create("link", MFD_CLOEXEC); /* epoll has no files */
    make_two(fds);
    assert_int_equal(buf_add_str(&spec, "{}\n"), 0);
    assert_int_equal(runlink_init(&other, loop, &TIE, &fd, 1 << 16), 0);
    assert_int_equal(runlink_send_spec(&other, &spec, fds, 2), -ENOMEM);
    runlink_release(&other);
    assert_false(are_open(fds));
    assert_int_equal(fd, -1);
}

static void without_memory_there_is_no_link(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        struct runlink other;
        int fd = dup(ends[0]);
        const int r = runlink_init(&other, loop, &TIE, &fd, 1 << 16);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        runlink_release(&other);
        assert_int_equal(fd, -1);
    }
    assert_true(failing_no_leak());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_turn_reads_so_much_and_no_more),
        TEST(a_spec_waits_with_its_descriptors),
        TEST(a_link_that_goes_closes_what_it_did_not_send),
        TEST(nothing_overtakes_a_spec_that_waits),
        TEST(one_that_cannot_be_watched_sends_nothing),
        TEST(without_memory_there_is_no_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
