/* Runners that are processes: the program of the test again, told by its HOME what it is to do; and
 * one of them, from its start to its burial. Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_RUNNER_FIXTURE_H
#define TESTS_UNIT_DAEMON_RUNNER_FIXTURE_H

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "daemon/core/core.h"
#include "daemon/os/sys.h"
#include "daemon/runner/runner.h"
#include "daemon/runner/runner_inside.h"
#include "daemon/runner/runners.h"
#include "daemon/settings/config.h"
#include "fixture.h"
#include "log_lines.h"
#include "one_turn.h"

/* ---- the runner ---- */

#define WAITS  "/council-test-waits"  /* says ready, gives back what it is told, until the end */
#define LEAVES "/council-test-leaves" /* leaves a child behind */

static inline int wait_for_end(void)
{
    char text[256];
    ssize_t n;
    if (write(3, "{\"type\":\"ready\"}\n", 17) != 17)
        return 9;
    while ((n = read(3, text, sizeof text)) > 0)
        if (write(1, text, (size_t)n) != n)
            return 8;
    return 7;
}

static inline int leave_a_child(void)
{
    if (fork() == 0) {
        close(1);
        close(2);
        close(3);
        for (;;)
            pause();
    }
    return 5;
}

/* Does not return in a runner. It ends without a word to the sanitizer, whose search for leaks is a
 * process of its own, and would be left to the test where the runner is killed in it. */
static inline void be_a_runner(void)
{
    const char *home = getenv("HOME");
    if (home && strcmp(home, WAITS) == 0)
        _exit(wait_for_end());
    if (home && strcmp(home, LEAVES) == 0)
        _exit(leave_a_child());
}

/* ---- the daemon ---- */

static struct core core;
static struct config config;
static struct runners *table;
static struct runner *r;
static char own_path[4096];
static int exits, lines, closes;
static bool reaps; /* whoever hears of the exit reaps it */
static bool known;
static siginfo_t info;
static struct rusage usage;
static int before; /* descriptors */

static inline void reap(void)
{
    known = runner_reap(r, &info, &usage);
}

static inline void note_exit(void *arg)
{
    assert_ptr_equal(arg, &core);
    exits++;
    if (reaps)
        reap();
}

static inline bool note_line(void *arg, struct link_up *up)
{
    (void)arg;
    lines += up->type == LINK_READY;
    return true;
}

static inline void note_close(void *arg)
{
    (void)arg;
    closes++;
}

static inline void note_nonsense(void *arg)
{
    (void)arg;
    fail();
}

static const struct runner_owner OWNER = {
    .exited = note_exit, .line = note_line, .nonsense = note_nonsense, .closed = note_close};

static inline int set_up_as(const char *home)
{
    struct runners_options options = {.survivors_fd = -1};
    const ssize_t n = readlink("/proc/self/exe", own_path, sizeof own_path - 1);
    own_path[n > 0 ? n : 0] = '\0';
    setenv("HOME", home, 1);
    exits = lines = closes = 0;
    reaps = known = false;
    r = NULL;
    config = (struct config){.runner = own_path, .max_request_bytes = 1 << 20};
    core = (struct core){.config = &config, .notify.fd = -1, .origin.pid = getpid()};
    getrlimit(RLIMIT_NOFILE, &core.origin.open_files);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    struct loop *loop = loop_new();
    if (!loop || core_init(&core, loop, NULL) || runners_new(&core, &options, &table))
        return -1;
    before = fd_count_open();
    return 0;
}

static inline int setup(void **state)
{
    (void)state;
    return set_up_as(WAITS);
}

static inline int setup_leaving(void **state)
{
    (void)state;
    return set_up_as(LEAVES);
}

static inline int teardown(void **state)
{
    (void)state;
    sys_reset();
    const bool clean = fd_count_open() == before && runners_count(table) == 0;
    runners_free(table);
    core_release(&core);
    loop_free(core.loop);
    return clean && waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1;
}

static inline void begin(void)
{
    assert_int_equal(runner_new(table, false, &r), 0);
    runner_give(r, &OWNER, &core, "r1");
}

static inline void turn_until(const int *count)
{
    const int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    while (!*count && clock_mono_ms() < deadline)
        one_turn(core.loop);
    assert_true(*count);
}

/* It is told nothing at first, and has said that it is ready. */
static inline void start(void)
{
    const int none[1] = {-1};
    struct buf spec = BUF_INIT(64);
    begin();
    assert_int_equal(buf_add_str(&spec, "{}\n"), 0);
    assert_int_equal(runner_send_spec(r, &spec, none, 0), 0);
    turn_until(&lines);
}

static inline void wait_until_dead(void)
{
    const int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    while (runner_lives(r) && clock_mono_ms() < deadline)
        poll(NULL, 0, 1);
    assert_false(runner_lives(r));
}

static inline void drain(void)
{
    const int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    while (!runner_drain(r) && clock_mono_ms() < deadline)
        poll(NULL, 0, 1);
    assert_true(runner_drain(r));
}

static inline void bury(void)
{
    if (r->link.in.armed) /* it was told something */
        drain();
    runner_free(r);
    r = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define LEFT(name) cmocka_unit_test_setup_teardown(name, setup_leaving, teardown)

#endif
