/* A runner's output that is taken for alive keeps a run that has ended from being told; one that is
 * taken for silent, or for ended, cuts its last words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "common/log.h"
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
static const struct runner_tie TIE = {.owner = &OWNER, .run_id = "r", .pid = 7};

static int log_fd = -1;

static int setup(void **state)
{
    (void)state;
    heard = 0;
    loop = loop_new();
    log_fd = memfd_create("log", MFD_CLOEXEC);
    log_open(log_fd, true);
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
    log_open(STDERR_FILENO, false);
    fd_close(&log_fd);
    return 0;
}

/* The log since it was looked at last. */
static const char *logged(void)
{
    static char text[65536];
    ssize_t n = pread(log_fd, text, sizeof text - 1, 0);
    text[n < 0 ? 0 : n] = '\0';
    assert_int_equal(ftruncate(log_fd, 0), 0);
    lseek(log_fd, 0, SEEK_SET);
    return text;
}

static void says(const char *text)
{
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
    assert_true(output_read(&out));
}

#define WROTE(text) "<6>runner wrote run_id=r pid=7 stream=stdout text=" text "\n"

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

static void each_line_is_logged_when_it_ends(void **state)
{
    (void)state;
    static const struct {
        const char *said, *logged;
    } CASES[] = {
        {"a word\n", WROTE("\"a word\"")},
        {"one\ntwo\n", WROTE("one") WROTE("two")},
        {"\n\n\n", ""},
        {"a\n\nb\nc", WROTE("a") WROTE("b")},
        {"", ""},
        {"d", ""},
        {"\n", WROTE("cd")},
        {"\x1b[2J\n", WROTE("\\x1b[2J")},
        {"the last", ""},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        if (*CASES[i].said)
            says(CASES[i].said);
        assert_string_equal(logged(), CASES[i].logged);
    }
    output_release(&out);
    assert_string_equal(logged(), WROTE("\"the last\""));
    assert_int_equal(ends[0], -1);
}

/* In one piece and in several: what is too long is cut, and the next line is whole again. */
static void a_long_line_is_cut(void **state)
{
    (void)state;
    enum { SHOWN = 768 };
    static const int FIRST[] = {1, SHOWN - 1, SHOWN, SHOWN + 1, 2000};
    char line[SHOWN + 80], piece[SHOWN + 80], wanted[SHOWN + 400];
    for (int len = SHOWN - 1; len <= SHOWN + 2; len++) {
        for (size_t i = 0; i < sizeof FIRST / sizeof *FIRST; i++) {
            const int first = FIRST[i] < len ? FIRST[i] : len;
            memset(line, 'x', (size_t)len);
            line[len] = '\0';
            snprintf(piece, sizeof piece, "%.*s", first, line);
            says(piece);
            snprintf(piece, sizeof piece, "%s\nnext\n", line + first);
            says(piece);
            snprintf(wanted, sizeof wanted, WROTE("%.*s") WROTE("next"), SHOWN, line);
            assert_string_equal(logged(), wanted);
            out.logged = 0; /* of this second */
        }
    }
}

static void so_many_lines_are_logged_in_a_second(void **state)
{
    (void)state;
    enum { LINES = 20 };
    int n = 0;
    says("first\n");
    out.window_us = INT64_MAX / 2; /* its second does not end while the test looks */
    for (int i = 1; i < LINES + 3; i++)
        says("more\n");
    for (const char *at = logged(); (at = strstr(at, "runner wrote ")); at++)
        n++;
    assert_int_equal(n, LINES);
    out.window_us = clock_mono_us() - 1000 * 1000;
    says("after\nwards\n");
    assert_string_equal(logged(),
                        "<6>runner wrote more than is shown run_id=r pid=7 lines=3\n" WROTE("after")
                            WROTE("wards"));
}

/* One that writes without end would keep the daemon from all others. */
static void a_turn_takes_so_much_and_no_more(void **state)
{
    (void)state;
    enum { BOUND = 64 * 1024, MUCH = 160 * 1024 };
    int left;
    char *much = calloc(1, MUCH);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 2 * MUCH) >= MUCH);
    assert_int_equal(write(ends[1], much, MUCH), MUCH);
    free(much);
    for (int taken = BOUND; taken <= 2 * BOUND; taken += BOUND) {
        assert_true(output_read(&out));
        assert_int_equal(ioctl(ends[0], FIONREAD, &left), 0);
        assert_int_equal(left, MUCH - taken);
        assert_int_equal(heard, taken / BOUND);
    }
    assert_true(output_read(&out));
    assert_int_equal(ioctl(ends[0], FIONREAD, &left), 0);
    assert_int_equal(left, 0);
    assert_false(output_read(&out));
    assert_false(output_at_end(&out));
}

static void what_cannot_be_read_is_at_its_end(void **state)
{
    (void)state;
    const int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    says("half a line");
    assert_int_equal(dup2(folder, ends[0]), ends[0]);
    close(folder);
    assert_true(output_read(&out));
    assert_true(output_at_end(&out));
    assert_string_equal(logged(), WROTE("\"half a line\""));
    assert_false(output_read(&out));
}

static void one_that_cannot_be_watched_is_not_begun(void **state)
{
    (void)state;
    struct output other;
    int fd = memfd_create("output", MFD_CLOEXEC); /* epoll has no files */
    assert_int_equal(output_init(&other, loop, &TIE, &fd, "stderr"), -ENOMEM);
    output_release(&other);
    assert_int_equal(fd, -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(silence_is_nothing_heard),
        TEST(what_is_written_is_heard),
        TEST(its_end_is_told_once),
        TEST(each_line_is_logged_when_it_ends),
        TEST(a_long_line_is_cut),
        TEST(so_many_lines_are_logged_in_a_second),
        TEST(a_turn_takes_so_much_and_no_more),
        TEST(what_cannot_be_read_is_at_its_end),
        TEST(one_that_cannot_be_watched_is_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
