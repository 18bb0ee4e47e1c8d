/* Whatever allocation fails while settings and catalogue are read: it is told as want of memory,
 * nothing half read is taken for the whole, and nothing is kept. A daemon that ends at a reload has
 * taken all its runs with it, and an operator who is told of a fault looks for it in his file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocations.h"
#include "common/cleanup.h"
#include "config_fixture.h"
#include "daemon/settings/resources.h"

#define CONFIG                                                                                     \
    "{\"catalogue_dir\": \"%s\", \"providers\": {\"house\": {\"type\": \"openai\", \"base_url\": " \
    "\"http://localhost:1/v1\"}, \"mock\": {\"type\": \"mock\"}}, \"defaults\": "                  \
    "{\"temperature\": 0.5}, \"budget\": {\"max_calls\": 9}}"
#define COUNCIL                                                                                    \
    "{\"schema_version\": 1, \"id\": \"quick\", \"members\": [{\"id\": \"ann\", \"provider\": "    \
    "\"mock\", \"model\": \"m\"}], \"rounds\": [{\"type\": \"independent_analysis\"}]}"

static struct config *loaded(void)
{
    char text[1024];
    snprintf(text, sizeof text, CONFIG, folder.path);
    return good(text);
}

/* What is told of what could not be done for want of memory. */
static bool is_told(void)
{
    static const char WHY[] = ": Cannot allocate memory";
    char of_file[192];
    snprintf(of_file, sizeof of_file, "cannot read %s", file);
    const bool is_in_file = strncmp(err.text, file, strlen(file)) == 0;
    const char *text = is_in_file ? err.text + strlen(file) + strlen(": ") : err.text;
    const char *const WHAT[] = {"--config", "--sandbox", "cannot read the configuration",
                                of_file,    "providers", "cannot read access"};
    for (size_t i = 0; i < ARRAY_LEN(WHAT); i++) {
        const size_t len = strlen(WHAT[i]);
        if (strncmp(text, WHAT[i], len) == 0 && strcmp(text + len, WHY) == 0)
            return true;
    }
    return false;
}

static void the_configuration(void **state)
{
    (void)state;
    struct config *whole = loaded();
    char *argv[] = {(char *)"councild",
                    (char *)"--config",
                    file,
                    (char *)"--sandbox",
                    (char *)"{\"mode\": \"strict\"}",
                    NULL};
    failed = true;
    for (long k = 0; failed; k++) {
        struct config *got = NULL;
        err = (struct error){0};
        failed = false;
        left = k;
        const int r = config_load(5, argv, &got, &err);
        left = -1;
        if (r < 0 ? r != -ENOMEM || !failed || got || !is_told() : !got)
            fail_msg("allocation %ld: %d, %s", k, r, err.text);
        if (r < 0)
            continue;
        assert_true(json_equal(got->providers, whole->providers));
        assert_true(json_equal(got->defaults, whole->defaults));
        assert_true(json_equal(got->budget, whole->budget));
        assert_int_equal(got->sandbox_policy.mode, SANDBOX_STRICT);
        config_free(got);
    }
    config_free(whole);
}

static void is_whole(const struct resources *r)
{
    assert_int_equal(json_object_size(r->prices), 1);
    assert_int_equal(json_array_size(r->families), 1);
    assert_non_null(catalogue_get(r->catalogue, CATALOGUE_COUNCILS, "quick"));
}

static void what_it_points_at(void **state)
{
    (void)state;
    struct keys *keys = NULL;
    struct config *config = loaded();
    assert_int_equal(mkdirat(folder.fd, "councils", 0700), 0);
    put_file(&folder, "councils/quick.json", COUNCIL);
    put_file(&folder, "prices.json", "{\"mock:small\": {\"input\": 1, \"output\": 2}}");
    put_file(&folder, "models.json",
             "{\"schema_version\": 1, \"date\": \"2026-11-27\", "
             "\"families\": [{\"prefix\": \"o\"}]}");
    assert_int_equal(keys_new(&keys), 0);
    failed = true;
    for (long k = 0; failed; k++) {
        struct resources *resources = NULL;
        err = (struct error){0};
        failed = false;
        left = k;
        const int r = resources_load(config, keys, &resources, &err);
        left = -1;
        if (r < 0 ? r != -ENOMEM || !failed || resources : !resources)
            fail_msg("allocation %ld: %d, %s", k, r, err.text);
        if (r < 0)
            assert_string_equal(err.text, "cannot load the catalogue: Cannot allocate memory");
        if (r == 0)
            is_whole(resources);
        resources_free(resources);
    }
    keys_free(keys);
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_configuration, setup, teardown),
        cmocka_unit_test_setup_teardown(what_it_points_at, setup, teardown),
    };
    json_set_alloc_funcs(malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
