/* What a model is told of a call that came to nothing is all that it can mend it by; what is told
 * of each call is all that a reader of the record sees. */
#include "drive.h"

#define TOOL(name, kind, parameters)                                                               \
    "{\"name\": \"" name "\", \"kind\": \"" kind "\", \"description\": \"d\"" parameters "}"
#define STRICT                                                                                     \
    ", \"parameters\": {\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\"}, "   \
    "\"b\": {\"type\": \"integer\"}}, \"additionalProperties\": false}"
#define COUNCIL                                                                                    \
    "{\"id\": \"x\", \"documents\": [{\"id\": \"d1\", \"text\": \"Eggs.\"}], \"members\": "        \
    "[{\"id\": "                                                                                   \
    "\"ann\", \"provider\": \"mock\", \"model\": \"m\", \"tools\": [" TOOL(                        \
        "find", "docs",                                                                            \
        ", \"parameters\": {\"type\": \"object\"}") ", " TOOL("run", "command",                    \
                                                              STRICT) "]}], "                      \
                                                                      "\"rounds\": [{\"type\": "   \
                                                                      "\"independent_analysis\", " \
                                                                      "\"name\": \"a\"}]}"
#define ANN "r0i0:member:ann"

static struct drive called(const char *calls, const char *tools)
{
    char script[4000];
    snprintf(script, sizeof script,
             "{\"" ANN "\": [{\"text\": \"\", \"finish_reason\": \"tool_calls\", \"tool_calls\": "
             "[%s]}, {\"text\": \"x\"}], \"tools\": {%s}}",
             calls, tools);
    struct drive d = drive_new(COUNCIL, script);
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    return d;
}

/* The one call's result, without what stands in every event. */
static void expect_result(const char *call, const char *tools, const char *expected)
{
    static const char *const EVERY[] = {"v",      "ts",   "seq",     "ms",  "type",
                                        "run_id", "path", "call_id", "turn"};
    struct drive d = called(call, tools);
    json_t *result = nth_event(&d, "tool_call_result", 0);
    assert_at(result, "call_id", "\"" ANN "\"");
    assert_at(result, "turn", "0");
    assert_int_equal(count_events(&d, "tool_call_result"), 1);
    json_t *own = json_copy(result);
    for (size_t i = 0; i < sizeof EVERY / sizeof EVERY[0]; i++)
        json_object_del(own, EVERY[i]);
    char *text = j_dump(own);
    assert_string_equal(text, expected);
    free(text);
    json_decref(own);
    drive_release(&d);
}

#define FAILS(name, words)                                                                         \
    "{\"id\":\"t\",\"name\":\"" name "\",\"ok\":false,\"error\":\"" words "\",\"latency_ms\":0}"
#define CALL(name, args) "{\"id\": \"t\", \"name\": \"" name "\", \"args_raw\": " args "}"

static void each_way_to_fail(void **state)
{
    (void)state;
    expect_result(CALL("gone", "\"{}\""), "", FAILS("gone", "there is no tool of that name"));
    expect_result(CALL("run", "\"[]\""), "", FAILS("run", "the arguments are not a JSON object"));
    expect_result(CALL("run", "[]"), "", FAILS("run", "the arguments are not a JSON object"));
    expect_result(CALL("run", "\"{\\\"a\\\":1,\\\"a\\\":2}\""), "",
                  FAILS("run", "the arguments are not a JSON object"));
    expect_result(CALL("run", "{\"a\": \"x\"}"), "",
                  FAILS("run", "the arguments do not fit: /a: must be of type \\\"integer\\\""));
    expect_result(CALL("run", "{\"p\":1,\"q\":1,\"r\":1,\"s\":1,\"t\":1,\"u\":1}"), "",
                  FAILS("run", "the arguments do not fit: /p: is not allowed; /q: is not allowed; "
                               "/r: is not allowed; /s: is not allowed; /t: is not allowed"));
    expect_result(CALL("run", "\"\""), "\"run\": {\"error\": \"exit status 1\", \"delay_ms\": 7}",
                  "{\"id\":\"t\",\"name\":\"run\",\"ok\":false,\"error\":\"exit status 1\","
                  "\"latency_ms\":7}");
    expect_result(CALL("run", "{\"a\": 1}"), "\"run\": {\"result\": [1], \"delay_ms\": 7}",
                  "{\"id\":\"t\",\"name\":\"run\",\"ok\":true,\"result\":[1],\"latency_ms\":7}");
    expect_result(CALL("run", "{}"), "\"run\": {}",
                  "{\"id\":\"t\",\"name\":\"run\",\"ok\":true,\"result\":\"\",\"latency_ms\":10}");
    expect_result(CALL("find", "{\"query\": \"nothing\"}"), "",
                  "{\"id\":\"t\",\"name\":\"find\",\"ok\":true,\"result\":[],\"latency_ms\":0}");
}

