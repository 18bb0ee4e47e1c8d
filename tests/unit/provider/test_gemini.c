/* Gemini's generateContent: it refuses a whole request for one schema keyword that it does not
 * know. */
#include "adapter_help.h"

#include "heap_kept.h"
#include "runner/provider/gemini_schema.h"

static const struct provider *const WIRE = &provider_gemini;

static void builds_a_plain_question(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, PLAIN_MESSAGES,
                  "{\"temperature\":0.5,\"top_p\":0.9,\"max_tokens\":64,\"provider_options\":{"
                  "\"safetySettings\":[],"
                  "\"generationConfig\":{\"thinkingConfig\":{\"thinkingBudget\":0}}}}");
    question_build(&q, WIRE);
    assert_string_equal(
        q.request.url,
        "https://generativelanguage.googleapis.com/v1beta/models/model-x:generateContent");
    assert_string_equal(question_header(&q, "x-goog-api-key"), "key-0123456789");
    assert_json(
        q.body,
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Why?\"}]}],"
        "\"systemInstruction\":{\"parts\":[{\"text\":\"Be brief.\"}]},\"safetySettings\":[],"
        "\"generationConfig\":{\"temperature\":0.5,\"topP\":0.9,\"maxOutputTokens\":64,"
        "\"thinkingConfig\":{\"thinkingBudget\":0}}}");
    question_release(&q);
    question_init(&q, PLAIN_MESSAGES, "{}");
    q.ask.stream = true;
    q.ask.model = "tunedModels/a@b";
    question_build(&q, WIRE);
    assert_string_equal(q.request.url,
                        "https://generativelanguage.googleapis.com/v1beta/tunedModels/"
                        "a%40b:streamGenerateContent?alt=sse");
    question_release(&q);
}

static void builds_a_turn_with_tools(void **state)
{
    (void)state;
    struct question q;
    question_init(&q, TOOL_TURN_MESSAGES("null"), "{}");
    q.ask.tools =
        json_of("[{\"name\":\"look\",\"description\":\"d\",\"parameters\":{\"type\":\"object\","
                "\"properties\":{\"q\":{\"type\":\"integer\"}},\"additionalProperties\":false}}]");
    q.ask.tool_choice = "look";
    question_build(&q, WIRE);
    assert_json(json_object_get(q.body, "tools"),
                "[{\"functionDeclarations\":[{\"name\":\"look\",\"description\":\"d\","
                "\"parameters\":{\"type\":\"object\","
                "\"properties\":{\"q\":{\"type\":\"integer\"}},\"propertyOrdering\":[\"q\"]}}]}]");
    assert_json(
        json_object_get(q.body, "toolConfig"),
        "{\"functionCallingConfig\":{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"look\"]}}");
    assert_json(
        json_object_get(q.body, "contents"),
        "[{\"role\":\"user\",\"parts\":[{\"text\":\"Why?\"}]},{\"role\":\"model\",\"parts\":[{"
        "\"text\":\"Let me look.\"},"
        "{\"functionCall\":{\"name\":\"look\",\"args\":{\"q\":1}}},{\"functionCall\":{\"name\":"
        "\"look\",\"args\":{}}}]},"
        "{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"name\":\"look\",\"response\":{"
        "\"result\":\"found\"}}},"
        "{\"functionResponse\":{\"name\":\"look\",\"response\":{\"error\":\"bad arguments\"}}}]}]");
    question_release(&q);
}

static void strips_what_schemas_may_not_have(void **state)
{
    (void)state;
    json_t *schema = json_of(
        "{\"type\":\"object\",\"additionalProperties\":false,\"$defs\":{\"n\":{\"type\":\"number\","
        "\"exclusiveMinimum\":0,\"minimum\":0}},"
        "\"required\":[\"b\",\"a\"],\"properties\":{\"b\":{\"type\":[\"string\",\"null\"]},\"a\":{"
        "\"$ref\":\"#/$defs/n\"},"
        "\"k\":{\"const\":\"x\"},\"l\":{\"type\":\"array\",\"uniqueItems\":true,\"items\":{"
        "\"enum\":[\"p\",\"q\"],\"type\":\"string\"}},"
        "\"m\":{\"anyOf\":[{\"type\":\"string\",\"default\":\"\"},{\"type\":\"integer\"}]}}}");
    json_t *out = gemini_schema(schema);
    assert_json(out,
                "{\"type\":\"object\",\"required\":[\"b\",\"a\"],\"propertyOrdering\":[\"b\",\"a\","
                "\"k\",\"l\",\"m\"],"
                "\"properties\":{\"b\":{\"type\":\"string\",\"nullable\":true},\"a\":{\"type\":"
                "\"number\",\"minimum\":0},"
                "\"k\":{\"type\":\"string\",\"enum\":[\"x\"]},"
                "\"l\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"p\",\"q\"]}},"
                "\"m\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}}}");
    json_decref(out);
    json_decref(schema);
}

