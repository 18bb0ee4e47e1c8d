/* The nine layers of a seat's fields: a layer out of order would run another model than the one
 * that was asked for. */
#include "heap_kept.h"
#include "support.h"

/* Every layer gives max_tokens its own number. */
enum layer {
    OPERATOR,
    OPTIONS_DEFAULTS,
    DEFAULT_PROFILE,
    PROFILE,
    OVERRIDES,
    SEAT,
    ALL,
    SEATS,
    COUNT
};

static json_t *bundle(enum layer layer)
{
    return json_pack("{s:i}", "max_tokens", 100 + (int)layer);
}

static void set(json_t *object, const char *key, json_t *value)
{
    assert_int_equal(json_object_set_new(object, key, value), 0);
}

/* Resolves with the layers of `mask`; the seat's max_tokens, or -1 for null. */
static json_int_t resolved_with(unsigned mask)
{
    struct fixture f;
    fixture_init(&f, NULL);
    json_t *council = parse("{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'}],"
                            " 'rounds': [{'type': 'independent_analysis'}]}");
    json_t *options = json_object(), *overrides = json_object(), *profiles = json_object();
    json_t *seat = at(council, "/members/0");
    if (mask & 1U << OPERATOR)
        f.context.defaults = f.defaults = bundle(OPERATOR);
    if (mask & 1U << OPTIONS_DEFAULTS)
        set(options, "defaults", bundle(OPTIONS_DEFAULTS));
    if (mask & 1U << DEFAULT_PROFILE) {
        set(profiles, "low", bundle(DEFAULT_PROFILE));
        set(council, "default_profile", json_string("low"));
    }
    if (mask & 1U << PROFILE) {
        set(profiles, "high", bundle(PROFILE));
        set(seat, "profile", json_string("high"));
    }
    if (mask & 1U << OVERRIDES)
        set(seat, "profile_overrides", bundle(OVERRIDES));
    if (mask & 1U << SEAT)
        set(seat, "max_tokens", json_integer(100 + SEAT));
    if (mask & 1U << ALL)
        set(overrides, "all", bundle(ALL));
    if (mask & 1U << SEATS)
        set(overrides, "seats", json_pack("{s:o}", "a", bundle(SEATS)));
    set(council, "profiles", profiles);
    set(options, "overrides", overrides);
    struct council_request request = {.council = council, .options = options};
    struct council_plan plan;
    struct council_faults faults;
    int r = council_resolve(&f.context, &request, &plan, &faults);
    print_faults(&faults);
    assert_int_equal(r, 0);
    json_t *got = at(plan.document, "/members/0/max_tokens");
    json_int_t number = json_is_null(got) ? -1 : json_integer_value(got);
    council_plan_release(&plan);
    json_decref(council);
    json_decref(options);
    fixture_release(&f);
    return number;
}

static void each_pair_of_neighbours(void **state)
{
    (void)state;
    assert_int_equal(resolved_with(0), -1);
    for (int layer = 0; layer < COUNT; layer++)
        assert_int_equal(resolved_with(1U << layer), 100 + layer);
    for (int layer = 0; layer + 1 < COUNT; layer++)
        assert_int_equal(resolved_with(3U << layer), 100 + layer + 1);
    for (int layer = 0; layer < COUNT; layer++) /* all layers up to this one */
        assert_int_equal(resolved_with((2U << layer) - 1), 100 + layer);
}

#define ONE(profile, seat)                                                                         \
    "{" HEAD "'profiles': {'p': {'provider': 'mock', 'model': 'x', " profile "}},"                 \
    " 'members': [{'id': 'a', 'profile': 'p', " seat "}],"                                         \
    " 'rounds': [{'type': 'independent_analysis'}]}"

static void assert_seat(struct fixture *f, const char *council, const char *field,
                        const char *expected)
{
    struct council_plan plan = resolve_with(f, council, NULL);
    assert_json(at(plan.document, "/members/0"), field, expected);
    council_plan_release(&plan);
}

