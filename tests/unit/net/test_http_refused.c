/* What libcurl cannot do is told, and nothing of it stays: half a handle is no handle, and a
 * transfer that has not begun is not waited for. The Makefile links this program with --wrap for
 * what stands here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <curl/curl.h>

#include "heap_kept.h"
#include "http_peer.h"

static struct {
    bool library, multi, easy, add; /* refused */
    bool news;                      /* that is none, before each that is */
} curl;

CURLcode __real_curl_global_init_mem(long flags, curl_malloc_callback m, curl_free_callback f,
                                     curl_realloc_callback r, curl_strdup_callback s,
                                     curl_calloc_callback c);
CURLcode __wrap_curl_global_init_mem(long flags, curl_malloc_callback m, curl_free_callback f,
                                     curl_realloc_callback r, curl_strdup_callback s,
                                     curl_calloc_callback c);
CURLM *__real_curl_multi_init(void);
CURLM *__wrap_curl_multi_init(void);
CURL *__real_curl_easy_init(void);
CURL *__wrap_curl_easy_init(void);
CURLMcode __real_curl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMsg *__real_curl_multi_info_read(CURLM *multi, int *left);
CURLMsg *__wrap_curl_multi_info_read(CURLM *multi, int *left);

CURLcode __wrap_curl_global_init_mem(long flags, curl_malloc_callback m, curl_free_callback f,
                                     curl_realloc_callback r, curl_strdup_callback s,
                                     curl_calloc_callback c)
{
    return curl.library ? CURLE_FAILED_INIT : __real_curl_global_init_mem(flags, m, f, r, s, c);
}

CURLM *__wrap_curl_multi_init(void)
{
    return curl.multi ? NULL : __real_curl_multi_init();
}

CURL *__wrap_curl_easy_init(void)
{
    return curl.easy ? NULL : __real_curl_easy_init();
}

CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *easy)
{
    return curl.add ? CURLM_BAD_EASY_HANDLE : __real_curl_multi_add_handle(multi, easy);
}

/* Something that a later libcurl might have to say of a transfer that goes on. */
CURLMsg *__wrap_curl_multi_info_read(CURLM *multi, int *left)
{
    static CURLMsg news = {.msg = CURLMSG_NONE};
    curl.news = !curl.news;
    return curl.news ? &news : __real_curl_multi_info_read(multi, left);
}

static void on_done(void *context, const struct http_result *result)
{
    *(int *)context += result->response.status;
}

static const struct http_handler HANDLER = {ignore_body, on_done};

static void without_a_handle_there_is_none(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        curl.library = i == 0;
        curl.multi = i == 1;
        curl.easy = i == 2;
        assert_null(http_new(NULL));
    }
    curl.easy = false;
    struct http *h = http_new(NULL);
    assert_non_null(h);
    http_free(h);
}

static void expect_refused(struct http *h, const char *url, int number, const char *words)
{
    struct error err = {0};
    int status = 0;
    struct http_request request = {.url = url, .body = "abc", .body_len = 3};
    assert_null(http_start(h, &request, &HANDLER, &status, &err));
    assert_int_equal(err.number, number);
    assert_string_equal(err.text, words);
    assert_int_equal(http_running(h), 0);
    http_perform(h);
    assert_int_equal(status, 0);
}

static void a_transfer_that_cannot_begin(void **state)
{
    (void)state;
    enum { TOO_LONG = 8000001 }; /* CURL_MAX_INPUT_LENGTH and one */
    struct http *h = http_new(NULL);
    char *url = calloc(1, TOO_LONG + 1);
    assert_non_null(url);
    memset(url, 'a', TOO_LONG);
    expect_refused(h, url, EINVAL, "the URL cannot be used");
    curl.add = true;
    expect_refused(h, "http://127.0.0.1:1/", EIO, curl_multi_strerror(CURLM_BAD_EASY_HANDLE));
    curl.add = false;
    free(url);
    http_free(h);
}

static void news_of_another_kind_is_passed_over(void **state)
{
    (void)state;
    struct peer p;
    int status = 0;
    char url[64];
    struct http *h = http_new(NULL);
    peer_init(&p, "HTTP/1.1 204 No\r\n\r\n");
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", p.port);
    struct http_request request = {.url = url};
    curl.news = false;
    assert_non_null(http_start(h, &request, &HANDLER, &status, NULL));
    for (int i = 0; i < 5000 && !status; i++)
        peer_turn(&p, h);
    assert_int_equal(status, 204);
    peer_release(&p);
    http_free(h);
}

static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(without_a_handle_there_is_none);
    assert_keeps_nothing(a_transfer_that_cannot_begin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_handle_there_is_none),
        cmocka_unit_test(a_transfer_that_cannot_begin),
        cmocka_unit_test(news_of_another_kind_is_passed_over),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
