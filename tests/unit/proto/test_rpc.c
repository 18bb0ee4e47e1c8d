/* Requests that are taken although they are none, answers with the wrong id, and lines that break
 * the frame. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "heap_kept.h"
#include "proto/json/json_out.h"
#include "proto/rpc.h"
#include "proto/rpc_out.h"

static int parse(const char *line, struct rpc_request *request, struct rpc_fault *fault)
{
    return rpc_parse(line, strlen(line), request, fault);
}

/* What the server would say to a line: the error, or "" when it is executed or ignored. */
static void answer(const char *line, size_t len, struct buf *to)
{
    struct rpc_request request;
    struct rpc_fault fault;
    int r = rpc_parse(line, len, &request, &fault);
    if (r == -EBADMSG)
        assert_int_equal(rpc_fault_reply(to, fault.id, &fault), 0);
    else
        assert_int_equal(r, 0);
    if (r == 0)
        rpc_request_release(&request);
}

static json_t *load_line(struct buf *line)
{
    assert_true(line->len > 0);
    assert_int_equal(line->at[line->len - 1], '\n');
    assert_null(memchr(line->at, '\n', line->len - 1));
    json_t *json = json_loadb(line->at, line->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "jsonrpc")), "2.0");
    return json;
}

static void takes_a_request_apart(void **state)
{
    (void)state;
    struct rpc_request request;
    struct rpc_fault fault;
    assert_int_equal(parse("{\"params\":{\"council\":{\"a\":[1,2]},\"input\":\"x\",\"y\":1},"
                           "\"method\":\"run.\\u0073tart\",\"id\":1.50,\"jsonrpc\":\"2.0\"}",
                           &request, &fault),
                     0);
    assert_string_equal(request.method, "run.start");
    assert_int_equal(request.method_len, 9);
    assert_int_equal(request.id.len, 4);
    assert_memory_equal(request.id.at, "1.50", 4);
    assert_false(rpc_is_notification(&request));
    assert_int_equal(request.params.n, 3);
    assert_int_equal(request.council_values, 4);
    assert_int_equal(request.input_values, 1);
    rpc_request_release(&request);
    assert_int_equal(parse("{\"jsonrpc\":\"2.0\",\"id\":\"\",\"method\":\"\"}", &request, &fault),
                     0);
    assert_int_equal(request.params.n, 0);
    assert_int_equal(request.council_values, 0);
    rpc_request_release(&request);
}

/* The answer's id, reason and field; NULL: nothing is answered. */
static const struct {
    const char *line;
    const char *id;
    const char *reason;
    const char *field;
} ROWS[] = {
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}", NULL, NULL, NULL},
    {"{\"jsonrpc\":\"2.0\",\"method\":\"m\"}", NULL, NULL, NULL},
    {"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{}}", NULL, NULL, NULL},
    {"{", "null", "parse_error", NULL},
    {"", "null", "parse_error", NULL},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"m\"} x", "null", "parse_error", NULL},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"id\":7,\"method\":\"m\"}", "null", "parse_error", NULL},
    {"[]", "null", "invalid_request", NULL},
    {"[{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"m\"}]", "null", "invalid_request", NULL},
    {"7", "null", "invalid_request", NULL},
    {"null", "null", "invalid_request", NULL},
    {"{}", "null", "invalid_request", "jsonrpc"},
    {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"m\"}", "null", "invalid_request", "id"},
    {"{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"m\"}", "null", "invalid_request", "id"},
    {"{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"m\"}", "null", "invalid_request", "id"},
    {"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"m\",\"x\":1}", "null", "invalid_request", "id"},
    {"{\"id\":7,\"method\":\"m\"}", "7", "invalid_request", "jsonrpc"},
    {"{\"jsonrpc\":\"1.0\",\"id\":7,\"method\":\"m\"}", "7", "invalid_request", "jsonrpc"},
    {"{\"jsonrpc\":2.0,\"id\":7,\"method\":\"m\"}", "7", "invalid_request", "jsonrpc"},
    {"{\"jsonrpc\":\"2.0\",\"id\":-1.5e3}", "-1.5e3", "invalid_request", "method"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":1}", "7", "invalid_request", "method"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":null}", "7", "invalid_request", "method"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"m\",\"params\":[]}", "7", "invalid_request",
     "params"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"m\",\"params\":null}", "7", "invalid_request",
     "params"},
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"m\",\"params\":\"x\"}", "7", "invalid_request",
     "params"},
    {"{\"jsonrpc\":\"2.0\",\"id\":\"\\u0041\\n\",\"method\":\"m\",\"Params\":{}}", "\"\\u0041\\n\"",
     "invalid_request", "Params"},
    {"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"extra\":1}", "null", "invalid_request", "extra"},
    {"{\"jsonrpc\":\"2.0\",\"method\":1}", "null", "invalid_request", "method"},
};

