/* A document that could name any member of a request could store, reach out, pay for another tier
 * or have a dearer model answer, with the operator's key. */
#include "adapter_help.h"
#include "proto/council/seat/allowed.h"
#include "proto/council/seat/reserved.h"

static const struct {
    const char *format, *options, *refused; /* refused NULL: all of it may be given */
} ROWS[] = {
    {"openai", "{\"reasoning_effort\":\"low\",\"seed\":3,\"stop\":[\"x\"]}", NULL},
    {"openai", "{}", NULL},
    {"openai", "{\"store\":true}", "store"},
    {"openai", "{\"service_tier\":\"priority\"}", "service_tier"},
    {"openai", "{\"web_search_options\":{}}", "web_search_options"},
    {"openai", "{\"metadata\":{\"a\":\"b\"}}", "metadata"},
    {"openai", "{\"prediction\":{\"type\":\"content\"}}", "prediction"},
    {"openai", "{\"data_sources\":[]}", "data_sources"},
    {"openai", "{\"models\":[]}", "models"},
    {"openai_responses",
     "{\"reasoning\":{\"effort\":\"high\"},\"text\":{\"verbosity\":\"low\"},\"truncation\":"
     "\"auto\"}",
     NULL},
    {"openai_responses", "{\"previous_response_id\":\"resp_1\"}", "previous_response_id"},
    {"openai_responses", "{\"conversation\":\"conv_1\"}", "conversation"},
    {"openai_responses", "{\"background\":true}", "background"},
    {"openai_responses", "{\"prompt\":{\"id\":\"pmpt_1\"}}", "prompt"},
    {"openai_responses", "{\"text\":{\"verbosity\":\"low\",\"other\":1}}", "text.other"},
    {"openai_responses", "{\"text\":1}", "text"},
    {"openai_responses", "{\"text.verbosity\":\"low\"}", "text.verbosity"},
    {"anthropic", "{\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"low\"}}",
     NULL},
    {"anthropic", "{\"mcp_servers\":[]}", "mcp_servers"},
    {"anthropic", "{\"container\":\"c\"}", "container"},
    {"anthropic", "{\"service_tier\":\"auto\"}", "service_tier"},
    {"anthropic", "{\"speed\":\"fast\"}", "speed"},
    {"anthropic", "{\"inference_geo\":\"us\"}", "inference_geo"},
    {"gemini", "{\"safetySettings\":[],\"generationConfig\":{\"topK\":3}}", NULL},
    {"gemini", "{\"cachedContent\":\"cachedContents/x\"}", "cachedContent"},
    {"gemini", "{\"generation_config\":{\"temperature\":2}}", "generation_config"},
    {"gemini", "{\"generationConfig\":{}}", "generationConfig"},
    {"openrouter", "{\"reasoning\":{\"effort\":\"low\"}}", NULL},
    {"openrouter", "{\"models\":[\"dear/one\"]}", "models"},
    {"openrouter", "{\"plugins\":[{\"id\":\"web\"}]}", "plugins"},
    {"openrouter", "{\"route\":\"fallback\"}", "route"},
    {"openrouter", "{\"provider\":{\"order\":[\"x\"]}}", "provider"},
    {"openrouter", "{\"preset\":\"x\"}", "preset"},
    {"ollama", "{\"think\":false,\"options\":{\"num_ctx\":4096}}", NULL},
    {"ollama", "{\"options\":{\"num_gpu\":1}}", "options"},
    {"mock", "{\"script\":{},\"whatever\":1}", NULL},
};

static void expect(const char *format, const json_t *more, const char *options, const char *refused)
{
    struct option_name name;
    char got[100] = "";
    json_t *given = json_of(options);
    if (!options_are_allowed(format_kind_find(format)->id, more, given, &name))
        snprintf(got, sizeof(got), "%s%s%s", name.outer, name.inner ? "." : "",
                 name.inner ? name.inner : "");
    if (strcmp(got, refused ? refused : "") != 0)
        fail_msg("%s refuses \"%s\" of %s", format, got, options);
    json_decref(given);
}

static void only_what_is_listed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++)
        expect(ROWS[i].format, NULL, ROWS[i].options, ROWS[i].refused);
}

static void the_operator_adds(void **state)
{
    (void)state;
    json_t *more = json_of("{\"openrouter\":[\"plugins\",\"provider.order\"],\"gemini\":[]}");
    struct error err = {0};
    assert_int_equal(allow_options_check(more, &err), 0);
    expect("openrouter", more, "{\"plugins\":[],\"provider\":{\"order\":[]},\"seed\":1}", NULL);
    expect("openrouter", more, "{\"provider\":{\"order\":[],\"sort\":\"price\"}}", "provider.sort");
    expect("openai", more, "{\"plugins\":[]}", "plugins");
    json_decref(more);
}

static void faults_of_the_list_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *more, *says;
    } WRONG[] = {
        {"{\"telepathy\":[]}", "allow_options: telepathy is no wire format"},
        {"{\"openai\":\"store\"}", "allow_options: openai must be a list of names"},
        {"{\"openai\":[1]}", "allow_options: openai must be a list of names"},
        {"{\"openai\":[\"a.\"]}", "allow_options: openai must be a list of names"},
        {"{\"openai\":[\".a\"]}", "allow_options: openai must be a list of names"},
        {"{\"openai\":[\"\"]}", "allow_options: openai must be a list of names"},
        {"{\"openai\":[\"messages\"]}", "allow_options: openai: messages is written by councild"},
    };
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(*WRONG); i++) {
        struct error err = {0};
        json_t *more = json_of(WRONG[i].more);
        assert_int_equal(allow_options_check(more, &err), -EINVAL);
        if (strncmp(err.text, WRONG[i].says, strlen(WRONG[i].says)) != 0)
            fail_msg("%s says %s", WRONG[i].more, err.text);
        json_decref(more);
    }
}

static void what_is_reserved_is_not_allowed(void **state)
{
    (void)state;
    for (int f = 0; f < FORMAT_COUNT; f++) {
        const char *const *allowed = allowed_fields((enum format_id)f);
        for (; allowed && *allowed; allowed++)
            for (const char *const *r = reserved_fields((enum format_id)f); *r; r++)
                assert_string_not_equal(*allowed, *r);
    }
}

/* The seat's own provider allowed them; its fallback is of another format. */
static void a_fallback_gets_only_its_own(void **state)
{
    (void)state;
    struct question q;
    json_t *more = json_of("{\"anthropic\":[\"service_tier\"]}");
    question_init(&q, PLAIN_MESSAGES,
                  "{\"provider_options\":{\"top_k\":3,\"script\":1,\"store\":true,\"service_tier\":"
                  "\"auto\",\"output_config\":{\"effort\":\"low\",\"format\":1}}}");
    q.config.allow_options = more;
    question_build(&q, &provider_anthropic);
    assert_null(json_object_get(q.body, "script"));
    assert_null(json_object_get(q.body, "store"));
    assert_json(json_object_get(q.body, "top_k"), "3");
    assert_json(json_object_get(q.body, "service_tier"), "\"auto\"");
    assert_json(json_object_get(q.body, "output_config"), "{\"effort\":\"low\"}");
    question_release(&q);
    json_decref(more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_listed),
        cmocka_unit_test(the_operator_adds),
        cmocka_unit_test(faults_of_the_list_are_named),
        cmocka_unit_test(what_is_reserved_is_not_allowed),
        cmocka_unit_test(a_fallback_gets_only_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
