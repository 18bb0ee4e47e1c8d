/* Providers as the configuration merges them, and the keys that they need. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/settings/providers.h"
#include "failing.h"
#include "keys_fixture.h"

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

static struct providers *configured(const char *text)
{
    struct providers *providers;
    struct error err = {0};
    json_t *json = parse(text);
    if (providers_new(json, &providers, &err) < 0)
        fail_msg("%s", err.text);
    json_decref(json);
    return providers;
}

static const char *text_of(const json_t *providers, const char *name, const char *member)
{
    return json_string_value(json_object_get(json_object_get(providers, name), member));
}

static void merges_with_the_built_in_ones(void **state)
{
    (void)state;
    struct providers *p = configured(
        "{\"openai\": {\"base_url\": \"http://127.0.0.1:8080/v1/\"}, \"own\": {\"type\": "
        "\"openai\", \"base_url\": \"https://llm.example/v1\", \"key_env\": \"OWN_KEY\", "
        "\"headers\": {\"X-Org\": \"s3cret\"}, \"max_in_flight\": 4}, "
        "\"mistral\": {\"key_env\": null}}");
    const json_t *document = providers_document(p);
    assert_string_equal(text_of(document, "mock", "type"), "mock");
    assert_string_equal(text_of(document, "openai", "base_url"), "http://127.0.0.1:8080/v1");
    assert_string_equal(text_of(document, "openai", "key_env"), "OPENAI_API_KEY");
    assert_null(text_of(document, "mistral", "key_env"));
    json_t *shown = providers_public(p);
    char *text = json_dumps(shown, JSON_COMPACT);
    assert_null(strstr(text, "s3cret"));
    assert_non_null(strstr(text, "X-Org"));
    free(text);
    json_decref(shown);
    providers_free(p);
}

/* What the adapters know and what may be configured must not drift apart. */
static void every_wire_format_can_be_configured(void **state)
{
    (void)state;
    static const char *const ROWS[][3] = {
        {"openai", "openai", "https://api.openai.com/v1"},
        {"openai_responses", "openai_responses", "https://api.openai.com/v1"},
        {"anthropic", "anthropic", "https://api.anthropic.com/v1"},
        {"gemini", "gemini", "https://generativelanguage.googleapis.com/v1beta"},
        {"openrouter", "openrouter", "https://openrouter.ai/api/v1"},
        {"ollama", "ollama", "http://localhost:11434"},
    };
    struct providers *p = configured(
        "{\"azure\": {\"type\": \"openai\", \"base_url\": \"https://x.openai.azure.com\", "
        "\"api_version\": \"2024-10-21\", \"key_env\": \"AZURE_KEY\"}, "
        "\"openrouter\": {\"site_url\": \"https://example.org\", \"title\": \"My council\"}, "
        "\"anthropic\": {\"ca_file\": \"/ca.pem\", \"client_cert\": \"/c.pem\", "
        "\"client_key\": \"/k.pem\", \"proxy\": \"http://me:s3cret@proxy:3128\", "
        "\"json_schema\": false, \"stream\": false}}");
    const json_t *document = providers_document(p);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_string_equal(text_of(document, ROWS[i][0], "type"), ROWS[i][1]);
        assert_string_equal(text_of(document, ROWS[i][0], "base_url"), ROWS[i][2]);
    }
    assert_string_equal(text_of(document, "azure", "api_version"), "2024-10-21");
    assert_string_equal(text_of(document, "openrouter", "title"), "My council");
    json_t *shown = providers_public(p);
    assert_string_equal(text_of(shown, "anthropic", "proxy"), "***");
    assert_string_equal(text_of(document, "anthropic", "proxy"), "http://me:s3cret@proxy:3128");
    json_decref(shown);
    providers_free(p);
}

static void names_what_is_wrong(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"x\": {}}", "x: type"},
        {"{\"x\": {\"type\": \"openai\"}}", "x: base_url"},
        {"{\"x\": {\"type\": \"telepathy\"}}", "x: type"},
        {"{\"openai\": {\"base_url\": \"ftp://x\"}}", "openai: base_url"},
        {"{\"openai\": {\"base_url\": \"https://x/?key=1\"}}", "openai: base_url"},
        {"{\"openai\": {\"api_key\": \"sk-secret\"}}", "openai: unknown key api_key"},
        {"{\"openai\": {\"max_in_flight\": 0}}", "openai: max_in_flight"},
        {"{\"openai\": {\"headers\": {\"A b\": \"x\"}}}", "openai: headers"},
        {"{\"openai\": {\"headers\": {\"A\": \"x\\ny\"}}}", "openai: headers"},
        {"{\"openai\": {\"ca_file\": \"relative\"}}", "openai: ca_file"},
        {"{\"openai\": {\"api_version\": \"2024/../x\"}}", "openai: api_version"},
        {"{\"openrouter\": {\"site_url\": \"example\"}}", "openrouter: site_url"},
        {"{\"openrouter\": {\"title\": \"\"}}", "openrouter: title"},
        {"{\"ollama\": {\"stream\": 1}}", "ollama: stream"},
        {"{\"openai\": []}", "openai: must"},
        {"{\"\": {}}", "name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct providers *providers;
        struct error err = {0};
        json_t *json = parse(cases[i][0]);
        assert_int_equal(providers_new(json, &providers, &err), -EINVAL);
        if (!strstr(err.text, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], err.text);
        assert_null(strstr(err.text, "secret"));
        json_decref(json);
    }
}

static void hands_out_the_keys_that_are_needed(void **state)
{
    (void)state;
    put_file(&folder, "OPENAI_API_KEY", "sk-openai");
    put_file(&folder, "GROQ_API_KEY", "sk-groq");
    struct providers *p = configured("{}");
    assert_int_equal(providers_load_keys(p, keys, NULL), 0);
    json_t *some = parse("{\"openai\": {\"key_env\": \"OPENAI_API_KEY\"}, \"mock\": {}, "
                         "\"mistral\": {\"key_env\": \"MISTRAL_API_KEY\"}}");
    json_t *secrets = providers_keys(some, keys);
    assert_int_equal(json_object_size(secrets), 1);
    json_t *key = json_incref(json_object_get(secrets, "OPENAI_API_KEY"));
    assert_string_equal(json_string_value(key), "sk-openai");
    providers_wipe(secrets);
    assert_string_equal(json_string_value(key), "");
    json_decref(key);
    json_decref(some);
    providers_free(p);
}

static void a_key_is_there_or_there_is_no_memory(void **state)
{
    (void)state;
    setenv("OWN_KEY", "sk-own-0123456789", 1);
    for (int k = 0; failing_next(&k);) {
        struct keys *own = NULL;
        struct error err = {0};
        int r = keys_new(&own);
        r = r < 0 ? r : keys_load(own, "OWN_KEY", &err);
        failing_stop();
        assert_true(r == 1 || (r == -ENOMEM && failing_happened));
        if (own)
            assert_int_equal(keys_get(own, "OWN_KEY") != NULL, r == 1);
        keys_free(own);
        setenv("OWN_KEY", "sk-own-0123456789", 1); /* it was taken out of the environment */
    }
    unsetenv("OWN_KEY");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(merges_with_the_built_in_ones),
        TEST(every_wire_format_can_be_configured),
        TEST(names_what_is_wrong),
        TEST(hands_out_the_keys_that_are_needed),
        TEST(a_key_is_there_or_there_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
