/* Ollama's /api/chat, and OpenRouter's and Azure's turns of the chat completions. */
#include "adapter_help.h"
#include "heap_kept.h"

static void builds_a_question_for_ollama(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, PLAIN_MESSAGES,
                  "{\"temperature\":0,\"max_tokens\":64,\"provider_options\":{\"keep_alive\":"
                  "\"5m\",\"options\":{\"num_ctx\":8192}}}");
    q.config.key = NULL;
    q.ask.schema = json_of("{\"type\":\"object\"}");
    question_build(&q, &provider_ollama);
    assert_string_equal(q.request.url, "http://localhost:11434/api/chat");
    assert_null(question_header(&q, "Authorization"));
    assert_json(q.body, "{\"model\":\"model-x\",\"stream\":false,\"keep_alive\":\"5m\",\"format\":{"
                        "\"type\":\"object\"},"
                        "\"messages\":[{\"role\":\"system\",\"content\":\"Be "
                        "brief.\"},{\"role\":\"user\",\"content\":\"Why?\"}],"
                        "\"options\":{\"temperature\":0,\"num_predict\":64,\"num_ctx\":8192}}");
    question_release(&q);

    question_init(&q, TOOL_TURN_MESSAGES("null"), "{}");
    q.ask.tools = json_of("[{\"name\":\"look\",\"parameters\":{\"type\":\"object\"}}]");
    question_build(&q, &provider_ollama);
    assert_json(
        json_array_get(json_object_get(q.body, "messages"), 1),
        "{\"role\":\"assistant\",\"content\":\"Let me "
        "look.\",\"tool_calls\":[{\"function\":{\"name\":\"look\",\"arguments\":{\"q\":1}}},"
        "{\"function\":{\"name\":\"look\",\"arguments\":{}}}]}");
    assert_json(json_array_get(json_object_get(q.body, "messages"), 2),
                "{\"role\":\"tool\",\"content\":\"found\",\"tool_name\":\"look\"}");
    question_release(&q);
}

static void reads_lines_of_ollama(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{\"model\":\"model-x\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":"
        "\"hm\"},\"done\":false}",
        "{\"model\":\"model-x\",\"message\":{\"role\":\"assistant\",\"content\":\"Be\"},\"done\":"
        "false}",
        "{\"model\":\"model-x\",\"message\":{\"role\":\"assistant\",\"content\":\"cause.\"},"
        "\"done\":false}",
        "{\"model\":\"model-x\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":"
        "true,\"done_reason\":\"stop\",\"prompt_eval_count\":5,\"eval_count\":3}",
        NULL};
    struct seen seen = {0};
    struct reply reply;
    reply_init(&reply, see, &seen);
    assert_int_equal(feed(&provider_ollama, &reply, lines), 0);
    assert_true(reply.ended);
    assert_string_equal(seen.text, "Because.");
    assert_string_equal(seen.reasoning, "hm");
    assert_fact(&reply, "ollama",
                "{\"content\":\"Because.\",\"finish_reason\":\"stop\","
                "\"usage\":{\"input_tokens\":5,\"output_tokens\":3,\"cached_input_tokens\":null,"
                "\"reasoning_tokens\":null}}");
    reply_release(&reply);

    static const char calls[] = "{\"message\":{\"content\":\"\",\"tool_calls\":[{\"function\":{"
                                "\"name\":\"look\",\"arguments\":{\"q\":1}}}]},\"done\":true}";
    reply_init(&reply, NULL, NULL);
    assert_int_equal(provider_ollama.whole(&reply, calls, strlen(calls)), 0);
    assert_fact(&reply, "ollama",
                "{\"finish_reason\":\"tool_calls\",\"tool_calls\":[{\"id\":\"call_0\",\"name\":"
                "\"look\",\"args_raw\":\"{\\\"q\\\":1}\"}]}");
    reply_release(&reply);

    static const char *const pieces[] = {"{\"message\":{\"content\":\"\",\"tool_calls\":[{"
                                         "\"function\":{\"name\":\"look\",\"arguments\":"
                                         "{}}}]},\"done\":false}",
                                         "{\"message\":{\"content\":\"\",\"tool_calls\":[{"
                                         "\"function\":{\"name\":\"read\",\"arguments\":"
                                         "{}}}]},\"done\":false}",
                                         "{\"message\":{\"content\":\"\"},\"done\":true}", NULL};
    reply_init(&reply, NULL, NULL);
    assert_int_equal(feed(&provider_ollama, &reply, pieces), 0);
    assert_int_equal(reply.tool_count, 2);
    assert_int_equal(json_array_size(json_object_get(reply.assistant, "tool_calls")), 2);
    reply_release(&reply);

    static const char *const broken[] = {"{\"error\":\"model runner has crashed\"}", NULL};
    reply_init(&reply, NULL, NULL);
    assert_int_equal(feed(&provider_ollama, &reply, broken), -EPROTO);
    assert_string_equal(reply.fault.code, "server_error");
    assert_string_equal(reply.fault.message, "model runner has crashed");
    reply_release(&reply);

    static const char undone[] = "{\"message\":{\"content\":\"x\"},\"done\":false}";
    reply_init(&reply, NULL, NULL);
    assert_int_equal(provider_ollama.whole(&reply, undone, strlen(undone)), -EPROTO);
    reply_release(&reply);
}

