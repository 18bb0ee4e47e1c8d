/* councild resolves what strangers send: an allocation that fails at any point must give -ENOMEM,
 * without a crash, a leak, or a half plan. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allocations.h"
#include "proto/council/auto_host.h"
#include "proto/council/document_hash.h"
#include "proto/council/json_schema.h"
#include "support.h"

static const char FILES[] =
    "{'profiles': {'p': {'provider': 'openai', 'model': 'gpt', 'retry': {'base_ms': 5}}},"
    " 'tools': {'run': {'kind': 'command', 'argv': ['/bin/true'], 'description': 'd'}},"
    " 'councils': {'inner': {'schema_version': 1, 'id': 'inner', 'default_profile': 'p',"
    "   'members': [{'id': 'x'}, {'id': 'y'}], 'template': {'name': 'debate'}}}}";

static const char VALID[] =
    "{'schema_version': 1, 'id': 't', 'default_profile': 'p', 'tools': ['run'], 'members': ["
    " {'id': 'a', 'role': 'r', 'fallback': [{'provider': 'mock', 'model': 'cheap'}]},"
    " {'id': 'b', 'input_mapper': {'template': '{{input}}'}, 'output_schema': 'consensus'},"
    " {'id': 's', 'sub_council': 'inner'}],"
    " 'router': {'kind': 'rules', 'rules': [{'when': {'not': {'tie': true}}, 'members': ['a']}]},"
    " 'rounds': [{'type': 'independent_analysis'}, {'type': 'vote', 'opts': {'options': ['x', "
    "'y']}},"
    "  {'type': 'iterate', 'opts': {'wrap': 'critique', 'until': {'judge': {'score': 1}}}}],"
    " 'chair': {'fallback_chairs': ['a', {'id': 'z', 'model': 'other'}]},"
    " 'budget': {'max_cost': 100, 'allow_unknown_price': true}}";

static const char FAULTY[] =
    "{'schema_version': 2, 'id': '', 'x': 1, 'members': [{'id': 'a', 'profile': 'q'}, {'id': 'b',"
    " 'sub_council': 'inner', 'recuse': ['c']}], 'rounds': [{'type': 'vote'}, {'type': 'y'}]}";

static const char AUTO[] =
    "{'auto': {'schema_version': 1, 'id': 'pick', 'strategy': 'rules', 'catalog': 'all'}}";

/* The k-th allocation fails, for every k; ends when the whole thing went through. */
static void assert_survives(const char *text, const char *options, int expected)
{
    struct fixture f;
    fixture_init(&f, FILES);
    json_t *council = parse(text), *opts = parse(options);
    struct council_request request = {.council = council, .options = opts};
    int r;
    long k = 0;
    do {
        struct council_plan plan;
        struct council_faults faults;
        left = k++;
        failed = false;
        r = council_resolve(&f.context, &request, &plan, &faults);
        left = -1;
        assert_int_equal(r, failed ? -ENOMEM : expected);
        if (r == 0)
            council_plan_release(&plan);
        if (r == -ENOMEM)
            assert_int_equal(faults.council.count, 0);
        council_faults_release(&faults);
        if (failed && r != -ENOMEM)
            print_error("allocation %ld\n", k);
    } while (failed);
    assert_true(k > 100);
    json_decref(council);
    json_decref(opts);
    fixture_release(&f);
}

static void every_allocation(void **state)
{
    (void)state;
    assert_survives(VALID, "{'overrides': {'seats': {'a': {'tier': 'nano'}}}}", 0);
    assert_survives(FAULTY, "{}", -EINVAL);
    assert_survives(AUTO, "{}", 0);
    assert_survives(VALID, "{'colour': 1, 'overrides': {'seats': {'q': {'tier': 'nano'}}}}",
                    -EINVAL);
}

static void a_configuration(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FILES);
    json_t *defaults = parse("{'temperature': 1}"), *budget = parse("{'max_calls': 7}");
    f.context.defaults = defaults;
    f.context.budget = budget;
    failed = true;
    for (long k = 0; failed; k++) {
        struct error err = {0};
        left = k;
        failed = false;
        const int r = council_check_configuration(&f.context, &err);
        left = -1;
        assert_int_equal(r, failed ? -ENOMEM : 0);
        if (failed)
            assert_string_equal(err.text, "cannot check the configuration: Cannot allocate memory");
    }
    json_decref(defaults);
    json_decref(budget);
    fixture_release(&f);
}

