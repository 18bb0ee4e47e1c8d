/* A field under the wrong name is a 400 from the provider, for every call of the run. */
#include "adapter_help.h"
#include "heap_kept.h"

static json_t *json(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

static void expect(const struct provider_config *config, const struct provider_ask *ask,
                   const char *body)
{
    struct provider_request request = {0};
    const struct provider *p = provider_find("openai");
    assert_int_equal(provider_build(p, config, ask, &request, NULL), 0);
    json_t *got = json(request.body), *want = json(body);
    if (!json_equal(got, want))
        fail_msg("%s", request.body);
    json_decref(got);
    json_decref(want);
    provider_request_release(&request);
}

static void plain_question(void **state)
{
    (void)state;
    json_t *messages = json("[{\"role\": \"system\", \"content\": \"s\"},"
                            " {\"role\": \"user\", \"content\": \"u\"}]");
    json_t *params = json("{\"temperature\": 0.5, \"top_p\": null, \"max_tokens\": 100,"
                          " \"logprobs\": false, \"provider_options\": {\"seed\": 7}}");
    struct provider_config config = {.name = "openai"};
    struct provider_ask ask = {
        .model = "gpt-4.1", .messages = messages, .params = params, .parallel_tools = true};
    expect(&config, &ask,
           "{\"model\": \"gpt-4.1\", \"messages\": [{\"role\": \"system\", \"content\": \"s\"},"
           " {\"role\": \"user\", \"content\": \"u\"}], \"temperature\": 0.5,"
           " \"max_tokens\": 100, \"seed\": 7}");
    ask.stream = true;
    json_object_set_new(params, "provider_options", json("{\"model\": \"other\"}"));
    json_object_set_new(params, "logprobs", json_true());
    json_object_set_new(params, "max_tokens", json_null());
    expect(&config, &ask,
           "{\"model\": \"gpt-4.1\", \"messages\": [{\"role\": \"system\", \"content\": \"s\"},"
           " {\"role\": \"user\", \"content\": \"u\"}], \"temperature\": 0.5, \"stream\": true,"
           " \"stream_options\": {\"include_usage\": true}, \"logprobs\": true}");
    json_decref(messages);
    json_decref(params);
}

static void reasoning_families(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        bool reasoning;
    } ROWS[] = {{"o1", true},          {"o3-mini", true},    {"openai/o4-mini", true},
                {"gpt-5", true},       {"gpt-5-nano", true}, {"gpt-4o", false},
                {"gpt-4.1", false},    {"olmo-2", false},    {"o1x", false},
                {"deepseek-r1", false}};
    json_t *messages = json("[]"), *params = json("{\"max_tokens\": 9}");
    json_t *families = shipped_families();
    struct provider_config config = {.name = "openai", .families = families};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct provider_ask ask = {.model = ROWS[i].model, .messages = messages, .params = params};
        char body[200];
        snprintf(body, sizeof(body), "{\"model\": \"%s\", \"messages\": [], \"%s\": 9}",
                 ROWS[i].model, ROWS[i].reasoning ? "max_completion_tokens" : "max_tokens");
        expect(&config, &ask, body);
    }
    json_decref(families);
    json_decref(messages);
    json_decref(params);
}

static void schema_and_tools(void **state)
{
    (void)state;
    json_t *messages = json("[]"), *params = json("{}");
    json_t *schema = json("{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"string\"}},"
                          " \"required\": [\"a\"], \"additionalProperties\": false}");
    json_t *tools = json("[{\"name\": \"docs\", \"description\": \"d\","
                         " \"parameters\": {\"type\": \"object\"}}]");
    json_t *doc = json("{\"json_schema\": false}");
    struct provider_config config = {.name = "openai"};
    struct provider_ask ask = {.model = "m",
                               .messages = messages,
                               .params = params,
                               .schema_name = "my vote",
                               .schema = schema,
                               .tools = tools,
                               .tool_choice = "docs"};
    expect(&config, &ask,
           "{\"model\": \"m\", \"messages\": [], \"response_format\": {\"type\": \"json_schema\","
           " \"json_schema\": {\"name\": \"my_vote\", \"strict\": true, \"schema\": {\"type\":"
           " \"object\", \"properties\": {\"a\": {\"type\": \"string\"}}, \"required\": [\"a\"],"
           " \"additionalProperties\": false}}}, \"tools\": [{\"type\": \"function\","
           " \"function\": {\"name\": \"docs\", \"description\": \"d\", \"parameters\": {\"type\":"
           " \"object\"}}}], \"tool_choice\": {\"type\": \"function\", \"function\": {\"name\":"
           " \"docs\"}}, \"parallel_tool_calls\": false}");
    json_object_del(schema, "additionalProperties");
    ask.tools = NULL;
    expect(&config, &ask,
           "{\"model\": \"m\", \"messages\": [], \"response_format\": {\"type\": \"json_schema\","
           " \"json_schema\": {\"name\": \"my_vote\", \"strict\": false, \"schema\": {\"type\":"
           " \"object\", \"properties\": {\"a\": {\"type\": \"string\"}}, \"required\": [\"a\"]"
           "}}}}");
    config.doc = doc;
    expect(&config, &ask, "{\"model\": \"m\", \"messages\": []}");
    json_decref(messages);
    json_decref(params);
    json_decref(schema);
    json_decref(tools);
    json_decref(doc);
}

