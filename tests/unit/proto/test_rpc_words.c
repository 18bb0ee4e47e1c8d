/* What a client reads when a request was not done, word for word, and the document that tells a
 * program of it all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "heap_kept.h"
#include "proto/methods/methods.h"
#include "proto/methods/openrpc.h"
#include "proto/rpc.h"
#include "proto/rpc_out.h"

static const struct {
    const char *name, *message, *members;
} REASONS_TOLD[] = {
    {"parse_error", "the line is not strict JSON", ""},
    {"invalid_request", "not a JSON-RPC 2.0 request", "field"},
    {"method_not_found", "there is no such method", "method"},
    {"invalid_parameter", "a parameter is wrong", "field"},
    {"invalid_option", "an option of the run is wrong", "field"},
    {"invalid_council", "the council is not valid", "errors"},
    {"max_children", "as many runs as allowed are alive", "max"},
    {"already_started", "a run of that id is alive", "run_id, pid"},
    {"shutting_down", "the daemon is stopping", ""},
    {"start_failed", "the run could not be started", "cause"},
    {"not_found", "there is no such run or document", ""},
    {"bad_ref", "the ref belongs to another connection", ""},
    {"unkillable", "a process survives SIGKILL", "run_id, pid"},
    {"timeout", "the time given is over", ""},
    {"request_too_large", "the request is too large", "limit"},
    {"too_many_connections", "too many connections", "limit"},
    {"permission_denied", "your role does not allow it", "role"},
    {"key_reused", "the key stands for another start", "run_id"},
    {"reload_failed", "everything stays as it was", "why"},
    {"internal_error", "internal error", ""},
};
_Static_assert(ARRAY_LEN(REASONS_TOLD) == RPC_REASON_COUNT, "all of them");

static void every_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(REASONS_TOLD); i++) {
        enum rpc_reason reason = (enum rpc_reason)i;
        struct buf to = BUF_INIT(1000);
        char line[400];
        assert_string_equal(rpc_reason_name(reason), REASONS_TOLD[i].name);
        assert_string_equal(rpc_reason_message(reason), REASONS_TOLD[i].message);
        assert_string_equal(rpc_reason_members(reason), REASONS_TOLD[i].members);
        assert_true(strlen(rpc_reason_doc(reason)) > 20);
        for (int empty = 0; empty < 2; empty++) {
            buf_clear(&to);
            assert_int_equal(
                rpc_error(&to, (struct json_span){"7", 1}, reason, empty ? "" : NULL, NULL), 0);
            snprintf(line, sizeof line,
                     "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":%d,\"message\":\"%s\","
                     "\"data\":{\"reason\":\"%s\"}}}\n",
                     rpc_reason_code(reason), REASONS_TOLD[i].message, REASONS_TOLD[i].name);
            assert_string_equal(buf_str(&to), line);
        }
        buf_release(&to);
    }
}

static const struct {
    const char *line, *field, *message;
} FAULTS[] = {
    {"{", "", "object not closed at byte 1"},
    {"[]", "", "a request is an object; batches are not served"},
    {"{\"id\":null}", "id", "id must be a string or a number"},
    {"{\"id\":[],\"x\":1}", "id", "id must be a string or a number"},
    {"{\"x\\u0041\":1}", "xA", "unknown member of the request"},
    {"{\"id\":1}", "jsonrpc", "jsonrpc must be \"2.0\""},
    {"{\"jsonrpc\":\"2.00\"}", "jsonrpc", "jsonrpc must be \"2.0\""},
    {"{\"jsonrpc\":\"2.0\"}", "method", "method must be a string"},
    {"{\"jsonrpc\":\"2.0\",\"method\":[]}", "method", "method must be a string"},
    {"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":[]}", "params",
     "params must be an object: parameters go by name"},
};

static void what_is_no_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(FAULTS); i++) {
        struct rpc_request request;
        struct rpc_fault fault;
        assert_int_equal(rpc_parse(FAULTS[i].line, strlen(FAULTS[i].line), &request, &fault),
                         -EBADMSG);
        assert_int_equal(fault.reason, i == 0 ? RPC_PARSE_ERROR : RPC_INVALID_REQUEST);
        assert_string_equal(fault.field, FAULTS[i].field);
        assert_string_equal(fault.message, FAULTS[i].message);
    }
    static const char *const IDS[] = {"1", "-1.5", "\"\"", "1e3"};
    for (size_t i = 0; i < ARRAY_LEN(IDS); i++) {
        char line[128];
        struct rpc_request request;
        struct rpc_fault fault;
        snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"m\"}", IDS[i]);
        assert_int_equal(rpc_parse(line, strlen(line), &request, &fault), 0);
        assert_int_equal(request.id.len, strlen(IDS[i]));
        assert_memory_equal(fault.id.at, IDS[i], request.id.len);
        assert_false(rpc_is_notification(&request));
        assert_string_equal(request.method, "m");
        assert_int_equal(request.input_values, 0);
        rpc_request_release(&request);
        assert_null(request.id.at);
        assert_true(rpc_is_notification(&request));
    }
}

static void how_long_a_method_may_be(void **state)
{
    (void)state;
    for (size_t len = RPC_METHOD_MAX - 1; len <= RPC_METHOD_MAX + 1; len++) {
        char line[400], name[200];
        struct buf to = BUF_INIT(1000);
        struct rpc_request request;
        struct rpc_fault fault;
        memset(name, 'm', sizeof name);
        snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"method\":\"%.*s\"}", (int)len, name);
        assert_int_equal(rpc_parse(line, strlen(line), &request, &fault), 0);
        assert_int_equal(request.method_len, len <= RPC_METHOD_MAX ? len : 0);
        assert_int_equal(strlen(request.method), request.method_len);
        assert_int_equal(rpc_method_not_found(&to, &request), 0);
        snprintf(
            line, sizeof line,
            "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32601,\"message\":\"there "
            "is no such method\",\"data\":{\"reason\":\"method_not_found\",\"method\":\"%.*s\"}"
            "}}\n",
            (int)(len <= RPC_METHOD_MAX ? len : RPC_METHOD_MAX), name);
        assert_string_equal(buf_str(&to), line);
        buf_release(&to);
        rpc_request_release(&request);
    }
}

static int make(int which, struct buf *to, const json_t *tree)
{
    static const struct json_span ID = {"12", 2}, RAW = {"[1]", 3};
    struct rpc_fault fault = {.reason = RPC_TIMEOUT, .field = "f"};
    switch (which) {
    case 0:
        return rpc_reply(to, ID, tree);
    case 1:
        return rpc_reply_raw(to, ID, RAW);
    case 2:
        return rpc_error(to, ID, RPC_TIMEOUT, "m", tree);
    case 3:
        return rpc_fault_reply(to, ID, &fault);
    default:
        return rpc_notify(to, "run.gap", tree);
    }
}

/* Each maker, with room for one byte less than its line, and for less than that. */
static void no_line_is_left_half(void **state)
{
    (void)state;
    json_t *tree = json_pack("{s:i, s:s}", "a", 1, "b", "c");
    for (int which = 0; which < 5; which++) {
        struct buf whole = BUF_INIT(1000);
        assert_int_equal(buf_add_char(&whole, '!'), 0);
        assert_int_equal(make(which, &whole, tree), 0);
        for (size_t room = 1; room <= whole.len; room++) {
            struct buf to = BUF_INIT(room);
            assert_int_equal(buf_add_char(&to, '!'), 0);
            assert_int_equal(make(which, &to, tree), room < whole.len ? -EMSGSIZE : 0);
            assert_int_equal(to.len, room < whole.len ? 1 : whole.len);
            assert_memory_equal(to.at, whole.at, to.len);
            buf_release(&to);
        }
        buf_release(&whole);
    }
    json_decref(tree);
}

