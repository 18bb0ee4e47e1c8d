/* One client whose every line is a request for the handler of the test. Taken in by one source of a
 * test. */
#ifndef TESTS_UNIT_SERVE_RPC_CALL_FIXTURE_H
#define TESTS_UNIT_SERVE_RPC_CALL_FIXTURE_H

#include "fake_owner.h"

#include "serve/rpc_call.h"

static struct conn_home home;
static int client;
static struct conn *conn;
static struct rpc_request request;
static handler *to_call;
static struct pending *waiters;
static int returned; /* by the handler */

/* Every line is a request for the handler of the test. */
static inline void call_handler(struct conn *c, const char *line, size_t len)
{
    struct rpc_fault fault;
    assert_int_equal(rpc_parse(line, len, &request, &fault), 0);
    struct call call = {.context = conn_context(c), .conn = c, .request = &request};
    returned = to_call(&call);
    call_finish(&call, returned);
    rpc_request_release(&request);
}

static inline int setup(void **state)
{
    (void)state;
    int fds[2];
    struct peer peer = {0};
    waiters = NULL;
    if (fake_open() || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds))
        return -1;
    home = (struct conn_home){.loop = fake.loop,
                              .owner = &FAKE_OWNER,
                              .context = &fake,
                              .line_bytes = 1000,
                              .queue_bytes = FAKE_QUEUE_BYTES};
    fake.on_line = call_handler;
    conn = conn_new(&home, fds[0], &peer);
    client = fds[1];
    return conn ? 0 : -1;
}

static inline int teardown(void **state)
{
    (void)state;
    while (home.conns)
        conn_free(home.conns);
    if (client >= 0)
        close(client);
    fake_close();
    return waiters ? -1 : 0;
}

static inline const char *answer_of(handler *h)
{
    to_call = h;
    say(client, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"some.method\"}\n");
    turns();
    return hears(client);
}

static inline void assert_error(const char *text, const char *reason)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"reason\":\"%s\"", reason);
    assert_non_null(strstr(text, "\"id\":\"a\""));
    assert_non_null(strstr(text, wanted));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
}

static inline int wait_for_it(struct call *call)
{
    const struct pending *p = call_wait(call, &waiters);
    if (p)
        assert_ptr_equal(pending_conn(p), call->conn);
    return p ? 0 : -ENOMEM;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
