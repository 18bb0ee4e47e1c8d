/* A parameter that a model does not take costs the seat its answer. What names tell, by the table
 * that is shipped or by the operator's, is asked for rightly at once; what they do not is mended by
 * the refusal, and never more than it names. */
#include "adapter_help.h"
#include "runner/provider/repair.h"

static void names_tell(void **state)
{
    (void)state;
    enum { ANSWER = TOKEN_FIELD_ANSWER, ALL = TOKEN_FIELD_ALL };
    static const struct {
        const char *model;
        bool reasoning, sampling;
        int tokens, responses;
    } ROWS[] = {
        {"o1", true, false, ALL, RESPONSES_NEVER},
        {"o4-mini", true, false, ALL, RESPONSES_NEVER},
        {"o3-pro", true, false, ANSWER, RESPONSES_ALWAYS},
        {"gpt-5-mini", true, false, ALL, RESPONSES_NEVER},
        {"gpt-5-pro", true, false, ANSWER, RESPONSES_ALWAYS},
        {"openai/gpt-5.2", true, true, ALL, RESPONSES_NEVER},
        {"gpt-6", true, true, ALL, RESPONSES_NEVER},
        {"gpt-6-nano", true, true, ALL, RESPONSES_NEVER},
        {"gpt-10.1", true, true, ALL, RESPONSES_NEVER},
        {"gpt-4.1", false, true, ANSWER, RESPONSES_NEVER},
        {"gpt-4o", false, true, ANSWER, RESPONSES_NEVER},
        {"gpt-35-turbo", false, true, ANSWER, RESPONSES_NEVER},
        {"gpt-oss-120b", false, true, ANSWER, RESPONSES_NEVER},
        {"olmo-2", false, true, ANSWER, RESPONSES_NEVER},
        {"claude-opus-4-7", false, false, ANSWER, RESPONSES_NEVER},
        {"anthropic/claude-opus-4.7", false, false, ANSWER, RESPONSES_NEVER},
        {"claude-opus-4-8-20270101", false, false, ANSWER, RESPONSES_NEVER},
        {"claude-opus-5", false, false, ANSWER, RESPONSES_NEVER},
        {"claude-sonnet-5", false, false, ANSWER, RESPONSES_NEVER},
        {"claude-opus-4-6", false, true, ANSWER, RESPONSES_NEVER},
        {"claude-opus-4-20250514", false, true, ANSWER, RESPONSES_NEVER},
        {"claude-sonnet-4-5-20250929", false, true, ANSWER, RESPONSES_NEVER},
        {"claude-3-7-sonnet-latest", false, true, ANSWER, RESPONSES_NEVER},
        {"", false, true, ANSWER, RESPONSES_NEVER},
    };
    json_t *rows = shipped_families();
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct model_family f;
        assert_int_equal(model_family_find(rows, ROWS[i].model, &f), 0);
        if (f.reasoning != ROWS[i].reasoning || f.sampling != ROWS[i].sampling ||
            f.token_field != ROWS[i].tokens || f.responses != ROWS[i].responses)
            fail_msg("%s: reasoning %d, sampling %d, tokens %d, responses %d", ROWS[i].model,
                     f.reasoning, f.sampling, f.token_field, f.responses);
    }
    json_decref(rows);
}

/* Rows of the operator's own, the first that fits; without any a model is like all others. */
static void rows_are_data(void **state)
{
    (void)state;
    json_t *rows =
        json_of("[{\"prefix\":\"house-\",\"from\":\"2\",\"before\":\"3\",\"contains\":\"deep\","
                "\"sampling\":false,"
                "\"json_schema\":false,\"context\":5000,\"max_tokens\":\"max_completion_tokens\"},"
                "{\"prefix\":\"house-\",\"context\":9}]");
    static const struct {
        const char *model;
        int64_t context;
    } MODELS[] = {{"house-2-deep", 5000}, {"me/house-2.9-x-deep", 5000},
                  {"house-2", 9},         {"house-3-deep", 9},
                  {"house-deep", 9},      {"mouse-2-deep", 0},
                  {"house-/other", 0}};
    struct model_family f;
    for (size_t i = 0; i < sizeof(MODELS) / sizeof(*MODELS); i++) {
        assert_int_equal(model_family_find(rows, MODELS[i].model, &f), 0);
        if (f.context != MODELS[i].context)
            fail_msg("%s: %d", MODELS[i].model, (int)f.context);
    }
    assert_int_equal(model_family_find(NULL, "house-2-deep", &f), 0);
    assert_true(f.sampling && f.json_schema && !f.reasoning && !f.context);
    json_decref(rows);
}

static void faults_of_the_table_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *file, *says;
    } WRONG[] = {
        {"[]", "must be an object"},
        {"{\"date\":\"2026-11-27\",\"families\":[]}", "schema_version: is missing"},
        {"{\"schema_version\":2,\"date\":\"2026-11-27\",\"families\":[]}", "schema_version"},
        {"{\"schema_version\":1,\"date\":\"today\",\"families\":[]}", "date: must be"},
        {"{\"schema_version\":1,\"date\":\"2026-11-27\",\"families\":{}}", "families"},
        {"{\"schema_version\":1,\"date\":\"2026-11-27\",\"families\":[],\"more\":1}", "more"},
        {"{\"schema_version\":1,\"date\":\"2026-11-27\",\"families\":[3]}", "families[0]: must be"},
#define ROW(row)                                                                                   \
    "{\"schema_version\":1,\"date\":\"2026-11-27\",\"families\":[{\"prefix\":\"a\"},{" row "}]}"
        {ROW(""), "families[1]: prefix: is missing"},
        {ROW("\"prefix\":\"\""), "families[1]: prefix"},
        {ROW("\"prefix\":\"b\",\"from\":\"five\""), "families[1]: from: must be a version"},
        {ROW("\"prefix\":\"b\",\"before\":5"), "families[1]: before"},
        {ROW("\"prefix\":\"b\",\"max_tokens\":\"limit\""), "families[1]: max_tokens"},
        {ROW("\"prefix\":\"b\",\"responses\":true"), "families[1]: responses"},
        {ROW("\"prefix\":\"b\",\"sampling\":1"), "families[1]: sampling"},
        {ROW("\"prefix\":\"b\",\"context\":-1"), "families[1]: context"},
        {ROW("\"prefix\":\"b\",\"colour\":1"), "families[1]: unknown field colour"},
    };
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(*WRONG); i++) {
        struct error err = {0};
        json_t *file = json_of(WRONG[i].file);
        assert_int_equal(model_families_check(file, &err), -EINVAL);
        if (!strstr(err.text, WRONG[i].says))
            fail_msg("\"%s\" of %s", err.text, WRONG[i].file);
        json_decref(file);
    }
}

