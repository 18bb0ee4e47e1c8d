/* A call that is answered later. One that is answered after its client has gone is a use of freed
 * memory. */
#include "rpc_call_fixture.h"

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
    const struct CMUnitTest tests[] = {
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
