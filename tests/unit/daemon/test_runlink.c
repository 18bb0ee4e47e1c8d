/* A link whose words are not heard is taken for quiet and given up; one that never ends keeps a
 * run that is gone from being told. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "log_lines.h"
#include "runlink_fixture.h"

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

/* Alone it is none of the link's, and takes nothing of the next one. */
static void an_empty_line_is_one(void **state)
{
    (void)state;
    say("{\"type\":\"ready\"}\n\n{\"type\":\"ready\"}\n");
    assert_true(runlink_read(&l));
    assert_int_equal(junk, 1);
    assert_int_equal(lines, 2);
}

/* However little of it comes at once. */
static void behind_the_end_of_one_that_is_too_long_there_is_the_next(void **state)
{
    (void)state;
    l.longest = 20;
    say("a line of 21 bytes...");
    assert_true(runlink_read(&l));
    assert_int_equal(junk, 1);
    say("\n");
    assert_true(runlink_read(&l));
    say("{\"type\":\"ready\"}\n");
    assert_true(runlink_read(&l));
    assert_int_equal(junk, 1);
    assert_int_equal(lines, 1);
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

/* Nothing was torn then. */
static void an_end_behind_a_whole_line_is_no_junk(void **state)
{
    (void)state;
    for (int said = 0; said < 2; said++) {
        if (said)
            say("{\"type\":\"ready\"}\n");
        fd_close(&ends[1]);
        for (int i = 0; i <= said; i++)
            assert_true(runlink_read(&l));
        assert_int_equal(lines, said);
        assert_int_equal(junk, 0);
        assert_int_equal(l.junk, 0);
        assert_int_equal(closed, 1);
        assert_int_equal(heard, 1 + said);
        assert_int_equal(ends[0], -1);
        teardown(NULL);
        setup(NULL);
    }
}

static void an_end_that_was_broken_off_is_an_end(void **state)
{
    (void)state;
    int other[2];
    say("half a li");
    assert_true(runlink_read(&l));
    /* A connection whose peer had words of ours left, gives an error where its end is. */
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, other), 0);
    assert_int_equal(write(other[0], "unread", 6), 6);
    close(other[1]);
    assert_int_equal(dup2(other[0], ends[0]), ends[0]);
    close(other[0]);
    assert_true(runlink_read(&l));
    assert_int_equal(junk, 1);
    assert_int_equal(closed, 1);
    assert_true(runlink_at_end(&l));
}

/* Spec first: until then nobody listens. */
static void nothing_is_read_before_the_spec_was_sent(void **state)
{
    (void)state;
    runlink_release(&l);
    fd_close(&ends[1]);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(runlink_init(&l, loop, &TIE, &ends[0], 1 << 16), 0);
    say("no line\n");
    assert_false(runlink_read(&l));
    assert_int_equal(heard + junk, 0);
}

/* ---- exactly so long ---- */

#define READY "{\"type\":\"ready\"}"

static void say_padded(size_t len)
{
    char line[256];
    memset(line, ' ', sizeof line);
    memcpy(line, READY, strlen(READY));
    memcpy(line + len, "\n", 2);
    say(line);
}

static void a_line_may_be_as_long_as_it_may(void **state)
{
    (void)state;
    enum { LONGEST = 64 };
    l.longest = LONGEST;
    for (int pieces = 0; pieces < 2; pieces++) {
        for (size_t len = LONGEST - 1; len <= LONGEST + 1; len++) {
            lines = junk = 0;
            if (pieces) {
                char first[LONGEST + 1];
                snprintf(first, sizeof first, "%-64.64s", READY);
                say(first); /* as long as it may be, and its break may be next */
                assert_true(runlink_read(&l));
                assert_int_equal(junk, 0);
                say(len > LONGEST ? " \n" : "\n");
            } else {
                say_padded(len);
            }
            assert_true(runlink_read(&l));
            assert_int_equal(lines, len <= LONGEST);
            assert_int_equal(junk, len > LONGEST);
            assert_int_equal(l.received.len, 0);
        }
    }
    say_padded(LONGEST);
    assert_true(runlink_read(&l));
    assert_int_equal(lines, 1);
}

