/* A client in somebody's loop: it must never wait, never hold more than it was allowed to, and tell
 * what was refused without harm to what is under way. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "peer.h"

static struct peer peer;

static int close_peer(void **state)
{
    (void)state;
    peer_close(&peer);
    return 0;
}

/* The number in the reply to a call; -1: it is not here. */
static int number_of(int64_t id)
{
    json_t *result;
    struct client_fault fault;
    if (client_reply(peer.client, id, &result, &fault) == 0)
        return -1;
    int n = (int)json_integer_value(json_object_get(result, "n"));
    client_fault_release(&fault);
    json_decref(result);
    return n;
}

static void replies_and_notifications_come_in_any_pieces(void **state)
{
    (void)state;
    static const char said[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"run.end\",\"params\":{\"run_id\":\"a\"}}\n"
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"n\":22}}\n"
        "{\"jsonrpc\":\"2.0\",\"method\":\"run.end\",\"params\":{\"run_id\":\"b\"}}\n"
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"n\":11}}\n";
    for (size_t piece = 1; piece < sizeof said; piece += 7) {
        assert_int_equal(peer_open(&peer, NULL), 0);
        int64_t first = client_send(peer.client, "a", NULL, NULL);
        int64_t second = client_send(peer.client, "b", NULL, NULL);
        assert_int_equal(client_step(peer.client, NULL), 0);
        for (size_t at = 0; at < strlen(said); at += piece) {
            size_t len = strlen(said) - at < piece ? strlen(said) - at : piece;
            assert_int_equal(fd_write_all(peer.fd, said + at, len), 0);
            assert_int_equal(client_step(peer.client, NULL), 1);
        }
        assert_int_equal(client_step(peer.client, NULL), 0);
        assert_string_equal(peer.heard, "run.end a\nrun.end b\n");
        assert_int_equal(number_of(first), 11);
        assert_int_equal(number_of(second), 22);
        peer_close(&peer);
    }
}

static void calls_under_way_are_bounded(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(peer_open(&peer, &(struct client_limits){.calls = 2}), 0);
    int64_t first = client_send(peer.client, "a", NULL, NULL);
    int64_t second = client_send(peer.client, "b", NULL, NULL);
    assert_int_equal(client_send(peer.client, "c", json_object(), &err), -EBUSY);
    assert_string_equal(err.text, "2 calls are under way");

    /* A reply that nobody has fetched counts too; a forgotten one does not once it is here. */
    peer_replies(&peer, first, 1);
    peer_replies(&peer, second, 2);
    assert_int_equal(client_step(peer.client, NULL), 1);
    assert_int_equal(client_send(peer.client, "c", NULL, NULL), -EBUSY);
    client_forget(peer.client, first);
    int64_t third = client_send(peer.client, "c", NULL, NULL);
    assert_true(third > 0);
    assert_int_equal(number_of(first), -1);
    assert_int_equal(number_of(second), 2);
    client_forget(peer.client, third);
    assert_true(client_send(peer.client, "d", NULL, NULL) > 0);
    assert_int_equal(client_send(peer.client, "e", NULL, NULL), -EBUSY);
    peer_replies(&peer, third, 3);
    assert_int_equal(client_step(peer.client, NULL), 1);
    assert_int_equal(number_of(third), -1);
    assert_true(client_send(peer.client, "e", NULL, NULL) > 0);
}

/* What nobody will fetch takes no place once it is answered. */
static void what_is_posted_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(peer_open(&peer, &(struct client_limits){.calls = 2}), 0);
    for (int64_t id = 1; id <= 5; id++) {
        assert_int_equal(client_post(peer.client, "a", NULL, NULL), 0);
        peer_replies(&peer, id, 1);
        assert_int_equal(client_step(peer.client, NULL), 1);
        assert_int_equal(number_of(id), -1);
    }
}

/* Sends until it is refused; gives how many were taken. */
static int send_until_refused(int refusal)
{
    char text[1001];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int sent = 0; sent < 100000; sent++) {
        int r = client_post(peer.client, "m", json_pack("{s:s}", "t", text), NULL);
        if (r < 0) {
            assert_int_equal(r, refusal);
            return sent;
        }
    }
    fail();
    return -1;
}

/* Reads all that comes while the client steps; every line has to be whole. */
static int lines_that_arrive(void)
{
    static char got[64 * 1024];
    int lines = 0;
    ssize_t n;
    do {
        n = recv(peer.fd, got, sizeof got, MSG_DONTWAIT);
        for (ssize_t i = 0; i < n; i++)
            lines += got[i] == '\n';
        assert_true(client_step(peer.client, NULL) >= 0);
    } while (n > 0);
    return lines;
}

