/* The transport must not lose a byte, follow a redirect with keys, or forget a connection that it
 * could use again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_peer.h"

struct seen {
    struct buf body;
    int status, curl_code, done;
    bool sent, too_large, refused;
    char retry_after[32], request_id[32], content_type[64];
    int refuse;
};

static int on_body(void *context, const struct http_response *response, const char *bytes,
                   size_t len)
{
    struct seen *s = context;
    (void)response;
    return s->refuse ? s->refuse : buf_add(&s->body, bytes, len);
}

static void on_done(void *context, const struct http_result *result)
{
    struct seen *s = context;
    s->done++;
    s->status = result->response.status;
    s->curl_code = result->curl_code;
    s->sent = result->sent;
    s->too_large = result->too_large;
    s->refused = result->refused;
    snprintf(s->retry_after, sizeof(s->retry_after), "%s", result->response.retry_after);
    snprintf(s->request_id, sizeof(s->request_id), "%s", result->response.request_id);
    snprintf(s->content_type, sizeof(s->content_type), "%s", result->response.content_type);
}

static const struct http_handler HANDLER = {on_body, on_done};

static struct http_transfer *start(struct http *h, struct seen *s, int port, size_t body_max)
{
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/x", port);
    struct http_request request = {
        .url = url,
        .headers = (const char *const[]){"Authorization: Bearer sk-testtesttest", NULL},
        .body = "{\"a\":1}",
        .body_len = 7,
        .body_max = body_max};
    buf_init(&s->body, 1 << 20);
    struct http_transfer *t = http_start(h, &request, &HANDLER, s, NULL);
    assert_non_null(t);
    return t;
}

static void finish(struct http *h, struct peer *p, struct seen *s)
{
    for (int i = 0; i < 5000 && !s->done; i++)
        peer_turn(p, h);
    assert_int_equal(s->done, 1);
    buf_release(&s->body);
}

static void asks_and_reads(void **state)
{
    (void)state;
    struct peer p;
    struct seen s = {0};
    struct http *h = http_new(NULL);
    peer_init(&p, "HTTP/1.1 429 No\r\nContent-Type: application/json\r\nRetry-After: 7\r\n"
                  "X-Request-Id: req-1\r\nContent-Length: 5\r\n\r\nhello");
    start(h, &s, p.port, 0);
    for (int i = 0; i < 5000 && !s.done; i++)
        peer_turn(&p, h);
    assert_int_equal(s.done, 1);
    assert_string_equal(buf_str(&s.body), "hello");
    assert_int_equal(s.status, 429);
    assert_int_equal(s.curl_code, 0);
    assert_true(s.sent);
    assert_string_equal(s.retry_after, "7");
    assert_string_equal(s.request_id, "req-1");
    assert_string_equal(s.content_type, "application/json");
    const char *request = buf_str(&p.seen);
    assert_non_null(strstr(request, "POST /v1/x HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "Authorization: Bearer sk-testtesttest\r\n"));
    assert_non_null(strstr(request, "\r\n\r\n{\"a\":1}"));
    assert_null(strstr(request, "Expect:"));
    buf_release(&s.body);
    peer_release(&p);
    http_free(h);
}

static void uses_a_connection_again(void **state)
{
    (void)state;
    struct peer p;
    struct http *h = http_new(NULL);
    peer_init(&p, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    for (int i = 0; i < 4; i++) {
        struct seen s = {0};
        start(h, &s, p.port, 0);
        finish(h, &p, &s);
        assert_int_equal(s.status, 200);
    }
    assert_int_equal(p.requests, 4);
    assert_int_equal(p.accepted, 1);
    peer_release(&p);
    http_free(h);
}

static void runs_many_at_once(void **state)
{
    (void)state;
    struct peer p;
    struct seen s[8] = {0};
    struct http *h = http_new(NULL);
    peer_init(&p, "");
    for (size_t i = 0; i < 8; i++)
        start(h, &s[i], p.port, 0);
    for (int i = 0; i < 5000 && p.requests < 8; i++)
        peer_turn(&p, h);
    assert_int_equal(p.requests, 8);
    assert_int_equal(http_running(h), 8);
    for (size_t i = 0; i < PEER_CONNECTIONS; i++)
        if (p.fds[i] >= 0)
            (void)!send(p.fds[i], "HTTP/1.1 204 No\r\n\r\n", 19, MSG_NOSIGNAL);
    for (size_t i = 0; i < 8; i++) {
        finish(h, &p, &s[i]);
        assert_int_equal(s[i].status, 204);
    }
    assert_int_equal(http_running(h), 0);
    peer_release(&p);
    http_free(h);
}

static void follows_no_redirect(void **state)
{
    (void)state;
    struct peer p;
    struct seen s = {0};
    struct http *h = http_new(NULL);
    peer_init(&p, "HTTP/1.1 307 Go\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    start(h, &s, p.port, 0);
    finish(h, &p, &s);
    assert_int_equal(s.status, 307);
    assert_int_equal(p.requests, 1);
    peer_release(&p);
    http_free(h);
}

static void tells_a_lost_connection(void **state)
{
    (void)state;
    struct peer p;
    struct seen s = {0};
    struct http *h = http_new(NULL);
    peer_init(&p, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    p.close_after = true;
    start(h, &s, p.port, 0);
    finish(h, &p, &s);
    assert_int_equal(s.curl_code, 18);
    assert_int_equal(s.status, 200);
    peer_release(&p);
    struct seen none = {0};
    start(h, &none, p.port, 0);
    for (int i = 0; i < 5000 && !none.done; i++) {
        http_wait(h, NULL, 0, 2);
        http_perform(h);
    }
    assert_int_equal(none.curl_code, 7);
    assert_false(none.sent);
    buf_release(&none.body);
    http_free(h);
}

static void bounds_the_reply(void **state)
{
    (void)state;
    struct peer p;
    struct seen s = {0}, refused = {.refuse = -EPROTO};
    struct http *h = http_new(NULL);
    peer_init(&p, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n01234567890123456789");
    start(h, &s, p.port, 10);
    finish(h, &p, &s);
    assert_true(s.too_large);
    assert_int_equal(s.curl_code, 23);
    start(h, &refused, p.port, 0);
    finish(h, &p, &refused);
    assert_true(refused.refused);
    assert_false(refused.too_large);
    peer_release(&p);
    http_free(h);
}

static void aborts_without_a_word(void **state)
{
    (void)state;
    struct peer p;
    struct seen s = {0};
    struct http *h = http_new(NULL);
    peer_init(&p, "");
    struct http_transfer *t = start(h, &s, p.port, 0);
    for (int i = 0; i < 5000 && p.requests < 1; i++)
        peer_turn(&p, h);
    http_abort(t);
    assert_int_equal(s.done, 0);
    assert_int_equal(http_running(h), 0);
    buf_release(&s.body);
    peer_release(&p);
    http_free(h);
}

static void asks_no_environment_for_a_proxy(void **state)
{
    (void)state;
    struct peer p, proxy;
    struct seen s = {0};
    char url[64];
    peer_init(&p, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    peer_init(&proxy, "HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n");
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", proxy.port);
    setenv("http_proxy", url, 1);
    setenv("all_proxy", url, 1);
    struct http *h = http_new(NULL);
    start(h, &s, p.port, 0);
    finish(h, &p, &s);
    assert_int_equal(s.status, 200);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    peer_release(&p);
    peer_release(&proxy);
    http_free(h);
}

static void refuses_other_protocols(void **state)
{
    (void)state;
    struct seen s = {0};
    struct http *h = http_new(NULL);
    struct http_request request = {.url = "file:///etc/passwd"};
    struct http_transfer *t = http_start(h, &request, &HANDLER, &s, NULL);
    for (int i = 0; t && i < 100 && !s.done; i++)
        http_perform(h);
    assert_true(!t || s.curl_code == 1);
    assert_int_equal(s.body.len, 0);
    http_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_and_reads),
        cmocka_unit_test(uses_a_connection_again),
        cmocka_unit_test(runs_many_at_once),
        cmocka_unit_test(follows_no_redirect),
        cmocka_unit_test(tells_a_lost_connection),
        cmocka_unit_test(bounds_the_reply),
        cmocka_unit_test(aborts_without_a_word),
        cmocka_unit_test(asks_no_environment_for_a_proxy),
        cmocka_unit_test(refuses_other_protocols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