static const char *const METHODS_TOLD[] = {
    "{\"name\":\"run.cancel\",\"summary\":\"Asks a run to end by itself, keeping what is complete; "
    "answers at "
    "once.\",\"paramStructure\":\"by-name\",\"x-waits\":false,\"x-role\":\"ask\",\"x-owned\":true,"
    "\"x-audited\":true,"
    "\"params\":[{\"name\":"
    "\"run_id\",\"description\":\"the run\",\"required\":true,\"schema\":{\"type\":\"string\","
    "\"maxLength\":128,\"description\":\"the run\"}},{\"name\":\"mode\",\"description\":\"`drain` "
    "(left out): calls under way may end; `now`: they are aborted\",\"required\":false,\"schema\":"
    "{\"type\":\"string\",\"enum\":[\"drain\",\"now\"],\"description\":\"`drain` (left out): calls "
    "under way may end; `now`: they are aborted\"}}],\"result\":{\"name\":\"result\",\"schema\":"
    "{\"type\":\"object\",\"title\":\"RunCancelResult\"}},"
    "\"errors\":[{\"code\":-32602,\"message\":\"a parameter is wrong\","
    "\"data\":{\"reason\":[\"invalid_parameter\"]}},{\"code\":-32020,\"message\":\"your role does "
    "not allow "
    "it\",\"data\":{\"reason\":[\"permission_denied\"]}},{\"code\":-32603,\"message\":\"internal "
    "error\",\"data\":{\"reason\":[\"internal_error\"]}},{\"code\":-32005,\"message\":\"there is "
    "no such run or document\",\"data\":{\"reason\":[\"not_found\"]}}]}",
};

static void is_dumped(const json_t *json, const char *wanted)
{
    char *dump = json_dumps(json, JSON_COMPACT);
    assert_string_equal(dump, wanted);
    free(dump);
}

