/* How large a document may be, and what it may cost to refuse one: others wait for it, and a small
 * document must not become a large one. */
#include "support.h"

#include "cpu_time.h"
#include "proto/json/json_tree.h"

static void repeated(json_t *array, size_t n, const char *text)
{
    json_t *one = parse(text);
    for (size_t i = 0; i < n; i++)
        json_array_append(array, one);
    json_decref(one);
}

static int refused(struct fixture *f, const json_t *document, struct council_faults *faults)
{
    struct council_plan plan;
    struct council_request request = {.council = document};
    return council_resolve(&f->context, &request, &plan, faults);
}

/* What refusing a document costs, in times of what making a tree of its text did: others wait for
 * both. The least of some tries. */
static double cost(struct fixture *f, const json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT);
    double least = 1e9;
    for (int i = 0; i < 5; i++) {
        json_t *tree;
        struct council_faults faults;
        const double begun = cpu_ms();
        assert_int_equal(json_span_load((struct json_span){.at = text, .len = strlen(text)}, &tree),
                         0);
        const double loaded = cpu_ms();
        assert_int_equal(refused(f, tree, &faults), -EINVAL);
        const double times = (cpu_ms() - loaded) / (loaded - begun);
        least = times < least ? times : least;
        council_faults_release(&faults);
        json_decref(tree);
    }
    free(text);
    return least;
}

/* Each of them got its texts, with all fields that there are, and was then thrown away. */
static void thousands_of_faults_cost_little(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    json_t *document = parse("{" HEAD MEMBERS3 ", " ROUNDS "}");
    for (int i = 0; i < 18000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "x%d", i);
        json_object_set_new(document, name, json_true());
    }
    const double times = cost(&f, document);
    if (times >= 2)
        fail_msg("refusing costs %.1f times what reading does", times);
    json_decref(document);
    fixture_release(&f);
}

/* They were copied and written for each of the seats: a small document became one of 13 MB. */
static void options_that_many_seats_share_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    struct council_faults faults;
    fixture_init(&f, NULL);
    json_t *document = parse("{" HEAD "'members': [], " ROUNDS ", 'profiles': {'p': {'provider': "
                             "'mock', 'model': 'm', 'provider_options': {}}}}");
    json_t *profile = json_object_get(json_object_get(document, "profiles"), "p");
    for (int i = 0; i < 15000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "x%d", i);
        json_object_set_new(json_object_get(profile, "provider_options"), name, json_integer(i));
    }
    for (int i = 0; i < 64; i++)
        json_array_append_new(
            json_object_get(document, "members"),
            json_pack("{s:o, s:s}", "id", json_sprintf("m%d", i), "profile", "p"));
    assert_int_equal(refused(&f, document, &faults), -EINVAL);
    assert_string_equal(faults.council.at[faults.council.count - 1].path,
                        "/profiles/p/provider_options");
    assert_string_equal(faults.council.at[faults.council.count - 1].code, "too_long");
    council_faults_release(&faults);
    json_decref(document);
    fixture_release(&f);
}

static void cut_at_a_hundred(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    struct council_faults faults;
    json_t *document = parse("{" HEAD MEMBERS3 ", " ROUNDS "}");
    for (int i = 0; i < 150; i++) {
        char name[16];
        snprintf(name, sizeof(name), "x%d", i);
        json_object_set_new(document, name, json_true());
    }
    assert_int_equal(refused(&f, document, &faults), -EINVAL);
    assert_int_equal(faults.council.count, FAULTS_SHOWN + 1);
    assert_string_equal(faults.council.at[FAULTS_SHOWN].code, "too_many_errors");
    council_faults_release(&faults);
    json_decref(document);
    fixture_release(&f);
}

static void assert_one(struct fixture *f, json_t *document, const char *path, const char *code)
{
    struct council_faults faults;
    assert_int_equal(refused(f, document, &faults), -EINVAL);
    print_faults(&(struct council_faults){.council = {.count = 0}});
    assert_int_equal(faults.council.count, 1);
    assert_string_equal(faults.council.at[0].path, path);
    assert_string_equal(faults.council.at[0].code, code);
    council_faults_release(&faults);
    json_decref(document);
}

static void limits(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    json_t *document = parse("{" HEAD MEMBERS3 ", " ROUNDS "}");
    json_t *metadata = json_array();
    repeated(metadata, 20001, "1");
    json_object_set_new(document, "metadata", json_pack("{s:o}", "x", metadata));
    assert_one(&f, document, "", "document_too_large");

    document = parse("{" HEAD MEMBERS3 ", " ROUNDS "}");
    json_t *deep = json_array();
    for (int i = 0; i < 48; i++)
        deep = json_pack("[o]", deep);
    json_object_set_new(document, "metadata", json_pack("{s:o}", "x", deep));
    assert_one(&f, document, "", "too_deep");

    document = parse("{" HEAD ROUNDS "}");
    json_t *members = json_array();
    repeated(members, 65, "{'id': 'a', 'provider': 'mock', 'model': 'x'}");
    json_object_set_new(document, "members", members);
    assert_one(&f, document, "/members", "too_many_items");

    document = parse("{" HEAD MEMBERS3 ", " ROUNDS "}");
    char *text = malloc(4002);
    memset(text, 'x', 4001);
    text[4001] = '\0';
    json_object_set_new(document, "description", json_string(text));
    free(text);
    assert_one(&f, document, "/description", "too_long");

    f.context.max_planned_calls = 5;
    document = parse(CHAIRED("{'type': 'anonymized_peer_review'}"));
    assert_one(&f, document, "", "too_many_calls");
    fixture_release(&f);
}

