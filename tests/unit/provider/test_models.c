/* Lists of models: each house has its own path, its own header for the key, and its own idea of
 * what an id is. One read wrong makes every model of the house look unknown. */
#include "adapter_help.h"
#include "heap_kept.h"
#include "runner/provider/models.h"

struct want {
    const char *type, *config;
    const char *url, *key_header;
};

static const struct want WANTS[] = {
    {"openai", "{}", "https://base/v1/models", "Authorization: Bearer k-1"},
    {"openai_responses", "{}", "https://base/v1/models", "Authorization: Bearer k-1"},
    {"openrouter", "{}", "https://base/v1/models", "Authorization: Bearer k-1"},
    {"anthropic", "{}", "https://base/v1/models?limit=1000", "x-api-key: k-1"},
    {"gemini", "{}", "https://base/v1/models?pageSize=1000", "x-goog-api-key: k-1"},
    {"ollama", "{}", "https://base/v1/api/tags", "Authorization: Bearer k-1"},
    {"openai", "{\"api_version\": \"2024-10-21\"}",
     "https://base/v1/openai/models?api-version=2024-10-21", "api-key: k-1"},
};

static size_t count_headers(const struct provider_request *r, const char *text)
{
    size_t n = 0;
    for (size_t i = 0; i < r->header_count; i++)
        n += strstr(r->headers[i], text) != NULL;
    return n;
}

static void asks_each_house_its_own_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(WANTS) / sizeof(*WANTS); i++) {
        struct provider_request request = {0};
        json_t *doc = json_of(WANTS[i].config), *headers = json_of("{\"X-Own\": \"yes\"}");
        struct provider_config config = {
            .base_url = "https://base/v1/", .key = "k-1", .headers = headers, .doc = doc};
        assert_int_equal(models_request(provider_find(WANTS[i].type), &config, &request), 0);
        assert_string_equal(request.url, WANTS[i].url);
        assert_int_equal(count_headers(&request, WANTS[i].key_header), 1);
        assert_int_equal(count_headers(&request, "k-1"), 1);
        assert_int_equal(count_headers(&request, "X-Own: yes"), 1);
        assert_int_equal(count_headers(&request, "Accept: application/json"), 1);
        assert_null(request.body);
        provider_request_release(&request);
        json_decref(doc);
        json_decref(headers);
    }
}

static void sends_no_empty_key(void **state)
{
    (void)state;
    struct provider_request request = {0};
    struct provider_config config = {.base_url = "http://local"};
    assert_int_equal(models_request(provider_find("ollama"), &config, &request), 0);
    assert_int_equal(count_headers(&request, "Authorization"), 0);
    provider_request_release(&request);
}

static void expect_ids(const char *type, const char *body, const char *ids, bool more)
{
    bool ret_more = !more;
    json_t *got = models_read(provider_find(type), body, strlen(body), &ret_more);
    assert_non_null(got);
    assert_json(got, ids);
    assert_int_equal(ret_more, more);
    json_decref(got);
}

static void reads_each_form(void **state)
{
    (void)state;
    expect_ids("openai", "{\"data\": [{\"id\": \"a\"}, {\"id\": \"b/c\"}, {\"x\": 1}, 2]}",
               "[\"a\", \"b/c\"]", false);
    expect_ids("anthropic", "{\"data\": [{\"id\": \"claude-x\"}], \"has_more\": true}",
               "[\"claude-x\"]", true);
    expect_ids("gemini",
               "{\"models\": [{\"name\": \"models/gem-1\"}, {\"name\": \"tunedModels/t\"}],"
               "\"nextPageToken\": \"p2\"}",
               "[\"gem-1\", \"tunedModels/t\"]", true);
    expect_ids("ollama", "{\"models\": [{\"name\": \"llama:latest\"}]}", "[\"llama:latest\"]",
               false);
    expect_ids("ollama", "{\"models\": null}", "[]", false);
}

static void does_not_take_anything_for_a_list(void **state)
{
    (void)state;
    static const char *const BODIES[] = {"",           "<html>", "[]",
                                         "{\"a\": 1}", "{",      "{\"data\": {\"id\": \"x\"}}"};
    bool more;
    for (size_t i = 0; i < sizeof(BODIES) / sizeof(*BODIES); i++)
        assert_null(models_read(provider_find("openai"), BODIES[i], strlen(BODIES[i]), &more));
}

static void knows_what_needs_no_network(void **state)
{
    (void)state;
    struct provider_request request = {0};
    struct provider_config config = {0};
    json_t *fixed = models_fixed(provider_find("mock"));
    assert_json(fixed, "[\"mock\"]");
    json_decref(fixed);
    assert_null(models_fixed(provider_find("openai")));
    assert_int_equal(models_request(provider_find("mock"), &config, &request), -ENOSYS);
}

static void expect_like(const char *model, const char *expected)
{
    json_t *ids = json_of("[\"gpt-big\", \"gpt-big-mini\", \"house/gpt-bigger\", \"claude\", "
                          "\"gpt-small\", \"mist-large\", \"mist\"]");
    char *like = models_like(ids, model);
    if (expected)
        assert_string_equal(like, expected);
    else
        assert_null(like);
    free(like);
    json_decref(ids);
}

static void names_what_is_like_it(void **state)
{
    (void)state;
    expect_like("gpt-bigg", "house/gpt-bigger, gpt-big, gpt-big-mini");
    expect_like("other/claude-9", "claude");
    expect_like("mist-2", "mist-large, mist");
    expect_like("zephyr", NULL);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(asks_each_house_its_own_way);
    assert_keeps_nothing(sends_no_empty_key);
    assert_keeps_nothing(reads_each_form);
    assert_keeps_nothing(does_not_take_anything_for_a_list);
    assert_keeps_nothing(knows_what_needs_no_network);
    assert_keeps_nothing(names_what_is_like_it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_each_house_its_own_way),
        cmocka_unit_test(sends_no_empty_key),
        cmocka_unit_test(reads_each_form),
        cmocka_unit_test(does_not_take_anything_for_a_list),
        cmocka_unit_test(knows_what_needs_no_network),
        cmocka_unit_test(names_what_is_like_it),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
