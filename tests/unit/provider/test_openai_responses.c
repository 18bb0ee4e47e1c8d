/* OpenAI's responses: reasoning models of that house lose their thread without their sealed items.
 */
#include "adapter_help.h"

#include "common/jx.h"
#include "heap_kept.h"

static const struct provider *const WIRE = &provider_openai_responses;

static void builds_a_question_with_a_form(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, PLAIN_MESSAGES, "{\"temperature\":1,\"max_tokens\":64,\"logprobs\":true}");
    q.ask.schema = json_of("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},"
                           "\"required\":[\"a\"],\"additionalProperties\":false}");
    q.ask.schema_name = "my vote";
    q.ask.model = "gpt-5.1-mini";
    q.ask.stream = true;
    q.config.families = shipped_families();
    question_build(&q, WIRE);
    json_decref((json_t *)q.config.families);
    assert_string_equal(q.request.url, "https://api.openai.com/v1/responses");
    assert_string_equal(question_header(&q, "Authorization"), "Bearer key-0123456789");
    assert_json(
        q.body,
        "{\"model\":\"gpt-5.1-mini\",\"store\":false,\"stream\":true,\"temperature\":1,\"max_"
        "output_tokens\":64,"
        "\"include\":[\"reasoning.encrypted_content\",\"message.output_text.logprobs\"],"
        "\"input\":[{\"role\":\"system\",\"content\":\"Be "
        "brief.\"},{\"role\":\"user\",\"content\":\"Why?\"}],"
        "\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"my_vote\",\"strict\":"
        "true,\"schema\":"
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":["
        "\"a\"],\"additionalProperties\":false}}}}");
    question_release(&q);
}

/* Models that do not reason refuse to be asked for their reasoning. */
static void asks_for_reasoning_where_there_is_some(void **state)
{
    (void)state;
    static const struct {
        const char *model, *params, *include;
    } ROWS[] = {
        {"gpt-4.1", "{}", "[]"},
        {"o4-mini", "{}", "[\"reasoning.encrypted_content\"]"},
        {"my-model", "{\"provider_options\":{\"reasoning\":{\"effort\":\"low\"}}}",
         "[\"reasoning.encrypted_content\"]"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct question q;
        question_init(&q, PLAIN_MESSAGES, ROWS[i].params);
        q.ask.model = ROWS[i].model;
        q.config.families = shipped_families();
        question_build(&q, WIRE);
        json_decref((json_t *)q.config.families);
        assert_json(json_object_get(q.body, "include"), ROWS[i].include);
        question_release(&q);
    }
}

static void options_are_merged_around_the_form(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, PLAIN_MESSAGES,
                  "{\"provider_options\":{\"text\":{\"verbosity\":\"low\"},\"store\":true}}");
    q.ask.schema = json_of("{\"type\":\"string\"}");
    question_build(&q, WIRE);
    json_t *text = json_object_get(q.body, "text");
    assert_json(json_object_get(text, "verbosity"), "\"low\"");
    assert_non_null(json_object_get(text, "format"));
    assert_json(json_object_get(q.body, "store"), "false");
    question_release(&q);
}

static void builds_a_turn_with_tools(void **state)
{
    (void)state;
    struct question q;
    question_init(
        &q,
        TOOL_TURN_MESSAGES(
            "{\"wire\":\"openai_responses\",\"message\":[{\"type\":\"reasoning\",\"encrypted_"
            "content\":\"z\"},{\"type\":\"function_call\",\"call_id\":\"c1\"}]}"),
        "{}");
    q.ask.tools =
        json_of("[{\"name\":\"look\",\"description\":\"d\",\"parameters\":{\"type\":\"object\"}}]");
    q.ask.tool_choice = "look";
    question_build(&q, WIRE);
    assert_json(
        json_object_get(q.body, "input"),
        "[{\"role\":\"user\",\"content\":\"Why?\"},{\"type\":\"reasoning\",\"encrypted_content\":"
        "\"z\"},"
        "{\"type\":\"function_call\",\"call_id\":\"c1\"},"
        "{\"type\":\"function_call_output\",\"call_id\":\"c1\",\"output\":\"found\"},"
        "{\"type\":\"function_call_output\",\"call_id\":\"c2\",\"output\":\"bad arguments\"}]");
    assert_json(json_object_get(q.body, "tool_choice"),
                "{\"type\":\"function\",\"name\":\"look\"}");
    assert_json(json_object_get(q.body, "tools"),
                "[{\"type\":\"function\",\"name\":\"look\",\"description\":\"d\",\"parameters\":{"
                "\"type\":\"object\"},\"strict\":false}]");
    question_release(&q);
}

