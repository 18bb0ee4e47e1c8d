/* Every service says in its own words why not. Taken for another reason, a question that is too
 * long is asked again and again, and one refused answer closes a provider for the whole run. */
#include "adapter_help.h"
#include "heap_kept.h"

static const struct {
    const char *format, *body, *means;
} BODIES[] = {
    /* Google: the key is wrong, in the details only. */
    {"gemini",
     "{\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass a valid API key.\","
     "\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"@type\":"
     "\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\",\"domain\":"
     "\"googleapis.com\",\"metadata\":{\"service\":\"generativelanguage.googleapis.com\"}},"
     "{\"@type\":\"type.googleapis.com/google.rpc.LocalizedMessage\",\"locale\":\"en-US\","
     "\"message\":\"API key not valid. Please pass a valid API key.\"}]}}",
     "permanent auth"},
    {"openai",
     "[{\"error\":{\"code\":400,\"message\":\"API key expired. Please renew the API key.\","
     "\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"@type\":"
     "\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\"}]}}]",
     "permanent auth"},
    /* OpenRouter: the input was flagged, under a 403. */
    {"openrouter",
     "{\"error\":{\"code\":403,\"message\":\"Your chosen model requires moderation and your input "
     "was flagged\",\"metadata\":{\"reasons\":[\"violence\"],\"flagged_input\":\"How do I...\","
     "\"provider_name\":\"OpenAI\",\"model_slug\":\"openai/gpt-4o\"}},\"user_id\":\"user_1\"}",
     "permanent content_filtered"},
    /* OpenRouter: nothing but a limit of the key, which is another matter. */
    {"openrouter", "{\"error\":{\"code\":403,\"message\":\"Key limit exceeded\"}}", " "},
    /* OpenAI: this organization may not have this model; the key is good. */
    {"openai",
     "{\"error\":{\"message\":\"Your organization must be verified to use the model `o3`. Please "
     "go to: https://platform.openai.com/settings/organization/general and click on Verify "
     "Organization. If you just verified, it can take up to 15 minutes for access to "
     "propagate.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
     "permanent invalid_request"},
    /* Groq's 498 */
    {"openai",
     "{\"error\":{\"message\":\"Flex tier capacity exceeded for this model, please try again "
     "later\",\"type\":\"capacity\",\"code\":\"capacity_exceeded\"}}",
     "transient overloaded"},
};

/* The question is too long, says: */
static const char *const TOO_LONG[] = {
    /* Gemini */
    "{\"error\":{\"code\":400,\"message\":\"The input token count (1200012) exceeds the maximum "
    "number of tokens allowed (1048576).\",\"status\":\"INVALID_ARGUMENT\"}}",
    /* xAI */
    "{\"code\":\"Client specified an invalid argument\",\"error\":\"This model's maximum prompt "
    "length is 131072 but the request contains 150012 tokens.\"}",
    /* Anthropic, with its max_tokens */
    "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"input length "
    "and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or "
    "`max_tokens` and try again\"}}",
    /* Cohere */
    "{\"message\":\"too many tokens: total number of tokens in this request cannot exceed 4081 - "
    "received 5012. Try using a shorter prompt.\"}",
    /* Together, TGI */
    "{\"error\":{\"message\":\"Input validation error: `inputs` tokens + `max_new_tokens` must be "
    "<= 8193. Given: 9012 `inputs` tokens and 512 `max_new_tokens`\",\"type\":"
    "\"invalid_request_error\",\"param\":null,\"code\":null}}",
    /* llama.cpp */
    "{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context size, try "
    "increasing it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":5012,\"n_ctx\":"
    "4096}}",
    /* SGLang */
    "{\"object\":\"error\",\"message\":\"The input (5012 tokens) is longer than the model's "
    "context length (4096 tokens).\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}",
    /* vLLM */
    "{\"error\":{\"message\":\"The decoder prompt (length 5012) is longer than the maximum model "
    "length of 4096.\",\"type\":\"BadRequestError\",\"param\":null,\"code\":400}}",
    /* Moonshot */
    "{\"error\":{\"message\":\"Invalid request: Your request exceeded model token limit: 8192\","
    "\"type\":\"invalid_request_error\"}}",
    /* Azure's catalogue of models */
    "{\"error\":{\"code\":\"tokens_limit_reached\",\"message\":\"Request body too large for gpt-4o "
    "model. Max size: 8000 tokens.\",\"details\":\"Request body too large\"}}",
    /* Bedrock, through its compatible endpoint */
    "{\"error\":{\"message\":\"Input is too long for requested model.\",\"type\":"
    "\"invalid_request_error\"}}",
    /* DashScope */
    "{\"error\":{\"code\":\"invalid_parameter_error\",\"message\":\"Range of input length should "
    "be [1, 30720]\",\"type\":\"invalid_request_error\"}}",
};

