/* A doctor that forgets a fallback or a judge says "all is well" of a council that will fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/settings/probe_targets.h"
#include "failing.h"

static json_t *tree(const char *text)
{
    json_error_t why;
    json_t *value = json_loads(text, 0, &why);
    if (!value)
        fail_msg("%s", why.text);
    return value;
}

static void expect(const char *document, const char *targets)
{
    json_t *providers = tree("{\"a\": {\"type\": \"mock\"}, \"b\": {\"type\": \"mock\"}}");
    json_t *doc = tree(document), *wanted = tree(targets), *got = json_array();
    assert_int_equal(probe_targets_add(got, doc, providers), 0);
    if (!json_equal(got, wanted))
        fail_msg("%s", json_dumps(got, JSON_COMPACT));
    json_decref(providers);
    json_decref(doc);
    json_decref(wanted);
    json_decref(got);
}

#define PAIR(p, m) "{\"provider\": \"" p "\", \"model\": \"" m "\"}"

static void finds_every_seat_once(void **state)
{
    (void)state;
    expect(
        "{\"members\": [" PAIR("a", "x") ", " PAIR("b", "x") ", " PAIR(
            "a", "x") "],"
                      "\"chair\": {\"provider\": \"a\", \"model\": \"y\","
                      "            \"fallback\": [" PAIR("b", "z") "], \"fallback_chairs\": [" PAIR(
                          "a", "w") "]},"
                                    "\"rounds\": [{\"opts\": {\"judges\": [" PAIR("b", "j") "]}}]}",
        "[" PAIR("a", "x") ", " PAIR("b", "x") ", " PAIR("a", "y") ", " PAIR("b", "z") ", " PAIR(
            "a", "w") ", " PAIR("b", "j") "]");
}

static void passes_over_what_is_no_seat(void **state)
{
    (void)state;
    expect("{\"metadata\": {\"seen\": " PAIR(
               "a", "m") "}, \"members\": ["
                         "{\"provider\": \"a\", \"model\": null, \"provider_options\": " PAIR(
                             "a", "o") "},"
                                       "{\"provider\": \"unconfigured\", \"model\": \"x\"}]}",
           "[]");
}

/* Of the catalogue only what is valid counts, with the profiles of its seats filled in. */
static void takes_the_councils_of_the_catalogue(void **state)
{
    (void)state;
    json_t *kinds = tree("{\"councils\": {"
                         "\"good\": {\"schema_version\": 1, \"id\": \"good\", \"profiles\": {\"p\":"
                         " {\"provider\": \"a\"}}, \"default_profile\": \"p\", \"members\": "
                         "[{\"id\": \"s\", \"model\": \"deep\"}], \"rounds\": [{\"type\": "
                         "\"independent_analysis\"}]},"
                         "\"bad\": {\"members\": [" PAIR("a", "never") "]}}}");
    json_t *providers = tree("{\"a\": {\"type\": \"mock\"}}");
    struct catalogue *catalogue;
    assert_int_equal(catalogue_from_json(kinds, &catalogue, NULL), 0);
    struct council_context context = {.catalogue = catalogue, .providers = providers};
    json_t *got = json_array(), *wanted = tree("[" PAIR("a", "deep") "]");
    assert_int_equal(probe_targets_of_catalogue(got, &context, providers), 0);
    assert_true(json_equal(got, wanted));
    json_decref(got);
    json_decref(wanted);
    json_decref(kinds);
    json_decref(providers);
    catalogue_free(catalogue);
}

/* An auto document may choose any of the councils that came with it; another names its own seats.
 */
static void an_auto_document_has_the_seats_of_its_councils(void **state)
{
    (void)state;
    json_t *providers = tree("{\"a\": {\"type\": \"mock\"}}");
    struct council_plan plan = {
        .document = tree("{\"seat\": " PAIR("a", "own") "}"),
        .catalogue = tree("{\"councils\": {\"x\": {\"members\": [" PAIR("a", "theirs") "]}}}")};
    for (int is_auto = 0; is_auto < 2; is_auto++) {
        json_t *got = json_array(),
               *wanted = tree(is_auto ? "[" PAIR("a", "own") ", " PAIR("a", "theirs") "]"
                                      : "[" PAIR("a", "own") "]");
        plan.is_auto = is_auto;
        assert_int_equal(probe_targets_of_plan(got, &plan, providers), 0);
        assert_true(json_equal(got, wanted));
        json_decref(got);
        json_decref(wanted);
    }
    json_decref(plan.document);
    json_decref(plan.catalogue);
    json_decref(providers);
}

/* One that is left out for want of memory would be a provider that nobody looked at. */
static void all_of_them_or_no_memory(void **state)
{
    (void)state;
    json_t *providers = tree("{\"a\": {\"type\": \"mock\"}, \"b\": {\"type\": \"mock\"}}");
    json_t *doc = tree("{\"members\": [" PAIR("a", "x") ", " PAIR("b", "x") "], \"chair\": " PAIR(
        "a", "y") ", \"judge\": {\"seat\": " PAIR("b", "y") "}}");
    for (int k = 0; failing_next(&k);) {
        json_t *got = json_array();
        const int r = got ? probe_targets_add(got, doc, providers) : -ENOMEM;
        failing_stop();
        assert_true(r == 0 || (r == -ENOMEM && failing_happened));
        assert_int_equal(r == 0, json_array_size(got) == 4);
        json_decref(got);
    }
    assert_true(failing_no_leak());
    json_decref(providers);
    json_decref(doc);
}

/* One that cannot be resolved has no seats; that there was no memory to resolve it is told. */
static void all_councils_or_no_memory(void **state)
{
    (void)state;
#define GOOD(id, model)                                                                            \
    "\"" id "\": {\"schema_version\": 1, \"id\": \"" id "\", \"members\": [{\"id\": \"s\", "       \
    "\"provider\": \"a\", \"model\": \"" model "\"}], \"rounds\": [{\"type\": "                    \
    "\"independent_analysis\"}]}"
    json_t *kinds = tree(
        "{\"councils\": {" GOOD("one", "x") ", \"bad\": {\"members\": 7}, " GOOD("two", "y") "}}");
    json_t *providers = tree("{\"a\": {\"type\": \"mock\"}}");
    struct catalogue *catalogue;
    assert_int_equal(catalogue_from_json(kinds, &catalogue, NULL), 0);
    const struct council_context context = {.catalogue = catalogue, .providers = providers};
    for (int k = 0; failing_next(&k);) {
        json_t *got = json_array();
        const int r = got ? probe_targets_of_catalogue(got, &context, providers) : -ENOMEM;
        failing_stop();
        assert_true(r == 0 || (r == -ENOMEM && failing_happened));
        assert_true(r < 0 || json_array_size(got) == 2);
        json_decref(got);
    }
    assert_true(failing_no_leak());
    json_decref(kinds);
    json_decref(providers);
    catalogue_free(catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_seat_once),
        cmocka_unit_test(passes_over_what_is_no_seat),
        cmocka_unit_test(takes_the_councils_of_the_catalogue),
        cmocka_unit_test(an_auto_document_has_the_seats_of_its_councils),
        cmocka_unit_test(all_of_them_or_no_memory),
        cmocka_unit_test(all_councils_or_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
