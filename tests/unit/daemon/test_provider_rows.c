/* What provider.list shows must never hold a key, a header's value or a login; and an operator has
 * to see at once which key is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/settings/provider_rows.h"

static json_t *list_of(const char *configuration)
{
    struct error err = {0};
    struct providers *providers;
    struct keys *keys;
    json_t *configured = json_loads(configuration, 0, NULL);
    assert_int_equal(keys_new(&keys), 0);
    assert_int_equal(providers_new(configured, &providers, &err), 0);
    assert_int_equal(providers_load_keys(providers, keys, &err), 0);
    json_t *list = provider_list(providers, keys, configured);
    assert_non_null(list);
    providers_free(providers);
    keys_free(keys);
    json_decref(configured);
    return list;
}

static json_t *find(json_t *list, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one)
        if (!strcmp(json_string_value(json_object_get(one, "name")), name))
            return one;
    fail_msg("%s is not listed", name);
    return NULL;
}

static const char *text(json_t *one, const char *member)
{
    return json_string_value(json_object_get(one, member));
}

static void shows_where_keys_are_missing(void **state)
{
    (void)state;
    setenv("LIST_KEY", "sk-listed-0123456789", 1);
    json_t *list = list_of("{\"house\": {\"type\": \"openai\", \"base_url\": \"https://h/v1\","
                           "\"key_env\": \"LIST_KEY\"}, \"own\": {\"type\": \"openai\","
                           "\"base_url\": \"https://o/v1\", \"key_env\": \"NO_SUCH_KEY\"}}");
    assert_string_equal(text(find(list, "house"), "key"), "present");
    assert_string_equal(text(find(list, "own"), "key"), "missing");
    assert_string_equal(text(find(list, "own"), "key_env"), "NO_SUCH_KEY");
    assert_string_equal(text(find(list, "mock"), "key"), "none");
    assert_true(json_is_null(json_object_get(find(list, "mock"), "base_url")));
    assert_true(json_is_true(json_object_get(find(list, "house"), "configured")));
    assert_true(json_is_true(json_object_get(find(list, "own"), "configured")));
    assert_true(json_is_false(json_object_get(find(list, "mock"), "configured")));
    char *all = json_dumps(list, 0);
    assert_null(strstr(all, "sk-listed"));
    free(all);
    json_decref(list);
}

static void hides_what_is_secret(void **state)
{
    (void)state;
    json_t *list =
        list_of("{\"house\": {\"type\": \"openai\", \"base_url\": \"https://me:pass@h:8/v1@x\","
                "\"headers\": {\"X-Token\": \"very-secret\"}}}");
    json_t *one = find(list, "house");
    assert_string_equal(text(one, "base_url"), "https://***@h:8/v1@x");
    assert_string_equal(text(json_object_get(one, "headers"), "X-Token"), "***");
    char *all = json_dumps(list, 0);
    assert_null(strstr(all, "pass"));
    assert_null(strstr(all, "very-secret"));
    free(all);
    json_decref(list);
}

static void is_sorted_by_name(void **state)
{
    (void)state;
    json_t *list = list_of("{\"aaa\": {\"type\": \"mock\"}, \"zzz\": {\"type\": \"mock\"}}");
    for (size_t i = 1; i < json_array_size(list); i++)
        assert_true(strcmp(text(json_array_get(list, i - 1), "name"),
                           text(json_array_get(list, i), "name")) < 0);
    assert_string_equal(text(json_array_get(list, 0), "name"), "aaa");
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_where_keys_are_missing),
        cmocka_unit_test(hides_what_is_secret),
        cmocka_unit_test(is_sorted_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