/* Eight definitions, each of which refers to the next one ten times, are a hundred million schemas.
 */
static void references_that_fan_out_are_filled_in_to_a_bound(void **state)
{
    (void)state;
    json_t *schema = json_pack("{s:s, s:{s:{s:s, s:s}}}", "$ref", "#/$defs/a", "$defs", "i", "type",
                               "string", "description", "the last");
    for (char name[] = "a"; *name < 'i'; ++*name) {
        json_t *ways = json_array();
        for (int n = 0; n < 10; n++)
            json_array_append_new(
                ways, json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%c", *name + 1)));
        json_object_set_new(json_object_get(schema, "$defs"), name,
                            json_pack("{s:o}", "anyOf", ways));
    }
    json_t *out = gemini_schema(schema);
    size_t size = json_dumpb(out, NULL, 0, JSON_COMPACT);
    assert_true(size > 1000 && size < 4 << 20);
    json_decref(out);
    json_decref(schema);
}

/* How deep a list of lists of ... of strings still has its type. */
static int depth_of(json_t *schema)
{
    int depth = 0;
    json_t *out = gemini_schema(schema);
    for (json_t *at = out; json_object_get(at, "type"); at = json_object_get(at, "items"))
        depth++;
    json_decref(out);
    json_decref(schema);
    return depth;
}

/* Nested as it is written, and as it refers to itself. */
static void a_schema_is_filled_in_so_deep_and_no_deeper(void **state)
{
    (void)state;
    for (int lists = 30; lists < 36; lists++) {
        json_t *schema = json_of("{\"type\":\"string\"}");
        for (int i = 0; i < lists; i++)
            schema = json_pack("{s:s, s:o}", "type", "array", "items", schema);
        assert_int_equal(depth_of(schema), lists < 32 ? lists + 1 : 33);
    }
    assert_int_equal(depth_of(json_of("{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"type\":"
                                      "\"array\",\"items\":{\"$ref\":\"#/$defs/a\"}}}}")),
                     33);
    assert_int_equal(depth_of(json_of("{\"$ref\":\"#/$defs/b\",\"type\":\"string\",\"$defs\":{"
                                      "\"a\":{}}}")),
                     1); /* leads nowhere: what stands beside it is all */
    assert_int_equal(depth_of(json_of("{\"$ref\":\"#/elsewhere/a\",\"type\":\"string\"}")), 1);
}

/* Whether a word of so many bytes is still told; what comes behind one that is not is left out too,
 * or the service would get a part of each member. */
static void expect_told(const char *before, size_t len, const char *after, bool told)
{
    char *word = malloc(len + 1), *text = NULL;
    memset(word, 'x', len);
    word[len] = '\0';
    assert_true(asprintf(&text, "%s%s%s", before, word, after) > 0);
    json_t *schema = json_of(text), *out = gemini_schema(schema);
    char *made = json_dumps(out, JSON_COMPACT);
    assert_int_equal(strstr(made, word) != NULL, told);
    assert_int_equal(strstr(made, "behind") != NULL, told);
    assert_true(strlen(made) <= 1 << 20);
    free(made);
    json_decref(out);
    json_decref(schema);
    free(text);
    free(word);
}

static void a_megabyte_of_a_schema_is_told_at_most(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after;
        size_t most; /* each name of a member is told twice */
    } ROWS[] = {
        {"{\"title\":\"", "\",\"description\":\"behind\"}", 1 << 20},
        {"{\"enum\":[\"", "\"],\"properties\":{\"behind\":{}}}", 1 << 20},
        {"{\"const\":\"", "\",\"properties\":{\"behind\":{}}}", 1 << 20},
        {"{\"anyOf\":[{\"title\":\"", "\"},{\"title\":\"behind\"}]}", 1 << 20},
        {"{\"properties\":{\"", "\":{},\"behind\":{}}}", 1 << 19},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        expect_told(ROWS[i].before, ROWS[i].most - 256, ROWS[i].after, true);
        expect_told(ROWS[i].before, ROWS[i].most, ROWS[i].after, false);
    }
}

