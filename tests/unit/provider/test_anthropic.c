/* Anthropic's messages: a wrong field there is a 400 for every council with that house in it. */
#include "adapter_help.h"
#include "heap_kept.h"

static const struct provider *const WIRE = &provider_anthropic;

static void builds_a_plain_question(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, PLAIN_MESSAGES,
                  "{\"temperature\":0.5,\"top_p\":null,\"max_tokens\":null,\"provider_options\":{"
                  "\"top_k\":3}}");
    q.ask.stream = true;
    question_build(&q, WIRE);
    assert_string_equal(q.request.url, "https://api.anthropic.com/v1/messages");
    assert_string_equal(question_header(&q, "x-api-key"), "key-0123456789");
    assert_string_equal(question_header(&q, "anthropic-version"), "2023-06-01");
    assert_json(q.body,
                "{\"model\":\"model-x\",\"max_tokens\":8192,\"messages\":[{\"role\":\"user\","
                "\"content\":\"Why?\"}],"
                "\"system\":\"Be brief.\",\"stream\":true,\"temperature\":0.5,\"top_k\":3}");
    question_release(&q);
}

static void builds_a_turn_with_tools(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, TOOL_TURN_MESSAGES("null"), "{\"max_tokens\":100}");
    q.ask.tools =
        json_of("[{\"name\":\"look\",\"description\":\"d\",\"parameters\":{\"type\":\"object\"}}]");
    q.ask.tool_choice = "required";
    q.ask.parallel_tools = false;
    q.ask.schema = json_of("{\"type\":\"object\"}");
    question_build(&q, WIRE);
    assert_json(
        json_object_get(q.body, "tools"),
        "[{\"name\":\"look\",\"description\":\"d\",\"input_schema\":{\"type\":\"object\"}}]");
    assert_json(json_object_get(q.body, "tool_choice"),
                "{\"type\":\"any\",\"disable_parallel_tool_use\":true}");
    assert_json(json_object_get(q.body, "messages"),
                "[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":["
                "{\"type\":\"text\",\"text\":\"Let me look.\"},"
                "{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"look\",\"input\":{\"q\":1}},"
                "{\"type\":\"tool_use\",\"id\":\"c2\",\"name\":\"look\",\"input\":{}}]},"
                "{\"role\":\"user\",\"content\":["
                "{\"type\":\"tool_result\",\"tool_use_id\":\"c1\",\"content\":\"found\"},"
                "{\"type\":\"tool_result\",\"tool_use_id\":\"c2\",\"content\":\"bad "
                "arguments\",\"is_error\":true}]}]");
    question_release(&q);
}

static void gives_its_own_message_back_whole(void **state)
{
    (void)state;
    struct question q;
    question_init(&q,
                  TOOL_TURN_MESSAGES("{\"wire\":\"anthropic\",\"message\":{\"role\":\"assistant\","
                                     "\"content\":[{\"type\":\"thinking\",\"signature\":\"x\"}]}}"),
                  "{}");
    question_build(&q, WIRE);
    assert_json(
        json_array_get(json_object_get(q.body, "messages"), 1),
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"signature\":\"x\"}]}");
    question_release(&q);
}

static void asks_for_a_form_with_a_tool(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, PLAIN_MESSAGES, "{}");
    q.ask.schema = json_of("{\"type\":\"object\"}");
    question_build(&q, WIRE);
    assert_json(json_object_get(q.body, "tool_choice"),
                "{\"type\":\"tool\",\"name\":\"council_answer\"}");
    assert_json(
        json_object_get(json_array_get(json_object_get(q.body, "tools"), 0), "input_schema"),
        "{\"type\":\"object\"}");
    question_release(&q);
}

