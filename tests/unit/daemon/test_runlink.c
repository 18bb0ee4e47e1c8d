/* A link whose words are not heard is taken for quiet and given up; one that never ends keeps a
 * run that is gone from being told. */
#include <setjmp.h>
#include <stddef.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/runner/runlink.h"
#include "fixture.h"

static struct loop *loop;
static struct runlink l;
static int ends[2];
static int heard, junk, closed;

static void hear(void *arg)
{
    (void)arg;
    heard++;
}

static void count_nonsense(void *arg)
{
    (void)arg;
    junk++;
}

static void close_once(void *arg)
{
    (void)arg;
    closed++;
}

static const struct runner_owner OWNER = {
    .nonsense = count_nonsense, .closed = close_once, .heard = hear};
static const struct runner_tie TIE = {.owner = &OWNER, .run_id = "r"};

static int setup(void **state)
{
    (void)state;
    const int none[1] = {-1};
    struct buf spec = BUF_INIT(64);
    heard = junk = closed = 0;
    loop = loop_new();
    if (!loop || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    if (runlink_init(&l, loop, &TIE, &ends[0], 1 << 16) || buf_add_str(&spec, "{}\n"))
        return -1;
    return runlink_send_spec(&l, &spec, none, 0);
}

static int teardown(void **state)
{
    (void)state;
    runlink_release(&l);
    fd_close(&ends[0]);
    fd_close(&ends[1]);
    loop_free(loop);
    return 0;
}

static void say(const char *text)
{
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
}

static void silence_is_nothing_heard(void **state)
{
    (void)state;
    assert_false(runlink_read(&l));
    assert_int_equal(heard, 0);
}

static void any_word_is_heard(void **state)
{
    (void)state;
    say("no line of the link\n");
    assert_true(runlink_read(&l));
    assert_int_equal(heard, 1);
    assert_int_equal(junk, 1);
    assert_int_equal(l.received.len, 0);
    assert_false(runlink_read(&l));
}

static void a_line_may_come_in_pieces(void **state)
{
    (void)state;
    say("no line ");
    assert_true(runlink_read(&l));
    assert_int_equal(junk, 0);
    say("of the link\nand");
    assert_true(runlink_read(&l));
    assert_int_equal(junk, 1);
    assert_int_equal(l.received.len, 3);
}

static void a_line_that_is_too_long_is_passed_over(void **state)
{
    (void)state;
    l.longest = 16;
    say("much longer than that");
    assert_true(runlink_read(&l));
    assert_int_equal(junk, 1);
    assert_int_equal(l.received.len, 0);
    say(" and longer\nno line\n");
    assert_true(runlink_read(&l));
    assert_int_equal(junk, 2);
    assert_int_equal(l.received.len, 0);
}

static void its_end_is_told_once(void **state)
{
    (void)state;
    say("half a li");
    fd_close(&ends[1]);
    assert_true(runlink_read(&l));
    assert_int_equal(closed, 0);
    assert_true(runlink_read(&l));
    assert_int_equal(closed, 1);
    assert_int_equal(junk, 1);
    assert_true(runlink_at_end(&l));
    assert_false(runlink_read(&l));
    assert_int_equal(closed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(silence_is_nothing_heard),  TEST(any_word_is_heard),
        TEST(a_line_may_come_in_pieces), TEST(a_line_that_is_too_long_is_passed_over),
        TEST(its_end_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