static void reads_a_stream(void **state)
{
    (void)state;
    static const char *const events[] = {
        "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"hm\",\"thought\":"
        "true}]}}],\"modelVersion\":\"model-x-001\"}",
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Be\"}]}}],\"usageMetadata\":{"
        "\"promptTokenCount\":5}}",
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"cause.\"}]},\"finishReason\":"
        "\"STOP\",\"avgLogprobs\":-0.25}],"
        "\"usageMetadata\":{\"promptTokenCount\":5,\"candidatesTokenCount\":3,"
        "\"thoughtsTokenCount\":4,\"cachedContentTokenCount\":2}}",
        NULL};
    struct seen seen = {0};
    struct reply reply;
    reply_init(&reply, see, &seen);
    assert_int_equal(feed(WIRE, &reply, events), 0);
    assert_string_equal(seen.text, "Because.");
    assert_string_equal(seen.reasoning, "hm");
    assert_fact(&reply, "gemini",
                "{\"content\":\"Because.\",\"finish_reason\":\"stop\",\"model_served\":\"model-x-"
                "001\",\"logprob\":-0.25,"
                "\"usage\":{\"input_tokens\":5,\"output_tokens\":7,\"cached_input_tokens\":2,"
                "\"reasoning_tokens\":4}}");
    reply_release(&reply);
}

static void keeps_signatures_of_tool_calls(void **state)
{
    (void)state;
    static const char body[] =
        "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"look\",\"args\":{"
        "\"q\":1}},\"thoughtSignature\":\"s\"}]},"
        "\"finishReason\":\"STOP\"}]}";
    struct reply reply;
    reply_init(&reply, NULL, NULL);
    assert_int_equal(WIRE->whole(&reply, body, strlen(body)), 0);
    assert_fact(&reply, "gemini",
                "{\"finish_reason\":\"tool_calls\",\"tool_calls\":[{\"id\":\"call_0\",\"name\":"
                "\"look\",\"args_raw\":\"{\\\"q\\\":1}\"}],"
                "\"assistant\":{\"wire\":\"gemini\",\"message\":{\"role\":\"model\",\"parts\":[{"
                "\"functionCall\":{\"name\":\"look\","
                "\"args\":{\"q\":1}},\"thoughtSignature\":\"s\"}]}}}");
    reply_release(&reply);
}

static void keeps_the_parts_of_all_pieces(void **state)
{
    (void)state;
    static const char *const events[] = {"{\"candidates\":[{\"content\":{\"parts\":[{"
                                         "\"functionCall\":{\"name\":\"look\",\"args\":{}}}]"
                                         "}}]}",
                                         "{\"candidates\":[{\"content\":{\"parts\":[{"
                                         "\"functionCall\":{\"name\":\"read\",\"args\":{}}}]"
                                         "},\"finishReason\":\"STOP\"}]}",
                                         NULL};
    struct reply reply;
    reply_init(&reply, NULL, NULL);
    assert_int_equal(feed(WIRE, &reply, events), 0);
    json_t *fact = reply_fact(&reply, "gemini");
    assert_json(
        json_object_get(json_object_get(json_object_get(fact, "assistant"), "message"), "parts"),
        "[{\"functionCall\":{\"name\":\"look\",\"args\":{}}},"
        "{\"functionCall\":{\"name\":\"read\",\"args\":{}}}]");
    json_decref(fact);
    reply_release(&reply);
}

