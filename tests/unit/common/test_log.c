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

#include "common/clock.h"
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
    uint64_t before = log_dropped();
    log_open(987, true);
    log_error("nowhere to go");
    assert_int_equal(log_dropped(), before + 1);
    log_open(sink->fds[1], true);
    log_error("again");
    assert_string_equal(logged(sink), "<4>log lines dropped count=1\n<3>again\n");
    log_error("and on");
    assert_string_equal(logged(sink), "<3>and on\n");
    assert_int_equal(log_dropped(), before + 1);
    fd_close(&sink->fds[0]);
    log_error("nobody reads");
    assert_int_equal(log_dropped(), before + 2);
}

static void every_level_has_its_priority(void **state)
{
    static const char *const LINES[] = {"<3>x\n", "<4>x\n", "<5>x\n", "<6>x\n", "<7>x\n"};
    static const char *const NAMES[] = {"error", "warning", "notice", "info", "debug"};
    struct sink *sink = *state;
    for (int set = 0; set < LOG_LEVELS; set++) {
        log_set_level((enum log_level)set);
        for (int level = 0; level < LOG_LEVELS; level++) {
            log_write((enum log_level)level, "x", NULL);
            assert_string_equal(logged(sink), level <= set ? LINES[level] : "");
        }
    }
    log_open(sink->fds[1], false);
    for (int level = 0; level < LOG_LEVELS; level++) {
        char end[32];
        int64_t stamp = 0;
        log_write((enum log_level)level, "x", NULL);
        char *line = (char *)logged(sink);
        snprintf(end, sizeof end, " %s: x\n", NAMES[level]);
        assert_string_equal(line + 24, end);
        line[24] = '\0';
        assert_int_equal(clock_parse_rfc3339(line, &stamp), 0);
        assert_string_equal(LOG_LEVEL_NAMES[level], NAMES[level]);
    }
    assert_null(LOG_LEVEL_NAMES[LOG_LEVELS]);
}

static const struct {
    const char *text, *shown;
} ESCAPES[] = {
    {"", "\"\""},
    {" ", "\" \""},
    {"a=b", "\"a=b\""},
    {"!~", "!~"},
    {"\x1f", "\\x1f"},
    {"\t", "\\x09"},
    {"\x7f", "\\x7f"},
    {"\xc2\x80", "\\xc2\\x80"},
    {"\xc2\x9f", "\\xc2\\x9f"},
    {"\xc2\xa0", "\xc2\xa0"},
    {"\xe2\x82", "\\xe2\\x82"},
    {"\\ \"", "\"\\\\ \\\"\""},
};

static void what_is_escaped_and_quoted(void **state)
{
    for (size_t i = 0; i < sizeof ESCAPES / sizeof ESCAPES[0]; i++) {
        char line[64];
        log_info("x", LOG_S("k", ESCAPES[i].text), LOG_I("n", INT64_MIN));
        snprintf(line, sizeof line, "<6>x k=%s n=-9223372036854775808\n", ESCAPES[i].shown);
        assert_string_equal(logged(*state), line);
    }
    log_info("x", LOG_N("k", "a b", 1), LOG_N("l", "a=b", 2), LOG_N("m", "abc", 0));
    assert_string_equal(logged(*state), "<6>x k=a l=\"a=\" m=\"\"\n");
    log_info("a \n=\"");
    assert_string_equal(logged(*state), "<6>a \\x0a=\\\"\n");
}

/* Whole pieces up to 1023 bytes and the line break; behind the first that has no room there is
 * nothing more. */
static void the_last_piece_of_a_line(void **state)
{
    static const struct {
        size_t plain;
        const char *rest;
        size_t len;
    } ROWS[] = {{1019, "", 1023},          {1020, "", 1024},          {1021, "", 1024},
                {1018, "\xc3\xa4z", 1024}, {1019, "\xc3\xa4z", 1023}, {1016, "\nz", 1024},
                {1017, "\nz", 1021},       {1018, "\"z", 1024},       {1019, "\"z", 1023}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char text[1100];
        memset(text, 'a', sizeof text);
        snprintf(text + ROWS[i].plain, sizeof text - ROWS[i].plain, "%s", ROWS[i].rest);
        log_info(text, LOG_I("n", 1));
        const char *line = logged(*state);
        if (i == 0)
            assert_int_equal(strlen(line), 1024); /* the blank before the field has room */
        else
            assert_int_equal(strlen(line), ROWS[i].len);
        assert_int_equal(line[strlen(line) - 1], '\n');
        assert_memory_equal(line + 3, text, ROWS[i].plain < 1020 ? ROWS[i].plain : 1020);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(prints_message_and_fields, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(hides_what_is_below_the_level, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(escapes_what_strangers_wrote, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(cuts_long_lines, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(drops_rather_than_waits, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(every_level_has_its_priority, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(what_is_escaped_and_quoted, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(the_last_piece_of_a_line, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(survives_a_closed_log, open_sink, close_sink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
