/* What libcurl is told of a request, all of it: an option that is left out is a proxy of the
 * environment, a signal in the loop, or a certificate that nobody looks at, a
 * descriptor that wakes nobody. The Makefile links this program with --wrap for the two functions
 * that set options and the one that waits. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <curl/curl.h>

#include "http_peer.h"

enum { OPTIONS_MAX = 64 };

static struct {
    int option;
    char value[80];
} set[OPTIONS_MAX];
static size_t set_count;

static void keep(int option, const char *value)
{
    size_t i = 0;
    while (i < set_count && set[i].option != option)
        i++;
    assert_true(i < OPTIONS_MAX);
    set[i].option = option;
    snprintf(set[i].value, sizeof(set[i].value), "%s", value);
    set_count += i == set_count;
}

static const char *kept(int option)
{
    for (size_t i = 0; i < set_count; i++)
        if (set[i].option == option)
            return set[i].value;
    return "unset";
}

/* Of most pointers only that there is one. */
static void keep_pointer(int option, const char *value)
{
    switch (option) {
    case CURLOPT_PROTOCOLS_STR:
    case CURLOPT_PROXY:
    case CURLOPT_NOPROXY:
    case CURLOPT_ACCEPT_ENCODING:
    case CURLOPT_CAINFO:
    case CURLOPT_CAPATH:
    case CURLOPT_PROXY_CAINFO:
    case CURLOPT_PROXY_CAPATH:
    case CURLOPT_SSLCERT:
    case CURLOPT_SSLKEY:
    case CURLOPT_CUSTOMREQUEST:
    case CURLOPT_URL:
        keep(option, value ? value : "null");
        break;
    default:
        keep(option, value ? "given" : "null");
    }
}

static void keep_number(int option, int64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)value);
    keep(option, text);
}

#undef curl_easy_setopt
#undef curl_multi_setopt
CURLcode __real_curl_easy_setopt(CURL *easy, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *easy, CURLoption option, ...);
CURLMcode __real_curl_multi_setopt(CURLM *multi, CURLMoption option, ...);
CURLMcode __wrap_curl_multi_setopt(CURLM *multi, CURLMoption option, ...);

CURLcode __wrap_curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    CURLcode r;
    va_list args;
    va_start(args, option);
    if (option < CURLOPTTYPE_OBJECTPOINT) {
        long number = va_arg(args, long);
        keep_number((int)option, number);
        r = __real_curl_easy_setopt(easy, option, number);
    } else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB) {
        curl_off_t number = va_arg(args, curl_off_t);
        keep_number((int)option, number);
        r = __real_curl_easy_setopt(easy, option, number);
    } else {
        void *pointer = va_arg(args, void *);
        keep_pointer((int)option, pointer);
        r = __real_curl_easy_setopt(easy, option, pointer);
    }
    va_end(args);
    return r;
}

CURLMcode __wrap_curl_multi_setopt(CURLM *multi, CURLMoption option, ...)
{
    va_list args;
    va_start(args, option);
    long number = va_arg(args, long);
    va_end(args);
    keep_number(-(int)option, number);
    return __real_curl_multi_setopt(multi, option, number);
}

static void done(void *context, const struct http_result *result)
{
    (void)context;
    (void)result;
}

static struct {
    struct curl_waitfd fds[4];
    unsigned count;
    int timeout_ms;
    CURLMcode answer;
} waited;

CURLMcode __wrap_curl_multi_poll(CURLM *multi, struct curl_waitfd *fds, unsigned count,
                                 int timeout_ms, int *ret);

CURLMcode __wrap_curl_multi_poll(CURLM *multi, struct curl_waitfd *fds, unsigned count,
                                 int timeout_ms, int *ret)
{
    (void)ret;
    assert_non_null(multi);
    assert_in_range(count, 0, 4);
    memcpy(waited.fds, fds, count * sizeof(*fds));
    waited.count = count;
    waited.timeout_ms = timeout_ms;
    return waited.answer;
}

static const struct {
    int option;
    const char *bare, *full, *secure;
} ROWS[] = {
    {-CURLMOPT_MAXCONNECTS, "128", "128", "128"},
    {-CURLMOPT_PIPELINING, "2", "2", "2"},
    {CURLOPT_PRIVATE, "given", "given", "given"},
    {CURLOPT_ERRORBUFFER, "given", "given", "given"},
    {CURLOPT_NOSIGNAL, "1", "1", "1"},
    {CURLOPT_NOPROGRESS, "1", "1", "1"},
    {CURLOPT_WRITEFUNCTION, "given", "given", "given"},
    {CURLOPT_WRITEDATA, "given", "given", "given"},
    {CURLOPT_OPENSOCKETFUNCTION, "given", "given", "given"},
    {CURLOPT_OPENSOCKETDATA, "given", "given", "given"},
    {CURLOPT_PROTOCOLS_STR, "http,https", "http,https", "http,https"},
    {CURLOPT_FOLLOWLOCATION, "0", "0", "0"},
    {CURLOPT_PROXY, "", "http://127.0.0.1:2", ""},
    {CURLOPT_NOPROXY, "", "", ""},
    {CURLOPT_HTTP_VERSION, "4", "4", "4"},
    {CURLOPT_PIPEWAIT, "0", "1", "1"},
    {CURLOPT_ACCEPT_ENCODING, "gzip, deflate", "gzip, deflate", "gzip, deflate"},
    {CURLOPT_TCP_KEEPALIVE, "1", "1", "1"},
    {CURLOPT_CONNECTTIMEOUT_MS, "30000", "1234", "30000"},
    {CURLOPT_CAINFO, "null", "/ca.pem", "null"},
    {CURLOPT_CAPATH, "/etc/ssl/certs", "null", "/certs"},
    {CURLOPT_PROXY_CAINFO, "null", "null", "null"},
    {CURLOPT_PROXY_CAPATH, "/etc/ssl/certs", "/certs", "/certs"},
    {CURLOPT_SSLCERT, "unset", "/cert.pem", "unset"},
    {CURLOPT_SSLKEY, "unset", "/key.pem", "unset"},
    {CURLOPT_HTTPHEADER, "given", "given", "given"},
    {CURLOPT_POSTFIELDSIZE_LARGE, "unset", "3", "unset"},
    {CURLOPT_POSTFIELDS, "unset", "given", "unset"},
    {CURLOPT_CUSTOMREQUEST, "unset", "PUT", "unset"},
    {CURLOPT_URL, "http://127.0.0.1:1/a", "https://127.0.0.1:1/b", "HTTPS://127.0.0.1:1/c"},
};