/* And these only say that there were many of them in a minute. */
static const char *const TOO_FAST[] = {
    "{\"error\":{\"message\":\"Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, "
    "Used 29000, Requested 2000.\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}",
    "{\"message\":\"Too many tokens, please wait before trying again.\"}",
    "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"This request would "
    "exceed your organization's rate limit of 40,000 input tokens per minute.\"}}",
};

struct word {
    const char *text, *means;
};

/* As a code of a body. */
static const struct word CODES[] = {
    {"context_length", "permanent context_length"},
    {"string_above_max_length", "permanent context_length"},
    {"exceed_context_size", "permanent context_length"},
    {"tokens_limit_reached", "permanent context_length"},
    {"insufficient_quota", "permanent quota_exhausted"},
    {"billing", "permanent quota_exhausted"},
    {"content_filter", "permanent content_filtered"},
    {"content_policy", "permanent content_filtered"},
    {"moderation", "permanent content_filtered"},
    {"overloaded", "transient overloaded"},
    {"capacity_exceeded", "transient overloaded"},
    {"invalid_api_key", "permanent auth"},
    {"model_not_found", "permanent model_not_found"},
};

/* As the type of an error in a stream, where there is no status. */
static const struct word TYPES[] = {
    {"authentication", "permanent auth"},
    {"permission", "permanent auth"},
    {"not_found", "permanent model_not_found"},
    {"rate_limit", "transient rate_limited"},
    {"too_many_requests", "transient rate_limited"},
    {"resource_exhausted", "transient rate_limited"},
    {"timeout", "transient request_timeout"},
    {"invalid_request", "permanent invalid_request"},
    {"invalid_argument", "permanent invalid_request"},
    {"server_error", "transient server_error"},
    {"api_error", "transient server_error"},
    {"unavailable", "transient server_error"},
};

/* In the middle of a sentence. */
static const struct word SENTENCES[] = {
    {"maximum context length", "permanent context_length"},
    {"context window", "permanent context_length"},
    {"prompt is too long", "permanent context_length"},
    {"exceeds the maximum number of tokens", "permanent context_length"},
    {"maximum prompt length", "permanent context_length"},
    {"exceed context limit", "permanent context_length"},
    {"number of tokens in this request cannot exceed", "permanent context_length"},
    {"`inputs` tokens + `max_new_tokens` must be", "permanent context_length"},
    {"`inputs` must have less than", "permanent context_length"},
    {"available context size", "permanent context_length"},
    {"longer than the model's context length", "permanent context_length"},
    {"longer than the maximum model length", "permanent context_length"},
    {"exceeded model token limit", "permanent context_length"},
    {"input is too long for requested model", "permanent context_length"},
    {"range of input length should be", "permanent context_length"},
    {"exceeded your current quota", "permanent quota_exhausted"},
    {"credit balance is too low", "permanent quota_exhausted"},
    {"content management policy", "permanent content_filtered"},
    {"organization must be verified", "permanent invalid_request"},
    {"overloaded", "transient overloaded"},
};