static void keys_merge_and_lists_do_not(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    assert_seat(&f, ONE("'retry': {'max_attempts': 5, 'base_ms': 7}", "'retry': {'base_ms': 9}"),
                "/retry",
                "{'max_attempts': 5, 'base_ms': 9, 'max_ms': 30000, 'retry_after_max_ms': 60000}");
    assert_seat(&f,
                ONE("'fallback': [{'provider': 'mock', 'model': 'y'}]",
                    "'fallback': [{'provider': 'mock', 'model': 'z'}]"),
                "/fallback/0/model", "'z'");
    assert_seat(&f, ONE("'provider_options': {'a': 1}", "'provider_options': {'b': 2}"),
                "/provider_options", "{'b': 2}");
    fixture_release(&f);
}

static void null_resets(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    assert_seat(&f, ONE("'temperature': 1, 'stream': false", "'stream': null"), "/stream", "true");
    assert_seat(&f, ONE("'temperature': 1", "'temperature': null"), "/temperature", "null");
    assert_seat(&f, ONE("'retry': {'base_ms': 7}", "'retry': null"), "/retry/base_ms", "1000");
    assert_faults(&f, ONE("'top_p': 1", "'provider': null"), "/members/0 missing_provider");
    fixture_release(&f);
}

static void a_new_model_drops_price_and_tier(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    struct council_plan plan = resolve_with(
        &f, ONE("'tier': 'large', 'price': {'input': 9, 'output': 9}", "'model': 'cheap'"), NULL);
    assert_json(plan.document, "/members/0/provider", "'mock'");
    assert_json(plan.document, "/members/0/tier", "'mid'");
    assert_json(plan.document, "/members/0/price",
                "{'input': 0.1, 'output': 0.2, 'cached_input': 0.05}");
    assert_json(plan.warnings, "/0/code", "'tier_unknown'");
    council_plan_release(&plan);
    assert_seat(&f, ONE("'tier': 'large', 'price': {'input': 9, 'output': 9}", "'model': 'x'"),
                "/tier", "'large'");
    assert_seat(&f, ONE("'tier': 'large'", "'model': 'y', 'tier': 'nano'"), "/tier", "'nano'");
    fixture_release(&f);
}

static void inherited_limits_are_capped(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    assert_seat(&f, ONE("'top_p': 1", "'timeouts': {'total_ms': 50000}"), "/timeouts",
                "{'total_ms': 50000, 'attempt_ms': null, 'first_token_ms': 50000,"
                " 'stall_ms': 50000}");
    assert_seat(&f,
                ONE("'timeouts': {'stall_ms': 2000}", "'timeouts': {'total_ms': 1000,"
                                                      " 'first_token_ms': null}"),
                "/timeouts",
                "{'total_ms': 1000, 'attempt_ms': null, 'first_token_ms': null,"
                " 'stall_ms': 1000}");
    fixture_release(&f);
}

static void council_tools_reach_every_seat(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "{'tools': {'run': {'kind': 'command', 'argv': ['/bin/x', 'secret'],"
                     " 'description': 'runs', 'parameters': {'type': 'object'}, 'env': {'A': 'b'},"
                     " 'credentials': ['KEY'], 'read': ['/r'], 'write': ['/w'], 'network': [443],"
                     " 'disk_bytes': 100000}}}");
    struct council_plan plan = resolve_with(
        &f,
        "{" HEAD "'tools': ['run', {'name': 'find', 'kind': 'docs', 'description': 'd'}],"
        " 'members': [{'id': 'a', 'provider': 'mock', 'model': 'x', 'tools': [{'name': 'find',"
        " 'kind': 'docs', 'description': 'own'}], 'tool_choice': 'run'}],"
        " 'rounds': [{'type': 'independent_analysis'}], " CHAIR_MOCK "}",
        NULL);
    assert_int_equal(json_array_size(at(plan.document, "/members/0/tools")), 2);
    assert_json(plan.document, "/members/0/tools/0/description", "'own'");
    assert_json(plan.document, "/members/0/tools/1",
                "{'name': 'run', 'kind': 'command', 'description': 'runs', 'parameters':"
                " {'type': 'object'}, 'idempotent': false, 'documents': null}");
    assert_json(plan.document, "/chair/tools/1/name", "'find'");
    assert_null(at(plan.catalogue, "/tools/run/argv"));
    assert_json(plan.tools, "/run/argv", "['/bin/x', 'secret']");
    /* What a program may do is nobody's business but the keeper's. */
    assert_json(plan.catalogue, "/tools/run",
                "{'kind': 'command', 'description': 'runs', 'parameters': {'type': 'object'}}");
    assert_json(plan.tools, "/run/network", "[443]");
    council_plan_release(&plan);
    fixture_release(&f);
}

