/* A server that takes a connection and says nothing is left after a while; one that has said a
 * byte, or is asked without TLS, is not. The clock is the test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "http_peer.h"
#include "runner/net/silence.h"

struct pair {
    int listener, client, server;
};

static void pair_open(struct pair *p)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    p->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(p->listener, 1), 0);
    getsockname(p->listener, (struct sockaddr *)&a, &len);
    p->client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(p->client, (struct sockaddr *)&a, sizeof a), 0);
    p->server = accept(p->listener, NULL, NULL);
    assert_true(p->server >= 0);
}

static void pair_close(struct pair *p)
{
    close(p->listener);
    close(p->client);
    close(p->server);
}

static void silent_for_too_long(void **state)
{
    (void)state;
    struct pair p;
    struct silence s;
    char byte;
    CURL *easy = curl_easy_init();
    pair_open(&p);
    silence_init(&s, "HTTPS://host/");
    assert_false(silence_may_come(&s, easy));
    assert_false(silence_is_too_long(&s, easy, 0));
    s.fd = p.client;
    assert_true(silence_may_come(&s, easy));
    assert_false(silence_is_too_long(&s, easy, 1000));
    assert_false(silence_is_too_long(&s, easy, 1000 + SILENCE_MS - 1));
    assert_true(silence_is_too_long(&s, easy, 1000 + SILENCE_MS));
    assert_int_equal(send(p.server, "x", 1, MSG_NOSIGNAL), 1);
    assert_int_equal(recv(p.client, &byte, 1, 0), 1);
    assert_false(silence_is_too_long(&s, easy, 1000 + SILENCE_MS));
    assert_int_equal(s.since_ms, -1);
    assert_false(silence_is_too_long(&s, easy, 1000 + 2 * SILENCE_MS));
    curl_easy_cleanup(easy);
    pair_close(&p);
}

static void counted_from_time_zero_too(void **state)
{
    (void)state;
    struct pair p;
    struct silence s;
    CURL *easy = curl_easy_init();
    pair_open(&p);
    silence_init(&s, "https://host/");
    s.fd = p.client;
    assert_false(silence_is_too_long(&s, easy, 0));
    assert_true(silence_is_too_long(&s, easy, SILENCE_MS));
    curl_easy_cleanup(easy);
    pair_close(&p);
}

static void who_need_not_speak(void **state)
{
    (void)state;
    struct pair p;
    CURL *easy = curl_easy_init();
    pair_open(&p);
    int unconnected = socket(AF_INET, SOCK_STREAM, 0), no_socket = open("/dev/null", O_RDONLY);
    const struct {
        const char *url;
        int fd;
        bool may;
    } ROWS[] = {
        {"http://https:1/", p.client, false},
        {"https:", -1, false},
        {"https:", unconnected, true},
        {"https:", no_socket, true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct silence s;
        silence_init(&s, ROWS[i].url);
        s.fd = ROWS[i].fd;
        assert_int_equal(silence_may_come(&s, easy), ROWS[i].may);
        assert_false(silence_is_too_long(&s, easy, 1));
        assert_false(silence_is_too_long(&s, easy, 1 + 10 * SILENCE_MS));
    }
    close(unconnected);
    close(no_socket);
    curl_easy_cleanup(easy);
    pair_close(&p);
}

static void words_of_those_without_tls(void **state)
{
    (void)state;
    assert_true(silence_was_broken_by_others("error:0A00010B:SSL routines::wrong version number"));
    assert_true(silence_was_broken_by_others("SSL: packet length too long"));
    assert_true(silence_was_broken_by_others("record layer failure"));
    assert_false(silence_was_broken_by_others("certificate has expired"));
    assert_false(silence_was_broken_by_others(""));
}

static int64_t stands_at_ms; /* the clock; 0: it goes */

int64_t __real_clock_mono_ms(void);
int64_t __wrap_clock_mono_ms(void);

int64_t __wrap_clock_mono_ms(void)
{
    return stands_at_ms ? stands_at_ms : __real_clock_mono_ms();
}

/* ---- and the transfers that it ends or shortens the sleep of ---- */

struct end {
    int done, curl_code;
    bool plain, denied, sent;
    char message[200];
};

static void on_done(void *context, const struct http_result *result)
{
    struct end *e = context;
    e->done++;
    e->curl_code = result->curl_code;
    e->plain = result->plain;
    e->denied = result->denied;
    e->sent = result->sent;
    snprintf(e->message, sizeof e->message, "%s", result->message);
}

