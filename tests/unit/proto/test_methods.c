/* A parameter that is silently ignored, taken with the wrong type, or complained about under the
 * wrong name. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "proto/event.h"
#include "proto/field_text.h"
#include "proto/methods/methods.h"

/* A request of one method with these params, unpacked. */
struct call {
    char line[4096];
    struct rpc_request request;
    struct rpc_fault fault;
    enum method method;
    union {
        struct run_start_params start;
        struct run_await_params await;
        struct run_demonitor_params demonitor;
        struct run_subscribe_params subscribe;
        struct run_cancel_params cancel;
        struct run_terminate_params terminate;
        struct run_list_params list;
        struct registry_params registry;
        struct council_params council;
        struct council_get_params get;
        struct tenant_params tenant;
    } params;
};

static int call(struct call *call, enum method method, const char *params)
{
    *call = (struct call){.method = method};
    snprintf(call->line, sizeof(call->line),
             "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}", method_name(method),
             params);
    assert_true(method_row(method)->params_size <= sizeof(call->params));
    assert_int_equal(rpc_parse(call->line, strlen(call->line), &call->request, &call->fault), 0);
    assert_int_equal(method_find(call->request.method, call->request.method_len), method);
    return method_unpack(method, &call->request, &call->params, &call->fault);
}

static void end(struct call *call)
{
    method_release(call->method, &call->params);
    rpc_request_release(&call->request);
}

static void start_takes_everything(void **state)
{
    (void)state;
    struct call c;
    const struct run_start_params *p = &c.params.start;
    assert_int_equal(
        call(&c, METHOD_RUN_START,
             "{\"council\":\"three\",\"input\": {\"q\": 1} "
             ",\"run_id\":\"r-1\",\"shutdown\":\"infinity\","
             "\"monitor\":true,\"subscribe\":{\"deltas\":true},\"options\":{\"seed\":\"s\"},"
             "\"limits\":{\"deadline_ms\":5000,\"core_bytes\":0},\"registry\":\"nightly\","
             "\"labels\":{\"k\":\"v\"},\"callers\":[\"cron\"],\"recorder\":\"none\",\"verbose\":"
             "\"debug\",\"durable\":true}"),
        0);
    assert_memory_equal(p->council.at, "\"three\"", p->council.len);
    assert_int_equal(p->input.len, strlen("{\"q\": 1}"));
    assert_string_equal(p->run_id.at, "r-1");
    assert_int_equal(p->shutdown, SHUTDOWN_INFINITY);
    assert_true(p->monitor);
    assert_int_equal(p->subscribe, SUBSCRIBE_DELTAS);
    assert_string_equal(json_string_value(json_object_get(p->options, "seed")), "s");
    assert_int_equal(p->limits.deadline_ms, 5000);
    assert_int_equal(p->limits.core_bytes, 0);
    assert_int_equal(p->limits.memory_bytes, -1);
    assert_string_equal(p->registry.at, "nightly");
    assert_string_equal(json_string_value(json_object_get(p->labels, "k")), "v");
    assert_int_equal(json_array_size(p->callers), 1);
    assert_int_equal(p->recorder, RECORDER_NONE);
    assert_true(p->verbose);
    assert_true(p->durable);
    end(&c);
}

static void start_has_defaults(void **state)
{
    (void)state;
    struct call c;
    const struct run_start_params *p = &c.params.start;
    assert_int_equal(call(&c, METHOD_RUN_START, "{\"council\":{},\"input\":null}"), 0);
    assert_null(p->run_id.at);
    assert_int_equal(p->shutdown, SHUTDOWN_DEFAULT);
    assert_false(p->monitor);
    assert_int_equal(p->subscribe, SUBSCRIBE_NONE);
    assert_null(p->options);
    assert_int_equal(p->limits.deadline_ms, -1);
    assert_int_equal(p->limits.open_files, -1);
    assert_null(p->registry.at);
    assert_int_equal(p->recorder, RECORDER_JOURNAL);
    assert_false(p->verbose);
    assert_false(p->durable);
    end(&c);
}

