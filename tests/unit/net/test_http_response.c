/* All that is known of a reply, and all that a request may ask for: a header that is passed over is
 * a wait that nobody keeps, a method that is lost another request. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_peer.h"

struct seen {
    struct http_result result;
    char members[600]; /* the strings of the response, with bars between them */
    char body[64], first_type[64], message[200];
    int done;
};

static int on_body(void *context, const struct http_response *response, const char *bytes,
                   size_t len)
{
    struct seen *s = context;
    size_t used = strlen(s->body);
    snprintf(s->first_type, sizeof s->first_type, "%d %s", response->status,
             response->content_type);
    snprintf(s->body + used, sizeof s->body - used, "%.*s", (int)len, bytes);
    return 0;
}

static void on_done(void *context, const struct http_result *result)
{
    struct seen *s = context;
    const struct http_response *r = &result->response;
    s->done++;
    s->result = *result;
    snprintf(s->message, sizeof s->message, "%s", result->message);
    snprintf(s->members, sizeof s->members, "%d|%s|%s|%s|%s|%s|%lld", r->status, r->content_type,
             r->retry_after, r->retry_after_ms, r->request_id, r->location, (long long)r->limit_ms);
}

static const struct http_handler HANDLER = {on_body, on_done};

/* The peer has what was asked; the caller lets go of it. */
static void run(struct peer *p, struct seen *s, const char *answer, struct http_request request)
{
    char url[64];
    *s = (struct seen){0};
    peer_init(p, answer);
    p->close_after = true;
    struct http *h = http_new(NULL);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/x", p->port);
    request.url = url;
    assert_non_null(http_start(h, &request, &HANDLER, s, NULL));
    assert_int_equal(http_running(h), 1);
    for (int i = 0; i < 5000 && !s->done; i++)
        peer_turn(p, h);
    assert_int_equal(s->done, 1);
    assert_int_equal(http_running(h), 0);
    http_free(h);
}

static void members_of_a_response(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *members;
    } ROWS[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200||||||-1"},
        {"HTTP/1.1 200 OK\r\ncontent-type: a/b\r\nretry-after: 1\r\nretry-after-ms: 2\r\n"
         "x-request-id: 3\r\nlocation: /4\r\nContent-Length: 0\r\n\r\n",
         "200|a/b|1|2|3|/4|-1"},
        {"HTTP/1.1 200 OK\r\nrequest-id: b\r\nx-request-id: a\r\nContent-Length: 0\r\n\r\n",
         "200||||a||-1"},
        {"HTTP/1.1 200 OK\r\nrequest-id: b\r\ncf-ray: d\r\nContent-Length: 0\r\n\r\n",
         "200||||b||-1"},
        {"HTTP/1.1 200 OK\r\nx-goog-request-id: c\r\ncf-ray: d\r\nContent-Length: 0\r\n\r\n",
         "200||||c||-1"},
        {"HTTP/1.1 200 OK\r\ncf-ray: d\r\nContent-Length: 0\r\n\r\n", "200||||d||-1"},
        {"HTTP/1.1 429 No\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: 7s\r\nContent-Length: "
         "0\r\n\r\n",
         "429||||||7000"},
        {"HTTP/1.1 430 No\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: 7s\r\nContent-Length: "
         "0\r\n\r\n",
         "430||||||-1"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct peer p;
        struct seen s;
        run(&p, &s, ROWS[i].answer, (struct http_request){0});
        assert_string_equal(s.members, ROWS[i].members);
        assert_string_equal(s.message, "");
        assert_int_equal(s.result.curl_code, 0);
        assert_true(s.result.sent);
        assert_false(s.result.plain || s.result.denied || s.result.refused || s.result.too_large);
        peer_release(&p);
    }
}

static void the_body_knows_its_head(void **state)
{
    (void)state;
    struct peer p;
    struct seen s;
    run(&p, &s, "HTTP/1.1 201 OK\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\nabc",
        (struct http_request){0});
    assert_string_equal(s.first_type, "201 a/b");
    assert_string_equal(s.body, "abc");
    peer_release(&p);
}

/* So many bytes and not one more. */
static void bounds_of_a_body(void **state)
{
    (void)state;
    for (size_t most = 4; most <= 6; most++) {
        struct peer p;
        struct seen s;
        run(&p, &s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
            (struct http_request){.body_max = most});
        assert_int_equal(s.result.too_large, most < 5);
        assert_int_equal(s.result.curl_code, most < 5 ? 23 : 0);
        assert_string_equal(s.body, most < 5 ? "" : "abcde");
        assert_int_equal(*s.message != '\0', most < 5);
        assert_null(strstr(s.message, "no TLS at this port"));
        peer_release(&p);
    }
}

