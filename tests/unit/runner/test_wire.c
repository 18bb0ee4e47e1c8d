/* The seam between a provider and the network: what a request takes from its configuration, and
 * what a failure is called, with its status, its wait and its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "runner/exchange/wire.h"

static void all_of_the_configuration(void **state)
{
    (void)state;
    char header[] = "A: b", url[] = "https://host/x", body[] = "text";
    char *headers[] = {header, NULL};
    json_t *doc = json_pack("{s:s, s:s, s:s, s:s}", "ca_file", "/ca", "client_cert", "/cert",
                            "client_key", "/key", "proxy", "http://proxy");
    struct provider_config config = {.name = "p", .doc = doc};
    struct provider_request request = {.url = url, .headers = headers, .body = body, .body_len = 4};
    struct http_request made = wire_request(&config, &request);
    assert_string_equal(made.url, "https://host/x");
    assert_string_equal(made.headers[0], "A: b");
    assert_null(made.headers[1]);
    assert_string_equal(made.body, "text");
    assert_int_equal(made.body_len, 4);
    assert_string_equal(made.ca_file, "/ca");
    assert_string_equal(made.client_cert, "/cert");
    assert_string_equal(made.client_key, "/key");
    assert_string_equal(made.proxy, "http://proxy");
    json_object_clear(doc);
    made = wire_request(&config, &request);
    assert_null(made.ca_file);
    assert_null(made.client_cert);
    assert_null(made.client_key);
    assert_null(made.proxy);
    assert_null(made.method);
    json_decref(doc);
}

static void classes_of_the_transport(void **state)
{
    (void)state;
    static const struct {
        bool plain, denied;
        int curl_code;
        const char *means;
    } ROWS[] = {
        {false, false, 7, "transient connect"},       {false, true, 7, "permanent connect"},
        {true, false, 35, "permanent tls_handshake"}, {false, false, 35, "transient tls_handshake"},
        {false, false, 60, "permanent tls"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char got[64];
        struct http_result result = {
            .plain = ROWS[i].plain, .denied = ROWS[i].denied, .curl_code = ROWS[i].curl_code};
        struct fault_class class = wire_transport_class(&result);
        snprintf(got, sizeof got, "%s %s", class.kind, class.code);
        assert_string_equal(got, ROWS[i].means);
    }
}

static void settled_faults(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *code, *message; /* as the body told them */
        int told, status;                  /* by the body, by HTTP */
        int64_t wait;                      /* by the body */
        const char *after, *after_ms, *location;
        int64_t limit;
        const char *settled;
    } ROWS[] = {
        {"", "", "", 0, 503, -1, "", "", "", -1, "transient server_error 503 -1: HTTP status 503"},
        {"", "", "words", 0, 503, -1, "", "", "", -1, "transient server_error 503 -1: words"},
        {"", "", "words", 429, 503, -1, "", "", "", -1, "transient rate_limited 429 -1: words"},
        {"permanent", "auth", "", 0, 429, -1, "7", "", "/x", -1, "permanent auth 429 7000: "},
        {"", "", "", 0, 429, 5, "7", "8", "", 9, "transient rate_limited 429 5: HTTP status 429"},
        {"", "", "", 0, 429, 0, "7", "8", "", 9, "transient rate_limited 429 0: HTTP status 429"},
        {"", "", "", 0, 429, -1, "7", "8", "", 9, "transient rate_limited 429 8: HTTP status 429"},
        {"", "", "", 0, 429, -1, "7", "0", "", 9, "transient rate_limited 429 0: HTTP status 429"},
        {"", "", "", 0, 429, -1, "7", "2147483647", "", 9,
         "transient rate_limited 429 2147483647: HTTP status 429"},
        {"", "", "", 0, 429, -1, "7", "2147483648", "", 9,
         "transient rate_limited 429 7000: HTTP status 429"},
        {"", "", "", 0, 429, -1, "7", "-1", "", 9,
         "transient rate_limited 429 7000: HTTP status 429"},
        {"", "", "", 0, 429, -1, "", "soon", "", 9,
         "transient rate_limited 429 9: HTTP status 429"},
        {"", "", "", 0, 429, -1, "soon", "", "", 9,
         "transient rate_limited 429 -1: HTTP status 429"},
        {"", "", "body", 0, 299, -1, "", "", "https://else/", -1,
         "transient bad_response 299 -1: body"},
        {"", "", "body", 0, 300, -1, "", "", "https://else/a?key=1", -1,
         "permanent unexpected_redirect 300 -1: redirected to https://else/a, which is not "
         "followed: if that is the provider, correct base_url"},
        {"", "", "body", 0, 399, -1, "", "", "/b#c", -1,
         "permanent unexpected_redirect 399 -1: redirected to /b, which is not followed: if that "
         "is the provider, correct base_url"},
        {"", "", "body", 0, 302, -1, "", "", "", -1, "permanent unexpected_redirect 302 -1: body"},
        {"", "", "body", 0, 400, -1, "", "", "/b", -1, "permanent invalid_request 400 -1: body"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char got[2 * FAULT_RAW_MAX];
        struct reply_fault fault;
        reply_fault_init(&fault);
        reply_fault_set(&fault, ROWS[i].kind, ROWS[i].code, ROWS[i].message);
        fault.http_status = ROWS[i].told;
        fault.retry_after_ms = ROWS[i].wait;
        struct http_response response = {ROWS[i].status,   "", ROWS[i].after,
                                         ROWS[i].after_ms, "", ROWS[i].location,
                                         ROWS[i].limit};
        wire_settle_fault(&fault, &response);
        snprintf(got, sizeof got, "%s %s %d %lld: %s", fault.kind, fault.code, fault.http_status,
                 (long long)fault.retry_after_ms, fault.message);
        assert_string_equal(got, ROWS[i].settled);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(all_of_the_configuration);
    assert_keeps_nothing(classes_of_the_transport);
    assert_keeps_nothing(settled_faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_the_configuration),
        cmocka_unit_test(classes_of_the_transport),
        cmocka_unit_test(settled_faults),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