static void lines_come_many_at_once_and_in_any_pieces(void **state)
{
    (void)state;
    static const char ALL[] = READY "\n" READY "\n" READY "\n";
    for (size_t at = 0; at < sizeof ALL - 1; at++) {
        char piece[2] = {ALL[at], '\0'};
        say(piece);
        assert_true(runlink_read(&l));
    }
    assert_int_equal(lines, 3);
    say(ALL);
    assert_true(runlink_read(&l));
    assert_int_equal(lines, 6);
    assert_int_equal(junk, 0);
}

#define JUNK(why, n) "<4>junk on a link run_id=r pid=7 error=" why " count=" n "\n"

static void junk_is_logged_ten_times(void **state)
{
    (void)state;
    log_lines_begin();
    taken = false;
    say(READY "\n");
    assert_true(runlink_read(&l));
    assert_string_equal(log_lines(), JUNK("\"out of place\"", "1"));
    assert_int_equal(junk, 0); /* a line all the same */
    l.longest = 4;
    for (int i = 0; i < 8; i++) {
        say("too long\n");
        assert_true(runlink_read(&l));
    }
    log_lines();
    say("too long\n");
    assert_true(runlink_read(&l));
    assert_string_equal(log_lines(), JUNK("\"line too long\"", "10"));
    say("too long\n");
    assert_true(runlink_read(&l));
    assert_string_equal(log_lines(), "");
    assert_int_equal(junk, 10);
    l.junk = 0;
    say("hal");
    fd_close(&ends[1]);
    assert_true(runlink_read(&l));
    assert_true(runlink_read(&l));
    assert_string_equal(log_lines(), JUNK("\"torn line\"", "1"));
    log_lines_end();
}

static void a_line_that_cannot_be_sent_is_told(void **state)
{
    (void)state;
    log_lines_begin();
    l.to_send.max = 4;
    assert_true(runlink_cancel(&l, true, LINK_CAUSE_CLIENT) < 0);
    assert_string_equal(log_lines(), "<4>a line to a runner is lost pid=7\n");
    fd_close(&ends[1]);
    assert_true(runlink_read(&l));
    assert_true(runlink_cancel(&l, true, LINK_CAUSE_CLIENT) < 0);
    assert_string_equal(log_lines(), ""); /* there is nobody */
    log_lines_end();
}

static void what_goes_with_a_line_that_cannot_be_sent_is_closed(void **state)
{
    (void)state;
    struct buf spec = BUF_INIT(64);
    const int fd = dup(STDERR_FILENO);
    fd_close(&ends[1]);
    assert_int_equal(buf_add_str(&spec, "{}\n"), 0);
    assert_int_equal(runlink_send_spec(&l, &spec, &fd, 1), 0);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(l.to_send.len, 0);
}

static void a_large_buffer_is_given_back(void **state)
{
    (void)state;
    say(READY "\n");
    assert_true(runlink_read(&l));
    assert_int_equal(l.received.size, 0); /* it was made for 64 KiB */
}

static void without_memory_nothing_is_read(void **state)
{
    (void)state;
    const size_t max = l.received.max;
    say(READY "\n");
    l.received.max = 8; /* as if there were none */
    assert_false(runlink_read(&l));
    assert_int_equal(junk, 0); /* no line was begun */
    assert_int_equal(l.junk, 0);
    l.received.max = max;
    assert_true(runlink_read(&l));
    assert_int_equal(heard, 1);
}

/* ---- down ---- */