/* A name that none has is the model's own words and no heading. */
static void what_the_model_reads(void **state)
{
    (void)state;
    struct drive d = called(CALL("gone", "\"{}\""), "");
    json_t *messages = json_object_get(asked_of(&d, ANN, 1), "messages");
    const char *text = j_str(json_array_get(messages, 3), "content", "");
    assert_non_null(strstr(text, "BEGIN tool_error \"unknown tool\">>>\nthere is no tool"));
    assert_at(messages, "3.name", "\"gone\"");
    assert_at(messages, "3.ok", "false");
    assert_at(messages, "2.provider", "\"mock\"");
    assert_at(messages, "2.content", "\"\"");
    assert_at(messages, "2.tool_calls", "[{\"id\":\"t\",\"name\":\"gone\",\"args_raw\":\"{}\"}]");
    assert_at(d.result, "rounds.0.member_results.ann.tool_calls",
              "[{\"turn\":0,\"id\":\"t\",\"name\":\"gone\",\"ok\":false,\"latency_ms\":0}]");
    drive_release(&d);
}

/* One id for each: of those that have none, or one that is taken, we make our own. */
static void each_call_has_an_id(void **state)
{
    (void)state;
    struct drive d = called(CALL("gone", "{}") ", " CALL("gone", "{}") ", {\"name\": \"gone\"}, "
                                                                       "{\"id\": \"u\"}",
                            "");
    static const char *const IDS[] = {"\"t\"", "\"turn0-1\"", "\"turn0-2\"", "\"u\""};
    for (int i = 0; i < 4; i++) {
        assert_at(nth_event(&d, "tool_call_request", i), "tool_call.id", IDS[i]);
        assert_at(nth_event(&d, "tool_call_result", i), "id", IDS[i]);
    }
    assert_at(nth_event(&d, "tool_call_request", 3), "tool_call.name", "\"\"");
    assert_at(nth_event(&d, "tool_call_request", 3), "tool_call.args_raw", "null");
    drive_release(&d);
}

/* 128 are run in one turn. */
static void too_many_at_once(void **state)
{
    (void)state;
    json_t *calls = json_array(), *script = json_object();
    for (int i = 0; i < 130; i++)
        json_array_append_new(calls, json_pack("{s:o, s:s, s:{s:s}}", "id", json_sprintf("t%d", i),
                                               "name", "find", "args_raw", "query", "eggs"));
    json_object_set_new(script, ANN,
                        json_pack("[{s:s, s:s, s:o}, {s:s}]", "text", "", "finish_reason",
                                  "tool_calls", "tool_calls", calls, "text", "x"));
    char *text = j_dump(script);
    struct drive d = drive_new(COUNCIL, text);
    drive_run(&d);
    assert_int_equal(count_events(&d, "tool_call_result"), 130);
    assert_at(nth_event(&d, "tool_call_result", 127), "ok", "true");
    assert_at(nth_event(&d, "tool_call_result", 128), "error",
              "\"too many tools were called in one turn; this one was not run\"");
    assert_at(nth_event(&d, "tool_call_result", 129), "ok", "false");
    free(text);
    json_decref(script);
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_to_fail),
        cmocka_unit_test(what_the_model_reads),
        cmocka_unit_test(each_call_has_an_id),
        cmocka_unit_test(too_many_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