static const struct {
    enum method method;
    const char *params;
    enum rpc_reason reason;
    const char *field;
} FAULTS[] = {
    {METHOD_RUN_START, "{\"run_id\":1}", RPC_INVALID_OPTION, "run_id"},
    {METHOD_RUN_PRUNE, "{\"keep\":-1}", RPC_INVALID_PARAMETER, "keep"},
    {METHOD_RUN_PRUNE, "{\"older_than_days\":1.5}", RPC_INVALID_PARAMETER, "older_than_days"},
#define START(option) "{\"council\":\"c\",\"input\":1," option "}"
    {METHOD_RUN_START, START("\"run_id\":\"\""), RPC_INVALID_OPTION, "run_id"},
    {METHOD_RUN_START, START("\"run_id\":null"), RPC_INVALID_OPTION, "run_id"},
    {METHOD_RUN_START, START("\"run_id\":\"a/b\""), RPC_INVALID_OPTION, "run_id"},
    {METHOD_RUN_START, START("\"run_id\":\"a\\u0000b\""), RPC_INVALID_OPTION, "run_id"},
    {METHOD_RUN_START, START("\"run_id\":7"), RPC_INVALID_OPTION, "run_id"},
    {METHOD_RUN_START, START("\"shutdown\":-1"), RPC_INVALID_OPTION, "shutdown"},
    {METHOD_RUN_START, START("\"shutdown\":1.5"), RPC_INVALID_OPTION, "shutdown"},
    {METHOD_RUN_START, START("\"shutdown\":1.0"), RPC_INVALID_OPTION, "shutdown"},
    {METHOD_RUN_START, START("\"shutdown\":\"Infinity\""), RPC_INVALID_OPTION, "shutdown"},
    {METHOD_RUN_START, START("\"shutdown\":null"), RPC_INVALID_OPTION, "shutdown"},
    {METHOD_RUN_START, START("\"monitor\":1"), RPC_INVALID_OPTION, "monitor"},
    {METHOD_RUN_START, START("\"subscribe\":\"yes\""), RPC_INVALID_OPTION, "subscribe"},
    {METHOD_RUN_START, START("\"subscribe\":{\"deltas\":1}"), RPC_INVALID_OPTION,
     "/subscribe/deltas"},
    {METHOD_RUN_START, START("\"subscribe\":{\"x\":1}"), RPC_INVALID_OPTION, "/subscribe/x"},
    {METHOD_RUN_START, START("\"options\":[]"), RPC_INVALID_OPTION, "options"},
    {METHOD_RUN_START, START("\"limits\":7"), RPC_INVALID_OPTION, "limits"},
    {METHOD_RUN_START, START("\"limits\":{\"deadline_ms\":0}"), RPC_INVALID_OPTION,
     "/limits/deadline_ms"},
    {METHOD_RUN_START, START("\"limits\":{\"a/b~c\":0}"), RPC_INVALID_OPTION, "/limits/a~1b~0c"},
    {METHOD_RUN_START, START("\"registry\":\"\""), RPC_INVALID_OPTION, "registry"},
    {METHOD_RUN_START, START("\"labels\":{\"k\":1}"), RPC_INVALID_OPTION, "/labels/k"},
    {METHOD_RUN_START, START("\"labels\":[]"), RPC_INVALID_OPTION, "labels"},
    {METHOD_RUN_START, START("\"callers\":[\"a\",2]"), RPC_INVALID_OPTION, "/callers/1"},
    {METHOD_RUN_START, START("\"callers\":\"a\""), RPC_INVALID_OPTION, "callers"},
    {METHOD_RUN_START, START("\"recorder\":\"disk\""), RPC_INVALID_OPTION, "recorder"},
    {METHOD_RUN_START, START("\"verbose\":true"), RPC_INVALID_OPTION, "verbose"},
    {METHOD_RUN_START, START("\"Monitor\":true"), RPC_INVALID_OPTION, "Monitor"},
    {METHOD_RUN_START, START("\"/x\":true"), RPC_INVALID_OPTION, "/x"},
#undef START
    {METHOD_RUN_INFO, "{}", RPC_INVALID_PARAMETER, "run_id"},
    {METHOD_RUN_INFO, "{\"run_id\":null}", RPC_INVALID_PARAMETER, "run_id"},
    {METHOD_RUN_INFO, "{\"run_id\":[]}", RPC_INVALID_PARAMETER, "run_id"},
    {METHOD_RUN_INFO, "{\"run_id\":\"a\",\"x\":1}", RPC_INVALID_PARAMETER, "x"},
    {METHOD_RUN_DEMONITOR, "{\"ref\":\"x\"}", RPC_INVALID_PARAMETER, "ref"},
    {METHOD_RUN_DEMONITOR, "{\"ref\":1}", RPC_INVALID_PARAMETER, "ref"},
    {METHOD_RUN_DEMONITOR, "{\"ref\":null}", RPC_INVALID_PARAMETER, "ref"},
    {METHOD_RUN_AWAIT, "{\"run_id\":\"a\",\"timeout_ms\":-1}", RPC_INVALID_PARAMETER, "timeout_ms"},
    {METHOD_RUN_CANCEL, "{\"run_id\":\"a\",\"mode\":\"later\"}", RPC_INVALID_PARAMETER, "mode"},
    {METHOD_RUN_TERMINATE, "{\"run_id\":\"a\",\"shutdown\":\"x\"}", RPC_INVALID_PARAMETER,
     "shutdown"},
    {METHOD_RUN_LIST, "{\"limit\":0}", RPC_INVALID_PARAMETER, "limit"},
    {METHOD_RUN_LIST, "{\"limit\":501}", RPC_INVALID_PARAMETER, "limit"},
    {METHOD_SUPERVISOR_INFO, "{\"registry\":\"x\"}", RPC_INVALID_PARAMETER, "registry"},
    {METHOD_COUNCIL_VALIDATE, "{}", RPC_INVALID_PARAMETER, "council"},
};