static void offers_the_form_beside_tools(void **state)
{
    (void)state;
    static const struct {
        const char *choice, *params, *sent;
        size_t tools;
    } ROWS[] = {
        {"auto", "{}", "{\"type\":\"any\"}", 2},
        {"none", "{}", "{\"type\":\"tool\",\"name\":\"council_answer\"}", 2},
        {"required", "{}", "{\"type\":\"any\"}", 1},
        {"look", "{}", "{\"type\":\"tool\",\"name\":\"look\"}", 1},
        {"auto", "{\"provider_options\":{\"thinking\":{\"type\":\"enabled\"}}}",
         "{\"type\":\"auto\"}", 2},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct question q;
        question_init(&q, PLAIN_MESSAGES, ROWS[i].params);
        q.ask.tools = json_of("[{\"name\":\"look\",\"parameters\":{\"type\":\"object\"}}]");
        q.ask.schema = json_of("{\"type\":\"object\"}");
        q.ask.tool_choice = ROWS[i].choice;
        question_build(&q, WIRE);
        assert_json(json_object_get(q.body, "tool_choice"), ROWS[i].sent);
        assert_int_equal(json_array_size(json_object_get(q.body, "tools")), ROWS[i].tools);
        question_release(&q);
    }
}

static void leaves_the_form_out_where_told_so(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, PLAIN_MESSAGES, "{}");
    q.config.doc = json_of("{\"json_schema\":false}");
    q.ask.schema = json_of("{\"type\":\"object\"}");
    question_build(&q, WIRE);
    assert_null(json_object_get(q.body, "tools"));
    json_decref(q.config.doc);
    question_release(&q);
}

/* Nobody would answer that call, and the next turn would be refused for it. */
static void forgets_a_form_that_came_with_tools(void **state)
{
    (void)state;
    static const char body[] =
        "{\"model\":\"m\",\"content\":[{\"type\":\"tool_use\",\"id\":\"c\",\"name\":"
        "\"council_answer\",\"input\":{\"choice\":\"a\"}},{\"type\":\"tool_use\",\"id\":\"d\","
        "\"name\":\"look\",\"input\":{}}],\"stop_reason\":\"tool_use\",\"usage\":{}}";
    struct reply reply;
    reply_init(&reply, NULL, NULL);
    assert_int_equal(WIRE->whole(&reply, body, strlen(body)), 0);
    assert_null(reply.structured);
    assert_fact(&reply, "anthropic",
                "{\"finish_reason\":\"tool_calls\",\"content\":\"\",\"assistant\":{\"wire\":"
                "\"anthropic\",\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":"
                "\"tool_use\",\"id\":\"d\",\"name\":\"look\",\"input\":{}}]}}}");
    reply_release(&reply);
}

static void reads_a_reply_in_one_piece(void **state)
{
    (void)state;
    static const char body[] = "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\","
                               "\"model\":\"model-x-2\",\"content\":["
                               "{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"s\"},{"
                               "\"type\":\"text\",\"text\":\"Because.\"}],"
                               "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":10,"
                               "\"cache_creation_input_tokens\":5,"
                               "\"cache_read_input_tokens\":20,\"output_tokens\":7}}";
    struct reply reply;
    reply_init(&reply, NULL, NULL);
    assert_int_equal(WIRE->whole(&reply, body, strlen(body)), 0);
    assert_fact(&reply, "anthropic",
                "{\"content\":\"Because.\",\"finish_reason\":\"stop\",\"model_served\":\"model-x-"
                "2\",\"assistant\":null,"
                "\"usage\":{\"input_tokens\":35,\"output_tokens\":7,\"cached_input_tokens\":20,"
                "\"reasoning_tokens\":null}}");
    reply_release(&reply);
}

