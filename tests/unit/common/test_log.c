/* A log that blocks stops the daemon; a log that prints what strangers wrote lets them forge lines.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "common/log.h"

struct sink {
    int fds[2];
    char text[65536];
};

static int open_sink(void **state)
{
    static struct sink sink;
    if (pipe(sink.fds) < 0 || fd_set_nonblock(sink.fds[0], true) < 0)
        return -1;
    log_open(sink.fds[1], true);
    log_set_level(LOG_LEVEL_INFO);
    *state = &sink;
    return 0;
}

static int close_sink(void **state)
{
    struct sink *sink = *state;
    log_open(STDERR_FILENO, false);
    fd_close(&sink->fds[0]);
    fd_close(&sink->fds[1]);
    return 0;
}

static const char *logged(struct sink *sink)
{
    ssize_t n = read(sink->fds[0], sink->text, sizeof sink->text - 1);
    sink->text[n > 0 ? n : 0] = '\0';
    return sink->text;
}

static void prints_message_and_fields(void **state)
{
    log_warning("run ended", LOG_S("run_id", "run_1"), LOG_I("pid", 42), LOG_S("reason", "exit 3"));
    assert_string_equal(logged(*state), "<4>run ended run_id=run_1 pid=42 reason=\"exit 3\"\n");
    log_info("plain");
    assert_string_equal(logged(*state), "<6>plain\n");
}

static void hides_what_is_below_the_level(void **state)
{
    log_debug("not shown");
    assert_string_equal(logged(*state), "");
    log_set_level(LOG_LEVEL_DEBUG);
    log_debug("shown");
    assert_string_equal(logged(*state), "<7>shown\n");
}

static void escapes_what_strangers_wrote(void **state)
{
    log_info("x", LOG_S("text", "a\nb\x1b[0m\"\\\xff\xc2\x85\xc3\xa4"));
    assert_string_equal(logged(*state),
                        "<6>x text=a\\x0ab\\x1b[0m\\\"\\\\\\xff\\xc2\\x85\xc3\xa4\n");
    log_info("x", LOG_N("bytes", "a\0b", 3), LOG_S("none", (const char *)NULL));
    assert_string_equal(logged(*state), "<6>x bytes=a\\x00b none=-\n");
}

static void cuts_long_lines(void **state)
{
    char text[5000];
    memset(text, '\n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_info("long", LOG_S("text", text));
    const char *line = logged(*state);
    assert_true(strlen(line) <= 1024);
    assert_string_equal(line + strlen(line) - 5, "\\x0a\n");
}

static void drops_rather_than_waits(void **state)
{
    struct sink *sink = *state;
    uint64_t before = log_dropped();
    for (int i = 0; i < 5000; i++)
        log_info("flood of lines that nobody reads", LOG_I("i", i));
    assert_true(log_dropped() > before);
    uint64_t dropped = log_dropped() - before;
    while (*logged(sink))
        ;
    errno = 77;
    log_info("again");
    assert_int_equal(errno, 77);
    char told[64];
    snprintf(told, sizeof told, "<4>log lines dropped count=%d\n<6>again\n", (int)dropped);
    assert_string_equal(logged(sink), told);
}

static void survives_a_closed_log(void **state)
{
    struct sink *sink = *state;
    log_open(987, true);
    log_error("nowhere to go");
    log_open(sink->fds[1], true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(prints_message_and_fields, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(hides_what_is_below_the_level, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(escapes_what_strangers_wrote, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(cuts_long_lines, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(drops_rather_than_waits, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(survives_a_closed_log, open_sink, close_sink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
