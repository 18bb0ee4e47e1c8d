/* A runner's output that is taken for alive keeps a run that has ended from being told; one that is
 * taken for silent, or for ended, cuts its last words. */
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/runner/output.h"
#include "fixture.h"

static struct loop *loop;
static struct output out;
static int ends[2];
static int heard;

static void hear(void *arg)
{
    (void)arg;
    heard++;
}

static const struct runner_owner OWNER = {.heard = hear};
static const struct runner_tie TIE = {.owner = &OWNER, .run_id = "r"};

static int setup(void **state)
{
    (void)state;
    heard = 0;
    loop = loop_new();
    if (!loop || pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
        return -1;
    return output_init(&out, loop, &TIE, &ends[0], "stdout");
}

static int teardown(void **state)
{
    (void)state;
    output_release(&out);
    fd_close(&ends[1]);
    loop_free(loop);
    return 0;
}

static void silence_is_nothing_heard(void **state)
{
    (void)state;
    assert_false(output_read(&out));
    assert_int_equal(heard, 0);
    assert_false(output_at_end(&out));
}

static void what_is_written_is_heard(void **state)
{
    (void)state;
    assert_int_equal(write(ends[1], "a word", 6), 6);
    assert_true(output_read(&out));
    assert_int_equal(heard, 1);
    assert_false(output_read(&out));
    assert_int_equal(heard, 1);
}

static void its_end_is_told_once(void **state)
{
    (void)state;
    fd_close(&ends[1]);
    assert_true(output_read(&out));
    assert_true(output_at_end(&out));
    assert_int_equal(ends[0], -1);
    assert_false(output_read(&out));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(silence_is_nothing_heard),
        TEST(what_is_written_is_heard),
        TEST(its_end_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