static void reads_a_stream_with_a_tool_call(void **state)
{
    (void)state;
    static const char *const events[] = {
        "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"model-x\",\"usage\":{"
        "\"input_tokens\":9,\"output_tokens\":1}}}",
        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\","
        "\"thinking\":\"\"}}",
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\","
        "\"thinking\":\"hm\"}}",
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\","
        "\"signature\":\"sig\"}}",
        "{\"type\":\"content_block_stop\",\"index\":0}", "{\"type\":\"ping\"}",
        "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\","
        "\"text\":\"\"}}",
        "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":"
        "\"Let me \"}}",
        "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":"
        "\"look.\"}}",
        /* A kind of piece that is new, whatever its members are called. */
        "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"new_delta\",\"text\":"
        "\"x\",\"thinking\":\"x\",\"partial_json\":\"x\",\"signature\":\"x\"}}",
        "{\"type\":\"content_block_stop\",\"index\":1}",
        "{\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"tool_use\","
        "\"id\":\"c1\",\"name\":\"look\",\"input\":{}}}",
        "{\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\","
        "\"partial_json\":\"{\\\"q\\\"\"}}",
        "{\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\","
        "\"partial_json\":\":1}\"}}",
        "{\"type\":\"content_block_stop\",\"index\":2}",
        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_"
        "tokens\":30}}",
        "{\"type\":\"message_stop\"}", NULL};
    struct seen seen = {0};
    struct reply reply;
    reply_init(&reply, see, &seen);
    assert_int_equal(feed(WIRE, &reply, events), 0);
    assert_true(reply.ended);
    assert_string_equal(seen.text, "Let me look.");
    assert_string_equal(seen.reasoning, "hm");
    assert_fact(
        &reply, "anthropic",
        "{\"content\":\"Let me look.\",\"finish_reason\":\"tool_calls\","
        "\"tool_calls\":[{\"id\":\"c1\",\"name\":\"look\",\"args_raw\":\"{\\\"q\\\":1}\"}],"
        "\"assistant\":{\"wire\":\"anthropic\",\"message\":{\"role\":\"assistant\",\"content\":["
        "{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"sig\"},{\"type\":\"text\","
        "\"text\":\"Let me look.\"},"
        "{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"look\",\"input\":{\"q\":1}}]}},"
        "\"usage\":{\"input_tokens\":9,\"output_tokens\":30,\"cached_input_tokens\":null,"
        "\"reasoning_tokens\":null}}");
    reply_release(&reply);
}

static void takes_the_form_for_the_answer(void **state)
{
    (void)state;
    static const char body[] = "{\"model\":\"m\",\"content\":[{\"type\":\"text\",\"text\":\"Here:"
                               "\"},{\"type\":\"tool_use\",\"id\":\"c\","
                               "\"name\":\"council_answer\",\"input\":{\"choice\":\"a\"}}],\"stop_"
                               "reason\":\"tool_use\",\"usage\":{}}";
    struct reply reply;
    reply_init(&reply, NULL, NULL);
    assert_int_equal(WIRE->whole(&reply, body, strlen(body)), 0);
    assert_fact(&reply, "anthropic",
                "{\"content\":\"{\\\"choice\\\":\\\"a\\\"}\",\"finish_reason\":\"stop\","
                "\"structured\":{\"choice\":\"a\"}}");
    reply_release(&reply);
}

static void tells_refusals_and_limits_apart(void **state)
{
    (void)state;
    static const struct {
        const char *stop, *reason;
    } ROWS[] = {{"max_tokens", "length"}, {"refusal", "refusal"}, {"stop_sequence", "stop"}};
    for (size_t i = 0; i < 3; i++) {
        char body[256];
        int len = snprintf(body, sizeof(body),
                           "{\"model\":\"m\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}],"
                           "\"stop_reason\":\"%s\"}",
                           ROWS[i].stop);
        struct reply reply;
        reply_init(&reply, NULL, NULL);
        assert_int_equal(WIRE->whole(&reply, body, (size_t)len), 0);
        assert_string_equal(reply.finish_reason, ROWS[i].reason);
        reply_release(&reply);
    }
}

static void classifies_errors(void **state)
{
    (void)state;
    static const struct {
        const char *type, *message, *kind, *code;
        bool more_than_status; /* with an HTTP status the body only repeats it */
    } ROWS[] = {
        {"overloaded_error", "Overloaded", "transient", "overloaded", true},
        {"rate_limit_error", "slow down", "transient", "rate_limited", false},
        {"authentication_error", "invalid x-api-key", "permanent", "auth", false},
        {"not_found_error", "model: none", "permanent", "model_not_found", false},
        {"api_error", "Internal server error", "transient", "server_error", false},
        {"invalid_request_error", "prompt is too long: 9", "permanent", "context_length", true},
        {"invalid_request_error", "Your credit balance is too low", "permanent", "quota_exhausted",
         true},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        char body[256];
        snprintf(body, sizeof(body),
                 "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"%s\"}}",
                 ROWS[i].type, ROWS[i].message);
        struct reply_fault fault;
        reply_fault_init(&fault);
        WIRE->error(body, strlen(body), &fault);
        assert_string_equal(fault.kind, ROWS[i].more_than_status ? ROWS[i].kind : "");
        assert_string_equal(fault.code, ROWS[i].more_than_status ? ROWS[i].code : "");
        assert_string_equal(fault.message, ROWS[i].message);
        /* The same in the middle of a stream. */
        struct reply reply;
        reply_init(&reply, NULL, NULL);
        assert_int_equal(WIRE->event(&reply, "error", body, strlen(body)), -EPROTO);
        assert_string_equal(reply.fault.kind, ROWS[i].kind);
        assert_string_equal(reply.fault.code, ROWS[i].code);
        reply_release(&reply);
    }
}

