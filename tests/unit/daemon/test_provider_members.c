/* What an operator may write of a provider, member by member: one that is let through goes into a
 * URL or a header line as it is, and one that is lost on the way sends a key to the wrong place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/settings/providers.h"
#include "failing.h"

static struct error err;

static int make(const char *text, struct providers **ret)
{
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    *ret = NULL;
    err = (struct error){0};
    int r = providers_new(json, ret, &err);
    json_decref(json);
    return r;
}

static void the_built_in_ones_are_these(void **state)
{
    (void)state;
    struct providers *p;
    assert_int_equal(make("{}", &p), 0);
    char *text = json_dumps(providers_document(p), JSON_COMPACT);
    assert_string_equal(
        text,
        "{\"mock\":{\"type\":\"mock\"},"
        "\"openai\":{\"type\":\"openai\",\"base_url\":\"https://api.openai.com/v1\","
        "\"key_env\":\"OPENAI_API_KEY\"},"
        "\"openai_responses\":{\"type\":\"openai_responses\",\"base_url\":"
        "\"https://api.openai.com/v1\",\"key_env\":\"OPENAI_API_KEY\"},"
        "\"anthropic\":{\"type\":\"anthropic\",\"base_url\":\"https://api.anthropic.com/v1\","
        "\"key_env\":\"ANTHROPIC_API_KEY\"},"
        "\"gemini\":{\"type\":\"gemini\",\"base_url\":"
        "\"https://generativelanguage.googleapis.com/v1beta\",\"key_env\":\"GEMINI_API_KEY\"},"
        "\"openrouter\":{\"type\":\"openrouter\",\"base_url\":\"https://openrouter.ai/api/v1\","
        "\"key_env\":\"OPENROUTER_API_KEY\"},"
        "\"deepseek\":{\"type\":\"openai\",\"base_url\":\"https://api.deepseek.com/v1\","
        "\"key_env\":\"DEEPSEEK_API_KEY\"},"
        "\"groq\":{\"type\":\"openai\",\"base_url\":\"https://api.groq.com/openai/v1\","
        "\"key_env\":\"GROQ_API_KEY\"},"
        "\"mistral\":{\"type\":\"openai\",\"base_url\":\"https://api.mistral.ai/v1\","
        "\"key_env\":\"MISTRAL_API_KEY\"},"
        "\"ollama\":{\"type\":\"ollama\",\"base_url\":\"http://localhost:11434\"}}");
    free(text);
    providers_free(p);
}

/* One member of "openai" with a value: NULL when it is taken, else what is told of it. */
static const struct {
    const char *member, *value, *told;
} VALUES[] = {
    {"type", "\"mock\"", NULL},
    {"type", "\"telepathy\"", "type: must be the name of a wire format or null"},
    {"type", "7", "type: must be the name of a wire format or null"},
    {"type", "null", "type is missing"},
    {"base_url", "\"https://x\"", NULL},
    {"base_url", "\"http://x/y\"", NULL},
    {"base_url", "\"ftp://x\"", "base_url: must be an http or https URL without a query or null"},
    {"base_url", "\"https:/x\"", "base_url: must be an http or https URL without a query or null"},
    {"base_url", "\"http:/x\"", "base_url: must be an http or https URL without a query or null"},
    {"base_url", "\"HTTPS://x\"", "base_url: must be an http or https URL without a query or null"},
    {"base_url", "\"https://x?y\"",
     "base_url: must be an http or https URL without a query or null"},
    {"base_url", "\"https://x#y\"",
     "base_url: must be an http or https URL without a query or null"},
    {"base_url", "\"https://x y\"",
     "base_url: must be an http or https URL without a query or null"},
    {"base_url", "\"https://x\\n\"",
     "base_url: must be an http or https URL without a query or null"},
    {"base_url", "\"https://x\\u007f\"",
     "base_url: must be an http or https URL without a query or null"},
    {"base_url", "null", "base_url is missing"},
    {"key_env", "\"K\"", NULL},
    {"key_env", "null", NULL},
    {"key_env", "\"\"", "key_env: must be a string that is not empty or null"},
    {"key_env", "\"a\\u001fb\"", "key_env: must be a string that is not empty or null"},
    {"key_env", "\"a b\"", NULL},
    {"headers", "{}", NULL},
    {"headers", "null", NULL},
    {"headers", "{\"X-A_b.1~\": \"any thing\"}", NULL},
    {"headers", "{\"X\": \"\"}", NULL},
    {"headers", "{\"\": \"x\"}", "headers must be an object of header names and their values"},
    {"headers", "{\"A b\": \"x\"}", "headers must be an object of header names and their values"},
    {"headers", "{\"A:\": \"x\"}", "headers must be an object of header names and their values"},
    {"headers", "{\"A\": \"x\\r\"}", "headers must be an object of header names and their values"},
    {"headers", "{\"A\": \"x\", \"B\": \"y\\n\"}",
     "headers must be an object of header names and their values"},
    {"max_in_flight", "1", NULL},
    {"max_in_flight", "1000", NULL},
    {"max_in_flight", "null", NULL},
    {"max_in_flight", "0", "max_in_flight: must be integer 1..1000 or null"},
    {"max_in_flight", "1001", "max_in_flight: must be integer 1..1000 or null"},
    {"proxy", "\"http://p:1\"", NULL},
    {"proxy", "\"\"", "proxy: must be a string that is not empty or null"},
    {"ca_file", "\"/a\"", NULL},
    {"ca_file", "\"a\"", "ca_file: must be an absolute path or null"},
    {"client_cert", "\"a\"", "client_cert: must be an absolute path or null"},
    {"client_key", "\"a\"", "client_key: must be an absolute path or null"},
    {"stream", "false", NULL},
    {"stream", "0", "stream: must be boolean or null"},
    {"json_schema", "true", NULL},
    {"json_schema", "\"x\"", "json_schema: must be boolean or null"},
    {"api_version", "\"2024-10-21\"", NULL},
    {"api_version", "\"v1.0-Preview\"", NULL},
    {"api_version", "\"\"", "api_version: must be made of letters, digits, - and . or null"},
    {"api_version", "\"a/b\"", "api_version: must be made of letters, digits, - and . or null"},
    {"api_version", "\"a_b\"", "api_version: must be made of letters, digits, - and . or null"},
    {"site_url", "\"https://x\"", NULL},
    {"site_url", "\"x\"", "site_url: must be an http or https URL without a query or null"},
    {"title", "\"My council\"", NULL},
    {"title", "\"\"", "title: must be a string that is not empty or null"},
    {"api_key", "\"sk-secret\"", "unknown key api_key"},
};