/* 4 characters are 4 characters, however many bytes each takes. */
static bool is_too_long(struct fixture *f, const char *provider, size_t len)
{
    struct council_plan plan;
    struct council_faults faults;
    char text[8192];
    bool found = false;
    json_t *document = parse("{" HEAD "'members': [{'id': 'a', 'model': 'm'}], " ROUNDS "}");
    json_t *member = json_array_get(json_object_get(document, "members"), 0);
    memset(text, 'x', len);
    text[len - strlen("{\"user\":\"\"}")] = '\0';
    json_object_set_new(member, "provider", json_string(provider));
    json_object_set_new(member, "provider_options", json_pack("{s:s}", "user", text));
    struct council_request request = {.council = document};
    if (council_resolve(&f->context, &request, &plan, &faults) == 0)
        council_plan_release(&plan);
    for (size_t i = 0; i < faults.council.count; i++)
        found |= strcmp(faults.council.at[i].code, "too_long") == 0;
    council_faults_release(&faults);
    json_decref(document);
    return found;
}

/* They go out with each call; those of the mock go nowhere. */
static void options_of_a_provider_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    assert_false(is_too_long(&f, "openai", 4096));
    assert_true(is_too_long(&f, "openai", 4097));
    assert_false(is_too_long(&f, "mock", 4097));
    fixture_release(&f);
}

static void length_in_characters(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    json_t *document = parse("{" HEAD MEMBERS3 ", " ROUNDS "}");
    char name[401] = "";
    for (int i = 0; i < 400; i += 2)
        memcpy(name + i, "\xc3\xa4", 2);
    name[400] = '\0';
    json_object_set_new(document, "name", json_string(name));
    struct council_plan plan;
    struct council_faults faults;
    struct council_request request = {.council = document};
    assert_int_equal(council_resolve(&f.context, &request, &plan, &faults), 0);
    council_plan_release(&plan);
    json_decref(document);
    fixture_release(&f);
}

static void a_council_of_a_mebibyte(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    json_t *document = parse("{" HEAD MEMBERS3 ", " ROUNDS "}");
    size_t n = 1 << 20;
    char *text = malloc(n + 1);
    memset(text, 's', n);
    text[n] = '\0';
    json_object_set_new(at(document, "/members/0"), "system_prompt", json_string(text));
    free(text);
    struct council_plan plan;
    struct council_faults faults;
    struct council_request request = {.council = document};
    assert_int_equal(council_resolve(&f.context, &request, &plan, &faults), 0);
    council_plan_release(&plan);
    json_decref(document);
    fixture_release(&f);
}

/* Named councils make it cheap to write down millions of seats. */
static void seats_over_all_levels(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    json_t *councils = json_object();
    static const char *const NAMES[] = {"s1", "s2", "s3"};
    for (int k = 0; k < 3; k++) {
        json_t *members = json_array();
        for (int i = 0; i < 64; i++) {
            json_t *member = parse(k ? "{}" : "{'provider': 'mock', 'model': 'x'}");
            if (k)
                json_object_set_new(member, "sub_council", json_string(NAMES[k - 1]));
            json_object_set_new(member, "id", json_sprintf("m%d", i));
            json_array_append_new(members, member);
        }
        json_t *council = parse("{'schema_version': 1, " ROUNDS "}");
        json_object_set_new(council, "id", json_string(NAMES[k]));
        json_object_set_new(council, "members", members);
        json_object_set_new(councils, NAMES[k], council);
    }
    json_object_set_new(f.files, "councils", councils);
    catalogue_free(f.catalogue);
    assert_int_equal(catalogue_from_json(f.files, &f.catalogue, NULL), 0);
    f.context.catalogue = f.catalogue;
    struct council_faults faults;
    json_t *name = json_string("s3");
    assert_int_equal(refused(&f, name, &faults), -EINVAL);
    bool found = false;
    for (size_t i = 0; i < faults.council.count; i++)
        found |= strcmp(faults.council.at[i].code, "too_many_items") == 0;
    assert_true(found);
    council_faults_release(&faults);
    json_decref(name);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_a_hundred),
        cmocka_unit_test(thousands_of_faults_cost_little),
        cmocka_unit_test(options_that_many_seats_share_are_bounded),
        cmocka_unit_test(limits),
        cmocka_unit_test(options_of_a_provider_are_bounded),
        cmocka_unit_test(length_in_characters),
        cmocka_unit_test(a_council_of_a_mebibyte),
        cmocka_unit_test(seats_over_all_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