static void what_is_asked(void **state)
{
    (void)state;
    static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    static const char *const HEADERS[] = {"A: 1", "B: 2", NULL};
    const struct {
        struct http_request request;
        const char *first, *last;
    } ROWS[] = {
        {{0}, "GET /x HTTP/1.1\r\n", "\r\n\r\n"},
        {{.method = "DELETE"}, "DELETE /x HTTP/1.1\r\n", "\r\n\r\n"},
        {{.body = "a\0b", .body_len = 3}, "POST /x HTTP/1.1\r\n", NULL},
        {{.method = "PUT", .body = "ab", .body_len = 2}, "PUT /x HTTP/1.1\r\n", "\r\n\r\nab"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct peer p;
        struct seen s;
        struct http_request request = ROWS[i].request;
        request.headers = HEADERS;
        run(&p, &s, ANSWER, request);
        size_t len = p.seen.len;
        const char *asked = buf_str(&p.seen);
        assert_memory_equal(asked, ROWS[i].first, strlen(ROWS[i].first));
        assert_non_null(strstr(asked, "\r\nA: 1\r\n"));
        assert_non_null(strstr(asked, "\r\nB: 2\r\n"));
        assert_non_null(strstr(asked, "\r\nAccept-Encoding: gzip, deflate\r\n"));
        assert_null(strstr(asked, "Expect"));
        if (ROWS[i].last)
            assert_string_equal(asked + len - strlen(ROWS[i].last), ROWS[i].last);
        else
            assert_memory_equal(asked + len - 3, "a\0b", 3);
        peer_release(&p);
    }
}

/* Other descriptors are waited for as well, with and without a transfer beside them. */
static void waits_for_others(void **state)
{
    (void)state;
    struct peer p;
    struct seen s = {0};
    char url[64];
    int fds[2];
    struct http *h = http_new(NULL);
    peer_init(&p, "");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    for (int beside = 0; beside < 2; beside++) {
        struct pollfd wait[2] = {{.fd = fds[0], .events = POLLIN, .revents = POLLERR},
                                 {.fd = fds[1], .events = POLLOUT}};
        assert_int_equal(http_wait(h, wait, 2, -1), 0);
        assert_int_equal(wait[0].revents, 0);
        assert_int_equal(wait[1].revents, POLLOUT);
        assert_int_equal(write(fds[1], "x", 1), 1);
        assert_int_equal(http_wait(h, wait, 1, -1), 0);
        assert_int_equal(wait[0].revents, POLLIN);
        assert_int_equal(read(fds[0], url, 1), 1);
        assert_int_equal(http_wait(h, wait, 1, 1), 0);
        assert_int_equal(wait[0].revents, 0);
        snprintf(url, sizeof url, "http://127.0.0.1:%d/", p.port);
        struct http_request request = {.url = url};
        if (!beside)
            assert_non_null(http_start(h, &request, &HANDLER, &s, NULL));
    }
    shutdown(fds[1], SHUT_RDWR);
    struct pollfd hangs = {.fd = fds[0], .events = POLLIN};
    assert_int_equal(http_wait(h, &hangs, 1, -1), 0);
    assert_int_equal(hangs.revents & (POLLIN | POLLHUP), POLLIN | POLLHUP);
    http_free(h);
    assert_int_equal(s.done, 0);
    close(fds[0]);
    close(fds[1]);
    peer_release(&p);
}

static void how_many_may_be_waited_for(void **state)
{
    (void)state;
    static struct pollfd fds[HTTP_WAIT_MAX + 1];
    struct peer p;
    struct seen s = {0};
    char url[64];
    struct http *h = http_new(NULL);
    peer_init(&p, "");
    for (size_t i = 0; i <= HTTP_WAIT_MAX; i++)
        fds[i] = (struct pollfd){.fd = p.listener, .events = POLLOUT};
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", p.port);
    struct http_request request = {.url = url};
    assert_non_null(http_start(h, &request, &HANDLER, &s, NULL));
    assert_int_equal(http_wait(h, fds, HTTP_WAIT_MAX + 1, 0), -EINVAL);
    assert_int_equal(http_wait(h, fds, HTTP_WAIT_MAX, 0), 0);
    http_free(h);
    peer_release(&p);
}

static void a_url_that_is_none(void **state)
{
    (void)state;
    struct error err = {0};
    struct seen s = {0};
    struct http *h = http_new(NULL);
    struct http_request request = {.url = ""};
    struct http_transfer *t = http_start(h, &request, &HANDLER, &s, &err);
    for (int i = 0; t && i < 5000 && !s.done; i++) {
        http_wait(h, NULL, 0, 2);
        http_perform(h);
    }
    assert_true(!t || s.result.curl_code == 3);
    assert_int_equal(http_running(h), 0);
    http_free(h);
    http_free(NULL);
    http_abort(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_a_response),      cmocka_unit_test(the_body_knows_its_head),
        cmocka_unit_test(bounds_of_a_body),           cmocka_unit_test(what_is_asked),
        cmocka_unit_test(waits_for_others),           cmocka_unit_test(a_url_that_is_none),
        cmocka_unit_test(how_many_may_be_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