static const struct http_handler HANDLER = {ignore_body, on_done};

/* A listener that greets whoever comes in plain words. */
static void plain_words_to_a_handshake(void **state)
{
    (void)state;
    struct peer p;
    struct end end = {0};
    char url[64];
    peer_init(&p, "");
    struct http *h = http_new(NULL);
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", p.port);
    struct http_request request = {.url = url};
    assert_non_null(http_start(h, &request, &HANDLER, &end, NULL));
    int c = -1;
    for (int i = 0; i < 5000 && !end.done; i++) {
        struct pollfd fd = {.fd = p.listener, .events = POLLIN};
        http_wait(h, &fd, 1, 2);
        if (fd.revents && c < 0 && (c = accept(p.listener, NULL, NULL)) >= 0)
            (void)!send(c, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, MSG_NOSIGNAL);
        http_perform(h);
    }
    assert_int_equal(end.done, 1);
    assert_int_equal(end.curl_code, 35);
    assert_true(end.plain);
    assert_false(end.denied);
    assert_false(end.sent);
    assert_string_equal(end.message,
                        "there is no TLS at this port: should base_url begin with http://, or have "
                        "another port?");
    close(c);
    peer_release(&p);
    http_free(h);
}

/* A listener that waits for a line of plain words itself. */
static void no_word_to_a_handshake(void **state)
{
    (void)state;
    struct peer p;
    struct end end = {0};
    char url[64];
    peer_init(&p, "");
    struct http *h = http_new(NULL);
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", p.port);
    struct http_request request = {.url = url};
    assert_non_null(http_start(h, &request, &HANDLER, &end, NULL));
    int c = -1;
    char hello[1] = "";
    stands_at_ms = 1000;
    for (int i = 0; i < 5000 && (c < 0 || recv(c, hello, 1, MSG_PEEK | MSG_DONTWAIT) < 1); i++) {
        struct pollfd fd = {.fd = p.listener, .events = POLLIN};
        http_wait(h, &fd, 1, 2);
        if (fd.revents && c < 0)
            c = accept(p.listener, NULL, NULL);
        http_perform(h);
    }
    http_perform(h); /* silent from here on at the latest */
    stands_at_ms = 1000 + SILENCE_MS - 1;
    http_perform(h);
    assert_int_equal(end.done, 0);
    stands_at_ms = 1000 + SILENCE_MS;
    http_perform(h);
    stands_at_ms = 0;
    assert_int_equal(end.done, 1);
    assert_int_equal(end.curl_code, 35);
    assert_false(end.plain);
    assert_string_equal(end.message,
                        "the server took the connection and did not answer the TLS handshake: is "
                        "it an https server?");
    close(c);
    peer_release(&p);
    http_free(h);
}

static void denied_addresses(void **state)
{
    (void)state;
    struct peer p;
    struct end end = {0};
    char url[64];
    peer_init(&p, "");
    struct http *h = http_new(NULL);
    struct egress *egress = egress_new();
    assert_int_equal(egress_add(egress, false, "127.0.0.0/8"), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", p.port);
    struct http_request request = {.url = url, .egress = egress};
    assert_non_null(http_start(h, &request, &HANDLER, &end, NULL));
    for (int i = 0; i < 5000 && !end.done; i++)
        peer_turn(&p, h);
    assert_int_equal(end.done, 1);
    assert_int_equal(end.curl_code, 7);
    assert_true(end.denied);
    assert_false(end.plain);
    assert_string_equal(end.message, "its address may not be connected to: see deny_addresses and "
                                     "allow_addresses");
    assert_int_equal(p.accepted, 0);
    peer_release(&p);
    http_free(h);
    egress_free(egress);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(silent_for_too_long);
    assert_keeps_nothing(counted_from_time_zero_too);
    assert_keeps_nothing(who_need_not_speak);
    assert_keeps_nothing(words_of_those_without_tls);
    assert_keeps_nothing(plain_words_to_a_handshake);
    assert_keeps_nothing(denied_addresses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent_for_too_long),        cmocka_unit_test(counted_from_time_zero_too),
        cmocka_unit_test(who_need_not_speak),         cmocka_unit_test(words_of_those_without_tls),
        cmocka_unit_test(plain_words_to_a_handshake), cmocka_unit_test(no_word_to_a_handshake),
        cmocka_unit_test(denied_addresses),           cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
