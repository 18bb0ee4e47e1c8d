/* A link whose other end the test has, and what its owner was told. Taken in behind cmocka.h, by
 * one source of a test. */
#ifndef TESTS_UNIT_DAEMON_RUNLINK_FIXTURE_H
#define TESTS_UNIT_DAEMON_RUNLINK_FIXTURE_H

#include <sys/socket.h>

#include "daemon/runner/runlink.h"
#include "fixture.h"
#include "one_turn.h"

static struct loop *loop;
static struct runlink l;
static int ends[2];
static int heard, junk, closed, lines;
static bool taken = true; /* what is said to a line */

static inline void hear(void *arg)
{
    (void)arg;
    heard++;
}

static inline void count_nonsense(void *arg)
{
    (void)arg;
    junk++;
}

static inline void close_once(void *arg)
{
    (void)arg;
    closed++;
}

static inline bool take_line(void *arg, struct link_up *up)
{
    (void)arg;
    (void)up;
    lines++;
    return taken;
}

static const struct runner_owner OWNER = {
    .line = take_line, .nonsense = count_nonsense, .closed = close_once, .heard = hear};
static const struct runner_tie TIE = {.owner = &OWNER, .run_id = "r", .pid = 7};

static inline int setup(void **state)
{
    (void)state;
    const int none[1] = {-1};
    struct buf spec = BUF_INIT(64);
    heard = junk = closed = lines = 0;
    taken = true;
    loop = loop_new();
    if (!loop || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    if (runlink_init(&l, loop, &TIE, &ends[0], 1 << 16) || buf_add_str(&spec, "{}\n"))
        return -1;
    return runlink_send_spec(&l, &spec, none, 0);
}

static inline int teardown(void **state)
{
    (void)state;
    runlink_release(&l);
    fd_close(&ends[0]);
    fd_close(&ends[1]);
    loop_free(loop);
    return 0;
}

static inline void say(const char *text)
{
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
}

#endif
