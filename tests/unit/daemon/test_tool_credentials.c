/* Credentials of tools go to runs whose council has these tools, and to no other. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/settings/tool_credentials.h"
#include "failing.h"
#include "keys_fixture.h"
#include "log_lines.h"
#include "proto/council/check/catalogue.h"

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

static struct catalogue *catalogue_of(const char *tools)
{
    struct catalogue *catalogue;
    json_t *kinds = json_pack("{s:o}", "tools", parse(tools));
    assert_int_equal(catalogue_from_json(kinds, &catalogue, NULL), 0);
    json_decref(kinds);
    return catalogue;
}

static void loaded_and_handed_out_by_name(void **state)
{
    (void)state;
    struct catalogue *catalogue =
        catalogue_of("{\"a\":{\"credentials\":[\"TOOL_ONE\"]},\"b\":{\"credentials\":[\"TOOL_TWO\","
                     "\"TOOL_ONE\"]},\"c\":{}}");
    setenv("TOOL_ONE", "first-secret", 1);
    setenv("TOOL_TWO", "second-secret", 1);
    assert_int_equal(tool_credentials_load(catalogue, keys, NULL), 0);
    assert_null(getenv("TOOL_ONE")); /* as with keys: nobody that councild starts inherits it */
    static const struct {
        const char *tools, *keys;
    } CASES[] = {
        {"{}", "{\"K\":\"v\"}"},
        {"{\"c\":{}}", "{\"K\":\"v\"}"},
        {"{\"a\":{\"credentials\":[\"TOOL_ONE\"]}}", "{\"K\":\"v\",\"TOOL_ONE\":\"first-secret\"}"},
        {"{\"a\":{\"credentials\":[\"TOOL_ONE\",\"TOOL_GONE\"]},\"b\":{\"credentials\":["
         "\"TOOL_TWO\"]}}",
         "{\"K\":\"v\",\"TOOL_ONE\":\"first-secret\",\"TOOL_TWO\":\"second-secret\"}"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        json_t *to = parse("{\"K\":\"v\"}"), *tools = parse(CASES[i].tools);
        json_t *wanted = parse(CASES[i].keys);
        assert_int_equal(tool_credentials_add(to, tools, keys), 0);
        assert_true(json_equal(to, wanted));
        json_decref(wanted);
        json_decref(tools);
        json_decref(to);
    }
    catalogue_free(catalogue);
}

/* One tool's trouble is no reason for the daemon not to start. */
static void what_cannot_be_used_is_left_out(void **state)
{
    (void)state;
    struct catalogue *catalogue = catalogue_of(
        "{\"a\":{\"credentials\":[\"no name\",\"TOOL_NONE\",\"TOOL_BAD\",\"TOOL_GOOD\"]}}");
    setenv("TOOL_BAD", "line\nbreak", 1);
    setenv("TOOL_GOOD", "good-secret", 1);
    log_lines_begin();
    assert_int_equal(tool_credentials_load(catalogue, keys, NULL), 0);
    assert_string_equal(
        log_lines(),
        "<4>a tool lacks a credential tool=a name=\"no name\" error=\"key_env: no name "
        "is no variable's name\"\n"
        "<4>a tool lacks a credential tool=a name=TOOL_NONE error=\"there is none\"\n"
        "<4>a tool lacks a credential tool=a name=TOOL_BAD error=\"the key TOOL_BAD is "
        "empty or has characters that cannot stand in a header\"\n");
    log_lines_end();
    assert_null(keys_get(keys, "TOOL_NONE"));
    assert_null(keys_get(keys, "TOOL_BAD"));
    assert_string_equal(keys_get(keys, "TOOL_GOOD"), "good-secret");
    catalogue_free(catalogue);
}

static void what_is_no_name_is_no_credential(void **state)
{
    (void)state;
    struct catalogue *catalogue = catalogue_of("{\"a\":{\"credentials\":[7,null,{}]}}");
    log_lines_begin();
    assert_int_equal(tool_credentials_load(catalogue, keys, NULL), 0);
    assert_string_equal(log_lines(), "");
    log_lines_end();
    catalogue_free(catalogue);
}

/* Without memory it is not known what a tool lacks: then nothing is loaded, and nothing handed out
 * that has a gap. */
static void without_memory_it_is_told(void **state)
{
    (void)state;
    static const char TOOLS[] = "{\"a\":{\"credentials\":[\"TOOL_ONE\",\"TOOL_TWO\"]}}";
    struct catalogue *catalogue = catalogue_of(TOOLS);
    json_t *tools = parse(TOOLS);
    put_file(&folder, "TOOL_ONE", "first-secret");
    put_file(&folder, "TOOL_TWO", "second-secret");
    for (int k = 0; failing_next(&k);) {
        struct error err = {0};
        const int r = tool_credentials_load(catalogue, keys, &err);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_string_equal(err.text, r ? "cannot load the credentials of tools: "
                                          "Cannot allocate memory"
                                        : "");
    }
    for (int k = 0; failing_next(&k);) {
        json_t *to = json_object();
        const int r = to ? tool_credentials_add(to, tools, keys) : -ENOMEM;
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_true(r < 0 || json_object_size(to) == 2);
        json_decref(to);
    }
    assert_true(failing_no_leak());
    json_decref(tools);
    catalogue_free(catalogue);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(loaded_and_handed_out_by_name),
        T(what_cannot_be_used_is_left_out),
        T(what_is_no_name_is_no_credential),
        T(without_memory_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
