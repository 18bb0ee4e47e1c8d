/* The pipes of a program: what goes in, what comes out, its last words, and which of its
 * descriptors are waited for. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "heap_kept.h"
#include "started_child.h"

/* ---- in and out ---- */

static void writes_what_the_pipe_takes(void **state)
{
    (void)state;
    enum { MUCH = 300000 };
    struct child c;
    struct buf to = BUF_INIT(MUCH), from = BUF_INIT(MUCH);
    start(&c, "exec cat", false);
    memset(buf_reserve(&to, MUCH), 'x', MUCH);
    buf_commit(&to, MUCH);
    assert_int_equal(child_write(&c, &to, true), 0);
    assert_true(to.len > 0 && to.len < MUCH);
    assert_true(c.in_fd >= 0);
    while (from.len < MUCH) {
        wait_for(c.out_fd, POLLIN);
        assert_int_equal(child_read(&c, &from), 1);
        assert_int_equal(child_write(&c, &to, false), 0);
    }
    assert_int_equal(to.len, 0);
    assert_true(c.in_fd >= 0);
    assert_int_equal(child_read(&c, &from), 1);
    assert_int_equal(child_write(&c, &to, true), 0);
    assert_int_equal(c.in_fd, -1);
    wait_for(c.out_fd, POLLIN);
    assert_int_equal(child_read(&c, &from), 0);
    assert_int_equal(c.out_fd, -1);
    assert_int_equal(child_read(&c, &from), 0);
    assert_int_equal(from.len, MUCH);
    buf_add_str(&to, "nobody is there");
    assert_int_equal(child_write(&c, &to, true), 0);
    buf_release(&to);
    buf_release(&from);
    child_end(&c);
}

static void one_that_does_not_listen_is_told_of_once(void **state)
{
    (void)state;
    struct child c;
    struct buf to = BUF_INIT(100);
    start(&c, "exec <&-; echo deaf; exec sleep 600", false);
    wait_for(c.out_fd, POLLIN);
    buf_add_str(&to, "listen");
    assert_int_equal(child_write(&c, &to, false), -EPIPE);
    assert_int_equal(to.len, 0);
    assert_int_equal(c.in_fd, -1);
    assert_int_equal(child_write(&c, &to, true), 0);
    buf_release(&to);
    child_end(&c);
}

/* Bytes that are there at once, as of a program that wrote them: "abc...zabc..." */
static int file_of(size_t len)
{
    char path[] = "/tmp/child-XXXXXX";
    int fd = mkstemp(path);
    char *bytes = xmalloc(len);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)('a' + i % 26);
    assert_int_equal(fd_write_all(fd, bytes, len), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    unlink(path);
    free(bytes);
    return fd;
}

/* Others have their turn, too: so much of it is read at once, the rest later. */
static void reads_a_part_of_much(void **state)
{
    (void)state;
    enum { TURN = 16 * 16384 };
    struct child c = NO_CHILD;
    struct buf to = BUF_INIT(TURN + 1);
    c.out_fd = file_of(TURN + 1);
    assert_int_equal(child_read(&c, &to), 1);
    assert_int_equal(to.len, TURN);
    assert_int_equal(child_read(&c, &to), 0);
    assert_int_equal(to.len, TURN + 1);
    assert_int_equal(to.at[TURN], 'a' + TURN % 26);
    assert_int_equal(c.out_fd, -1);
    buf_release(&to);
}

static void reads_no_more_than_there_is_room(void **state)
{
    (void)state;
    for (size_t more = 0; more <= 1; more++) {
        struct child c = NO_CHILD;
        struct buf to = BUF_INIT(100);
        c.out_fd = file_of(100 + more);
        assert_int_equal(child_read(&c, &to), more ? -EMSGSIZE : 0);
        assert_int_equal(to.len, more ? 0 : 100);
        fd_close(&c.out_fd);
        buf_release(&to);
    }
}

/* What cannot be read has come to its end. */
static void an_error_is_an_end(void **state)
{
    (void)state;
    struct child c = NO_CHILD;
    struct buf to = BUF_INIT(100);
    c.out_fd = open("/", O_RDONLY | O_DIRECTORY);
    assert_int_equal(child_read(&c, &to), 0);
    assert_int_equal(c.out_fd, -1);
    assert_int_equal(to.len, 0);
}

/* ---- last words ---- */