static void answers_what_is_no_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct buf to = BUF_INIT(1 << 20);
        char start[128];
        answer(ROWS[i].line, strlen(ROWS[i].line), &to);
        if (!ROWS[i].reason) {
            assert_int_equal(to.len, 0);
            continue;
        }
        json_t *json = load_line(&to);
        const json_t *error = json_object_get(json, "error");
        const json_t *data = json_object_get(error, "data");
        snprintf(start, sizeof(start), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{", ROWS[i].id);
        assert_memory_equal(to.at, start, strlen(start));
        assert_string_equal(json_string_value(json_object_get(data, "reason")), ROWS[i].reason);
        assert_true(json_string_length(json_object_get(error, "message")) > 0);
        if (ROWS[i].field)
            assert_string_equal(json_string_value(json_object_get(data, "field")), ROWS[i].field);
        else
            assert_null(json_object_get(data, "field"));
        json_decref(json);
        buf_release(&to);
    }
}

static void counts_values_outside_of_council_and_input(void **state)
{
    (void)state;
    struct buf line = BUF_INIT(1 << 20);
    struct rpc_request request;
    struct rpc_fault fault;
    static const char *const names[] = {"council", "input", "options"};
    for (size_t n = 0; n < ARRAY_LEN(names); n++) {
        buf_clear(&line);
        assert_int_equal(
            buf_addf(&line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"%s\":[0",
                     names[n]),
            0);
        for (int i = 0; i < 1000; i++)
            assert_int_equal(buf_add_str(&line, ",0"), 0);
        assert_int_equal(buf_add_str(&line, "]}}"), 0);
        int r = rpc_parse(line.at, line.len, &request, &fault);
        assert_int_equal(r, n < 2 ? 0 : -EBADMSG);
        if (r == 0)
            rpc_request_release(&request);
        else
            assert_int_equal(fault.reason, RPC_PARSE_ERROR);
    }
    buf_release(&line);
}

static void a_long_or_odd_method_is_no_method(void **state)
{
    (void)state;
    char line[2000], name[1000];
    struct rpc_request request;
    struct rpc_fault fault;
    struct buf to = BUF_INIT(1 << 20);
    memset(name, 'm', sizeof(name));
    name[999] = '\0';
    snprintf(line, sizeof(line), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}", name);
    assert_int_equal(parse(line, &request, &fault), 0);
    assert_int_equal(request.method_len, 0);
    assert_int_equal(rpc_method_not_found(&to, &request), 0);
    json_t *json = load_line(&to);
    const json_t *data = json_object_get(json_object_get(json, "error"), "data");
    assert_string_equal(json_string_value(json_object_get(data, "reason")), "method_not_found");
    assert_int_equal(json_string_length(json_object_get(data, "method")), RPC_METHOD_MAX);
    json_decref(json);
    rpc_request_release(&request);

    buf_clear(&to);
    assert_int_equal(
        parse("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"run.info\\u0000x\"}", &request, &fault),
        0);
    assert_int_equal(request.method_len, 10);
    assert_int_equal(rpc_method_not_found(&to, &request), 0);
    json = load_line(&to);
    data = json_object_get(json_object_get(json, "error"), "data");
    assert_int_equal(json_string_length(json_object_get(data, "method")), 10);
    json_decref(json);
    rpc_request_release(&request);
    buf_release(&to);
}

static void assert_line(struct buf *to, const char *expected)
{
    assert_string_equal(buf_str(to), expected);
    buf_clear(to);
}

static const struct json_span ID = {"\"i\"", 3};
static const struct json_span NO_ID = {NULL, 0};