/* The document hides the catalogue, the catalogue hides what is built in. */
static void order_of_look_up(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "{'profiles': {'p': {'provider': 'openai', 'model': 'far'}},"
                     " 'schemas': {'consensus': {'type': 'object', 'title': 'ours'}},"
                     " 'rounds': {'vote': {'type': 'vote', 'opts': {'question': 'q?',"
                     "   'options': ['a', 'b'], 'allow_abstain': true}}},"
                     " 'mappers': {'m': {'pointer': '/q', 'description': 'd'}},"
                     " 'routers': {'two': {'kind': 'sample', 'k': 2}}}");
    assert_seat(&f, ONE("'top_p': 1", "'top_p': 0.5"), "/provider", "'mock'");
    struct council_plan plan = resolve_with(
        &f,
        "{" HEAD "'members': [{'id': 'a', 'profile': 'p', 'output_schema': 'consensus'},"
        " {'id': 'b', 'profile': 'p', 'output_schema': 'dissent_report', 'input_mapper':"
        "  'm'}],"
        " 'rounds': [{'type': 'independent_analysis', 'router': 'two'}, {'type': 'vote',"
        "  'opts': {'allow_abstain': false}}]}",
        NULL);
    assert_json(plan.document, "/members/0/model", "'far'");
    assert_json(plan.document, "/members/0/output_schema", "null");
    assert_json(plan.document, "/members/0/output_schema_inline/title", "'ours'");
    assert_json(plan.document, "/members/1/output_schema_inline/required/0", "'answer'");
    assert_json(plan.document, "/members/1/input_mapper", "{'pointer': '/q'}");
    assert_json(plan.document, "/rounds/0/router", "{'kind': 'sample', 'k': 2}");
    assert_json(plan.document, "/rounds/1/opts/question", "'q?'");
    assert_json(plan.document, "/rounds/1/opts/allow_abstain", "false");
    assert_json(plan.document, "/rounds/1/opts/options/1", "{'id': 'b', 'text': 'b'}");
    assert_int_equal(json_object_size(plan.catalogue), 5);
    council_plan_release(&plan);
    fixture_release(&f);
}

static void expect_message(struct fixture *f, const char *seat, const char *message)
{
    char council[400];
    struct council_plan plan;
    struct council_faults faults;
    snprintf(council, sizeof council, "{" HEAD "'members': [{'id': 'a', %s}], " ROUNDS "}", seat);
    json_t *document = parse(council);
    struct council_request request = {.council = document};
    assert_int_equal(council_resolve(&f->context, &request, &plan, &faults), -EINVAL);
    assert_int_equal(faults.council.count, 1);
    if (strncmp(faults.council.at[0].message, message, strlen(message)) != 0)
        fail_msg("%s: %s", message, faults.council.at[0].message);
    council_faults_release(&faults);
    json_decref(document);
}

/* Whoever wrote it looks there. */
static void a_fault_is_told_where_it_stands(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "{'profiles': {'p': {'provider': 'nope'}}}");
    expect_message(&f, "'model': 'm', 'provider': 'nope'", "No provider ");
    json_t *defaults = parse("{'provider': 'nope'}");
    f.context.defaults = defaults;
    expect_message(&f, "'model': 'm'", "In configuration/defaults at /provider: No ");
    json_decref(defaults);
    f.context.defaults = NULL;
    expect_message(&f, "'profile': 'p', 'model': 'm'", "In profiles/p at /provider: No ");
    fixture_release(&f);
}

