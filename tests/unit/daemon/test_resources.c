/* A table that is left out without a word makes every council fail, or cost what nobody foresaw;
 * a faulty one has to stop the start, or the reload, by its name. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/settings/config_load.h"
#include "daemon/settings/resources.h"
#include "fixture.h"
#include "log_lines.h"

#define PRICES "{\"mock:small\": {\"input\": 1, \"output\": 2}}"
#define MODELS                                                                                     \
    "{\"schema_version\": 1, \"date\": \"2026-11-27\", \"families\": [{\"prefix\": \"o\"}]}"
#define STORE "{\"solver\": {\"44136fa355b3678a\": {\"successes\": 3, \"failures\": 1}}}"

static struct folder folder;
static char file[128];
static struct config *config;
static struct keys *keys;
static struct resources *resources;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    snprintf(file, sizeof file, "%s/config.json", folder.path);
    setenv("XDG_STATE_HOME", folder.path, 1);
    setenv("XDG_RUNTIME_DIR", folder.path, 1);
    return keys_new(&keys);
}

static int teardown(void **state)
{
    (void)state;
    resources_free(resources);
    config_free(config);
    keys_free(keys);
    resources = NULL, config = NULL;
    folder_remove(&folder);
    return 0;
}

/* `more`: members of the configuration; the catalogue is the folder. */
static int load(const char *more, struct error *err)
{
    char text[1024];
    char *argv[] = {(char *)"councild", (char *)"--config", file};
    snprintf(text, sizeof text, "{\"catalogue_dir\": \"%s\"%s}", folder.path, more);
    put_file(&folder, "config.json", text);
    if (config_load(3, argv, &config, err) < 0)
        fail_msg("%s", err->text);
    return resources_load(config, keys, &resources, err);
}

static void good(const char *more)
{
    struct error err = {0};
    if (load(more, &err) != 0)
        fail_msg("%s: %s", more, err.text);
}

static void bad(const char *more, const char *named)
{
    struct error err = {0};
    const int r = load(more, &err);
    if (r >= 0 || !strstr(err.text, named))
        fail_msg("%d, and \"%s\" does not name %s", r, err.text, named);
    assert_null(resources);
}

static void nothing_there_is_nothing_wrong(void **state)
{
    (void)state;
    good("");
    assert_true(json_is_object(resources->prices) && json_object_size(resources->prices) == 0);
    assert_true(json_is_array(resources->families) && json_array_size(resources->families) == 0);
    assert_null(resources->reliability);
    assert_true(json_object_size(providers_document(resources->providers)) > 0);
}

static void what_lies_in_the_catalogue_is_known(void **state)
{
    (void)state;
    put_file(&folder, "prices.json", PRICES);
    put_file(&folder, "models.json", MODELS);
    put_file(&folder, "reliability.json", STORE);
    good("");
    assert_int_equal(json_object_size(resources->prices), 1);
    assert_int_equal(json_array_size(resources->families), 1);
    assert_int_equal(json_object_size(resources->reliability), 1);
}

/* All of it is there for the check of a council. */
static void a_council_is_checked_against_all_of_it(void **state)
{
    struct council_context context;
    what_lies_in_the_catalogue_is_known(state);
    resources_context(resources, config, &context);
    assert_ptr_equal(context.catalogue, resources->catalogue);
    assert_ptr_equal(context.providers, providers_document(resources->providers));
    assert_ptr_equal(context.prices, resources->prices);
    assert_ptr_equal(context.reliability, resources->reliability);
    assert_ptr_equal(context.defaults, config->defaults);
    assert_ptr_equal(context.budget, config->budget);
    assert_ptr_equal(context.allow_options, config->allow_options);
    assert_int_equal(context.max_planned_calls, config->max_planned_calls);
    assert_int_equal(context.max_parallel, config->max_parallel);
}

static void prices_that_were_named_have_to_be_there(void **state)
{
    (void)state;
    bad(", \"prices\": \"/nowhere/prices.json\"", "/nowhere/prices.json");
}

static void models_that_were_named_have_to_be_there(void **state)
{
    (void)state;
    bad(", \"models\": \"/nowhere/models.json\"", "/nowhere/models.json");
}

static void set_length(const char *name, off_t bytes)
{
    const int fd = openat(folder.fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, bytes), 0);
    close(fd);
}

/* What is there is read to its last byte, or not at all. */
static void tables_may_be_so_long(void **state)
{
    (void)state;
    enum { MOST = 16 << 20 };
    static const char *const NAMES[] = {"prices.json", "models.json", "reliability.json"};
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        char told[64];
        set_length(NAMES[i], MOST);
        snprintf(told, sizeof told, "/%s: line 1: ", NAMES[i]);
        bad("", told);
        config_free(config);
        set_length(NAMES[i], MOST + 1);
        snprintf(told, sizeof told, "/%s is longer than %d bytes", NAMES[i], MOST);
        bad("", told);
        config_free(config);
        config = NULL;
        assert_int_equal(unlinkat(folder.fd, NAMES[i], 0), 0);
    }
}