static void names_itself_to_openrouter(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, PLAIN_MESSAGES, "{}");
    q.config.doc = json_of("{\"site_url\":\"https://example.org\",\"title\":\"My app\"}");
    question_build(&q, &provider_openrouter);
    assert_string_equal(q.request.url, "https://openrouter.ai/api/v1/chat/completions");
    assert_string_equal(question_header(&q, "HTTP-Referer"), "https://example.org");
    assert_string_equal(question_header(&q, "X-Title"), "My app");
    assert_json(json_object_get(q.body, "usage"), "{\"include\":true}");
    static const char body[] =
        "{\"model\":\"vendor/"
        "m\",\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],"
        "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"cost\":0.0125}}";
    struct reply reply;
    reply_init(&reply, NULL, NULL);
    assert_int_equal(provider_openrouter.whole(&reply, body, strlen(body)), 0);
    assert_fact(&reply, "openrouter", "{\"cost\":0.0125}");
    reply_release(&reply);
    json_decref(q.config.doc);
    question_release(&q);
}

static void finds_azures_path_and_key(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, PLAIN_MESSAGES, "{}");
    q.config.doc = json_of("{\"api_version\":\"2024-10-21\"}");
    q.config.base_url = "https://mine.example/";
    question_build(&q, &provider_openai);
    assert_string_equal(
        q.request.url,
        "https://mine.example/openai/deployments/model-x/chat/completions?api-version=2024-10-21");
    assert_string_equal(question_header(&q, "api-key"), "key-0123456789");
    assert_null(question_header(&q, "Authorization"));
    json_decref(q.config.doc);
    question_release(&q);
}

static void asks_azure_without_a_key(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, PLAIN_MESSAGES, "{}");
    q.config.doc = json_of("{\"api_version\":\"2024-10-21\"}");
    q.config.key = NULL;
    question_build(&q, &provider_openai);
    assert_null(question_header(&q, "api-key"));
    assert_null(question_header(&q, "Authorization"));
    json_decref(q.config.doc);
    question_release(&q);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(builds_a_question_for_ollama);
    assert_keeps_nothing(reads_lines_of_ollama);
    assert_keeps_nothing(names_itself_to_openrouter);
    assert_keeps_nothing(finds_azures_path_and_key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_a_question_for_ollama), cmocka_unit_test(reads_lines_of_ollama),
        cmocka_unit_test(names_itself_to_openrouter),   cmocka_unit_test(finds_azures_path_and_key),
        cmocka_unit_test(asks_azure_without_a_key),     cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
