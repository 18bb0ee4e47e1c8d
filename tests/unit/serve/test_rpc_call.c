/* A call and its answer. A request that gets no answer, or two, is a client that waits for ever or
 * takes one answer for another; a call that is answered after its client has gone is a use of freed
 * memory. */
#include "fake_owner.h"

#include "serve/rpc_call.h"

static struct conn_home home;
static int client;
static struct conn *conn;
static struct rpc_request request;
static handler *to_call;
static struct pending *waiters;

/* Every line is a request for the handler of the test. */
static void call_handler(struct conn *c, const char *line, size_t len)
{
    struct rpc_fault fault;
    assert_int_equal(rpc_parse(line, len, &request, &fault), 0);
    struct call call = {.context = conn_context(c), .conn = c, .request = &request};
    call_finish(&call, to_call(&call));
    rpc_request_release(&request);
}

static int setup(void **state)
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

static int teardown(void **state)
{
    (void)state;
    while (home.conns)
        conn_free(home.conns);
    if (client >= 0)
        close(client);
    fake_close();
    return waiters ? -1 : 0;
}

static const char *answer_of(handler *h)
{
    to_call = h;
    say(client, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"some.method\"}\n");
    turns();
    return hears(client);
}

static void assert_error(const char *text, const char *reason)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"reason\":\"%s\"", reason);
    assert_non_null(strstr(text, "\"id\":\"a\""));
    assert_non_null(strstr(text, wanted));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
}

/* ---- answered at once ---- */

static int reply_tree(struct call *call)
{
    assert_ptr_equal(call->context, &fake);
    return call_reply(call, json_pack("{s:i}", "n", 3));
}

static int reply_text(struct call *call)
{
    return call_reply_raw(call, (struct json_span){.at = "[1,2]", .len = 5});
}

static void a_result_is_sent(void **state)
{
    (void)state;
    assert_string_equal(answer_of(reply_tree),
                        "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"n\":3}}\n");
    assert_string_equal(answer_of(reply_text),
                        "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":[1,2]}\n");
}

static int reply_nothing(struct call *call)
{
    return call_reply(call, NULL);
}

static int answer_nothing(struct call *call)
{
    (void)call;
    return -ENOMEM;
}

static int answer_and_fail(struct call *call)
{
    call_reply(call, json_true());
    return -ENOMEM;
}

static void a_failure_is_internal_error_once(void **state)
{
    (void)state;
    assert_error(answer_of(reply_nothing), "internal_error");
    assert_error(answer_of(answer_nothing), "internal_error");
    assert_string_equal(answer_of(answer_and_fail),
                        "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":true}\n");
}

static int give_error(struct call *call)
{
    return call_error(call, RPC_MAX_CHILDREN, json_pack("{s:i}", "max", 9));
}

static int give_bad_field(struct call *call)
{
    return call_bad_field(call, RPC_INVALID_OPTION, "limits/calls", "too few");
}

static void an_error_says_why(void **state)
{
    (void)state;
    const char *text = answer_of(give_error);
    assert_error(text, "max_children");
    assert_non_null(strstr(text, "\"max\":9"));
    text = answer_of(give_bad_field);
    assert_error(text, "invalid_option");
    assert_non_null(strstr(text, "\"field\":\"limits/calls\""));
    assert_non_null(strstr(text, "too few"));
    text = answer_of(call_no_method);
    assert_error(text, "method_not_found");
    assert_non_null(strstr(text, "some.method"));
}

/* ---- waiting ---- */

static int wait_for_it(struct call *call)
{
    return call_wait(call, &waiters) ? 0 : -ENOMEM;
}

static void it_is_answered_later(void **state)
{
    (void)state;
    assert_string_equal(answer_of(wait_for_it), "");
    assert_string_equal(answer_of(wait_for_it), "");
    json_t *result = json_pack("{s:i}", "n", 4);
    pending_reply(waiters, result);
    json_decref(result);
    turns();
    assert_string_equal(hears(client), "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"n\":4}}\n");
    pending_reply_raw(waiters, (struct json_span){.at = "5", .len = 1});
    turns();
    assert_string_equal(hears(client), "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":5}\n");
    assert_null(waiters);
}