static const char *was_sent(void)
{
    static char text[1 << 20];
    ssize_t n = recv(ends[1], text, sizeof text - 1, 0);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static void words_go_down(void **state)
{
    (void)state;
    assert_string_equal(was_sent(), "{}\n");
    assert_int_equal(runlink_cancel(&l, true, LINK_CAUSE_DEADLINE), 0);
    assert_string_equal(was_sent(),
                        "{\"type\":\"cancel\",\"mode\":\"now\",\"cause\":\"deadline\"}\n");
    assert_int_equal(runlink_cancel(&l, false, LINK_CAUSE_CLIENT), 0);
    assert_string_equal(was_sent(),
                        "{\"type\":\"cancel\",\"mode\":\"drain\",\"cause\":\"client\"}\n");
    assert_int_equal(runlink_deltas(&l, true), 0);
    assert_string_equal(was_sent(), "{\"type\":\"deltas\",\"on\":true}\n");
    assert_int_equal(runlink_deltas(&l, false), 0);
    assert_string_equal(was_sent(), "{\"type\":\"deltas\",\"on\":false}\n");
    assert_int_equal(l.to_send.len, 0);
    runlink_release(&l);
    assert_int_equal(runlink_deltas(&l, true), -EPIPE);
}

/* What does not fit into the socket waits for room, and what is said meanwhile stands behind it. */
static void what_does_not_fit_waits(void **state)
{
    (void)state;
    enum { MUCH = 4 << 20 };
    struct buf spec = BUF_INIT(MUCH + 10);
    char *much = malloc(MUCH + 1);
    memset(much, 'x', MUCH);
    much[MUCH] = '\0';
    was_sent();
    assert_int_equal(buf_add_str(&spec, much), 0);
    free(much);
    const int file = openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(runlink_send_spec(&l, &spec, &file, 1), 0);
    assert_int_equal(spec.len, 0);
    assert_true(l.to_send.len > 0 && l.to_send.len < MUCH);
    assert_int_equal(fcntl(file, F_GETFD), -1); /* it went with the first piece */
    assert_true(l.out.armed);
    assert_int_equal(runlink_deltas(&l, true), 0);
    size_t got = 0;
    char last = 0;
    for (int i = 0; i < 100000 && last != '\n'; i++) {
        const char *text = was_sent();
        const size_t len = strlen(text);
        last = len ? text[len - 1] : last;
        got += len;
        one_turn(loop);
    }
    assert_int_equal(got, MUCH + strlen("{\"type\":\"deltas\",\"on\":true}\n"));
    assert_false(l.out.armed);
    assert_int_equal(l.to_send.len, 0);
    buf_release(&spec);
}

static void whoever_does_not_read_any_more_loses_what_was_for_him(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    fd_close(&ends[1]);
    assert_int_equal(runlink_deltas(&l, true), 0); /* its end will tell */
    assert_int_equal(l.to_send.len, 0);
    assert_false(l.out.armed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(silence_is_nothing_heard),
        TEST(any_word_is_heard),
        TEST(an_empty_line_is_one),
        TEST(behind_the_end_of_one_that_is_too_long_there_is_the_next),
        TEST(a_line_may_come_in_pieces),
        TEST(a_line_that_is_too_long_is_passed_over),
        TEST(its_end_is_told_once),
        TEST(an_end_behind_a_whole_line_is_no_junk),
        TEST(an_end_that_was_broken_off_is_an_end),
        TEST(nothing_is_read_before_the_spec_was_sent),
        TEST(a_line_may_be_as_long_as_it_may),
        TEST(lines_come_many_at_once_and_in_any_pieces),
        TEST(junk_is_logged_ten_times),
        TEST(a_line_that_cannot_be_sent_is_told),
        TEST(what_goes_with_a_line_that_cannot_be_sent_is_closed),
        TEST(a_large_buffer_is_given_back),
        TEST(without_memory_nothing_is_read),
        TEST(words_go_down),
        TEST(what_does_not_fit_waits),
        TEST(whoever_does_not_read_any_more_loses_what_was_for_him),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