static void each_member_has_its_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(VALUES); i++) {
        char text[256], told[256];
        struct providers *p;
        snprintf(text, sizeof text, "{\"openai\": {\"%s\": %s}}", VALUES[i].member,
                 VALUES[i].value);
        if (!VALUES[i].told) {
            if (make(text, &p) != 0)
                fail_msg("%s: %s", text, err.text);
            json_t *one = json_object_get(providers_document(p), "openai");
            json_t *wanted = json_loads(VALUES[i].value, JSON_DECODE_ANY, NULL);
            json_t *is = json_object_get(one, VALUES[i].member);
            if (json_is_null(wanted))
                assert_null(is);
            else
                assert_true(json_equal(is, wanted));
            json_decref(wanted);
            providers_free(p);
            continue;
        }
        assert_int_equal(make(text, &p), -EINVAL);
        snprintf(told, sizeof told, "providers: openai: %s", VALUES[i].told);
        assert_string_equal(err.text, told);
        assert_null(p);
    }
}

static void names_have_bounds(void **state)
{
    (void)state;
    for (int len = 0; len < 70; len++) {
        char name[80], text[160];
        struct providers *p;
        memset(name, 'n', sizeof name);
        name[len] = '\0';
        snprintf(text, sizeof text, "{\"%s\": {\"type\": \"mock\"}}", name);
        const bool good = len >= 1 && len <= 64;
        assert_int_equal(make(text, &p), good ? 0 : -EINVAL);
        if (!good)
            assert_string_equal(err.text, "providers: a name must have 1 to 64 characters");
        else
            assert_non_null(json_object_get(providers_document(p), name));
        providers_free(p);
    }
    struct providers *p;
    assert_int_equal(make("{\"a\\nb\": {\"type\": \"mock\"}}", &p), -EINVAL);
    assert_int_equal(make("{\"a\": 7}", &p), -EINVAL);
    assert_string_equal(err.text, "providers: a: must be an object");
    providers_free(NULL);
}

/* The mock needs no place; those behind a network do. */
static void only_networks_need_a_place(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        bool needs;
    } CASES[] = {{"mock", false},     {"openai", true}, {"openai_responses", true},
                 {"anthropic", true}, {"gemini", true}, {"openrouter", true},
                 {"ollama", true}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char text[128];
        struct providers *p;
        snprintf(text, sizeof text, "{\"own\": {\"type\": \"%s\"}}", CASES[i].type);
        assert_int_equal(make(text, &p), CASES[i].needs ? -EINVAL : 0);
        if (CASES[i].needs)
            assert_string_equal(err.text, "providers: own: base_url is missing");
        providers_free(p);
    }
}

static void a_place_has_no_slash_at_its_end(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {{"https://x/v1//", "https://x/v1"},
                                           {"https://x/v1", "https://x/v1"},
                                           {"https://x/", "https://x"}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char text[128];
        struct providers *p;
        snprintf(text, sizeof text,
                 "{\"openai\": {\"base_url\": \"%s\", \"proxy\": \"http://p/\"}}", CASES[i][0]);
        assert_int_equal(make(text, &p), 0);
        const json_t *one = json_object_get(providers_document(p), "openai");
        assert_string_equal(json_string_value(json_object_get(one, "base_url")), CASES[i][1]);
        assert_string_equal(json_string_value(json_object_get(one, "proxy")), "http://p/");
        assert_string_equal(json_string_value(json_object_get(one, "key_env")), "OPENAI_API_KEY");
        providers_free(p);
    }
}

