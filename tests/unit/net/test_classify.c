/* A wrong class retries what is hopeless, or gives up on what would have gone well a second later;
 * a Retry-After read wrongly hammers a provider that asked for patience. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/clock.h"
#include "heap_kept.h"
#include "runner/net/classify.h"
#include "runner/net/rate_limit.h"
#include "runner/net/retry_after.h"

static void expect(struct fault_class class, const char *text)
{
    char got[64];
    snprintf(got, sizeof(got), "%s %s", class.kind, class.code);
    assert_string_equal(got, text);
}

static void statuses(void **state)
{
    (void)state;
    static const struct {
        int from, to;
        const char *means;
    } ROWS[] = {
        {0, 299, "transient bad_response"},
        {600, 700, "transient bad_response"},
        {300, 399, "permanent unexpected_redirect"},
        {400, 400, "permanent invalid_request"},
        {401, 401, "permanent auth"},
        {402, 402, "permanent insufficient_credit"},
        {403, 403, "permanent auth"},
        {404, 404, "permanent model_not_found"},
        {405, 407, "permanent invalid_request"},
        {408, 408, "transient request_timeout"},
        {409, 409, "transient conflict"},
        {410, 420, "permanent invalid_request"},
        {421, 421, "transient conflict"},
        {422, 422, "permanent invalid_request"},
        {423, 423, "transient conflict"},
        {424, 424, "permanent invalid_request"},
        {425, 425, "transient conflict"},
        {426, 428, "permanent invalid_request"},
        {429, 429, "transient rate_limited"},
        {430, 450, "permanent invalid_request"},
        {451, 451, "permanent content_filtered"},
        {452, 497, "permanent invalid_request"},
        {498, 498, "transient overloaded"}, /* Groq: no room in its flexible tier */
        {499, 499, "permanent invalid_request"},
        {500, 500, "transient server_error"},
        {501, 501, "permanent invalid_request"},
        {502, 504, "transient server_error"},
        {505, 505, "permanent invalid_request"},
        {506, 528, "transient server_error"},
        {529, 529, "transient overloaded"},
        {530, 599, "transient server_error"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
        for (int status = ROWS[i].from; status <= ROWS[i].to; status++)
            expect(classify_status(status), ROWS[i].means);
}

static const char *transport_row(int code)
{
    switch (code) {
    case 5:
    case 6:
        return "transient dns";
    case 7:
        return "transient connect";
    case 28:
        return "transient connect_timeout";
    case 35:
        return "transient tls_handshake";
    case 27:
        return "transient out_of_memory";
    }
    static const int LOST[] = {8, 16, 18, 52, 55, 56, 61, 80, 81, 92, 95, 96};
    static const int TLS[] = {53, 54, 58, 59, 60, 64, 66, 77, 82, 83, 90, 91, 98};
    for (size_t i = 0; i < sizeof(LOST) / sizeof(LOST[0]); i++)
        if (LOST[i] == code)
            return "transient connection_lost";
    for (size_t i = 0; i < sizeof(TLS) / sizeof(TLS[0]); i++)
        if (TLS[i] == code)
            return "permanent tls";
    return "permanent transport";
}

static void transports(void **state)
{
    (void)state;
    for (int code = 1; code < 120; code++)
        expect(classify_transport(code), transport_row(code));
}

static void waits(void **state)
{
    (void)state;
    int64_t now;
    assert_int_equal(clock_parse_rfc3339("1994-11-06T08:49:07.000Z", &now), 0);
    assert_int_equal(retry_after_ms("120", now), 120000);
    assert_int_equal(retry_after_ms(" 0", now), 0);
    assert_int_equal(retry_after_ms("1.25", now), 1250);
    assert_int_equal(retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", now), 30000);
    assert_int_equal(retry_after_ms("Sunday, 06-Nov-94 08:49:37 GMT", now), 30000);
    assert_int_equal(retry_after_ms("Sun Nov  6 08:49:37 1994", now), 30000);
    assert_int_equal(retry_after_ms("Sun, 06 Nov 1994 08:49:00 GMT", now), 0);
    assert_int_equal(retry_after_ms("soon", now), -1);
    assert_int_equal(retry_after_ms("", now), -1);
    assert_int_equal(retry_after_ms("12x", now), -1);
    assert_int_equal(retry_after_ms("-5", now), -1);
    assert_int_equal(retry_after_ms("Sun, 06 Foo 1994 08:49:37 GMT", now), -1);
    assert_int_equal(retry_after_ms("99999999999999999999", now), (int64_t)366 * 86400 * 1000);
    assert_int_equal(retry_after_ms("1000000000000000000000000000000000000000000000000000000000000"
                                    "0000000000",
                                    now),
                     (int64_t)366 * 86400 * 1000);
    assert_int_equal(retry_after_ms("200000000", now), (int64_t)366 * 86400 * 1000);
    assert_int_equal(retry_after_ms("31622401", now), (int64_t)366 * 86400 * 1000);
    assert_int_equal(retry_after_ms("31622399", now), (int64_t)31622399 * 1000);
}

struct header {
    const char *name, *value;
};

static const char *look_up(void *context, const char *name)
{
    for (const struct header *h = context; h->name; h++)
        if (!strcmp(h->name, name))
            return h->value;
    return NULL;
}

static void limits(void **state)
{
    (void)state;
    int64_t now;
    assert_int_equal(clock_parse_rfc3339("2024-05-01T10:00:00.000Z", &now), 0);
    assert_int_equal(rate_limit_reset_ms("6m0s", now), 360000);
    assert_int_equal(rate_limit_reset_ms("1.5s", now), 1500);
    assert_int_equal(rate_limit_reset_ms("20ms", now), 20);
    assert_int_equal(rate_limit_reset_ms("1h2m3s", now), 3723000);
    assert_int_equal(rate_limit_reset_ms("12", now), 12000);
    assert_int_equal(rate_limit_reset_ms("2024-05-01T10:00:07Z", now), 7000);
    assert_int_equal(rate_limit_reset_ms("2024-05-01T09:00:00Z", now), 0);
    assert_int_equal(rate_limit_reset_ms("1714557605", now), 5000);
    assert_int_equal(rate_limit_reset_ms("1714557605250", now), 5250);
    assert_int_equal(rate_limit_reset_ms("5x", now), -1);
    assert_int_equal(rate_limit_reset_ms("soon", now), -1);
    assert_int_equal(rate_limit_reset_ms("", now), -1);
    /* Only what is used up makes anybody wait, and the longest of it counts. */
    struct header some[] = {{"x-ratelimit-remaining-requests", "0"},
                            {"x-ratelimit-reset-requests", "2s"},
                            {"x-ratelimit-remaining-tokens", "0"},
                            {"x-ratelimit-reset-tokens", "9s"},
                            {"anthropic-ratelimit-tokens-remaining", "7"},
                            {"anthropic-ratelimit-tokens-reset", "2024-05-01T11:00:00Z"},
                            {NULL, NULL}};
    assert_int_equal(rate_limit_wait_ms(look_up, some, now), 9000);
    some[0].value = some[2].value = "1";
    assert_int_equal(rate_limit_wait_ms(look_up, some, now), -1);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(statuses);
    assert_keeps_nothing(transports);
    assert_keeps_nothing(waits);
    assert_keeps_nothing(limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses), cmocka_unit_test(transports),      cmocka_unit_test(waits),
        cmocka_unit_test(limits),   cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