static void earlier_turns(void **state)
{
    (void)state;
    json_t *params = json("{}");
    json_t *messages =
        json("[{\"role\": \"assistant\", \"content\": \"x\", \"assistant\": {\"wire\": \"openai\","
             " \"message\": {\"role\": \"assistant\", \"content\": null, \"own\": 1}}},"
             " {\"role\": \"assistant\", \"content\": \"y\", \"assistant\": {\"wire\": \"other\","
             " \"message\": {}}, \"tool_calls\": [{\"id\": \"c1\", \"name\": \"docs\","
             " \"args_raw\": \"{}\"}]},"
             " {\"role\": \"tool\", \"tool_call_id\": \"c1\", \"name\": \"docs\", \"ok\": true,"
             " \"content\": \"found\"},"
             " {\"role\": \"assistant\", \"content\": \"z\", \"assistant\": null}]");
    struct provider_config config = {.name = "openai"};
    struct provider_ask ask = {.model = "m", .messages = messages, .params = params};
    expect(&config, &ask,
           "{\"model\": \"m\", \"messages\": [{\"role\": \"assistant\", \"content\": null,"
           " \"own\": 1}, {\"role\": \"assistant\", \"content\": \"y\", \"tool_calls\": [{\"id\":"
           " \"c1\", \"type\": \"function\", \"function\": {\"name\": \"docs\", \"arguments\":"
           " \"{}\"}}]}, {\"role\": \"tool\", \"tool_call_id\": \"c1\", \"content\": \"found\"},"
           " {\"role\": \"assistant\", \"content\": \"z\"}]}");
    json_decref(messages);
    json_decref(params);
}

static void address_and_key(void **state)
{
    (void)state;
    const struct provider *p = provider_find("openai");
    json_t *messages = json("[]"), *params = json("{}"), *headers = json("{\"X-A\": \"b\"}");
    struct provider_config config = {
        .name = "local", .base_url = "http://127.0.0.1:8080/v1/", .key = "k1", .headers = headers};
    struct provider_ask ask = {.model = "m", .messages = messages, .params = params};
    struct provider_request request = {0};
    assert_int_equal(p->build(&config, &ask, &request, NULL), 0);
    assert_string_equal(request.url, "http://127.0.0.1:8080/v1/chat/completions");
    assert_int_equal(request.header_count, 4);
    assert_string_equal(request.headers[2], "Authorization: Bearer k1");
    assert_string_equal(request.headers[3], "X-A: b");
    assert_null(request.headers[4]);
    assert_null(strstr(request.body, "k1"));
    provider_request_release(&request);
    config.base_url = NULL;
    config.key = NULL;
    assert_int_equal(p->build(&config, &ask, &request, NULL), 0);
    assert_string_equal(request.url, "https://api.openai.com/v1/chat/completions");
    assert_int_equal(request.header_count, 3);
    provider_request_release(&request);
    json_decref(messages);
    json_decref(params);
    json_decref(headers);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(plain_question);
    assert_keeps_nothing(reasoning_families);
    assert_keeps_nothing(schema_and_tools);
    assert_keeps_nothing(earlier_turns);
    assert_keeps_nothing(address_and_key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_question),   cmocka_unit_test(reasoning_families),
        cmocka_unit_test(schema_and_tools), cmocka_unit_test(earlier_turns),
        cmocka_unit_test(address_and_key),  cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