static void faults_name_their_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(FAULTS); i++) {
        struct call c;
        assert_int_equal(call(&c, FAULTS[i].method, FAULTS[i].params), -EBADMSG);
        assert_string_equal(c.fault.field, FAULTS[i].field);
        assert_int_equal(c.fault.reason, FAULTS[i].reason);
        assert_true(c.fault.message[0] != '\0');
        assert_int_equal(c.fault.id.len, 1);
        end(&c);
    }
}

/* The council has to be looked at before a wrong option is complained about. */
static void good_fields_are_there_beside_wrong_ones(void **state)
{
    (void)state;
    struct call c;
    assert_int_equal(call(&c, METHOD_RUN_START,
                          "{\"shutdown\":-1,\"council\":\"c\",\"input\":\"i\",\"monitor\":true}"),
                     -EBADMSG);
    assert_string_equal(c.fault.field, "shutdown");
    assert_int_equal(c.params.start.shutdown, SHUTDOWN_DEFAULT);
    assert_int_equal(c.params.start.council.len, 3);
    assert_int_equal(c.params.start.input.len, 3);
    assert_true(c.params.start.monitor);
    end(&c);
}

static void strings_keep_their_length(void **state)
{
    (void)state;
    struct call c;
    char params[300], name[129];
    assert_int_equal(call(&c, METHOD_RUN_CANCEL, "{\"run_id\":\"a\\u0000b\",\"mode\":\"now\"}"), 0);
    assert_int_equal(c.params.cancel.run_id.len, 3);
    assert_memory_equal(c.params.cancel.run_id.at, "a\0b", 4);
    assert_int_equal(c.params.cancel.mode, CANCEL_NOW);
    end(&c);
    memset(name, 'x', sizeof(name));
    snprintf(params, sizeof(params), "{\"run_id\":\"%.128s\"}", name);
    assert_int_equal(call(&c, METHOD_RUN_CANCEL, params), 0);
    assert_int_equal(c.params.cancel.run_id.len, 128);
    assert_int_equal(c.params.cancel.mode, CANCEL_DRAIN);
    end(&c);
    snprintf(params, sizeof(params), "{\"run_id\":\"%.129s\"}", name);
    assert_int_equal(call(&c, METHOD_RUN_CANCEL, params), -EBADMSG);
    assert_null(c.params.cancel.run_id.at);
    end(&c);
}