static void tells_filters_from_failures(void **state)
{
    (void)state;
    static const struct {
        const char *body, *kind, *code;
    } ROWS[] = {
        {"{\"candidates\":[{\"finishReason\":\"SAFETY\"}]}", "permanent", "content_filtered"},
        {"{\"promptFeedback\":{\"blockReason\":\"OTHER\"}}", "permanent", "content_filtered"},
        {"{\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\"}]}", "transient",
         "bad_response"},
        {"{\"error\":{\"message\":\"busy\",\"status\":\"UNAVAILABLE\"}}", "transient",
         "server_error"},
        {"{}", "transient", "bad_response"},
        {"[1]", "transient", "bad_response"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct reply reply;
        reply_init(&reply, NULL, NULL);
        assert_int_equal(WIRE->whole(&reply, ROWS[i].body, strlen(ROWS[i].body)), -EPROTO);
        assert_string_equal(reply.fault.kind, ROWS[i].kind);
        assert_string_equal(reply.fault.code, ROWS[i].code);
        reply_release(&reply);
    }
}

static void reads_how_long_to_wait(void **state)
{
    (void)state;
    static const char body[] =
        "{\"error\":{\"code\":429,\"message\":\"Quota\",\"status\":\"RESOURCE_EXHAUSTED\","
        "\"details\":["
        "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"12.5s\"}]}}";
    struct reply_fault fault;
    reply_fault_init(&fault);
    WIRE->error(body, strlen(body), &fault);
    /* The class is left to the status, which the body only repeats. */
    assert_string_equal(fault.kind, "");
    assert_int_equal(fault.http_status, 429);
    assert_string_equal(fault.message, "Quota");
    assert_int_equal(fault.retry_after_ms, 12500);
}

/* Google words every limit in the same way. No class: the status 429 has it, rate_limited. */
#define LIMIT_HIT(violations, more)                                                                \
    "{\"error\":{\"code\":429,\"message\":\"You exceeded your current quota, please check your "   \
    "plan and "                                                                                    \
    "billing details.\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"@type\":"                \
    "\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[" violations "]}" more "]}}"
#define RETRY_INFO                                                                                 \
    ",{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"37s\"}"

static void tells_limits_apart(void **state)
{
    (void)state;
    static const struct {
        const char *body, *kind, *code;
        int64_t wait_ms;
    } ROWS[] = {
        {LIMIT_HIT("{\"quotaId\":\"GenerateRequestsPerMinutePerProjectPerModel-FreeTier\","
                   "\"quotaValue\":\"10\"}",
                   RETRY_INFO),
         "", "", 37000},
        {LIMIT_HIT("{\"quotaId\":\"GenerateContentInputTokensPerModelPerMinute-FreeTier\"}", ""),
         "", "", -1},
        {LIMIT_HIT("", RETRY_INFO), "", "", 37000},
        {LIMIT_HIT("{\"quotaId\":\"GenerateRequestsPerDayPerProjectPerModel-FreeTier\","
                   "\"quotaValue\":\"250\"}",
                   RETRY_INFO),
         "permanent", "quota_exhausted", 37000},
        {LIMIT_HIT("{\"quotaId\":\"GenerateRequestsPerMinutePerProjectPerModel-FreeTier\","
                   "\"quotaValue\":\"0\"}",
                   RETRY_INFO),
         "permanent", "quota_exhausted", 37000},
        {LIMIT_HIT("", ""), "permanent", "quota_exhausted", -1},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct reply_fault fault;
        struct reply r;
        reply_fault_init(&fault);
        WIRE->error(ROWS[i].body, strlen(ROWS[i].body), &fault);
        assert_string_equal(fault.code, ROWS[i].code);
        assert_string_equal(fault.kind, ROWS[i].kind);
        assert_int_equal(fault.retry_after_ms, ROWS[i].wait_ms);
        assert_int_equal(fault.http_status, 429);
        reply_init(&r, NULL, NULL);
        assert_int_equal(WIRE->event(&r, "", ROWS[i].body, strlen(ROWS[i].body)), -EPROTO);
        assert_string_equal(r.fault.code, ROWS[i].code);
        assert_int_equal(r.fault.retry_after_ms, ROWS[i].wait_ms);
        reply_release(&r);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(tells_limits_apart);
    assert_keeps_nothing(builds_a_plain_question);
    assert_keeps_nothing(builds_a_turn_with_tools);
    assert_keeps_nothing(strips_what_schemas_may_not_have);
    assert_keeps_nothing(a_schema_is_filled_in_so_deep_and_no_deeper);
    assert_keeps_nothing(a_megabyte_of_a_schema_is_told_at_most);
    assert_keeps_nothing(reads_a_stream);
    assert_keeps_nothing(keeps_signatures_of_tool_calls);
    assert_keeps_nothing(keeps_the_parts_of_all_pieces);
    assert_keeps_nothing(tells_filters_from_failures);
    assert_keeps_nothing(reads_how_long_to_wait);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_limits_apart),
        cmocka_unit_test(builds_a_plain_question),
        cmocka_unit_test(builds_a_turn_with_tools),
        cmocka_unit_test(strips_what_schemas_may_not_have),
        cmocka_unit_test(references_that_fan_out_are_filled_in_to_a_bound),
        cmocka_unit_test(a_schema_is_filled_in_so_deep_and_no_deeper),
        cmocka_unit_test(a_megabyte_of_a_schema_is_told_at_most),
        cmocka_unit_test(reads_a_stream),
        cmocka_unit_test(keeps_signatures_of_tool_calls),
        cmocka_unit_test(keeps_the_parts_of_all_pieces),
        cmocka_unit_test(tells_filters_from_failures),
        cmocka_unit_test(reads_how_long_to_wait),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
