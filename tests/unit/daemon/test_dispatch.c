/* The way of a line to its handler and back: a notification that is executed acts without a trace,
 * and params that nobody checked reach the table of runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/method/dispatch.h"
#include "daemon/run/runs.h"
#include "failing.h"
#include "fixture.h"
#include "one_turn.h"
#include "serve/conn.h"
#include "serve/conn_life.h"
#include "serve/pending.h"

static struct core core;
static struct desk desk;
static struct conn_home home;
static int client;
static struct conn *conn;
static struct caller caller;

static void take_line(struct conn *c, const char *line, size_t len)
{
    dispatch_line(c, line, len);
}

static const struct conn_owner OWNER = {
    .line = take_line, .torn = dispatch_torn, .too_long = dispatch_too_long};

static int setup(void **state)
{
    (void)state;
    int pair[2];
    struct peer peer = {.card = &caller};
    caller = (struct caller){.role = ROLE_OPERATE};
    core = (struct core){.notify.fd = -1};
    struct loop *loop = loop_new();
    if (!loop || core_init(&core, loop, NULL) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
        return -1;
    struct runs_parts parts = {.core = &core};
    desk = (struct desk){.core = &core, .audit = AUDIT_LOG_INIT(-1)};
    home = (struct conn_home){.loop = loop,
                              .owner = &OWNER,
                              .context = &desk,
                              .line_bytes = 4096,
                              .queue_bytes = 1 << 20};
    client = pair[1];
    conn = conn_new(&home, pair[0], &peer);
    return !conn || runs_new(&parts, &desk.runs) ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    while (home.conns)
        conn_free(home.conns);
    close(client);
    runs_free(desk.runs);
    core_release(&core);
    loop_free(core.loop);
    return 0;
}

/* What the daemon answers to a line; "" for nothing. */
static const char *answer(const char *line)
{
    static char text[65536];
    size_t len = 0;
    assert_int_equal(send(client, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
    shutdown(client, SHUT_WR);
    for (;;) {
        ssize_t n = recv(client, text + len, sizeof(text) - 1 - len, 0);
        if (n == 0)
            break; /* all that came was worked, and the connection is closed */
        len += n > 0 ? (size_t)n : 0;
        if (n < 0)
            loop_turn(core.loop);
    }
    text[len] = '\0';
    return text;
}

#define CALL(id, method, params)                                                                   \
    "{\"jsonrpc\": \"2.0\", \"id\": " id ", \"method\": \"" method "\", \"params\": " params "}\n"

static void a_method_is_found_and_answered(void **state)
{
    (void)state;
    const char *text = answer(CALL("7", "supervisor.count_children", "{}"));
    assert_non_null(strstr(text, "\"id\":7"));
    assert_non_null(strstr(text, "\"active\":0"));
}

static void a_notification_is_neither_executed_nor_answered(void **state)
{
    (void)state;
    assert_string_equal(
        answer("{\"jsonrpc\": \"2.0\", \"method\": \"supervisor.count_children\"}\n"), "");
}

static void params_are_checked_before_the_handler(void **state)
{
    (void)state;
    const char *text = answer(CALL("\"a\"", "run.cancel", "{\"run_id\": 5}"));
    assert_non_null(strstr(text, "\"invalid_parameter\""));
    assert_non_null(strstr(text, "\"field\":\"run_id\""));
}

static void what_there_is_not_is_named(void **state)
{
    (void)state;
    const char *text =
        answer(CALL("1", "run.fly", "{}") CALL("2", "run.cancel", "{\"run_id\": \"x\"}"));
    assert_non_null(strstr(text, "\"method\":\"run.fly\""));
    assert_non_null(strstr(text, "\"not_found\""));
}

static void a_line_that_is_no_request_is_refused_and_the_next_one_answered(void **state)
{
    (void)state;
    const char *text = answer("{]\n" CALL("3", "supervisor.count_children", "{}") "{\"torn");
    const char *refused = strstr(text, "\"parse_error\""), *answered = strstr(text, "\"id\":3");
    assert_non_null(refused);
    assert_non_null(answered);
    assert_true(refused < answered);
    assert_non_null(strstr(answered, "\"parse_error\"")); /* what was torn off */
}

static void a_line_that_is_too_long_is_refused_with_the_bound(void **state)
{
    (void)state;
    char line[4200];
    memset(line, 'x', sizeof line);
    memcpy(line + sizeof line - 2, "\n", 2);
    const char *text = answer(line);
    assert_non_null(strstr(text, "\"id\":null"));
    assert_non_null(strstr(text, "\"request_too_large\""));
    assert_non_null(strstr(text, "\"limit\":4096"));
}

/* The bound, an internal error or the end of the connection, whichever memory fails. */
static void a_line_that_is_too_long_is_answered_without_memory(void **state)
{
    for (int k = 0; failing_next(&k);) {
        char text[512] = "";
        dispatch_too_long(conn, 4096);
        failing_stop();
        one_turn(core.loop);
        const ssize_t n = recv(client, text, sizeof text - 1, 0);
        assert_true(n == 0 || strstr(text, "\"internal_error\"") ||
                    strstr(text, "\"request_too_large\""));
        teardown(state);
        assert_int_equal(setup(state), 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_method_is_found_and_answered),
        TEST(a_notification_is_neither_executed_nor_answered),
        TEST(params_are_checked_before_the_handler),
        TEST(what_there_is_not_is_named),
        TEST(a_line_that_is_no_request_is_refused_and_the_next_one_answered),
        TEST(a_line_that_is_too_long_is_refused_with_the_bound),
        TEST(a_line_that_is_too_long_is_answered_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
