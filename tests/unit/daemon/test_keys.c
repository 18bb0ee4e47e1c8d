/* A key that stays in the environment is inherited or read from /proc; one that is lost at reload
 * stops every later run; one with a line break in it forges a header. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "daemon/settings/keys.h"
#include "daemon/settings/providers.h"
#include "failing.h"
#include "fixture.h"
#include "freed.h"

static struct folder folder;
static struct keys *keys;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    setenv("CREDENTIALS_DIRECTORY", folder.path, 1);
    return keys_new(&keys);
}

static int teardown(void **state)
{
    (void)state;
    keys_free(keys);
    folder_remove(&folder);
    unsetenv("CREDENTIALS_DIRECTORY");
    return 0;
}

static void takes_a_variable_and_leaves_nothing_there(void **state)
{
    (void)state;
    char inherited[] = "COUNCILD_TEST_KEY=sk-test-123";
    assert_int_equal(keys_load(keys, "COUNCILD_TEST_KEY", NULL), 0);
    assert_null(keys_get(keys, "COUNCILD_TEST_KEY"));
    putenv(inherited);
    assert_int_equal(keys_load(keys, "COUNCILD_TEST_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "COUNCILD_TEST_KEY"), "sk-test-123");
    assert_null(getenv("COUNCILD_TEST_KEY"));
    for (size_t i = strlen("COUNCILD_TEST_KEY="); i < sizeof inherited; i++)
        assert_int_equal(inherited[i], 0);
    /* At a reload it is not there any more, and is kept. */
    assert_int_equal(keys_load(keys, "COUNCILD_TEST_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "COUNCILD_TEST_KEY"), "sk-test-123");
}

static void a_credential_wins_and_is_read_anew(void **state)
{
    (void)state;
    setenv("A_KEY", "from-environment", 1);
    put_file(&folder, "A_KEY", "from-file\n");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "A_KEY"), "from-file");
    put_file(&folder, "A_KEY", "changed\r\n");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "A_KEY"), "changed");
    unlinkat(folder.fd, "A_KEY", 0);
    unsetenv("A_KEY");
}

static void no_freed_memory_holds_a_key(void **state)
{
    (void)state;
    secret = "sk-never-to-be-found";
    freed_with_it = 0;
    put_file(&folder, "COUNCILD_TEST_KEY", "sk-never-to-be-found\n");
    assert_int_equal(keys_load(keys, "COUNCILD_TEST_KEY", NULL), 1);
    assert_int_equal(keys_load(keys, "COUNCILD_TEST_KEY", NULL), 1); /* in place of the old one */
    assert_string_equal(keys_get(keys, "COUNCILD_TEST_KEY"), secret);
    keys_free(keys);
    keys = NULL;
    assert_int_equal(freed_with_it, 0);
    secret = NULL;
}

static void refuses_without_repeating_the_key(void **state)
{
    (void)state;
    struct error err;
    put_file(&folder, "GOOD", "sk-good");
    assert_int_equal(keys_load(keys, "GOOD", NULL), 1);
    put_file(&folder, "GOOD", "sk-secret\x01part");
    assert_int_equal(keys_load(keys, "GOOD", &err), -EINVAL);
    assert_null(strstr(err.text, "secret"));
    assert_non_null(strstr(err.text, "GOOD"));
    assert_string_equal(keys_get(keys, "GOOD"), "sk-good");
    put_file(&folder, "EMPTY", "\n");
    assert_int_equal(keys_load(keys, "EMPTY", &err), -EINVAL);
    static const char *const names[] = {"", "1A", "A-B", "../etc/passwd", "A/B", "A B"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(keys_load(keys, names[i], &err), -EINVAL);
    mkdirat(folder.fd, "DIR", 0700);
    assert_int_equal(keys_load(keys, "DIR", &err), -EISDIR);
}

static void lengths_have_bounds(void **state)
{
    (void)state;
    enum { NAME = 128, KEY = 16384 };
    struct error err;
    char *text = malloc(KEY + 3), name[NAME + 2];
    for (int more = 0; more < 2; more++) {
        memset(name, 'N', sizeof name);
        name[NAME + more] = '\0';
        assert_int_equal(keys_load(keys, name, &err), more ? -EINVAL : 0);
        for (int file = 0; file < 2; file++) {
            memset(text, 'k', KEY + 2);
            text[KEY + more] = '\0';
            if (file)
                put_file(&folder, "LONG", text);
            else
                setenv("LONG", text, 1);
            assert_int_equal(keys_load(keys, "LONG", &err), more ? -EFBIG : 1);
            assert_null(getenv("LONG"));
            unlinkat(folder.fd, "LONG", 0);
        }
        if (more)
            assert_string_equal(err.text, "cannot read the key LONG: File too large");
        else
            assert_int_equal(strlen(keys_get(keys, "LONG")), KEY);
    }
    free(text);
}

static void a_key_is_printable(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } CASES[] = {{"!", true},      {"~", true},     {"a b", false},  {" ", false},
                 {"a\x7f", false}, {"\x80", false}, {"a\tb", false}, {"", false}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct error err = {0};
        setenv("PRINTED", CASES[i].text, 1);
        assert_int_equal(keys_load(keys, "PRINTED", &err), CASES[i].good ? 1 : -EINVAL);
        if (!CASES[i].good)
            assert_string_equal(err.text, "the key PRINTED is empty or has characters that cannot "
                                          "stand in a header");
    }
    assert_int_equal(keys_load(keys, "_a9", NULL), 0);
    assert_int_equal(keys_load(keys, "Z0", NULL), 0);
}