static void what_is_shown_has_no_secret(void **state)
{
    (void)state;
    struct providers *p;
    assert_int_equal(make("{\"openai\": {\"headers\": {\"A\": \"one\", \"B\": \"two\"}, "
                          "\"proxy\": \"http://plain:3128\"}, "
                          "\"groq\": {\"proxy\": \"http://me:pass@p\"}}",
                          &p),
                     0);
    json_t *shown = providers_public(p);
    const json_t *one = json_object_get(shown, "openai");
    char *headers = json_dumps(json_object_get(one, "headers"), JSON_COMPACT);
    assert_string_equal(headers, "{\"A\":\"***\",\"B\":\"***\"}");
    free(headers);
    assert_string_equal(json_string_value(json_object_get(one, "proxy")), "http://plain:3128");
    assert_string_equal(json_string_value(json_object_get(json_object_get(shown, "groq"), "proxy")),
                        "***");
    json_decref(shown);
    one = json_object_get(json_object_get(providers_document(p), "openai"), "headers");
    assert_string_equal(json_string_value(json_object_get(one, "A")), "one"); /* a copy was */
    providers_free(p);
}

static void what_is_shown_without_memory_has_no_secret_either(void **state)
{
    (void)state;
    struct providers *p;
    assert_int_equal(make("{\"openai\": {\"headers\": {\"A\": \"one-secret\"}, "
                          "\"proxy\": \"http://me:pass@p\"}}",
                          &p),
                     0);
    for (int k = 0; failing_next(&k);) {
        json_t *shown = providers_public(p);
        failing_stop();
        if (shown) {
            const json_t *one = json_object_get(shown, "openai");
            const json_t *header = json_object_get(json_object_get(one, "headers"), "A");
            assert_string_equal(json_string_value(header), "***");
            assert_string_equal(json_string_value(json_object_get(one, "proxy")), "***");
        }
        json_decref(shown);
    }
    assert_true(failing_no_leak());
    providers_free(p);
}

static void a_faulty_key_is_told_with_its_provider(void **state)
{
    (void)state;
    struct providers *p;
    struct keys *keys;
    assert_int_equal(keys_new(&keys), 0);
    assert_int_equal(make("{\"own\": {\"type\": \"mock\", \"key_env\": \"A B\"}}", &p), 0);
    assert_int_equal(providers_load_keys(p, keys, &err), -EINVAL);
    assert_string_equal(err.text, "providers: own: key_env: A B is no variable's name");
    providers_free(p);
    keys_free(keys);
}

static void one_key_of_two_providers_is_handed_out_once(void **state)
{
    (void)state;
    struct keys *keys;
    setenv("SHARED_KEY", "sk-shared", 1);
    assert_int_equal(keys_new(&keys), 0);
    assert_int_equal(keys_load(keys, "SHARED_KEY", &err), 1);
    json_t *some = json_pack("{s:{s:s}, s:{s:s}, s:{s:s}}", "a", "key_env", "SHARED_KEY", "b",
                             "key_env", "SHARED_KEY", "c", "key_env", "NO_KEY");
    json_t *secrets = providers_keys(some, keys);
    assert_int_equal(json_object_size(secrets), 1);
    assert_string_equal(json_string_value(json_object_get(secrets, "SHARED_KEY")), "sk-shared");
    providers_wipe(secrets);
    assert_string_equal(keys_get(keys, "SHARED_KEY"), "sk-shared");
    providers_wipe(NULL);
    json_decref(some);
    keys_free(keys);
}

/* One without its place or its headers would send a key to another host. */
static void all_members_or_no_memory(void **state)
{
    (void)state;
    struct providers *whole, *p;
    json_t *json = json_loads("{\"own\": {\"type\": \"openai\", \"base_url\": \"http://h/v1/\", "
                              "\"key_env\": \"OWN\", \"headers\": {\"X-A\": \"b\"}}, \"openai\": "
                              "{\"base_url\": \"http://i/v1\"}}",
                              0, NULL);
    assert_int_equal(providers_new(json, &whole, &err), 0);
    for (int k = 0; failing_next(&k);) {
        p = NULL;
        err = (struct error){0};
        const int r = providers_new(json, &p, &err);
        failing_stop();
        assert_true(r == 0 || (r == -ENOMEM && failing_happened && *err.text && !p));
        if (r == 0)
            assert_true(json_equal(providers_document(p), providers_document(whole)));
        providers_free(p);
    }
    assert_true(failing_no_leak());
    providers_free(whole);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_ones_are_these),
        cmocka_unit_test(each_member_has_its_form),
        cmocka_unit_test(names_have_bounds),
        cmocka_unit_test(only_networks_need_a_place),
        cmocka_unit_test(a_place_has_no_slash_at_its_end),
        cmocka_unit_test(what_is_shown_has_no_secret),
        cmocka_unit_test(what_is_shown_without_memory_has_no_secret_either),
        cmocka_unit_test(a_faulty_key_is_told_with_its_provider),
        cmocka_unit_test(one_key_of_two_providers_is_handed_out_once),
        cmocka_unit_test(all_members_or_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
