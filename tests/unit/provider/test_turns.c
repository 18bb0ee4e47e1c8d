/* What a model said comes back to it whole in the next turn: a provider that wrote thoughts or
 * signatures beside its calls refuses the turn without them. And what nobody can make sense of any
 * more, an empty answer or a call without a result, is not sent at all. */
#include "adapter_help.h"
#include "heap_kept.h"

/* Reads the events and gives the message that the provider wrote. */
static json_t *said(const char *format, const char *const *events)
{
    struct reply reply;
    reply_init(&reply, NULL, NULL);
    assert_int_equal(feed(provider_find(format), &reply, events), 0);
    json_t *fact = reply_fact(&reply, format), *own = json_object_get(fact, "assistant");
    assert_true(json_is_object(own));
    json_incref(own);
    json_decref(fact);
    reply_release(&reply);
    return own;
}

/* The member `list` of the request that follows when that was said and its call c1 was answered. */
static json_t *next_turn(const char *format, json_t *own, const char *list)
{
    struct question q;
    question_init(
        &q,
        "[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":\"\","
        "\"provider\":\"p\",\"tool_calls\":[{\"id\":\"c1\",\"name\":\"look\",\"args_raw\":"
        "\"{}\"}]},{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"name\":\"look\",\"ok\":true,"
        "\"content\":\"found\"}]",
        "{}");
    json_object_set(json_array_get(q.ask.messages, 1), "assistant", own);
    question_build(&q, provider_find(format));
    json_t *out = json_incref(json_object_get(q.body, list));
    question_release(&q);
    return out;
}

static const struct {
    const char *name, *format, *list;
    const char *events[8];
    const char *message; /* or the second element of the list, when the format spreads it */
} SAID[] = {
    {"DeepSeek's thoughts",
     "openai",
     "messages",
     {"{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null,"
      "\"reasoning_content\":\"I must \"}}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":null,\"reasoning_content\":\"look.\"}}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"type\":"
      "\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"\"}}]}}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":"
      "{\"arguments\":\"{}\"}}]}}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"tool_calls\"}]}",
      "[DONE]"},
     "{\"role\":\"assistant\",\"content\":\"\",\"reasoning_content\":\"I must "
     "look.\",\"tool_calls\":"
     "[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]"
     "}"},
    {"OpenRouter's details",
     "openrouter",
     "messages",
     {"{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"reasoning\":"
      "\"I \",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"I \",\"format\":"
      "\"anthropic-claude-v1\",\"index\":0}]}}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\",\"reasoning\":\"look\","
      "\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"look\",\"index\":0}]}}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\",\"reasoning_details\":[{\"type\":"
      "\"reasoning.text\",\"signature\":\"sig\",\"index\":0},{\"type\":\"reasoning.encrypted\","
      "\"data\":\"abc\",\"id\":\"c1\",\"index\":1}]}}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"type\":"
      "\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]},\"finish_reason\":"
      "\"tool_calls\"}]}",
      "[DONE]"},
     "{\"role\":\"assistant\",\"content\":\"\",\"reasoning\":\"I look\",\"reasoning_details\":["
     "{\"type\":\"reasoning.text\",\"text\":\"I "
     "look\",\"format\":\"anthropic-claude-v1\",\"index\":0,"
     "\"signature\":\"sig\"},{\"type\":\"reasoning.encrypted\",\"data\":\"abc\",\"id\":\"c1\","
     "\"index\":1}],\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":"
     "\"look\",\"arguments\":\"{}\"}}]}"},
    {"Google's signature",
     "openai",
     "messages",
     {"{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,"
      "\"extra_content\":{\"google\":{\"thought_signature\":\"S1\"}},\"id\":\"c1\",\"type\":"
      "\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]},\"finish_reason\":"
      "\"tool_calls\"}]}",
      "[DONE]"},
     "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"c1\",\"type\":"
     "\"function\","
     "\"function\":{\"name\":\"look\",\"arguments\":\"{}\"},\"extra_content\":{\"google\":"
     "{\"thought_signature\":\"S1\"}}}]}"},
    {"Ollama's thoughts",
     "ollama",
     "messages",
     {"{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"I must \"}}",
      "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"look.\"}}",
      "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"c1\","
      "\"function\":{\"index\":0,\"name\":\"look\",\"arguments\":{}}}]}}",
      "{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":"
      "\"stop\"}"},
     "{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"I must "
     "look.\",\"tool_calls\":[{\"id\":"
     "\"c1\",\"function\":{\"index\":0,\"name\":\"look\",\"arguments\":{}}}]}"},
    {"Sealed reasoning, told item by item",
     "openai_responses",
     "input",
     {"{\"type\":\"response.output_item.done\",\"item\":{\"type\":\"reasoning\",\"id\":\"rs\","
      "\"encrypted_content\":\"E\",\"summary\":[]}}",
      "{\"type\":\"response.output_item.done\",\"item\":{\"type\":\"function_call\",\"call_id\":"
      "\"c1\",\"name\":\"look\",\"arguments\":\"{}\"}}",
      "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}"},
     "{\"type\":\"reasoning\",\"id\":\"rs\",\"encrypted_content\":\"E\",\"summary\":[]}"},
    {"Gemini's signature and id",
     "gemini",
     "contents",
     {"{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"id\":"
      "\"c1\",\"name\":\"look\",\"args\":{}},\"thoughtSignature\":\"S\"}]},\"finishReason\":"
      "\"STOP\"}]}"},
     "{\"role\":\"model\",\"parts\":[{\"functionCall\":{\"id\":\"c1\",\"name\":\"look\","
     "\"args\":{}},\"thoughtSignature\":\"S\"}]}"},
    {"Anthropic's thinking",
     "anthropic",
     "messages",
     {"{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\","
      "\"thinking\":\"\",\"signature\":\"\"}}",
      "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\","
      "\"signature\":\"S\"}}",
      "{\"type\":\"content_block_stop\",\"index\":0}",
      "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\","
      "\"id\":"
      "\"c1\",\"name\":\"look\",\"input\":{}}}",
      "{\"type\":\"content_block_stop\",\"index\":1}",
      "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}",
      "{\"type\":\"message_stop\"}"},
     "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":"
     "\"S\"},{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"look\",\"input\":{}}]}"},
};