#define RESPONSE                                                                                   \
    "{\"model\":\"model-x-3\",\"status\":\"completed\",\"error\":null,\"output\":["                \
    "{\"type\":\"reasoning\",\"encrypted_content\":\"z\"},"                                        \
    "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","         \
    "\"text\":\"Be\",\"logprobs\":[{\"logprob\":-0.5}]},{\"type\":\"output_text\","                \
    "\"text\":\"cause.\",\"logprobs\":[{\"logprob\":-1.5}]}]}],"                                   \
    "\"usage\":{\"input_tokens\":5,\"input_tokens_details\":{\"cached_tokens\":2},\"output_"       \
    "tokens\":9,"                                                                                  \
    "\"output_tokens_details\":{\"reasoning_tokens\":6}}}"
#define FACT                                                                                       \
    "{\"content\":\"Because.\",\"finish_reason\":\"stop\",\"model_served\":\"model-x-3\","         \
    "\"logprob\":-1.0,"                                                                            \
    "\"usage\":{\"input_tokens\":5,\"output_tokens\":9,\"cached_input_tokens\":2,\"reasoning_"     \
    "tokens\":6}}"

static void reads_whole_and_streamed_alike(void **state)
{
    (void)state;
    struct reply reply;
    reply_init(&reply, NULL, NULL);
    assert_int_equal(WIRE->whole(&reply, RESPONSE, strlen(RESPONSE)), 0);
    assert_fact(&reply, "openai_responses", FACT);
    reply_release(&reply);

    static const char *const events[] = {
        "{\"type\":\"response.created\",\"response\":{}}",
        "{\"type\":\"response.reasoning_summary_text.delta\",\"delta\":\"hm\"}",
        "{\"type\":\"response.output_text.delta\",\"delta\":\"Be\"}",
        "{\"type\":\"response.output_text.delta\",\"delta\":\"cause.\"}",
        "{\"type\":\"response.completed\",\"response\":" RESPONSE "}",
        NULL};
    struct seen seen = {0};
    reply_init(&reply, see, &seen);
    assert_int_equal(feed(WIRE, &reply, events), 0);
    assert_true(reply.ended);
    assert_string_equal(seen.text, "Because.");
    assert_string_equal(seen.reasoning, "hm");
    assert_fact(&reply, "openai_responses", FACT);
    reply_release(&reply);
}

static void a_refusal_is_told_whole_and_streamed(void **state)
{
    (void)state;
    static const char body[] =
        "{\"model\":\"m\",\"status\":\"completed\",\"output\":[{\"type\":\"message\","
        "\"content\":[{\"type\":\"refusal\",\"refusal\":\"I will not.\"}]}]}";
    static const char *const events[] = {
        "{\"type\":\"response.refusal.delta\",\"delta\":\"I will not.\"}",
        "{\"type\":\"response.completed\",\"response\":{\"model\":\"m\",\"status\":\"completed\"}}",
        NULL};
    for (int streamed = 0; streamed < 2; streamed++) {
        struct reply reply;
        reply_init(&reply, NULL, NULL);
        int r = streamed ? feed(WIRE, &reply, events) : WIRE->whole(&reply, body, strlen(body));
        assert_int_equal(r, 0);
        json_t *fact = reply_fact(&reply, "openai_responses");
        assert_string_equal(j_str(fact, "finish_reason", ""), "refusal");
        assert_string_equal(j_str(fact, "content", ""), "I will not.");
        json_decref(fact);
        reply_release(&reply);
    }
    struct reply least;
    reply_init(&least, NULL, NULL);
    assert_int_equal(reply_add_refusal(&least, "?", 1), 0);
    json_t *fact = reply_fact(&least, "openai_responses");
    assert_string_equal(j_str(fact, "content", ""), "?");
    json_decref(fact);
    reply_release(&least);
}