static void what_waits_to_be_written_is_bounded(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(peer_open(&peer, &(struct client_limits){.queue = 10000, .calls = 200000}), 0);
    assert_false(client_wants_write(peer.client));
    assert_int_equal(client_post(peer.client, "m", NULL, NULL), 0);
    assert_false(client_wants_write(peer.client));
    int sent = send_until_refused(-EAGAIN);
    assert_true(client_wants_write(peer.client));
    assert_int_equal(client_step(peer.client, NULL), 0);

    /* Nothing was cut and nothing of the refused one was sent. */
    assert_int_equal(lines_that_arrive(), sent + 1);
    assert_false(client_wants_write(peer.client));

    char text[10001];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(client_post(peer.client, "m", json_pack("{s:s}", "t", text), &err), -EMSGSIZE);
    assert_false(client_wants_write(peer.client));
    assert_int_equal(client_post(peer.client, "m", NULL, NULL), 0);
    assert_int_equal(lines_that_arrive(), 1);
}

/* One line of so many bytes: a notification that is padded. */
static void says_line(size_t bytes)
{
    char line[256];
    int n = snprintf(line, sizeof line, "{\"method\":\"m\"%*s}\n", (int)bytes - 14, "");
    assert_int_equal(n, (int)bytes + 1);
    assert_int_equal(peer_says(&peer, line), 0);
}

static void a_line_that_comes_in_is_bounded(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(peer_open(&peer, &(struct client_limits){.line = 100}), 0);
    says_line(100);
    assert_int_equal(client_wait(peer.client, 1000, &err), 1);
    assert_int_equal(peer.notes, 1);
    says_line(101);
    int r;
    while ((r = client_step(peer.client, &err)) == 1)
        ;
    assert_int_equal(r, -EMSGSIZE);
    assert_string_equal(err.text, "the daemon sent a line of more than 100 bytes");
    assert_int_equal(peer.notes, 1);
    assert_int_equal(client_step(peer.client, &err), -ECONNRESET);
}

static void nonsense_breaks_the_connection(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(peer_open(&peer, NULL), 0);
    int64_t id = client_send(peer.client, "run.monitor", json_pack("{s:s}", "run_id", "a"), NULL);
    peer_says(&peer, "[]\n7\n{\"id\":\"1\",\"result\":{}}\n"
                     "{\"id\":1,\"result\":{\"ref\":\"r\"}}\nno json\n");
    assert_int_equal(client_step(peer.client, &err), -EPROTO);
    assert_non_null(strstr(err.text, "not JSON"));
    assert_int_equal(peer.notes, 0);
    assert_int_equal(client_step(peer.client, &err), -ECONNRESET);
    assert_string_equal(peer.heard, "run.down a noconnection\n");
    assert_int_equal(client_step(peer.client, &err), -ECONNRESET);
    assert_int_equal(peer.notes, 1);
    assert_int_equal(client_send(peer.client, "m", json_object(), &err), -ECONNRESET);

    /* What had come before can still be fetched. */
    json_t *result;
    struct client_fault fault;
    assert_int_equal(client_reply(peer.client, id, &result, &fault), 1);
    assert_string_equal(json_string_value(json_object_get(result, "ref")), "r");
    json_decref(result);
}

static void last_words_are_read_after_a_failed_write(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(peer_open(&peer, NULL), 0);
    peer_says(&peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"m\","
                     "\"data\":{\"reason\":\"too_many_connections\"}}}\n");
    fd_close(&peer.fd);
    int64_t id = client_send(peer.client, "m", NULL, &err);
    assert_int_equal(id, 1);
    assert_false(client_wants_write(peer.client));
    assert_int_equal(client_step(peer.client, &err), 1);
    json_t *result;
    struct client_fault fault;
    assert_int_equal(client_reply(peer.client, id, &result, &fault), 1);
    assert_string_equal(fault.reason, "too_many_connections");
    assert_null(result);
    client_fault_release(&fault);
    assert_int_equal(client_step(peer.client, &err), -ECONNRESET);
}

static void ask_again(void *arg, const struct client_note *note)
{
    struct peer *p = arg;
    p->notes++;
    assert_string_equal(note->method, "run.end");
    assert_true(client_send(p->client, "run.await", NULL, NULL) > 0);
}

static void the_callback_may_send(void **state)
{
    (void)state;
    assert_int_equal(peer_open(&peer, NULL), 0);
    client_on_notification(peer.client, ask_again, &peer);
    peer_says(&peer, "{\"method\":\"run.end\",\"params\":{}}\n{\"method\":\"run.end\"}\n"
                     "{\"id\":2,\"result\":{\"n\":5}}\n");
    assert_int_equal(client_step(peer.client, NULL), 1);
    assert_int_equal(peer.notes, 2);
    assert_int_equal(number_of(2), 5);
    assert_int_equal(lines_that_arrive(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(replies_and_notifications_come_in_any_pieces, close_peer),
        cmocka_unit_test_teardown(calls_under_way_are_bounded, close_peer),
        cmocka_unit_test_teardown(what_is_posted_leaves_nothing, close_peer),
        cmocka_unit_test_teardown(what_waits_to_be_written_is_bounded, close_peer),
        cmocka_unit_test_teardown(a_line_that_comes_in_is_bounded, close_peer),
        cmocka_unit_test_teardown(nonsense_breaks_the_connection, close_peer),
        cmocka_unit_test_teardown(last_words_are_read_after_a_failed_write, close_peer),
        cmocka_unit_test_teardown(the_callback_may_send, close_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
