/* A server with runs and no clients, as far as its stop needs it. Taken in behind cmocka.h, by one
 * source of a test. */
#ifndef TESTS_UNIT_DAEMON_SHUTDOWN_FIXTURE_H
#define TESTS_UNIT_DAEMON_SHUTDOWN_FIXTURE_H

#include <sys/socket.h>

#include "daemon/parts.h"
#include "daemon/shutdown.h"
#include "life_fixture.h"
#include "serve/line_server.h"

/* ---- more neighbours ---- */

static bool flushed;
static size_t runners_left;

void line_server_refuse(struct line_server *s)
{
    (void)s;
    fake_note("refuse");
}

bool line_server_is_flushed(const struct line_server *s)
{
    (void)s;
    return flushed;
}

size_t runners_count(const struct runners *t)
{
    (void)t;
    return runners_left;
}

void spares_retire(struct spares *s)
{
    (void)s;
    fake_note("retire");
}

static struct server server;
static int manager; /* the service manager's end */

static inline int setup_server(void **state)
{
    int pair[2];
    if (setup(state) || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
        return -1;
    runs_free(runs);
    flushed = true;
    runners_left = 0;
    manager = pair[1];
    server = (struct server){.core = core, .config = &config, .loop = core.loop};
    server.core.notify.fd = pair[0];
    struct runs_parts parts = {.core = &server.core, .records = records};
    if (runs_new(&parts, &runs) || shutdown_init(&server))
        return -1;
    server.runs = runs;
    return 0;
}

static inline int teardown_server(void **state)
{
    runs_free(runs);
    runs = NULL;
    shutdown_release(&server);
    core_release(&server.core);
    close(manager);
    return teardown(state);
}

static inline struct run *start(const char *run_id, struct ear *ear, int64_t shutdown)
{
    order_id = run_id;
    return running(ear, shutdown);
}

/* All that the service manager was told. */
static inline const char *told(void)
{
    static char all[512];
    size_t len = 0;
    ssize_t n;
    while ((n = recv(manager, all + len, sizeof(all) - 2 - len, 0)) > 0) {
        len += (size_t)n;
        all[len++] = ' ';
    }
    all[len] = '\0';
    return all;
}

enum { NEVER = -1 };

static inline void assert_ends_in(const struct run *run, int64_t ms)
{
    if (ms == NEVER)
        assert_false(timer_is_set(&run->timer));
    else
        assert_due(run, ms);
}

static inline void turns(void)
{
    for (int i = 0; i < 3; i++)
        turn();
}

static int64_t now_us;

static inline int64_t clock_of_ours(void)
{
    return now_us;
}

/* From now on no time passes. */
static inline void stop_the_clock(void)
{
    now_us = loop_now_us(core.loop);
    loop_set_clock(core.loop, clock_of_ours);
}

static inline void assert_has_ms(int64_t ms)
{
    assert_true(timer_is_set(&server.stop_timer));
    assert_int_equal(server.stop_timer.due_us - now_us, ms * 1000);
}

static inline void time_passes(int64_t ms)
{
    now_us += ms * 1000;
    turns();
}

static inline void end_loop(void *turned)
{
    *(bool *)turned = true;
    loop_stop(core.loop);
}

/* It has stopped already, and does not turn once more. */
static inline void assert_the_loop_is_over(void)
{
    bool turned = false;
    struct watch w;
    watch_init(core.loop, &w, -1, WATCH_NONE, LOOP_OUTPUT, end_loop, &turned);
    watch_note(&w);
    loop_run(core.loop);
    watch_release(&w);
    assert_false(turned);
}

#define STOPPING(name) cmocka_unit_test_setup_teardown(name, setup_server, teardown_server)

#endif