static void keeps_the_items_of_a_tool_call(void **state)
{
    (void)state;
    static const char body[] =
        "{\"model\":\"m\",\"status\":\"completed\",\"output\":[{\"type\":\"reasoning\",\"encrypted_"
        "content\":\"z\"},"
        "{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"look\",\"arguments\":\"{}\"}]}";
    struct reply reply;
    reply_init(&reply, NULL, NULL);
    assert_int_equal(WIRE->whole(&reply, body, strlen(body)), 0);
    assert_fact(&reply, "openai_responses",
                "{\"finish_reason\":\"tool_calls\",\"tool_calls\":[{\"id\":\"c1\",\"name\":"
                "\"look\",\"args_raw\":\"{}\"}],"
                "\"assistant\":{\"wire\":\"openai_responses\",\"message\":[{\"type\":\"reasoning\","
                "\"encrypted_content\":\"z\"},"
                "{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"look\",\"arguments\":\"{"
                "}\"}]}}");
    reply_release(&reply);
}

static void tells_the_ends_apart(void **state)
{
    (void)state;
    static const struct {
        const char *body, *reason, *code;
    } ROWS[] = {
        {"{\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},"
         "\"output\":[]}",
         "length", ""},
        {"{\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"content_filter\"},"
         "\"output\":[]}",
         NULL, "content_filtered"},
        {"{\"status\":\"failed\",\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"m\"},"
         "\"output\":[]}",
         NULL, "rate_limited"},
        {"{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"m\"}}", NULL,
         "quota_exhausted"},
        {"{}", NULL, "bad_response"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct reply reply;
        reply_init(&reply, NULL, NULL);
        int r = WIRE->whole(&reply, ROWS[i].body, strlen(ROWS[i].body));
        assert_int_equal(r, ROWS[i].reason ? 0 : -EPROTO);
        if (ROWS[i].reason)
            assert_string_equal(reply.finish_reason, ROWS[i].reason);
        assert_string_equal(reply.fault.code, ROWS[i].code);
        reply_release(&reply);
    }
}

/* As many calls as may be in one message, and one more. */
static void calls_have_their_most(void **state)
{
    (void)state;
    static const char HEAD[] = "{\"status\":\"completed\",\"output\":[",
                      CALL[] = "{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\"},";
    for (int more = 0; more < 2; more++) {
        char body[sizeof(HEAD) + sizeof(CALL) * (REPLY_TOOLS_MAX + 1) + 2];
        size_t len = (size_t)snprintf(body, sizeof(body), "%s", HEAD);
        for (int i = 0; i < REPLY_TOOLS_MAX + more; i++)
            len += (size_t)snprintf(body + len, sizeof(body) - len, "%s", CALL);
        snprintf(body + len - 1, sizeof(body) - len + 1, "]}");
        struct reply reply;
        reply_init(&reply, NULL, NULL);
        assert_int_equal(WIRE->whole(&reply, body, strlen(body)), more ? -EPROTO : 0);
        assert_string_equal(reply.fault.code, more ? "bad_response" : "");
        reply_release(&reply);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(builds_a_question_with_a_form);
    assert_keeps_nothing(asks_for_reasoning_where_there_is_some);
    assert_keeps_nothing(options_are_merged_around_the_form);
    assert_keeps_nothing(builds_a_turn_with_tools);
    assert_keeps_nothing(reads_whole_and_streamed_alike);
    assert_keeps_nothing(a_refusal_is_told_whole_and_streamed);
    assert_keeps_nothing(keeps_the_items_of_a_tool_call);
    assert_keeps_nothing(tells_the_ends_apart);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_a_question_with_a_form),
        cmocka_unit_test(asks_for_reasoning_where_there_is_some),
        cmocka_unit_test(options_are_merged_around_the_form),
        cmocka_unit_test(builds_a_turn_with_tools),
        cmocka_unit_test(reads_whole_and_streamed_alike),
        cmocka_unit_test(a_refusal_is_told_whole_and_streamed),
        cmocka_unit_test(keeps_the_items_of_a_tool_call),
        cmocka_unit_test(tells_the_ends_apart),
        cmocka_unit_test(calls_have_their_most),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
