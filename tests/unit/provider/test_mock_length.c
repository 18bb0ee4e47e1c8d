/* What the mock gives is bounded: 256 KiB are an answer's most, and a day its latest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/provider/formats.h"
#include "runner/provider/mock_reply.h"

/* The text of a list of so many strings, each of 65000 bytes. */
static json_t *list_of(int count)
{
    const struct provider *p = provider_find("mock");
    struct provider_config config = {.name = "mock"};
    struct provider_request request = {0};
    struct provider_ask ask = {
        .seed = "s",
        .call_id = "r0i0:member:ann",
        .member_id = "ann",
        .kind = CALL_KIND_MEMBER,
        .attempt = 1,
        .model = "mock-1",
        .messages = json_pack("[{s:s, s:s}]", "role", "user", "content", "# Task\n\nWhich plan?\n"),
        .params = json_object(),
        .schema = json_pack("{s:s, s:i, s:{s:s, s:i}}", "type", "array", "minItems", count, "items",
                            "type", "string", "minLength", 65000)};
    struct reply r;
    assert_int_equal(p->build(&config, &ask, &request, NULL), 0);
    reply_init(&r, NULL, NULL);
    for (size_t i = 0; i < request.part_count; i++)
        assert_int_equal(p->event(&r, "", request.parts[i].data, request.parts[i].len), 0);
    json_t *value = json_loadb(r.content.at, r.content.len, 0, NULL);
    reply_release(&r);
    provider_request_release(&request);
    json_decref(ask.messages);
    json_decref(ask.params);
    json_decref(ask.schema);
    return value;
}

static void what_would_be_longer_is_an_empty_object(void **state)
{
    (void)state;
    json_t *most = list_of(4), *more = list_of(5);
    assert_int_equal(json_array_size(most), 4);
    assert_true(json_is_object(more));
    assert_int_equal(json_object_size(more), 0);
    json_decref(most);
    json_decref(more);
}

static int64_t comes_after(const char *delay_ms)
{
    json_t *options = json_loads(delay_ms, JSON_DECODE_ANY, NULL);
    json_t *object = json_pack("{s:o}", "delay_ms", options);
    int64_t ms = mock_option_ms(object, "delay_ms", 7);
    json_decref(object);
    return ms;
}

static void a_day_is_the_latest(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        int64_t ms;
    } ROWS[] = {{"-1", 0},
                {"0", 0},
                {"1", 1},
                {"86400000", 86400000},
                {"86399999", 86399999},
                {"86400001", 86400000},
                {"\"5\"", 7}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        assert_int_equal(comes_after(ROWS[i].given), ROWS[i].ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_would_be_longer_is_an_empty_object),
        cmocka_unit_test(a_day_is_the_latest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
