/* One user must not take what all share: 256 connections with half a line each locked everybody
 * out, whoever operates too, and 250 with half a line of 4 MB each made a daemon of 4 MB one of 1
 * GB. */
#include "common/log.h"
#include "line_server_fixture.h"

#include "daemon/log_lines.h"

static const struct peer ANN = {.uid = 5, .is_bound = true, .card = &fake},
                         BOB = {.uid = 6, .is_bound = true, .card = &fake},
                         GATE = {.uid = 7, .card = &fake},
                         ROOT = {.uid = 0, .is_kept = true, .card = &fake};

static int64_t now;

static int64_t clock_of_ours(void)
{
    return now;
}

static int setup_shares(void **state)
{
    if (setup(state))
        return -1;
    limits.max_conns = 8;
    limits.kept = 2;
    limits.parts = 4;
    limits.half_line_ms = 30000;
    limits.line_bytes = 1 << 20;
    line_server_set_limits(server, &limits);
    now = loop_now_us(fake.loop);
    loop_set_clock(fake.loop, clock_of_ours);
    return 0;
}

/* 0: it was let in; else the limit that it was told of. */
static int comes_as(int i, const struct peer *peer)
{
    fake.pose = peer;
    fd_close(&clients[i]);
    assert_int_equal(come(i), 0);
    turns();
    const char *told = strstr(hears(clients[i]), "\"limit\":");
    assert_int_equal(is_closed(clients[i]), told != NULL);
    if (!told)
        return 0;
    fd_close(&clients[i]);
    return (int)strtoll(told + strlen("\"limit\":"), NULL, 10);
}

/* ---- connections ---- */

static void a_user_has_its_part_and_some_are_kept(void **state)
{
    (void)state;
    assert_int_equal(comes_as(0, &ANN), 0);
    assert_int_equal(comes_as(1, &ANN), 0);
    assert_int_equal(comes_as(2, &ANN), 2);
    assert_int_equal(fake.forgotten, 1);
    assert_int_equal(comes_as(2, &BOB), 0);
    assert_int_equal(comes_as(3, &GATE), 0); /* it is no part of anybody's */
    assert_int_equal(comes_as(4, &GATE), 0);
    assert_int_equal(comes_as(5, &GATE), 0);
    assert_int_equal(comes_as(6, &GATE), 6); /* two are kept */
    assert_int_equal(comes_as(6, &BOB), 6);
    assert_int_equal(comes_as(6, &ROOT), 0);
    assert_int_equal(comes_as(7, &ROOT), 0);
    leave(7);
    assert_int_equal(comes_as(7, &ROOT), 0); /* who has left makes room at once */
    leave(6), leave(0);
    assert_int_equal(comes_as(0, &ANN), 0);
    assert_int_equal(comes_as(6, &BOB), 6);
    assert_int_equal(comes_as(6, &ROOT), 0);
    assert_int_equal(comes_as(0, &ROOT), 0); /* an ANN less */
    leave(0);
    turns();
    assert_int_equal(*line_server_count(server), 7);
}

/* The news of who comes is heard before the one who left is let go. */
static void who_left_takes_no_part(void **state)
{
    (void)state;
    assert_int_equal(comes_as(0, &ANN), 0);
    assert_int_equal(comes_as(1, &ANN), 0);
    assert_int_equal(come(2), 0);
    fake.pose = &ANN;
    leave(1);
    turns();
    assert_false(is_closed(clients[2]));
    assert_int_equal(comes_as(3, &BOB), 0);
    assert_int_equal(come(4), 0);
    fake.pose = &ANN;
    leave(3); /* another's makes no room for her */
    turns();
    assert_non_null(strstr(hears(clients[4]), "\"limit\":2}"));
    assert_int_equal(*line_server_count(server), 2);
}

/* Whose is no part of anybody's takes the place of whoever it was. */
static void who_left_makes_room_for_who_has_no_part(void **state)
{
    (void)state;
    assert_int_equal(comes_as(0, &ANN), 0);
    for (int i = 1; i < 6; i++)
        assert_int_equal(comes_as(i, &GATE), 0);
    assert_int_equal(come(6), 0);
    fake.pose = &GATE;
    leave(0);
    turns();
    assert_false(is_closed(clients[6]));
    assert_int_equal(*line_server_count(server), 6);
}