/* What each field does to a request. */
static void a_row_shapes_the_request(void **state)
{
    (void)state;
    json_t *rows =
        json_of("[{\"prefix\":\"model-x\",\"max_tokens\":\"max_completion_tokens\",\"sampling\":"
                "false,\"json_schema\":false,\"reasoning\":true}]");
    for (int with = 0; with < 2; with++) {
        struct question q;
        question_init(&q, PLAIN_MESSAGES, "{\"temperature\":1,\"top_p\":0.9,\"max_tokens\":5}");
        q.config.families = with ? rows : NULL;
        q.ask.schema = json_of("{\"type\":\"object\"}");
        question_build(&q, &provider_openai);
        assert_int_equal(json_object_get(q.body, "max_completion_tokens") != NULL, with);
        assert_int_equal(json_object_get(q.body, "max_tokens") != NULL, !with);
        assert_int_equal(json_object_get(q.body, "temperature") != NULL, !with);
        assert_int_equal(json_object_get(q.body, "top_p") != NULL, !with);
        assert_int_equal(json_object_get(q.body, "response_format") != NULL, !with);
        json_decref(q.body);
        provider_request_release(&q.request);
        question_build(&q, &provider_openai_responses);
        assert_json(json_object_get(q.body, "include"),
                    with ? "[\"reasoning.encrypted_content\"]" : "[]");
        question_release(&q);
    }
    json_decref(rows);
}

/* A family that is offered by responses alone, or with tools only there. */
static void a_row_moves_the_question(void **state)
{
    (void)state;
    json_t *rows =
        json_of("[{\"prefix\":\"always-\",\"responses\":\"always\"},{\"prefix\":\"tools-\","
                "\"responses\":\"tools\"}]");
    static const struct {
        const char *format, *model, *config;
        bool tools, moved;
    } ROWS[] = {
        {"openai", "always-1", "{}", false, true},
        {"openai", "tools-1", "{}", true, true},
        {"openai", "tools-1", "{}", false, false},
        {"openai", "other", "{}", true, false},
        {"openai", "always-1", "{\"api_version\":\"1\"}", false, false}, /* Azure */
        {"openrouter", "a/always-1", "{}", false, false},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct question q;
        question_init(&q, PLAIN_MESSAGES, "{}");
        q.config.families = rows;
        q.config.doc = json_of(ROWS[i].config);
        q.ask.model = ROWS[i].model;
        q.ask.tools = ROWS[i].tools ? json_of("[{\"name\":\"look\"}]") : NULL;
        const struct provider *own = provider_find(ROWS[i].format);
        const struct provider *asked = provider_to_ask(own, &q.config, &q.ask);
        if (asked != (ROWS[i].moved ? &provider_openai_responses : own))
            fail_msg("%s of %s goes to %s", ROWS[i].model, ROWS[i].format,
                     provider_type_name(asked));
        json_decref(q.config.doc);
        question_release(&q);
    }
    json_decref(rows);
}

/* Its options have other places there. */
static void options_move_along(void **state)
{
    (void)state;
    struct question q;
    question_init(
        &q, PLAIN_MESSAGES,
        "{\"provider_options\":{\"reasoning_effort\":\"low\",\"verbosity\":\"high\",\"seed\":3,"
        "\"reasoning\":{\"summary\":\"auto\"}}}");
    question_build(&q, &provider_openai_responses);
    assert_json(json_object_get(q.body, "reasoning"), "{\"summary\":\"auto\",\"effort\":\"low\"}");
    assert_json(json_object_get(q.body, "text"), "{\"verbosity\":\"high\"}");
    assert_null(json_object_get(q.body, "seed"));
    assert_null(json_object_get(q.body, "reasoning_effort"));
    assert_json(json_object_get(q.ask.params, "provider_options"),
                "{\"reasoning_effort\":\"low\",\"verbosity\":\"high\",\"seed\":3,\"reasoning\":"
                "{\"summary\":\"auto\"}}");
    question_release(&q);
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
        q.config.families = shipped_families();
        question_build(&q, provider_find("anthropic"));
        assert_int_equal(json_object_get(q.body, "temperature") != NULL, i);
        assert_int_equal(json_object_get(q.body, "top_p") != NULL, i);
        assert_int_equal(json_object_get(q.body, "top_k") != NULL, i);
        json_decref((json_t *)q.config.families);
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
        cmocka_unit_test(rows_are_data),
        cmocka_unit_test(faults_of_the_table_are_named),
        cmocka_unit_test(a_row_shapes_the_request),
        cmocka_unit_test(a_row_moves_the_question),
        cmocka_unit_test(options_move_along),
        cmocka_unit_test(no_sampling_for_who_refuses_it),
        cmocka_unit_test(refusals_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