static void every_option(void **state)
{
    (void)state;
    static const struct http_handler HANDLER = {ignore_body, done};
    static const struct http_request REQUESTS[] = {
        {.url = "http://127.0.0.1:1/a"},
        {.url = "https://127.0.0.1:1/b",
         .method = "PUT",
         .body = "abc",
         .body_len = 3,
         .ca_file = "/ca.pem",
         .client_cert = "/cert.pem",
         .client_key = "/key.pem",
         .proxy = "http://127.0.0.1:2",
         .connect_ms = 1234},
        {.url = "HTTPS://127.0.0.1:1/c"},
    };
    for (size_t i = 0; i < 3; i++) {
        size_t told = 0;
        set_count = 0;
        struct http *h = http_new(i ? "/certs" : NULL);
        assert_non_null(http_start(h, &REQUESTS[i], &HANDLER, NULL, NULL));
        for (size_t k = 0; k < sizeof(ROWS) / sizeof(ROWS[0]); k++) {
            const char *value = i == 0 ? ROWS[k].bare : i == 1 ? ROWS[k].full : ROWS[k].secure;
            if (strcmp(kept(ROWS[k].option), value))
                fail_msg("request %zu, option %d: %s", i, ROWS[k].option, kept(ROWS[k].option));
            told += strcmp(value, "unset") != 0;
        }
        assert_int_equal(told, set_count);
        http_free(h);
    }
}

static void descriptors_of_others(void **state)
{
    (void)state;
    static const struct http_handler HANDLER = {ignore_body, done};
    static const struct http_request REQUEST = {.url = "http://127.0.0.1:1/a"};
    static const int TIMES[][2] = {{-1, 3600000}, {0, 0}, {199, 199}, {201, 201}};
    static const short EVENTS[4] = {POLLIN, POLLOUT, POLLIN | POLLOUT, 0};
    static const short TOLD[4] = {CURL_WAIT_POLLIN, CURL_WAIT_POLLOUT,
                                  CURL_WAIT_POLLIN | CURL_WAIT_POLLOUT, 0};
    struct pollfd fds[4];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    for (size_t i = 0; i < 4; i++)
        fds[i] = (struct pollfd){.fd = ends[i % 2], .events = EVENTS[i]};
    struct http *h = http_new(NULL);
    assert_non_null(http_start(h, &REQUEST, &HANDLER, NULL, NULL));
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(http_wait(h, fds, 4, TIMES[i][0]), 0);
        assert_int_equal(waited.timeout_ms, TIMES[i][1]);
        assert_int_equal(waited.count, 4);
        for (size_t k = 0; k < 4; k++) {
            assert_int_equal(waited.fds[k].fd, ends[k % 2]);
            assert_int_equal(waited.fds[k].events, TOLD[k]);
            assert_int_equal(fds[k].revents, k == 1 ? POLLOUT : 0);
        }
    }
    waited.answer = CURLM_OUT_OF_MEMORY;
    assert_int_equal(http_wait(h, fds, 4, 0), -ENOMEM);
    waited.answer = CURLM_INTERNAL_ERROR;
    assert_int_equal(http_wait(h, fds, 4, 0), -EIO);
    http_free(h);
    close(ends[0]);
    close(ends[1]);
}

/* While a handshake may stay without an answer it is looked at five times a second. */
static void no_long_wait_in_a_handshake(void **state)
{
    (void)state;
    static const struct http_handler HANDLER = {ignore_body, done};
    static const int TIMES[][2] = {{-1, 200}, {0, 0}, {199, 199}, {200, 200}, {201, 200}};
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
    char url[64];
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", ntohs(a.sin_port));
    struct http_request request = {.url = url};
    struct http *h = http_new(NULL);
    waited.answer = CURLM_OK;
    assert_non_null(http_start(h, &request, &HANDLER, NULL, NULL));
    http_perform(h);
    for (size_t i = 0; i < sizeof(TIMES) / sizeof(TIMES[0]); i++) {
        assert_int_equal(http_wait(h, NULL, 0, TIMES[i][0]), 0);
        assert_int_equal(waited.timeout_ms, TIMES[i][1]);
    }
    http_free(h);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_option),
                                       cmocka_unit_test(descriptors_of_others),
                                       cmocka_unit_test(no_long_wait_in_a_handshake)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