static void everybody_has_one_and_half_is_open(void **state)
{
    (void)state;
    limits.max_conns = 3;
    limits.kept = 4;
    line_server_set_limits(server, &limits);
    assert_int_equal(comes_as(0, &ANN), 0);
    assert_int_equal(comes_as(1, &ANN), 1);
    assert_int_equal(comes_as(1, &BOB), 0);
    assert_int_equal(comes_as(2, &GATE), 2);
    assert_int_equal(comes_as(2, &ROOT), 0);
}

/* With a socket that is open to all, anybody could have filled the log. */
static void refusals_are_told_at_a_rate(void **state)
{
    (void)state;
    int pipes[2];
    char text[8192];
    fake.refusal = "not today";
    assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
    log_open(pipes[1], true);
    for (int i = 0; i < 32; i++) {
        now += i == 30 ? 2000000 : 0;
        leave(0);
        assert_int_equal(come(0), 0);
        turns();
    }
    log_open(STDERR_FILENO, false);
    ssize_t n = read(pipes[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    int lines = 0;
    for (const char *at = text; (at = strstr(at, "connection refused")); at++)
        lines++;
    assert_int_equal(lines, 22);
    const char *told = strstr(text, "untold=10\n");
    assert_non_null(told);
    assert_non_null(strstr(told, "untold=0\n")); /* once is enough */
    close(pipes[0]);
    close(pipes[1]);
}

static void cards_are_given_back(void **state)
{
    (void)state;
    assert_int_equal(comes_as(0, &ANN), 0);
    assert_int_equal(fake.forgotten, 0);
    leave(0);
    turns();
    assert_int_equal(fake.forgotten, 1);
}

/* ---- half lines ---- */

static void pass(int64_t ms)
{
    now += ms * 1000;
    turns();
}

static void half_a_line_is_not_waited_for_without_end(void **state)
{
    (void)state;
    assert_int_equal(comes_as(0, &ANN), 0);
    assert_int_equal(comes_as(1, &ANN), 0);
    pass(1000000); /* who says nothing may stay */
    say(clients[0], "whole\nha");
    turns();
    assert_string_equal(fake.heard, "whole");
    pass(29999);
    say(clients[0], "lf"); /* it goes on */
    turns();
    pass(29999);
    assert_false(is_closed(clients[0]));
    log_lines_begin();
    pass(1);
    assert_non_null(strstr(
        log_lines(), "<5>a connection is given up, a line of it was not ended uid=5 pid=0\n"));
    log_lines_end();
    assert_string_equal(fake.heard, "whole torn");
    assert_true(is_closed(clients[0]));
    assert_served(1);
}

static void a_line_that_is_ended_is_done_with(void **state)
{
    (void)state;
    assert_int_equal(comes_as(0, &ANN), 0);
    say(clients[0], "ha");
    pass(29999);
    say(clients[0], "lf\n");
    pass(1000000);
    assert_string_equal(fake.heard, "half");
    assert_false(is_closed(clients[0]));
    say(clients[0], "ha");
    turns();
    shutdown(clients[0], SHUT_WR);
    pass(1000000);
    assert_string_equal(fake.heard, "half torn");
}

/* ---- memory ---- */

static void say_half(int i, size_t bytes)
{
    static char text[1 << 16];
    memset(text, 'x', sizeof text);
    for (size_t said = 0; said < bytes; turn()) {
        const size_t piece = bytes - said < sizeof text ? bytes - said : sizeof text;
        const ssize_t n = send(clients[i], text, piece, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            return;
        said += n > 0 ? (size_t)n : 0;
    }
    turns();
}

static void who_holds_most_loses_its_greediest(void **state)
{
    (void)state;
    limits.input_bytes = 3 << 20;
    line_server_set_limits(server, &limits);
    assert_int_equal(comes_as(0, &ANN), 0);
    assert_int_equal(comes_as(1, &ANN), 0);
    assert_int_equal(comes_as(2, &BOB), 0);
    assert_int_equal(comes_as(3, &ROOT), 0);
    say_half(0, 900 * 1024); /* a buffer has up to half as much again */
    say_half(1, 300 * 1024);
    say_half(2, 500 * 1024);
    for (int i = 0; i < 4; i++)
        assert_false(is_closed(clients[i]));
    log_lines_begin();
    say_half(3, 900 * 1024);
    assert_non_null(strstr(
        log_lines(), "<5>a connection is given up, there is too much of all "
                     "together of=\"what clients have not said to the end\" uid=5 pid=0 bytes="));
    log_lines_end();
    assert_true(is_closed(clients[0])); /* not who came last, nor the others */
    for (int i = 1; i < 4; i++)
        assert_false(is_closed(clients[i]));
    say(clients[2], "\n");
    turns();
    assert_int_equal(strlen(fake.heard), sizeof fake.heard - 1); /* it is heard */
    say_half(1, 700 * 1024);                                     /* there is room again */
    assert_false(is_closed(clients[1]));
}

/* Whoever speaks gets an answer of 300 KB. */
static void answer_much(struct conn *c, const char *line, size_t len)
{
    static char text[300 * 1024];
    (void)line, (void)len;
    memset(text, 'x', sizeof text);
    struct out_line *answer = out_line_new(text, sizeof text);
    assert_non_null(answer);
    conn_push(c, answer);
}

static void what_waits_for_all_clients_is_bounded_too(void **state)
{
    (void)state;
    limits.output_bytes = 2 << 20;
    line_server_set_limits(server, &limits);
    fake.on_line = answer_much;
    assert_int_equal(comes_as(0, &ANN), 0);
    assert_int_equal(comes_as(1, &BOB), 0);
    assert_int_equal(comes_as(2, &ROOT), 0);
    say(clients[1], "a\n");
    say(clients[0], "a\na\na\n"); /* no more is read while 1 MiB waits */
    turns();
    say(clients[2], "a\n");
    turns();
    for (int i = 0; i < 3; i++)
        assert_true(recv(clients[i], &(char){0}, 1, MSG_PEEK | MSG_DONTWAIT) == 1);
    limits.output_bytes = 1 << 20;
    line_server_set_limits(server, &limits);
    log_lines_begin();
    say(clients[2], "a\n");
    turns();
    assert_non_null(strstr(log_lines(), " of=\"what clients have not read\" uid=5 pid=0 bytes="));
    log_lines_end();
    assert_int_equal(*line_server_count(server), 2);
    assert_true(drain(clients[0]) < 3 * 300 * 1024);
    assert_true(is_closed(clients[0]));
    assert_int_equal(drain(clients[1]), 300 * 1024);
    assert_int_equal(drain(clients[2]), 2 * 300 * 1024);
}

static void what_was_read_is_waited_for_no_more(void **state)
{
    (void)state;
    limits.output_bytes = 500 * 1024;
    line_server_set_limits(server, &limits);
    fake.on_line = answer_much;
    assert_int_equal(comes_as(0, &ANN), 0);
    assert_int_equal(comes_as(1, &BOB), 0);
    for (int i = 0; i < 4; i++) {
        say(clients[i % 2], "a\n");
        turns();
        assert_int_equal(drain(clients[i % 2]), 300 * 1024);
    }
    assert_int_equal(*line_server_count(server), 2);
}

#define SHARED(name) cmocka_unit_test_setup_teardown(name, setup_shares, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHARED(a_user_has_its_part_and_some_are_kept),
        SHARED(who_left_takes_no_part),
        SHARED(who_left_makes_room_for_who_has_no_part),
        SHARED(everybody_has_one_and_half_is_open),
        SHARED(refusals_are_told_at_a_rate),
        SHARED(cards_are_given_back),
        SHARED(half_a_line_is_not_waited_for_without_end),
        SHARED(a_line_that_is_ended_is_done_with),
        SHARED(who_holds_most_loses_its_greediest),
        SHARED(what_waits_for_all_clients_is_bounded_too),
        SHARED(what_was_read_is_waited_for_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