static void what_cannot_be_built_is_internal_error(void **state)
{
    (void)state;
    answer_of(wait_for_it);
    pending_reply(waiters, NULL);
    turns();
    assert_error(hears(client), "internal_error");
    answer_of(wait_for_it);
    pending_reply_raw(waiters, (struct json_span){0});
    turns();
    assert_error(hears(client), "internal_error");
}

static void all_of_a_list_get_the_error(void **state)
{
    (void)state;
    answer_of(wait_for_it);
    answer_of(wait_for_it);
    json_t *data = json_pack("{s:s}", "run_id", "r");
    pendings_error(&waiters, RPC_UNKILLABLE, data);
    json_decref(data);
    turns();
    const char *text = hears(client);
    assert_null(waiters);
    assert_non_null(strstr(text, "\"unkillable\""));
    assert_non_null(strstr(strchr(text, '\n'), "\"unkillable\""));
}

static void it_goes_with_its_client(void **state)
{
    (void)state;
    answer_of(wait_for_it);
    assert_ptr_equal(pending_conn(waiters), conn);
    assert_int_equal(pending_set_limit(waiters, fake.loop, 1000), 0);
    close(client);
    client = -1;
    turns();
    assert_int_equal(fake.left, 1);
    assert_null(waiters);
    assert_int_equal(timers_next(loop_timers(fake.loop)), INT64_MAX);
}

static void it_holds_a_client_that_has_said_all(void **state)
{
    (void)state;
    answer_of(wait_for_it);
    shutdown(client, SHUT_WR);
    turns();
    assert_false(is_closed(client));
    pending_error(waiters, RPC_TIMEOUT, NULL);
    turns();
    assert_error(hears(client), "timeout");
    assert_true(is_closed(client));
}

static void forgotten_it_holds_nobody(void **state)
{
    (void)state;
    answer_of(wait_for_it);
    shutdown(client, SHUT_WR);
    turns();
    pending_free(waiters);
    pending_free(NULL);
    turns();
    assert_string_equal(hears(client), "");
    assert_true(is_closed(client));
}

static void it_may_wait_for_something_else(void **state)
{
    (void)state;
    struct pending *others = NULL;
    answer_of(wait_for_it);
    pending_move(waiters, &others);
    assert_null(waiters);
    assert_non_null(others);
    close(client);
    client = -1;
    turns();
    assert_null(others);
}

static void it_waits_no_longer_than_its_limit(void **state)
{
    (void)state;
    answer_of(wait_for_it);
    assert_int_equal(pending_set_limit(waiters, fake.loop, 1), 0);
    for (int i = 0; waiters && i < 100; i++)
        loop_turn(fake.loop); /* waits for the timer, which is all there is */
    turns();
    assert_error(hears(client), "timeout");
    assert_null(waiters);
}

/* ---- in its turn ---- */

static void it_follows_what_has_a_place(void **state)
{
    (void)state;
    struct out_place a, b;
    conn_reserve(conn, &a, 1);
    conn_reserve(conn, &b, 2);
    conn_push_behind(conn, &a, out_line_new("a\n", 2));
    conn_push_behind(conn, &b, out_line_new("b\n", 2));
    answer_of(wait_for_it);
    pending_follow(waiters, &a);
    pending_reply_raw(waiters, (struct json_span){.at = "1", .len = 1});
    answer_of(wait_for_it);
    pending_follow_all(waiters);
    pending_reply_raw(waiters, (struct json_span){.at = "2", .len = 1});
    turns();
    assert_string_equal(hears(client), "");
    conn_open_place(conn, &a);
    turns();
    assert_string_equal(hears(client), "a\n{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":1}\n");
    conn_open_place(conn, &b);
    turns();
    assert_string_equal(hears(client), "b\n{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":2}\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_result_is_sent),
        TEST(a_failure_is_internal_error_once),
        TEST(an_error_says_why),
        TEST(it_is_answered_later),
        TEST(what_cannot_be_built_is_internal_error),
        TEST(all_of_a_list_get_the_error),
        TEST(it_goes_with_its_client),
        TEST(it_holds_a_client_that_has_said_all),
        TEST(forgotten_it_holds_nobody),
        TEST(it_may_wait_for_something_else),
        TEST(it_waits_no_longer_than_its_limit),
        TEST(it_follows_what_has_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
