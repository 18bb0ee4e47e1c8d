/* The keeper stands between strangers' programs and the runner: what comes out of it in pieces, too
 * long or as nonsense closes the link and does nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/tool/keeper_link.h"

static struct keeper_link link_;
static int far_end;

static int set_up(void **state)
{
    (void)state;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    keeper_link_init(&link_, pair[0]);
    far_end = pair[1];
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    keeper_link_release(&link_);
    if (far_end >= 0)
        close(far_end);
    return 0;
}

static void say(const char *text)
{
    size_t len = strlen(text);
    assert_int_equal(write(far_end, text, len), len);
    keeper_link_read(&link_);
}

static void expect(const char *text)
{
    json_t *message = keeper_link_next(&link_);
    char *dump = message ? j_dump(message) : xstrdup("nothing");
    assert_string_equal(dump, text);
    free(dump);
    json_decref(message);
}

static void lines_come_in_pieces(void **state)
{
    (void)state;
    expect("nothing");
    say("{\"a\"");
    expect("nothing");
    say(":1}\n{\"b\":2}\n{\"c\"");
    expect("{\"a\":1}");
    expect("{\"b\":2}");
    expect("nothing");
    say(":3}\n");
    expect("{\"c\":3}");
    assert_false(link_.broken);
}

static void what_was_said_before_the_end_is_heard(void **state)
{
    (void)state;
    say("{\"a\":1}\n{\"b\"");
    close(far_end);
    far_end = -1;
    keeper_link_read(&link_);
    assert_true(link_.broken);
    expect("{\"a\":1}");
    expect("nothing");
}

static void nonsense_closes(void **state)
{
    static const char *const LINES[] = {"[]\n", "7\n", "\n", "{\"a\":\n", "\xff\n", "{} {}\n"};
    for (size_t i = 0; i < sizeof(LINES) / sizeof(*LINES); i++) {
        char *text = xasprintf("%s{\"a\":1}\n", LINES[i]);
        say(text);
        expect("nothing");
        assert_true(link_.broken);
        expect("nothing");
        assert_false(keeper_link_put(&link_, j_object()));
        free(text);
        tear_down(state);
        set_up(state);
    }
}

/* Neither end takes, nor sends, a line that is longer than the other reads. */
static void a_line_without_end_closes(void **state)
{
    (void)state;
    char *piece = xmalloc(65536);
    memset(piece, 'x', 65536);
    for (size_t sent = 0; !link_.broken; sent += 65536) {
        assert_true(sent <= 2 * (size_t)KEEPER_LINE_MAX);
        if (send(far_end, piece, 65536, MSG_DONTWAIT) < 0)
            assert_int_equal(errno, EAGAIN);
        keeper_link_read(&link_);
        expect("nothing");
    }
    free(piece);
}

/* {"a":"yyy..."}, so long as a line. */
static json_t *message_of(size_t len)
{
    size_t text_len = len - strlen("{\"a\":\"\"}");
    char *text = xmalloc(text_len);
    memset(text, 'y', text_len);
    json_t *message = j_pack("{s:o}", "a", j_text(text, text_len));
    free(text);
    return message;
}

static void too_long_a_message_is_not_put(void **state)
{
    (void)state;
    assert_false(keeper_link_put(&link_, message_of(KEEPER_LINE_MAX)));
    assert_int_equal(link_.out.len, 0);
    assert_false(link_.broken);
    assert_true(keeper_link_put(&link_, message_of(KEEPER_LINE_MAX - 1)));
    assert_int_equal(link_.out.len, KEEPER_LINE_MAX);
}

/* More than the socket takes, from one end to the other: whatever one puts the other reads. */
static void the_longest_line_arrives(void **state)
{
    (void)state;
    struct keeper_link other;
    json_t *message = NULL, *sent = message_of(KEEPER_LINE_MAX - 1);
    keeper_link_init(&other, far_end);
    far_end = -1;
    assert_true(keeper_link_put(&link_, json_incref(sent)));
    while (!message && !other.broken) {
        keeper_link_flush(&link_);
        keeper_link_read(&other);
        message = keeper_link_next(&other);
    }
    assert_true(json_equal(message, sent));
    assert_false(other.broken);
    assert_int_equal(link_.out.len, 0);
    assert_null(keeper_link_next(&other));
    assert_int_equal(link_.out.size + other.in.size, 0); /* nor is so much memory kept */
    json_decref(message);
    json_decref(sent);
    keeper_link_release(&other);
}

/* Whom it belongs to is not told to programs that are started, and nobody sleeps on it. */
static void its_descriptor_is_nobody_elses(void **state)
{
    (void)state;
    int pair[2];
    struct keeper_link l;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    keeper_link_init(&l, pair[0]);
    assert_int_equal(fcntl(pair[0], F_GETFD), FD_CLOEXEC);
    assert_true(fcntl(pair[0], F_GETFL) & O_NONBLOCK);
    assert_true(l.in.wipe && l.out.wipe);
    keeper_link_release(&l);
    assert_int_equal(fcntl(pair[0], F_GETFD), -1);
    assert_int_equal(l.fd, -1);
    assert_false(keeper_link_put(&l, j_object()));
    close(pair[1]);
}

static void waiting_ends(void **state)
{
    (void)state;
    assert_false(keeper_link_wait(&link_, 1));
    say("{\"a\":1}\n");
    expect("{\"a\":1}");
    assert_int_equal(write(far_end, "{", 1), 1);
    assert_true(keeper_link_wait(&link_, 60000));
    close(far_end);
    far_end = -1;
    assert_true(keeper_link_wait(&link_, 60000));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(lines_come_in_pieces),
        T(what_was_said_before_the_end_is_heard),
        T(nonsense_closes),
        T(a_line_without_end_closes),
        T(too_long_a_message_is_not_put),
        T(the_longest_line_arrives),
        T(its_descriptor_is_nobody_elses),
        T(waiting_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
