/* A model's name goes into the URL of some formats, with the operator's key behind it: it may never
 * lead anywhere but to a model. */
#include "adapter_help.h"

static int build_with(struct question *q, const char *format, const char *config, const char *model)
{
    struct error err = {0};
    question_init(q, PLAIN_MESSAGES, "{}");
    q->config.doc = json_of(config);
    q->config.base_url = "https://host.test/v1";
    q->ask.model = model;
    int r = provider_build(provider_find(format), &q->config, &q->ask, &q->request, &err);
    if (r < 0)
        assert_non_null(strstr(err.text, "a model of provider p is "));
    return r;
}

static void question_done(struct question *q)
{
    json_decref(q->config.doc);
    question_release(q);
}

#define AZURE "{\"api_version\":\"2024-10-21\"}"

static void nothing_but_a_model(void **state)
{
    (void)state;
    static const char *const EVIL[] = {
        "../files/x", "models/../../x",      "x?key=1",  "x#y", "x%2e%2e", "x y", "", "x\n",
        "x\\y",       "http://other.test/x", "\xc3\xa9", "..",  "./x"};
    for (size_t i = 0; i < sizeof(EVIL) / sizeof(*EVIL); i++)
        for (size_t f = 0; f < FORMAT_COUNT; f++) {
            bool in_path = f == FORMAT_GEMINI || f == FORMAT_OPENAI;
            struct question q;
            if (!in_path && (strchr(EVIL[i], '/') || !(FORMAT_KINDS[f].flags & FORMAT_NETWORK)))
                continue;
            const char *config = f == FORMAT_OPENAI ? AZURE : "{}";
            if (build_with(&q, FORMAT_KINDS[f].name, config, EVIL[i]) != -EINVAL)
                fail_msg("%s takes the model \"%s\"", FORMAT_KINDS[f].name, EVIL[i]);
            question_done(&q);
        }
}

static void of_collections_only_models(void **state)
{
    (void)state;
    static const char *const EVIL[] = {"cachedContents/x",  "files/x",
                                       "models/x/y",        "models/",
                                       "publishers/google", "publishers/google/files/x",
                                       "/models/x",         "corpora/a/documents/b"};
    for (size_t i = 0; i < sizeof(EVIL) / sizeof(*EVIL); i++) {
        struct question q;
        assert_int_equal(build_with(&q, "gemini", "{}", EVIL[i]), -EINVAL);
        question_done(&q);
    }
}

static void honest_names(void **state)
{
    (void)state;
    static const struct {
        const char *format, *config, *model, *url;
    } ROWS[] = {
        {"gemini", "{}", "gemini-2.5-flash",
         "https://host.test/v1/models/gemini-2.5-flash:generateContent"},
        {"gemini", "{}", "tunedModels/mine-1",
         "https://host.test/v1/tunedModels/mine-1:generateContent"},
        {"gemini", "{}", "publishers/google/models/gemini@001",
         "https://host.test/v1/publishers/google/models/gemini%40001:generateContent"},
        {"openai", AZURE, "my_deployment-2.0",
         "https://host.test/v1/openai/deployments/my_deployment-2.0/chat/completions"
         "?api-version=2024-10-21"},
        {"openai", "{}", "@cf/meta/llama-3.1", "https://host.test/v1/chat/completions"},
        {"openai", "{}", "ft:gpt-4o:org::id", "https://host.test/v1/chat/completions"},
        {"openai_responses", "{}", "gpt-5.1", "https://host.test/v1/responses"},
        {"anthropic", "{}", "anthropic.claude-v1:0", "https://host.test/v1/messages"},
        {"openrouter", "{}", "~google/gemini:free", "https://host.test/v1/chat/completions"},
        {"ollama", "{}", "hf.co/a/b:Q4_K_M", "https://host.test/v1/api/chat"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct question q;
        assert_int_equal(build_with(&q, ROWS[i].format, ROWS[i].config, ROWS[i].model), 0);
        assert_string_equal(q.request.url, ROWS[i].url);
        question_done(&q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_but_a_model),
                                       cmocka_unit_test(of_collections_only_models),
                                       cmocka_unit_test(honest_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