static void comes_back_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(SAID) / sizeof(*SAID); i++) {
        json_t *own = said(SAID[i].format, SAID[i].events);
        json_t *list = next_turn(SAID[i].format, own, SAID[i].list);
        assert_json(json_array_get(list, 1), SAID[i].message);
        if (!strcmp(SAID[i].format, "gemini"))
            assert_json(json_array_get(list, 2),
                        "{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"id\":\"c1\","
                        "\"name\":\"look\",\"response\":{\"result\":\"found\"}}}]}");
        json_decref(list);
        json_decref(own);
    }
}

/* The list of a request with these messages. */
static void expect_list(const char *format, const char *list, const char *messages,
                        const char *expected)
{
    struct question q;
    question_init(&q, messages, "{}");
    question_build(&q, provider_find(format));
    assert_json(json_object_get(q.body, list), expected);
    question_release(&q);
}

#define TWO_USERS "[{\"role\":\"user\",\"content\":\"Why?\\n\\nAgain.\"}]"

static void nothing_is_not_sent(void **state)
{
    (void)state;
    static const char EMPTY[] = "[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\","
                                "\"content\":\"\",\"assistant\":null,\"provider\":\"p\"},"
                                "{\"role\":\"user\",\"content\":\"Again.\"}]";
    expect_list("anthropic", "messages", EMPTY, TWO_USERS);
    expect_list("openai", "messages", EMPTY, TWO_USERS);
    expect_list("openrouter", "messages", EMPTY, TWO_USERS);
    expect_list("ollama", "messages", EMPTY, TWO_USERS);
    expect_list("openai_responses", "input", EMPTY, TWO_USERS);
    expect_list("gemini", "contents", EMPTY,
                "[{\"role\":\"user\",\"parts\":[{\"text\":\"Why?\\n\\nAgain.\"}]}]");
}