static void the_document_word_for_word(void **state)
{
    (void)state;
    json_t *document = openrpc_document("1.2.3");
    is_dumped(json_object_get(document, "info"),
              "{\"title\":\"councild\",\"version\":\"1.2.3\",\"description\":\"Supervises LLM "
              "council runs. JSON-RPC 2.0, one object per line, over a UNIX stream socket; "
              "parameters go by name.\"}");
    assert_string_equal(json_string_value(json_object_get(document, "openrpc")), "1.3.2");
    const json_t *methods = json_object_get(document, "methods");
    is_dumped(json_array_get(methods, METHOD_RUN_CANCEL), METHODS_TOLD[0]);
    is_dumped(json_array_get(json_object_get(document, "x-reasons"), RPC_ALREADY_STARTED),
              "{\"reason\":\"already_started\",\"code\":-32002,\"description\":\"a run of that id "
              "is alive; it is not touched\",\"data\":\"run_id, pid\"}");
    is_dumped(json_array_get(json_object_get(document, "x-notifications"), NOTIFICATION_RUN_GAP),
              "{\"name\":\"run.gap\",\"summary\":\"Events were dropped because this client reads "
              "too slowly; lifecycle events can be had again with after_seq. In a replay: the "
              "record has a hole here.\",\"paramStructure\":\"by-name\",\"params\":[{\"name\":"
              "\"ref\",\"description\":\"names the monitor or subscription\",\"required\":true,"
              "\"schema\":{\"type\":\"string\",\"pattern\":\"^ref_[A-Za-z0-9_-]{11}$\","
              "\"description\":\"names the monitor or subscription\"}},{\"name\":\"run_id\","
              "\"description\":\"the run\",\"required\":true,\"schema\":{\"type\":\"string\","
              "\"description\":\"the run\"}},{\"name\":\"dropped\",\"description\":\"lifecycle "
              "events and deltas not sent, or events that a replay has not found\",\"required\":"
              "true,\"schema\":{\"type\":\"integer\",\"minimum\":0,\"description\":\"lifecycle "
              "events and deltas not sent, or events that a replay has not found\"}}]}");
    for (int i = 0; i < METHOD_COUNT; i++)
        assert_int_equal(
            json_is_true(json_object_get(json_array_get(methods, (size_t)i), "x-waits")),
            method_row((enum method)i)->waits);
    for (int i = 0; i < METHOD_COUNT; i++) {
        const json_t *method = json_array_get(methods, (size_t)i);
        const struct method_row *row = method_row((enum method)i);
        assert_string_equal(json_string_value(json_object_get(method, "x-role")),
                            role_name(row->role));
        assert_int_equal(json_is_true(json_object_get(method, "x-owned")), row->owned);
        assert_int_equal(json_is_true(json_object_get(method, "x-whole")), row->whole);
        assert_int_equal(json_is_true(json_object_get(method, "x-audited")), row->audited);
    }
    json_decref(document);
}

/* Every code stands once in the errors of a method, with all the reasons that share it, in the
 * order of the two lists. */
static void the_errors_of_every_method(void **state)
{
    (void)state;
    json_t *document = openrpc_document("0");
    for (int i = 0; i < METHOD_COUNT; i++) {
        const struct method_row *row = method_row((enum method)i);
        size_t told = 0, k;
        int last = 0;
        const json_t *error,
            *errors = json_object_get(
                json_array_get(json_object_get(document, "methods"), (size_t)i), "errors");
        json_array_foreach (errors, k, error) {
            const int code = (int)json_integer_value(json_object_get(error, "code"));
            const json_t *name, *names = json_object_get(json_object_get(error, "data"), "reason");
            size_t n;
            assert_int_not_equal(code, last);
            last = code;
            json_array_foreach (names, n, name)
                for (int r = 0; r < RPC_REASON_COUNT; r++)
                    if (!strcmp(json_string_value(name), rpc_reason_name((enum rpc_reason)r))) {
                        assert_int_equal(rpc_reason_code((enum rpc_reason)r), code);
                        told++;
                    }
        }
        size_t own = 0;
        while (row->errors[own] != RPC_REASON_COUNT)
            own++;
        assert_int_equal(told, 3 + own);
    }
    json_decref(document);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_reason);
    assert_keeps_nothing(what_is_no_request);
    assert_keeps_nothing(how_long_a_method_may_be);
    assert_keeps_nothing(no_line_is_left_half);
    assert_keeps_nothing(the_document_word_for_word);
    assert_keeps_nothing(the_errors_of_every_method);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason),
        cmocka_unit_test(what_is_no_request),
        cmocka_unit_test(how_long_a_method_may_be),
        cmocka_unit_test(no_line_is_left_half),
        cmocka_unit_test(the_document_word_for_word),
        cmocka_unit_test(the_errors_of_every_method),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