static void prices_are_an_object(void **state)
{
    (void)state;
    put_file(&folder, "prices.json", "[]");
    bad("", "prices.json: not an object");
}

static void prices_are_json(void **state)
{
    (void)state;
    put_file(&folder, "prices.json", "{\n\"a\": 1, \"a\": 2}");
    bad("", "prices.json: line 2: duplicate");
}

static void models_are_checked(void **state)
{
    (void)state;
    put_file(&folder, "models.json",
             "{\"schema_version\": 1, \"date\": \"today\", \"families\": []}");
    bad("", "models.json");
}

static void the_store_is_json(void **state)
{
    (void)state;
    put_file(&folder, "reliability.json", "{");
    bad("", "reliability.json: line 1: ");
}

/* What is there and cannot be read is not taken for absent. */
static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    static const char *const FILES[] = {"reliability.json", "prices.json", "models.json"};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        assert_int_equal(mkdirat(folder.fd, FILES[i], 0700), 0);
        bad("", FILES[i]);
        config_free(config);
        config = NULL;
        assert_int_equal(unlinkat(folder.fd, FILES[i], AT_REMOVEDIR), 0);
    }
}

static void the_store_is_checked(void **state)
{
    (void)state;
    put_file(&folder, "reliability.json", "{\"solver\": 1}");
    bad("", "reliability.json: solver: not an object of buckets");
}

static void providers_are_checked(void **state)
{
    (void)state;
    bad(", \"providers\": {\"house\": {\"type\": \"nonsense\"}}", "house");
}

static void defaults_are_checked(void **state)
{
    (void)state;
    bad(", \"defaults\": {\"nonsense\": 1}", "nonsense");
}

static void what_is_known_of_families_is_logged(void **state)
{
    (void)state;
    char wanted[256];
    log_lines_begin();
    good("");
    snprintf(wanted, sizeof wanted, "<7>no families of models are known file=%s/models.json\n",
             folder.path);
    assert_string_equal(log_lines(), wanted);
    resources_free(resources);
    config_free(config);
    put_file(&folder, "models.json", MODELS);
    good("");
    snprintf(wanted, sizeof wanted, "<6>families of models file=%s/models.json date=2026-11-27\n",
             folder.path);
    assert_string_equal(log_lines(), wanted);
    log_lines_end();
}

static void a_document_that_cannot_be_used_is_logged_and_no_more(void **state)
{
    (void)state;
    log_lines_begin();
    assert_int_equal(mkdirat(folder.fd, "councils", 0700), 0);
    put_file(&folder, "councils/broken.json", "{");
    good("");
    const char *lines = log_lines();
    static const char TOLD[] = "<4>a document of the catalogue cannot be used file=";
    assert_non_null(strstr(lines, TOLD));
    assert_non_null(
        strstr(lines, "/councils/broken.json code=invalid_json error=\"Line 1, column 1: "));
    log_lines_end();
}

static void each_file_is_named_with_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *told;
    } CASES[] = {
        {"models.json", "[]", "models.json: not an object"},
        {"models.json", "{\n\n\"a\": }", "models.json: line 3: "},
        {"models.json", "{\"schema_version\": 1, \"date\": \"today\", \"families\": []}",
         "models: "},
        {"prices.json", "7", "prices.json: line 1: "},
        {"reliability.json", "{\"a\": {}, \"a\": {}}", "reliability.json: line 1: duplicate"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        put_file(&folder, CASES[i].file, CASES[i].text);
        bad("", CASES[i].told);
        config_free(config);
        config = NULL;
        unlinkat(folder.fd, CASES[i].file, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_there_is_nothing_wrong),
        TEST(what_lies_in_the_catalogue_is_known),
        TEST(a_council_is_checked_against_all_of_it),
        TEST(prices_that_were_named_have_to_be_there),
        TEST(models_that_were_named_have_to_be_there),
        TEST(tables_may_be_so_long),
        TEST(prices_are_an_object),
        TEST(prices_are_json),
        TEST(models_are_checked),
        TEST(the_store_is_json),
        TEST(the_store_is_checked),
        TEST(what_cannot_be_read_is_told),
        TEST(providers_are_checked),
        TEST(defaults_are_checked),
        TEST(what_is_known_of_families_is_logged),
        TEST(a_document_that_cannot_be_used_is_logged_and_no_more),
        TEST(each_file_is_named_with_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