static void what_follows_is_sent(void **state)
{
    (void)state;
    expect_list(
        "openai", "messages",
        "[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":\"\","
        "\"provider\":\"p\"},{\"role\":\"user\",\"content\":\"Again.\"},{\"role\":\"assistant\","
        "\"content\":\"So.\",\"provider\":\"p\"},{\"role\":\"user\",\"content\":\"Sure?\"},"
        "{\"role\":\"user\",\"content\":\"Well?\"}]",
        "[{\"role\":\"user\",\"content\":\"Why?\\n\\nAgain.\"},{\"role\":\"assistant\","
        "\"content\":\"So.\"},{\"role\":\"user\",\"content\":\"Sure?\"},{\"role\":\"user\","
        "\"content\":\"Well?\"}]");
}

#define UNANSWERED(wire, own)                                                                      \
    "[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":\"Hm.\","       \
    "\"provider\":\"p\",\"assistant\":{\"wire\":\"" wire "\",\"message\":" own                     \
    "}},{\"role\":\"user\",\"content\":\"Again.\"}]"

static void no_call_without_a_result(void **state)
{
    (void)state;
    expect_list(
        "anthropic", "messages",
        UNANSWERED("anthropic", "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\","
                                "\"text\":\"Hm.\"},{\"type\":\"tool_use\",\"id\":\"c\","
                                "\"name\":\"x\",\"input\":{}}]}"),
        "[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":"
        "[{\"type\":\"text\",\"text\":\"Hm.\"}]},{\"role\":\"user\",\"content\":\"Again.\"}]");
    expect_list("openai", "messages",
                UNANSWERED("openai", "{\"role\":\"assistant\",\"content\":\"Hm.\",\"tool_calls\":"
                                     "[{\"id\":\"c\"}]}"),
                "[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":"
                "\"Hm.\"},{\"role\":\"user\",\"content\":\"Again.\"}]");
    expect_list(
        "gemini", "contents",
        UNANSWERED("gemini", "{\"role\":\"model\",\"parts\":[{\"functionCall\":"
                             "{\"name\":\"x\"}}]}"),
        "[{\"role\":\"user\",\"parts\":[{\"text\":\"Why?\"}]},{\"role\":\"model\",\"parts\":"
        "[{\"text\":\"Hm.\"}]},{\"role\":\"user\",\"parts\":[{\"text\":\"Again.\"}]}]");
    expect_list("openai_responses", "input",
                UNANSWERED("openai_responses", "[{\"type\":\"function_call\",\"call_id\":\"c\"}]"),
                "[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":"
                "\"Hm.\"},{\"role\":\"user\",\"content\":\"Again.\"}]");
}

/* A fallback that speaks the same format is another service. */
static void not_what_another_service_wrote(void **state)
{
    (void)state;
    expect_list("openai", "messages",
                "[{\"role\":\"assistant\",\"content\":\"Hm.\",\"provider\":\"other\",\"assistant\":"
                "{\"wire\":\"openai\",\"message\":{\"role\":\"assistant\",\"content\":\"Hm.\","
                "\"reasoning_content\":\"secret\"}}}]",
                "[{\"role\":\"assistant\",\"content\":\"Hm.\"}]");
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(comes_back_whole);
    assert_keeps_nothing(nothing_is_not_sent);
    assert_keeps_nothing(what_follows_is_sent);
    assert_keeps_nothing(no_call_without_a_result);
    assert_keeps_nothing(not_what_another_service_wrote);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_whole),
        cmocka_unit_test(nothing_is_not_sent),
        cmocka_unit_test(what_follows_is_sent),
        cmocka_unit_test(no_call_without_a_result),
        cmocka_unit_test(not_what_another_service_wrote),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