static void of_its_last_words_the_end_is_kept(void **state)
{
    (void)state;
    enum { TURN = 64 * CHILD_LAST_WORDS_MAX };
    static const struct {
        size_t written, kept, first;
        bool more; /* than one turn reads */
    } CASES[] = {
        {1, 1, 0, false},
        {CHILD_LAST_WORDS_MAX, CHILD_LAST_WORDS_MAX, 0, false},
        {CHILD_LAST_WORDS_MAX + 1, CHILD_LAST_WORDS_MAX, 1, false},
        {3 * CHILD_LAST_WORDS_MAX - 5, CHILD_LAST_WORDS_MAX, 2 * CHILD_LAST_WORDS_MAX - 5, false},
        {TURN - 1, CHILD_LAST_WORDS_MAX, TURN - 1 - CHILD_LAST_WORDS_MAX, true},
        {TURN + 1, CHILD_LAST_WORDS_MAX, TURN - CHILD_LAST_WORDS_MAX, true},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct child c = NO_CHILD;
        buf_init(&c.last_words, CHILD_LAST_WORDS_MAX);
        c.err_fd = file_of(CASES[i].written);
        child_read_last_words(&c);
        assert_int_equal(c.err_fd >= 0, CASES[i].more);
        assert_int_equal(c.last_words.len, CASES[i].kept);
        for (size_t k = 0; k < CASES[i].kept; k++)
            assert_int_equal(c.last_words.at[k], 'a' + (CASES[i].first + k) % 26);
        child_read_last_words(&c);
        assert_int_equal(c.err_fd, -1);
        assert_int_equal(c.last_words.at[CASES[i].kept - 1], 'a' + (CASES[i].written - 1) % 26);
        child_read_last_words(&c);
        buf_release(&c.last_words);
    }
}

static void says_why_it_ended(void **state)
{
    (void)state;
    static const struct {
        const char *script, *text;
    } CASES[] = {
        {"exit 0", "exit status 0"},
        {"exit 255", "exit status 255"},
        {"printf 'no good' >&2; exit 3", "exit status 3: no good"},
        {"printf 'a\\377b' >&2; exit 1", "exit status 1: a\xef\xbf\xbd"
                                         "b"},
        {"kill -KILL $$", "killed by SIGKILL"},
        {"printf oh >&2; kill -TERM $$", "killed by SIGTERM: oh"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct child c;
        start(&c, CASES[i].script, false);
        until_ended(&c);
        assert_true(c.reaped);
        assert_true(child_ended(&c));
        child_read_last_words(&c);
        char *text = child_epitaph(&c);
        assert_string_equal(text, CASES[i].text);
        free(text);
        child_end(&c);
    }
}

/* Each byte that is no text becomes three. */
static void last_words_may_be_no_text_at_all(void **state)
{
    (void)state;
    struct child c = NO_CHILD;
    buf_init(&c.last_words, CHILD_LAST_WORDS_MAX);
    memset(buf_reserve(&c.last_words, CHILD_LAST_WORDS_MAX), 0xff, CHILD_LAST_WORDS_MAX);
    buf_commit(&c.last_words, CHILD_LAST_WORDS_MAX);
    char *text = child_epitaph(&c);
    assert_int_equal(strlen(text), strlen("exit status 0: ") + 3 * CHILD_LAST_WORDS_MAX);
    free(text);
    buf_release(&c.last_words);
}

/* ---- descriptors ---- */

static void tells_what_can_become_ready(void **state)
{
    (void)state;
    static const struct child ALL = {
        .pid = 1, .pidfd = 13, .in_fd = 10, .out_fd = 11, .err_fd = 12};
    static const struct child REAPED = {
        .pid = 1, .pidfd = 13, .in_fd = -1, .out_fd = -1, .err_fd = 0, .reaped = true};
    static const struct child UNBORN = {.pidfd = 13, .in_fd = -1, .out_fd = -1, .err_fd = 0};
    static const struct {
        const struct child *c;
        bool wants_out;
        size_t room;
        int fds[5];
    } CASES[] = {
        {&ALL, true, 9, {11, 12, 10, 13, -1}},
        {&ALL, true, 4, {11, 12, 10, 13, -1}},
        {&ALL, true, 3, {11, 12, 10, -1}},
        {&ALL, true, 1, {11, -1}},
        {&ALL, true, 0, {-1}},
        {&ALL, false, 9, {11, 12, 13, -1}},
        {&REAPED, true, 9, {0, -1}},
        {&UNBORN, true, 9, {0, -1}},
        {&NO_CHILD, true, 9, {-1}},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct pollfd fds[9];
        size_t n = 0;
        memset(fds, 0x55, sizeof(fds));
        while (CASES[i].fds[n] >= 0)
            n++;
        assert_int_equal(child_fds(CASES[i].c, CASES[i].wants_out, fds, CASES[i].room), n);
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(fds[k].fd, CASES[i].fds[k]);
            assert_int_equal(fds[k].events, fds[k].fd == 10 ? POLLOUT : POLLIN);
            assert_int_equal(fds[k].revents, 0);
        }
        assert_int_equal(fds[n].fd, 0x55555555); /* and nothing behind them */
    }
}

/* Nor do its last words stay, once they are told. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(says_why_it_ended);
    assert_keeps_nothing(last_words_may_be_no_text_at_all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_the_pipe_takes),
        cmocka_unit_test(one_that_does_not_listen_is_told_of_once),
        cmocka_unit_test(reads_a_part_of_much),
        cmocka_unit_test(reads_no_more_than_there_is_room),
        cmocka_unit_test(an_error_is_an_end),
        cmocka_unit_test(of_its_last_words_the_end_is_kept),
        cmocka_unit_test(says_why_it_ended),
        cmocka_unit_test(last_words_may_be_no_text_at_all),
        cmocka_unit_test(tells_what_can_become_ready),
        cmocka_unit_test(nothing_is_kept),
    };
    signal(SIGPIPE, SIG_IGN); /* as the runner does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