static void input_has_a_limit(void **state)
{
    (void)state;
    size_t size = RPC_INPUT_BYTES_MAX + 200;
    char *line = malloc(size);
    for (size_t extra = 0; extra < 2; extra++) {
        struct rpc_request request;
        struct rpc_fault fault;
        struct run_start_params params = {.monitor = false};
        size_t n = (size_t)snprintf(line, size,
                                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"run.start\","
                                    "\"params\":{\"council\":\"c\",\"input\":\"");
        memset(line + n, 'x', RPC_INPUT_BYTES_MAX - 2 + extra);
        n += RPC_INPUT_BYTES_MAX - 2 + extra;
        n += (size_t)snprintf(line + n, size - n, "\"}}");
        assert_int_equal(rpc_parse(line, n, &request, &fault), 0);
        int r = method_unpack(METHOD_RUN_START, &request, &params, &fault);
        assert_int_equal(r, extra ? -EBADMSG : 0);
        if (extra) {
            assert_int_equal(fault.reason, RPC_INVALID_PARAMETER);
            assert_string_equal(fault.field, "input");
        }
        method_release(METHOD_RUN_START, &params);
        rpc_request_release(&request);
    }
    free(line);
}

static void other_methods_unpack(void **state)
{
    (void)state;
    struct call c;
    assert_int_equal(call(&c, METHOD_RUN_LIST, "{\"after\":null,\"outcome\":\"cancelled\"}"), 0);
    assert_int_equal(c.params.list.state, LIST_ALL);
    assert_int_equal(c.params.list.outcome, OUTCOME_CANCELLED);
    assert_int_equal(c.params.list.limit, 50);
    assert_null(c.params.list.after.at);
    end(&c);
    assert_int_equal(call(&c, METHOD_RUN_LIST, "{\"after\":\"x\",\"state\":\"ended\"}"), 0);
    assert_int_equal(c.params.list.state, LIST_ENDED);
    assert_int_equal(c.params.list.outcome, OUTCOME_COUNT);
    assert_string_equal(c.params.list.after.at, "x");
    assert_null(c.params.list.text);
    assert_null(c.params.list.label);
    assert_null(c.params.list.since);
    assert_null(c.params.list.until);
    end(&c);
    assert_int_equal(call(&c, METHOD_RUN_LIST,
                          "{\"outcome\":\"none\",\"text\":\"t\",\"label\":{\"a\":\"b\"},\"until\":"
                          "\"1970-01-01T00:00:00Z\"}"),
                     0);
    assert_int_equal(c.params.list.outcome, OUTCOME_NONE);
    assert_string_equal(c.params.list.text, "t");
    assert_int_equal(json_object_size(c.params.list.label), 1);
    assert_string_equal(c.params.list.until, "1970-01-01T00:00:00Z");
    end(&c);
    assert_int_equal(call(&c, METHOD_RUN_SUBSCRIBE, "{\"run_id\":\"a\"}"), 0);
    assert_int_equal(c.params.subscribe.after_seq, 0);
    end(&c);
    assert_int_equal(
        call(&c, METHOD_RUN_SUBSCRIBE, "{\"run_id\":\"a\",\"after_seq\":7,\"deltas\":true}"), 0);
    assert_int_equal(c.params.subscribe.after_seq, 7);
    assert_true(c.params.subscribe.deltas);
    end(&c);
    assert_int_equal(
        call(&c, METHOD_RUN_TERMINATE, "{\"run_id\":\"a\",\"shutdown\":\"brutal_kill\"}"), 0);
    assert_int_equal(c.params.terminate.shutdown, SHUTDOWN_BRUTAL_KILL);
    end(&c);
    assert_int_equal(
        call(&c, METHOD_RUN_TERMINATE, "{\"run_id\":\"a\",\"shutdown\":9223372036854775807}"), 0);
    assert_true(c.params.terminate.shutdown > 1000000000000 &&
                c.params.terminate.shutdown < 10000000000000);
    end(&c);
    assert_int_equal(call(&c, METHOD_RUN_AWAIT, "{\"run_id\":\"a\",\"timeout_ms\":0}"), 0);
    assert_int_equal(c.params.await.timeout_ms, 0);
    end(&c);
    assert_int_equal(call(&c, METHOD_RUN_DEMONITOR, "{\"ref\":\"ref_AAAAAAAAAAA\",\"info\":true}"),
                     0);
    assert_true(c.params.demonitor.info);
    assert_false(c.params.demonitor.flush);
    end(&c);
}