static void builds_lines(void **state)
{
    (void)state;
    struct buf to = BUF_INIT(1 << 16);
    json_t *json = json_pack("{s:i}", "max", 3);
    assert_int_equal(rpc_reply(&to, ID, json), 0);
    assert_line(&to, "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"result\":{\"max\":3}}\n");
    assert_int_equal(rpc_reply_raw(&to, ID, (struct json_span){"[1,\n 2]", 7}), 0);
    assert_line(&to, "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"result\":[1,  2]}\n");
    assert_int_equal(rpc_error(&to, ID, RPC_MAX_CHILDREN, "full", json), 0);
    assert_line(&to,
                "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"error\":{\"code\":-32001,\"message\":\"full\","
                "\"data\":{\"reason\":\"max_children\",\"max\":3}}}\n");
    assert_int_equal(rpc_error(&to, NO_ID, RPC_NOT_FOUND, NULL, NULL), 0);
    assert_line(&to,
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32005,\"message\":"
                "\"there is no such run or document\",\"data\":{\"reason\":\"not_found\"}}}\n");
    assert_int_equal(rpc_notify(&to, "run.gap", json), 0);
    assert_line(&to, "{\"jsonrpc\":\"2.0\",\"method\":\"run.gap\",\"params\":{\"max\":3}}\n");
    json_decref(json);
    buf_release(&to);
}

/* Strangers' bytes in messages and fields must not make a line that is no JSON. */
static void keeps_lines_valid(void **state)
{
    (void)state;
    struct buf to = BUF_INIT(1 << 16);
    struct rpc_fault fault = {
        .reason = RPC_INVALID_PARAMETER, .field = "a\"\n\xff\x01\\", .message = "\xc3"};
    assert_int_equal(rpc_fault_reply(&to, ID, &fault), 0);
    json_t *json = load_line(&to);
    const json_t *data = json_object_get(json_object_get(json, "error"), "data");
    assert_string_equal(json_string_value(json_object_get(data, "field")),
                        "a\"\n\xef\xbf\xbd\x01\\");
    json_decref(json);
    buf_release(&to);
}

/* A line that does not fit leaves nothing behind: half a line would spoil the next. */
static void half_lines_are_taken_back(void **state)
{
    (void)state;
    json_t *json = json_pack("{s:s}", "text", "0123456789");
    for (size_t max = 4; max < 130; max++) {
        struct buf to = BUF_INIT(max);
        assert_int_equal(buf_add_str(&to, "old\n"), 0);
        int r = rpc_error(&to, ID, RPC_TIMEOUT, NULL, json);
        assert_int_equal(r, -EMSGSIZE);
        assert_line(&to, "old\n");
        buf_release(&to);
    }
    json_decref(json);
}

static void codes_are_the_documented_ones(void **state)
{
    (void)state;
    assert_int_equal(rpc_reason_code(RPC_PARSE_ERROR), -32700);
    assert_int_equal(rpc_reason_code(RPC_INVALID_REQUEST), -32600);
    assert_int_equal(rpc_reason_code(RPC_METHOD_NOT_FOUND), -32601);
    assert_int_equal(rpc_reason_code(RPC_INVALID_PARAMETER), -32602);
    assert_int_equal(rpc_reason_code(RPC_INVALID_OPTION), -32602);
    assert_int_equal(rpc_reason_code(RPC_INVALID_COUNCIL), -32602);
    assert_int_equal(rpc_reason_code(RPC_INTERNAL_ERROR), -32603);
    for (int i = RPC_MAX_CHILDREN; i <= RPC_TIMEOUT; i++)
        assert_int_equal(rpc_reason_code((enum rpc_reason)i), -32001 - (i - RPC_MAX_CHILDREN));
    assert_int_equal(rpc_reason_code(RPC_REQUEST_TOO_LARGE), -32010);
    assert_int_equal(rpc_reason_code(RPC_TOO_MANY_CONNECTIONS), -32011);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(takes_a_request_apart);
    assert_keeps_nothing(answers_what_is_no_request);
    assert_keeps_nothing(counts_values_outside_of_council_and_input);
    assert_keeps_nothing(a_long_or_odd_method_is_no_method);
    assert_keeps_nothing(builds_lines);
    assert_keeps_nothing(keeps_lines_valid);
    assert_keeps_nothing(half_lines_are_taken_back);
    assert_keeps_nothing(codes_are_the_documented_ones);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_request_apart),
        cmocka_unit_test(answers_what_is_no_request),
        cmocka_unit_test(counts_values_outside_of_council_and_input),
        cmocka_unit_test(a_long_or_odd_method_is_no_method),
        cmocka_unit_test(builds_lines),
        cmocka_unit_test(keeps_lines_valid),
        cmocka_unit_test(half_lines_are_taken_back),
        cmocka_unit_test(codes_are_the_documented_ones),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