static void nonsense_is_no_answer(void **state)
{
    (void)state;
    static const char *const BODIES[] = {"", "[]", "<html>", "{}", "{\"content\":3}"};
    for (size_t i = 0; i < 5; i++) {
        struct reply reply;
        reply_init(&reply, NULL, NULL);
        assert_int_equal(WIRE->whole(&reply, BODIES[i], strlen(BODIES[i])), -EPROTO);
        assert_string_equal(reply.fault.code, "bad_response");
        reply_release(&reply);
    }
    struct reply reply;
    reply_init(&reply, NULL, NULL);
    static const char early[] =
        "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}";
    assert_int_equal(WIRE->event(&reply, "", early, strlen(early)), -EPROTO);
    reply_release(&reply);
}

/* What came so far stands once behind what was asked, however often the answer pauses. */
static void an_answer_goes_on_behind_itself(void **state)
{
    (void)state;
    static const char *const BODIES[][2] = {
        {"{\"messages\":[]}", "{\"messages\":[{\"role\":\"assistant\",\"content\":[1]}]}"},
        {"{\"messages\":[{\"role\":\"user\"}]}",
         "{\"messages\":[{\"role\":\"user\"},{\"role\":\"assistant\",\"content\":[1]}]}"},
        {"{\"messages\":[{\"role\":\"user\"},{\"role\":\"assistant\",\"content\":[]}]}",
         "{\"messages\":[{\"role\":\"user\"},{\"role\":\"assistant\",\"content\":[1]}]}"},
    };
    for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
        struct reply reply;
        reply_init(&reply, NULL, NULL);
        json_array_append_new(reply_blocks(&reply), json_integer(1));
        char *text = WIRE->go_on(&reply, BODIES[i][0]);
        json_t *body = json_of(text);
        assert_json(body, BODIES[i][1]);
        json_decref(body);
        free(text);
        reply_release(&reply);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(builds_a_plain_question);
    assert_keeps_nothing(builds_a_turn_with_tools);
    assert_keeps_nothing(gives_its_own_message_back_whole);
    assert_keeps_nothing(asks_for_a_form_with_a_tool);
    assert_keeps_nothing(offers_the_form_beside_tools);
    assert_keeps_nothing(leaves_the_form_out_where_told_so);
    assert_keeps_nothing(forgets_a_form_that_came_with_tools);
    assert_keeps_nothing(reads_a_reply_in_one_piece);
    assert_keeps_nothing(reads_a_stream_with_a_tool_call);
    assert_keeps_nothing(takes_the_form_for_the_answer);
    assert_keeps_nothing(tells_refusals_and_limits_apart);
    assert_keeps_nothing(classifies_errors);
    assert_keeps_nothing(nonsense_is_no_answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_a_plain_question),
        cmocka_unit_test(builds_a_turn_with_tools),
        cmocka_unit_test(gives_its_own_message_back_whole),
        cmocka_unit_test(asks_for_a_form_with_a_tool),
        cmocka_unit_test(offers_the_form_beside_tools),
        cmocka_unit_test(leaves_the_form_out_where_told_so),
        cmocka_unit_test(forgets_a_form_that_came_with_tools),
        cmocka_unit_test(reads_a_reply_in_one_piece),
        cmocka_unit_test(reads_a_stream_with_a_tool_call),
        cmocka_unit_test(takes_the_form_for_the_answer),
        cmocka_unit_test(tells_refusals_and_limits_apart),
        cmocka_unit_test(classifies_errors),
        cmocka_unit_test(nonsense_is_no_answer),
        cmocka_unit_test(an_answer_goes_on_behind_itself),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