/* Where the fields of one layer fit what the others gave, or not, is known behind the merge. */
static void a_fault_of_the_merge_names_its_layer(void **state)
{
    (void)state;
#define MEMBER(fields)                                                                             \
    "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'm'" fields "}], " ROUNDS
#define CHOICE   "{'tool_choice': 'hammer'}"
#define PROFILES ", 'profiles': {'p': " CHOICE "}"
    static const struct {
        const char *defaults, *council, *options, *path, *inside;
    } ROWS[] = {
        {CHOICE, MEMBER("") "}", "{}", "/members/0", "In configuration/defaults at /tool_choice: "},
        {"{}", MEMBER("") "}", "{'defaults': " CHOICE "}", "/members/0",
         "In options/defaults at /tool_choice: "},
        {"{}", MEMBER("") ", 'default_profile': 'far'}", "{}", "/default_profile",
         "In profiles/far at /tool_choice: "},
        {"{}", MEMBER("") ", 'default_profile': 'p'" PROFILES "}", "{}", "/profiles/p/tool_choice",
         ""},
        {"{}", MEMBER(", 'profile': 'far'") "}", "{}", "/members/0/profile",
         "In profiles/far at /tool_choice: "},
        {"{}", MEMBER(", 'profile': 'p'") PROFILES "}", "{}", "/profiles/p/tool_choice", ""},
        {"{}", MEMBER(", 'profile_overrides': " CHOICE) "}", "{}",
         "/members/0/profile_overrides/tool_choice", ""},
        {"{}", MEMBER(", 'tool_choice': 'hammer'") "}", "{}", "/members/0/tool_choice", ""},
        {"{}", MEMBER("") "}", "{'overrides': {'all': " CHOICE "}}", "/members/0",
         "In options/overrides/all at /tool_choice: "},
        {"{}", MEMBER("") "}", "{'overrides': {'seats': {'a': " CHOICE "}}}", "/members/0",
         "In options/overrides/seats at /tool_choice: "},
    };
#undef MEMBER
#undef PROFILES
    struct fixture f;
    fixture_init(&f, "{'profiles': {'far': " CHOICE "}}");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct council_plan plan;
        struct council_faults faults;
        char expected[256], got[256];
        json_t *council = parse(ROWS[i].council), *options = parse(ROWS[i].options);
        json_t *defaults = parse(ROWS[i].defaults);
        f.context.defaults = defaults;
        struct council_request request = {.council = council, .options = options};
        assert_int_equal(council_resolve(&f.context, &request, &plan, &faults), -EINVAL);
        assert_int_equal(faults.council.count, 1);
        const struct fault *one = &faults.council.at[0];
        snprintf(got, sizeof got, "%s %s %s", one->path, one->code, one->message);
        snprintf(expected, sizeof expected,
                 "%s bad_tool_choice %sThe seat has no tool \"hammer\": "
                 "choose auto, required, none, or one that it has.",
                 ROWS[i].path, ROWS[i].inside);
        assert_string_equal(got, expected);
        council_faults_release(&faults);
        json_decref(council);
        json_decref(options);
        json_decref(defaults);
    }
    fixture_release(&f);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(each_pair_of_neighbours);
    assert_keeps_nothing(keys_merge_and_lists_do_not);
    assert_keeps_nothing(null_resets);
    assert_keeps_nothing(a_new_model_drops_price_and_tier);
    assert_keeps_nothing(inherited_limits_are_capped);
    assert_keeps_nothing(council_tools_reach_every_seat);
    assert_keeps_nothing(order_of_look_up);
    assert_keeps_nothing(a_fault_of_the_merge_names_its_layer);
}

static void a_good_configuration_has_no_fault(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = {0};
    fixture_init(&f, NULL);
    assert_int_equal(council_check_configuration(&f.context, &err), 0);
    f.defaults = parse("{'temperature': 0.5}");
    f.budget = parse("{'max_calls': 9}");
    f.context.defaults = f.defaults;
    f.context.budget = f.budget;
    assert_int_equal(council_check_configuration(&f.context, &err), 0);
    f.context.budget = f.defaults;
    assert_int_equal(council_check_configuration(&f.context, &err), -EINVAL);
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pair_of_neighbours),
        cmocka_unit_test(keys_merge_and_lists_do_not),
        cmocka_unit_test(null_resets),
        cmocka_unit_test(a_new_model_drops_price_and_tier),
        cmocka_unit_test(inherited_limits_are_capped),
        cmocka_unit_test(council_tools_reach_every_seat),
        cmocka_unit_test(order_of_look_up),
        cmocka_unit_test(a_fault_is_told_where_it_stands),
        cmocka_unit_test(a_fault_of_the_merge_names_its_layer),
        cmocka_unit_test(nothing_is_kept),
        cmocka_unit_test(a_good_configuration_has_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
