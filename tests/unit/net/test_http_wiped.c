/* A request has a key and what somebody asked: nothing of it is left in the heap once it is over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "freed.h"
#include "runner/net/http.h"

static int ignore_body(void *context, const struct http_response *response, const char *bytes,
                       size_t len)
{
    (void)context, (void)response, (void)bytes, (void)len;
    return 0;
}

static void on_done(void *context, const struct http_result *result)
{
    (void)context, (void)result;
}

static const struct http_handler HANDLER = {ignore_body, on_done};

static void expect_wiped(const char *what)
{
    static const char BODY[] = "{\"question\":\"words-of-a-body\"}";
    const struct http_request request = {
        .url = "http://127.0.0.1:9/", .body = BODY, .body_len = sizeof BODY - 1};
    struct http *h = http_new(NULL);
    assert_non_null(h);
    secret = what;
    freed_with_it = 0;
    struct http_transfer *t = http_start(h, &request, &HANDLER, NULL, NULL);
    assert_non_null(t);
    http_abort(t);
    secret = NULL;
    assert_int_equal(freed_with_it, 0);
    http_free(h);
}

static void what_was_asked_is_wiped(void **state)
{
    (void)state;
    expect_wiped("words-of-a-body");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_asked_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