static bool fits(const char *format, const char *body, const char *means)
{
    struct reply_fault f;
    char got[64];
    reply_fault_init(&f);
    provider_find(format)->error(body, strlen(body), &f);
    snprintf(got, sizeof(got), "%s %s", f.kind, f.code);
    if (strcmp(got, means) != 0)
        print_error("\"%s\" and not \"%s\": %s\n", got, means, body);
    return strcmp(got, means) == 0;
}

static void classes(void **state)
{
    (void)state;
    bool all = true;
    for (size_t i = 0; i < sizeof(BODIES) / sizeof(*BODIES); i++)
        all &= fits(BODIES[i].format, BODIES[i].body, BODIES[i].means);
    assert_true(all);
}

static void questions_that_are_too_long(void **state)
{
    (void)state;
    bool all = true;
    for (size_t i = 0; i < sizeof(TOO_LONG) / sizeof(*TOO_LONG); i++)
        all &= fits("openai", TOO_LONG[i], "permanent context_length");
    assert_true(all);
}

static void no_more_than_haste(void **state)
{
    (void)state;
    bool all = true;
    for (size_t i = 0; i < sizeof(TOO_FAST) / sizeof(*TOO_FAST); i++)
        all &= fits("openai", TOO_FAST[i], " ");
    assert_true(all);
}

static void each_word_alone(void **state)
{
    (void)state;
    char body[256];
    bool all = true;
    for (size_t i = 0; i < sizeof(CODES) / sizeof(*CODES); i++) {
        snprintf(body, sizeof(body), "{\"error\":{\"code\":\"my_%s_x\"}}", CODES[i].text);
        all &= fits("openai", body, CODES[i].means);
    }
    for (size_t i = 0; i < sizeof(SENTENCES) / sizeof(*SENTENCES); i++) {
        snprintf(body, sizeof(body), "{\"error\":{\"message\":\"No: %s.\"}}", SENTENCES[i].text);
        all &= fits("openai", body, SENTENCES[i].means);
    }
    assert_true(all);
}

static void each_type_in_a_stream(void **state)
{
    (void)state;
    char event[256], got[64];
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(*TYPES); i++) {
        struct reply r;
        reply_init(&r, NULL, NULL);
        snprintf(event, sizeof(event), "{\"error\":{\"type\":\"%s\",\"message\":\"No.\"}}",
                 TYPES[i].text);
        assert_int_equal(provider_openai.event(&r, "", event, strlen(event)), -EPROTO);
        snprintf(got, sizeof(got), "%s %s", r.fault.kind, r.fault.code);
        assert_string_equal(got, TYPES[i].means);
        reply_release(&r);
    }
}

/* An error in the middle of a stream, with its own words: vLLM's has two forms. */
static void in_a_stream(void **state)
{
    (void)state;
    static const char *const EVENTS[] = {
        "{\"object\":\"error\",\"message\":\"Out of blocks.\",\"type\":\"InternalServerError\","
        "\"param\":null,\"code\":500}",
        "{\"error\":{\"object\":\"error\",\"message\":\"Out of blocks.\",\"type\":"
        "\"InternalServerError\",\"param\":null,\"code\":500}}",
    };
    for (size_t i = 0; i < 4; i++) {
        const char *text = EVENTS[i / 2];
        struct reply r;
        reply_init(&r, NULL, NULL);
        int got = i % 2 ? provider_openai.event(&r, "", text, strlen(text))
                        : provider_openai.whole(&r, text, strlen(text));
        if (got != -EPROTO || strcmp(r.fault.message, "Out of blocks.") != 0 ||
            r.fault.http_status != 500)
            fail_msg("%d, \"%s\" of %s", got, r.fault.message, text);
        reply_release(&r);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(classes);
    assert_keeps_nothing(questions_that_are_too_long);
    assert_keeps_nothing(no_more_than_haste);
    assert_keeps_nothing(in_a_stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes),
        cmocka_unit_test(questions_that_are_too_long),
        cmocka_unit_test(no_more_than_haste),
        cmocka_unit_test(each_word_alone),
        cmocka_unit_test(each_type_in_a_stream),
        cmocka_unit_test(in_a_stream),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
