/* A parameter that a model does not take costs the seat its answer. What names tell is asked for
 * rightly at once; what they do not is mended by the refusal, and never more than it names. */
#include "adapter_help.h"
#include "runner/provider/families.h"
#include "runner/provider/repair.h"

static void names_tell(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        bool reasons, counts_all, samples;
    } ROWS[] = {
        {"o1", true, true, true},
        {"o4-mini", true, true, true},
        {"gpt-5-mini", true, true, true},
        {"openai/gpt-5.2", true, true, true},
        {"gpt-6", true, true, true},
        {"gpt-6-nano", true, true, true},
        {"gpt-10.1", true, true, true},
        {"gpt-4.1", false, false, true},
        {"gpt-4o", false, false, true},
        {"gpt-35-turbo", false, false, true},
        {"gpt-oss-120b", false, false, true},
        {"olmo-2", false, false, true},
        {"claude-opus-4-7", false, false, false},
        {"anthropic/claude-opus-4.7", false, false, false},
        {"claude-opus-4-8-20270101", false, false, false},
        {"claude-opus-5", false, false, false},
        {"claude-sonnet-5", false, false, false},
        {"claude-opus-4-6", false, false, true},
        {"claude-opus-4-20250514", false, false, true},
        {"claude-sonnet-4-5-20250929", false, false, true},
        {"claude-3-7-sonnet-latest", false, false, true},
        {"", false, false, true},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct model_family *f = model_family(ROWS[i].model);
        if (f->reasons != ROWS[i].reasons || f->counts_all != ROWS[i].counts_all ||
            f->samples != ROWS[i].samples)
            fail_msg("%s is of %s", ROWS[i].model, f->prefix);
    }
}

static void no_sampling_for_who_refuses_it(void **state)
{
    (void)state;
    static const char *const MODELS[] = {"claude-opus-4-7", "claude-opus-4-6"};
    for (size_t i = 0; i < 2; i++) {
        struct question q;
        question_init(&q, PLAIN_MESSAGES,
                      "{\"temperature\":0.5,\"top_p\":0.9,\"provider_options\":{\"top_k\":3}}");
        q.ask.model = MODELS[i];
        question_build(&q, provider_find("anthropic"));
        assert_int_equal(json_object_get(q.body, "temperature") != NULL, i);
        assert_int_equal(json_object_get(q.body, "top_p") != NULL, i);
        assert_int_equal(json_object_get(q.body, "top_k") != NULL, i);
        question_release(&q);
    }
}

static void refusals_tell(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *error, *body, *mended;
    } ROWS[] = {
        {400,
         "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not supported with this "
         "model. Use 'max_completion_tokens' instead.\",\"type\":\"invalid_request_error\","
         "\"param\":\"max_tokens\",\"code\":\"unsupported_parameter\"}}",
         "{\"model\":\"d\",\"max_tokens\":9,\"temperature\":1}",
         "{\"model\":\"d\",\"max_completion_tokens\":9,\"temperature\":1}"},
        {400,
         "{\"error\":{\"message\":\"Unsupported value: 'temperature' does not support 0.2 with "
         "this "
         "model. Only the default (1) value is supported.\",\"param\":\"temperature\",\"code\":"
         "\"unsupported_value\"}}",
         "{\"temperature\":0.2,\"top_p\":1}", "{\"top_p\":1}"},
        {400,
         "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"`top_k` "
         "is "
         "deprecated for this model.\"}}",
         "{\"top_k\":3,\"top_p\":1}", "{\"top_p\":1}"},
        {422, "{\"detail\":\"Extra inputs are not permitted: logprobs\"}", "{\"logprobs\":true}",
         "{}"},
        {400,
         "[{\"error\":{\"code\":400,\"message\":\"Logprobs is not supported: responseLogprobs\"}}]",
         "{\"generationConfig\":{\"responseLogprobs\":true,\"topP\":1}}",
         "{\"generationConfig\":{\"topP\":1}}"},
        /* what was not sent, what says something else, what is no refusal of the request */
        {400, "{\"error\":{\"message\":\"temperature is not supported\"}}", "{\"top_p\":1}", NULL},
        {400, "{\"error\":{\"message\":\"temperature is too hot\"}}", "{\"temperature\":3}", NULL},
        {400, "{\"error\":{\"message\":\"max_tokens_to_sample is unknown\"}}", "{\"max_tokens\":3}",
         NULL},
        {400, "{\"error\":{\"message\":\"model is not supported\"}}", "{\"model\":\"m\"}", NULL},
        {401, "{\"error\":{\"message\":\"temperature is not supported\"}}", "{\"temperature\":1}",
         NULL},
        {400, "temperature is not supported", "{\"temperature\":1}", NULL},
        {400, "", "{\"temperature\":1}", NULL},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const char *name = NULL;
        char *mended = repair_request(ROWS[i].status, ROWS[i].error, strlen(ROWS[i].error),
                                      ROWS[i].body, &name);
        assert_int_equal(mended != NULL, ROWS[i].mended != NULL);
        if (mended) {
            json_t *doc = json_of(mended);
            assert_json(doc, ROWS[i].mended);
            assert_non_null(strstr(ROWS[i].body, name));
            json_decref(doc);
        }
        free(mended);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tell),
        cmocka_unit_test(no_sampling_for_who_refuses_it),
        cmocka_unit_test(refusals_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