/* There are very many of them: some have to do. */
static void the_schema(void **state)
{
    (void)state;
    enum { FIRST = 60, STEP = 101 };
    char *whole = council_json_schema_text();
    failed = true;
    for (long k = 0; failed; k += k < FIRST ? 1 : STEP) {
        left = k;
        failed = false;
        char *text = council_json_schema_text();
        left = -1;
        if (text && strcmp(text, whole) != 0)
            fail_msg("allocation %ld: it is not whole", k);
        assert_true(text || failed);
        free(text);
    }
    free(whole);
}

/* What is made of an auto document for the run that chooses. */
static void hosts(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FILES);
    struct council_plan plan = resolve_with(&f, AUTO, NULL);
    json_t *made[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        for (long k = 0; !made[i]; k++) {
            left = k;
            failed = false;
            made[i] = i ? auto_host_round(3) : auto_host_council(plan.document);
            left = -1;
            assert_int_equal(made[i] == NULL, failed);
        }
        json_decref(made[i]);
    }
    council_plan_release(&plan);
    fixture_release(&f);
}

/* Calls `load` with the k-th allocation failing, for every k; what it makes is a catalogue. */
static void assert_loads(int (*load)(struct catalogue **ret, struct error *err))
{
    long k = 0;
    failed = true;
    while (failed) {
        struct catalogue *c = NULL;
        struct error err = {0};
        left = k++;
        failed = false;
        int r = load(&c, &err);
        left = -1;
        if (r == 0) { /* of a text that it has no memory to read jansson says that it is broken */
            bool good = catalogue_get(c, CATALOGUE_PROFILES, "p") != NULL;
            assert_int_equal(catalogue_fault_of(c, CATALOGUE_PROFILES, "p") == NULL, good);
            assert_true(good || failed);
        }
        if (r < 0) {
            assert_int_equal(r, -ENOMEM);
            assert_true(failed);
            assert_string_equal(err.text, "out of memory");
            assert_null(c);
        }
        catalogue_free(c);
    }
    assert_true(k > 10);
}

static char folder[64];
static json_t *documents;

static int from_files(struct catalogue **ret, struct error *err)
{
    const char *const directories[] = {folder};
    return catalogue_load(directories, 1, ret, err);
}

static int from_documents(struct catalogue **ret, struct error *err)
{
    return catalogue_from_json(documents, ret, err);
}

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/profiles/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_files(const char *const *names)
{
    char path[128];
    for (; *names; names++) {
        snprintf(path, sizeof path, "%s/%s", folder, *names);
        assert_int_equal(remove(path), 0);
    }
}

static void catalogues(void **state)
{
    (void)state;
    char path[128];
    static const char *const NAMES[] = {"profiles/p.json",
                                        "profiles/no.json",
                                        "profiles/- .json",
                                        "profiles/l.json",
                                        "profiles",
                                        "",
                                        NULL};
    snprintf(folder, sizeof folder, "/tmp/councild-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/profiles", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file("p.json", "{\"provider\": \"mock\", \"stop\": [\"a\", 1, true]}");
    write_file("no.json", "{\"provider\": }");
    write_file("- .json", "{}");
    write_file("l.json", "[]");
    assert_loads(from_files);
    remove_files(NAMES);
    documents = parse(FILES);
    assert_loads(from_documents);
    json_decref(documents);
}

static void lists(void **state)
{
    (void)state;
    struct fixture f;
    json_t *list = NULL;
    fixture_init(&f, FILES);
    for (long k = 0; !list; k++) {
        left = k;
        failed = false;
        list = catalogue_list(f.catalogue, CATALOGUE_COUNCILS);
        left = -1;
        assert_int_equal(list == NULL, failed);
    }
    assert_json(list, "", "[{'name': 'inner', 'description': ''}]");
    json_decref(list);
    fixture_release(&f);
}

static void hashes(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, FILES);
    struct council_plan plan = resolve_with(&f, VALID, NULL);
    char hash[SHA256_HEX_SIZE];
    int r = -ENOMEM;
    for (long k = 0; r < 0; k++) {
        left = k;
        failed = false;
        r = council_ask_sha256(plan.document, hash);
        left = -1;
        assert_int_equal(r, failed ? -ENOMEM : 0);
    }
    council_plan_release(&plan);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation),
        cmocka_unit_test(a_configuration),
        cmocka_unit_test(the_schema),
        cmocka_unit_test(hosts),
        cmocka_unit_test(hashes),
        cmocka_unit_test(catalogues),
        cmocka_unit_test(lists),
    };
    json_set_alloc_funcs(malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