/* A folder of credentials that is no absolute path is none. */
static void credentials_lie_in_an_absolute_folder(void **state)
{
    (void)state;
    static const char *const NONE[] = {"", ".", "relative"};
    put_file(&folder, "A_KEY", "value");
    char *here = getcwd(NULL, 0);
    assert_int_equal(fchdir(folder.fd), 0);
    for (size_t i = 0; i < 3; i++) {
        setenv("CREDENTIALS_DIRECTORY", NONE[i], 1);
        assert_int_equal(keys_load(keys, "A_KEY", NULL), 0);
    }
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 0);
    assert_int_equal(chdir(here), 0);
    free(here);
}

static int count_keys(void *context, const char *value)
{
    int *left = context;
    assert_non_null(value);
    return --*left == 0 ? -EXDEV : 0;
}

static void all_keys_are_walked_until_one_says_stop(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"K1", "K2", "K3"};
    for (size_t i = 0; i < 3; i++) {
        setenv(NAMES[i], NAMES[i], 1);
        assert_int_equal(keys_load(keys, NAMES[i], NULL), 1);
    }
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(keys_get(keys, NAMES[i]), NAMES[i]);
    assert_null(keys_get(keys, "K"));
    int left = 10;
    assert_int_equal(keys_each(keys, count_keys, &left), 0);
    assert_int_equal(left, 7);
    left = 2;
    assert_int_equal(keys_each(keys, count_keys, &left), -EXDEV);
    assert_int_equal(left, 0);
}

static void survives_every_failed_allocation(void **state)
{
    (void)state;
    put_file(&folder, "A_KEY", "value");
    keys_free(keys);
    keys = NULL;
    for (int k = 0; failing_next(&k);) {
        int r = keys_new(&keys);
        if (r == 0)
            r = keys_load(keys, "A_KEY", NULL);
        failing_stop();
        assert_true(r == -ENOMEM || r == 1);
        keys_free(keys);
        keys = NULL;
    }
    assert_true(failing_no_leak());
    assert_int_equal(keys_new(&keys), 0);
}

/* ---- providers ---- */

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

/* Locked memory of this process in KiB. */
static long locked_kib(void)
{
    char line[128];
    long kib = -1;
    FILE *f = fopen("/proc/self/status", "re");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "VmLck: %ld", &kib) == 1)
            break;
    fclose(f);
    return kib;
}

/* Letting one key go unlocked the page on which its neighbours stand. */
static void stays_locked_when_another_key_goes(void **state)
{
    (void)state;
    static char page[4096];
    /* AddressSanitizer makes mlock do nothing. */
    if (mlock(page, sizeof page) < 0 || locked_kib() <= 0) {
        print_message("not run: no memory can be locked here (under a sanitizer never)\n");
        skip();
    }
    munlock(page, sizeof page);
    put_file(&folder, "A_KEY", "first");
    put_file(&folder, "B_KEY", "second");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_int_equal(keys_load(keys, "B_KEY", NULL), 1);
    const long before = locked_kib();
    put_file(&folder, "A_KEY", "third");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_true(before > 0);
    assert_true(locked_kib() >= before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(takes_a_variable_and_leaves_nothing_there),
        TEST(a_credential_wins_and_is_read_anew),
        TEST(refuses_without_repeating_the_key),
        TEST(stays_locked_when_another_key_goes),
        TEST(survives_every_failed_allocation),
        TEST(merges_with_the_built_in_ones),
        TEST(every_wire_format_can_be_configured),
        TEST(names_what_is_wrong),
        TEST(hands_out_the_keys_that_are_needed),
        TEST(no_freed_memory_holds_a_key),
        TEST(lengths_have_bounds),
        TEST(a_key_is_printable),
        TEST(credentials_lie_in_an_absolute_folder),
        TEST(all_keys_are_walked_until_one_says_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
