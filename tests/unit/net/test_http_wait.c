/* The one wait of the loop: it ends when there is something to do, and not much sooner. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <cmocka.h>

#include "common/clock.h"
#include "http_peer.h"

enum { LONG_MS = 60000, HOUR_MS = 3600000 };

static void on_done(void *context, const struct http_result *result)
{
    (void)result;
    *(bool *)context = true;
}

static const struct http_handler HANDLER = {ignore_body, on_done};

static void start(struct http *h, const struct peer *p, const char *scheme, bool *done)
{
    char url[64];
    snprintf(url, sizeof(url), "%s://127.0.0.1:%d/", scheme, p->port);
    struct http_request request = {.url = url, .connect_ms = HOUR_MS};
    assert_non_null(http_start(h, &request, &HANDLER, done, NULL));
}

/* A transfer that waits for its peer keeps nobody from hearing of others. */
static void a_ready_descriptor_ends_it(void **state)
{
    (void)state;
    struct peer p;
    bool done = false;
    int fds[2];
    struct http *h = http_new(NULL);
    peer_init(&p, "");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    start(h, &p, "http", &done);
    while (p.requests < 1)
        peer_turn(&p, h);
    const struct {
        struct pollfd fds[2];
    } CASES[] = {
        {{{.fd = fds[1], .events = POLLIN}, {.fd = fds[0], .events = POLLIN}}},
        {{{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN}}},
        {{{.fd = fds[0], .events = POLLOUT}, {.fd = fds[1], .events = POLLIN}}},
        {{{.fd = fds[1], .events = POLLIN}, {.fd = fds[0], .events = POLLOUT}}},
    };
    int64_t begun = clock_mono_ms();
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct pollfd wait[2] = {CASES[i].fds[0], CASES[i].fds[1]};
        assert_int_equal(http_wait(h, wait, 2, -1), 0);
        for (size_t k = 0; k < 2; k++)
            assert_int_equal(wait[k].revents, wait[k].fd == fds[0] ? wait[k].events : 0);
    }
    assert_true(clock_mono_ms() - begun < LONG_MS);
    assert_false(done);
    http_free(h);
    close(fds[0]);
    close(fds[1]);
    peer_release(&p);
}

/* While a server may be one that never answers a handshake the clock is looked at now and then,
 * and not all the time. */
static void a_silent_handshake_is_looked_at(void **state)
{
    (void)state;
    struct peer p;
    bool done = false;
    struct http *h = http_new(NULL);
    peer_init(&p, "");
    start(h, &p, "https", &done);
    int64_t longest = 0, begun = clock_mono_ms();
    for (int i = 0; i < 50 && longest < 100; i++) {
        int64_t since = clock_mono_ms();
        assert_int_equal(http_wait(h, NULL, 0, LONG_MS), 0);
        longest = clock_mono_ms() - since;
        http_perform(h);
    }
    assert_true(longest >= 100);
    assert_true(clock_mono_ms() - begun < LONG_MS);
    http_free(h);
    peer_release(&p);
}

static void on_alarm(int number)
{
    (void)number;
}

/* A signal is nothing that a descriptor has to say. */
static void an_interrupted_wait_has_seen_nothing(void **state)
{
    (void)state;
    static const struct itimerval OFTEN = {{0, 20000}, {0, 20000}}, NEVER = {{0, 0}, {0, 0}};
    int fds[2];
    struct http *h = http_new(NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    struct pollfd wait[2] = {{.fd = fds[0], .events = POLLIN, .revents = POLLERR},
                             {.fd = fds[1], .events = POLLIN, .revents = POLLHUP}};
    signal(SIGALRM, on_alarm);
    int64_t begun = clock_mono_ms();
    assert_int_equal(setitimer(ITIMER_REAL, &OFTEN, NULL), 0);
    int r = http_wait(h, wait, 2, HOUR_MS);
    assert_int_equal(setitimer(ITIMER_REAL, &NEVER, NULL), 0);
    signal(SIGALRM, SIG_DFL);
    assert_int_equal(r, 0);
    assert_true(clock_mono_ms() - begun < HOUR_MS);
    assert_int_equal(wait[0].revents, 0);
    assert_int_equal(wait[1].revents, 0);
    http_free(h);
    close(fds[0]);
    close(fds[1]);
}

/* More descriptors than a process may have are no wait. */
static void a_wait_that_cannot_be(void **state)
{
    (void)state;
    struct rlimit old, low;
    struct pollfd wait[2] = {{.fd = -1}, {.fd = -1}};
    struct http *h = http_new(NULL);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = (struct rlimit){1, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int two = http_wait(h, wait, 2, 0), one = http_wait(h, wait, 1, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(two, -EINVAL);
    assert_int_equal(one, 0);
    http_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ready_descriptor_ends_it),
        cmocka_unit_test(a_silent_handshake_is_looked_at),
        cmocka_unit_test(an_interrupted_wait_has_seen_nothing),
        cmocka_unit_test(a_wait_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