static void assert_table_is_sound(const struct field *table)
{
    size_t n = 0;
    for (; table[n].name; n++) {
        char text[256];
        assert_non_null(table[n].doc);
        assert_true(strlen(field_type_text(&table[n], text, sizeof(text))) > 0);
        assert_true(table[n].type != FIELD_WORD || table[n].words);
        assert_true(!table[n].of || !table[n].item);
        if (table[n].sub)
            assert_table_is_sound(table[n].sub);
    }
    assert_true(n <= 64);
}

static void tables_are_complete(void **state)
{
    (void)state;
    for (int i = 0; i < METHOD_COUNT; i++) {
        const struct method_row *row = method_row((enum method)i);
        const char *name = method_name((enum method)i);
        assert_int_equal(method_find(name, strlen(name)), i);
        assert_non_null(row->doc);
        assert_table_is_sound(row->params);
        assert_true((row->result == NULL) != (row->result_value == NULL));
        if (row->result)
            assert_table_is_sound(row->result);
        assert_true(row->params->name == NULL || row->params_size > 0);
    }
    for (int i = 0; i < NOTIFICATION_COUNT; i++)
        assert_table_is_sound(notification_row((enum notification)i)->params);
    assert_int_equal(method_find("run.start\0", 10), -EINVAL);
    assert_int_equal(method_find("run.star", 8), -EINVAL);
    assert_int_equal(method_find("", 0), -EINVAL);
}

/* What the list calls a method in C, and what clients call it. */
static const struct {
    const char *id, *word, *name;
} NAMES[] = {
#define NAME(id, word, name) {#id, #word, name},
    METHODS(NAME)
#undef NAME
};

static void names_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        const char *name = NAMES[i].name;
        size_t len = strlen(name);
        assert_int_equal(strlen(NAMES[i].id), len);
        assert_int_equal(strlen(NAMES[i].word), len);
        for (size_t k = 0; k < len; k++) {
            char c = name[k] == '.' ? '_' : name[k];
            assert_int_equal(NAMES[i].word[k], c);
            assert_int_equal(NAMES[i].id[k], c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        }
    }
}

/* Who names no kinds of news is told all of them. */
static void all_news_where_none_is_named(void **state)
{
    (void)state;
    struct call c;
    assert_int_equal(call(&c, METHOD_SUPERVISOR_SUBSCRIBE, "{}"), 0);
    assert_null(c.params.tenant.registry.at);
    for (int kind = 0; kind < TENANT_NEWS_COUNT; kind++)
        assert_true(c.params.tenant.kinds >> kind & 1);
    assert_int_equal(c.params.tenant.kinds >> TENANT_NEWS_COUNT, 0);
    end(&c);
    assert_int_not_equal(call(&c, METHOD_SUPERVISOR_SUBSCRIBE, "{\"registry\":\"\"}"), 0);
    end(&c);
    for (int len = 1; len < 130; len++) {
        char params[200];
        snprintf(params, sizeof(params), "{\"registry\":\"%0*d\"}", len, 0);
        assert_int_equal(call(&c, METHOD_SUPERVISOR_SUBSCRIBE, params) == 0, len < 129);
        end(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_takes_everything),
        cmocka_unit_test(start_has_defaults),
        cmocka_unit_test(faults_name_their_field),
        cmocka_unit_test(good_fields_are_there_beside_wrong_ones),
        cmocka_unit_test(strings_keep_their_length),
        cmocka_unit_test(input_has_a_limit),
        cmocka_unit_test(other_methods_unpack),
        cmocka_unit_test(tables_are_complete),
        cmocka_unit_test(names_agree),
        cmocka_unit_test(all_news_where_none_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
