/* What a client may send of each parameter that has bounds: the least and the most of it, and not
 * one less or one more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/event.h"
#include "proto/methods/methods.h"

union params {
    struct provider_check_params check;
    struct provider_models_params models;
    struct run_list_params list;
    struct run_prune_params prune;
    struct audit_list_params audit;
    struct tenant_params tenant;
};

/* Whether the method takes these params; what it reads from them is valid until its release. */
static bool read_params(enum method method, const char *params, union params *out)
{
    char line[4096];
    struct rpc_request request;
    struct rpc_fault fault;
    int len = snprintf(line, sizeof(line),
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}",
                       method_name(method), params);
    memset(out, 0, sizeof(*out));
    assert_true(method_row(method)->params_size <= sizeof(*out));
    assert_int_equal(rpc_parse(line, (size_t)len, &request, &fault), 0);
    bool taken = method_unpack(method, &request, out, &fault) == 0;
    rpc_request_release(&request);
    return taken;
}

static bool takes(enum method method, const char *params)
{
    union params out;
    bool taken = read_params(method, params, &out);
    method_release(method, &out);
    return taken;
}

/* In `params` stands % for the value. */
static bool takes_value(enum method method, const char *params, const char *value)
{
    char text[3000];
    size_t at = strcspn(params, "%");
    snprintf(text, sizeof(text), "%.*s%s%s", (int)at, params, value, params + at + 1);
    return takes(method, text);
}

static bool takes_number(enum method method, const char *params, int64_t number)
{
    char value[32];
    snprintf(value, sizeof(value), "%lld", (long long)number);
    return takes_value(method, params, value);
}

static bool takes_text(enum method method, const char *params, int64_t len)
{
    char value[2000] = "\"";
    memset(value + 1, 'a', (size_t)len);
    value[1 + len] = '"';
    return takes_value(method, params, value);
}

struct bounds {
    enum method method;
    const char *params;
    int64_t least, most;
};

static const struct bounds NUMBERS[] = {
    {METHOD_AUDIT_LIST, "{\"limit\":%}", 1, 500},
    {METHOD_PROVIDER_CHECK, "{\"timeout_ms\":%}", 100, 600000},
    {METHOD_PROVIDER_MODELS, "{\"provider\":\"p\",\"timeout_ms\":%}", 100, 600000},
    {METHOD_RUN_LIST, "{\"limit\":%}", 1, 500},
    {METHOD_RUN_PRUNE, "{\"keep\":%}", 0, 1000000000},
    {METHOD_RUN_PRUNE, "{\"older_than_days\":%}", 0, 36500},
};

static const struct bounds TEXTS[] = {
    {METHOD_AUDIT_LIST, "{\"after\":%}", 1, 64},
    {METHOD_PROVIDER_CHECK, "{\"provider\":%}", 1, 64},
    {METHOD_PROVIDER_MODELS, "{\"provider\":%}", 1, 64},
    {METHOD_RUN_LIST, "{\"council_id\":%}", 1, 1024},
    {METHOD_RUN_LIST, "{\"text\":%}", 1, 800},
    {METHOD_RUN_LIST, "{\"registry\":%}", 1, 128},
    {METHOD_RUN_LIST, "{\"after\":%}", 1, 256},
    {METHOD_SUPERVISOR_SUBSCRIBE, "{\"registry\":%}", 1, 128},
};

static void check(const struct bounds *rows, size_t count,
                  bool (*takes_it)(enum method method, const char *params, int64_t value))
{
    for (size_t i = 0; i < count; i++) {
        const struct bounds *b = &rows[i];
        if (takes_it(b->method, b->params, b->least - 1) ||
            !takes_it(b->method, b->params, b->least) || !takes_it(b->method, b->params, b->most) ||
            takes_it(b->method, b->params, b->most + 1))
            fail_msg("%s %s", method_name(b->method), b->params);
    }
}

static void numbers_have_bounds(void **state)
{
    (void)state;
    check(NUMBERS, sizeof NUMBERS / sizeof NUMBERS[0], takes_number);
}

static void texts_have_bounds(void **state)
{
    (void)state;
    check(TEXTS, sizeof TEXTS / sizeof TEXTS[0], takes_text);
}

/* What may be left out, alone or all together. */
static void most_may_be_left_out(void **state)
{
    (void)state;
    static const enum method WITHOUT[] = {METHOD_AUDIT_LIST, METHOD_PROVIDER_CHECK, METHOD_RUN_LIST,
                                          METHOD_RUN_PRUNE, METHOD_SUPERVISOR_SUBSCRIBE};
    for (size_t i = 0; i < sizeof WITHOUT / sizeof WITHOUT[0]; i++)
        if (!takes(WITHOUT[i], "{}"))
            fail_msg("%s", method_name(WITHOUT[i]));
    assert_true(takes(METHOD_PROVIDER_MODELS, "{\"provider\":\"p\"}"));
    assert_false(takes(METHOD_PROVIDER_MODELS, "{\"timeout_ms\":100}"));
}

/* Nothing here is malloc'ed where nothing is given. */
static void what_is_left_out_has_its_value(void **state)
{
    (void)state;
    union params p;
    assert_true(read_params(METHOD_PROVIDER_CHECK, "{}", &p));
    assert_int_equal(p.check.timeout_ms, 60000);
    assert_true(read_params(METHOD_RUN_LIST, "{}", &p));
    assert_int_equal(p.list.limit, 50);
    assert_int_equal(p.list.state, LIST_ALL);
    assert_int_equal(p.list.outcome, OUTCOME_COUNT);
    assert_true(read_params(METHOD_RUN_PRUNE, "{}", &p));
    assert_int_equal(p.prune.keep, -1);
    assert_int_equal(p.prune.older_than_days, -1);
    assert_true(read_params(METHOD_AUDIT_LIST, "{}", &p));
    assert_int_equal(p.audit.limit, 100);
    assert_true(read_params(METHOD_PROVIDER_MODELS, "{\"provider\":\"p\"}", &p));
    assert_int_equal(p.models.timeout_ms, 30000);
    method_release(METHOD_PROVIDER_MODELS, &p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_bounds),
        cmocka_unit_test(texts_have_bounds),
        cmocka_unit_test(most_may_be_left_out),
        cmocka_unit_test(what_is_left_out_has_its_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
