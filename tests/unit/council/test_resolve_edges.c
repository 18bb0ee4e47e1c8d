/* Limits from three sides, warnings at the very number from which on they are due, and what goes
 * over to the runner: one that is lost or turned round spends another's money. */
#include "support.h"

#include <stdlib.h>

#include "heap_kept.h"
#include "proto/council/auto_host.h"
#include "proto/council/council_spec.h"
#include "proto/council/reliability.h"

#define COUNCIL(more) "{" HEAD MEMBERS3 ", " ROUNDS more "}"

static const struct {
    const char *operator, * council, *options, *field, *wanted;
} BUDGETS[] = {
    {NULL, NULL, NULL, "/budget/max_calls", "null"},
    {"{'max_calls': 50}", NULL, NULL, "/budget/max_calls", "50"},
    {"{'max_calls': 50}", "{'max_calls': 51}", NULL, "/budget/max_calls", "50"},
    {"{'max_calls': 50}", "{'max_calls': 49}", NULL, "/budget/max_calls", "49"},
    {"{'max_calls': 50}", NULL, "{'max_calls': 51}", "/budget/max_calls", "50"},
    {"{'max_calls': 50}", "{'max_calls': 60}", "{'max_calls': 48}", "/budget/max_calls", "48"},
    {NULL, "{'max_calls': 60}", "{'max_calls': 70}", "/budget/max_calls", "60"},
    {NULL, "{'max_calls': null}", "{'max_calls': 70}", "/budget/max_calls", "70"},
    {"{'max_tokens': 600000}", "{'max_tokens': 500000}", NULL, "/budget/max_tokens", "500000"},
    {"{'max_tokens': 400000}", "{'max_tokens': 500000}", NULL, "/budget/max_tokens", "400000"},
    {"{'deadline_ms': 70000}", "{'deadline_ms': 80000}", NULL, "/budget/deadline_ms", "70000"},
    {"{'deadline_ms': 70000}", "{'deadline_ms': 60000}", NULL, "/budget/deadline_ms", "60000"},
    {NULL, "{'max_cost': 5, 'allow_unknown_price': true}", "{'max_cost': 4.5}", "/budget/max_cost",
     "4.5"},
    {"{'max_cost': 3}", "{'max_cost': 5, 'allow_unknown_price': true}", NULL, "/budget/max_cost",
     "3"},
    {NULL, "{'allow_unknown_price': true}", NULL, "/budget/allow_unknown_price", "true"},
    {"{'allow_unknown_price': true}", NULL, NULL, "/budget/allow_unknown_price", "true"},
    {"{'allow_unknown_price': false}", "{'allow_unknown_price': true}", NULL,
     "/budget/allow_unknown_price", "false"},
    {"{'allow_unknown_price': true}", "{'allow_unknown_price': false}", NULL,
     "/budget/allow_unknown_price", "false"},
    {"{'allow_unknown_price': true}", NULL, "{'allow_unknown_price': false}",
     "/budget/allow_unknown_price", "false"},
    {NULL, "{'allow_unknown_price': true}", "{'allow_unknown_price': false}",
     "/budget/allow_unknown_price", "false"},
    {NULL, NULL, NULL, "/budget/chair_reserve", "0.0"},
    {"{'chair_reserve': 0.25}", NULL, NULL, "/budget/chair_reserve", "0.25"},
    {"{'chair_reserve': 0.25}", "{'chair_reserve': 0.5}", NULL, "/budget/chair_reserve", "0.5"},
    {NULL, "{'chair_reserve': 0.25}", "{'chair_reserve': 0.5}", "/budget/chair_reserve", "0.5"},
    {"{'chair_reserve': 0.5}", NULL, "{'chair_reserve': 0.25}", "/budget/chair_reserve", "0.25"},
};

static void whose_limit_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BUDGETS / sizeof BUDGETS[0]; i++) {
        struct fixture f;
        char council[1000], options[200];
        fixture_init(&f, NULL);
        if (BUDGETS[i].operator)
            f.context.budget = f.budget = parse(BUDGETS[i].operator);
        snprintf(council, sizeof council, COUNCIL(", 'budget': %s"),
                 BUDGETS[i].council ? BUDGETS[i].council : "{}");
        snprintf(options, sizeof options, "{'budget': %s}",
                 BUDGETS[i].options ? BUDGETS[i].options : "{}");
        struct council_plan plan = resolve_with(&f, council, options);
        assert_json(plan.document, BUDGETS[i].field, BUDGETS[i].wanted);
        council_plan_release(&plan);
        fixture_release(&f);
    }
}

static void what_a_chair_keeps(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    struct council_plan plan = resolve_with(&f, COUNCIL(", " CHAIR_MOCK), NULL);
    assert_json(plan.document, "/budget/chair_reserve", "0.2");
    council_plan_release(&plan);
    fixture_release(&f);
}

#define SEAT(id, rest) "{'id': '" id "', 'provider': 'mock', " rest "}"
#define MEMBERS(seats) "{" HEAD "'members': [" seats "], " ROUNDS "}"
#define TIMED(first, second, run)                                                                  \
    "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'independent_analysis', 'deadline_ms': " first        \
    "}, {'type': 'peer_review', 'deadline_ms': " second "}], 'budget': {'deadline_ms': " run "}}"
#define LONG(ms)                                                                                   \
    "{" HEAD "'members': [" SEAT("a", "'model': 'x', 'timeouts': {'total_ms': " ms                 \
                                      "}") "], " ROUNDS ", 'budget': {'deadline_ms': 60000}}"

#define INNER(id) "{'id': '" id "', 'sub_council': " MEMBERS(SEAT("m", "'model': 'x'")) "}"

static const struct {
    const char *council, *path, *code, *message; /* the only warning; NULL: there is none */
} WARNINGS[] = {
    {MEMBERS(SEAT("a", "'model': 'x'")), NULL, NULL, NULL},
    {MEMBERS(SEAT("a", "'model': 'x'") ", " SEAT("b", "'model': 'y'")), NULL, NULL, NULL},
    {MEMBERS(
         SEAT("a", "'model': 'x'") ", " SEAT("b", "'model': 'x'") ", " SEAT("c", "'model': 'y'")),
     NULL, NULL, NULL},
    {MEMBERS(SEAT("a", "'model': 'x'") ", " SEAT("b", "'model': 'x'")), "/members",
     "same_model_seats",
     "All members share one model; members of different models make different mistakes."},
    /* A council has no model, and the same model elsewhere is another. */
    {MEMBERS(INNER("a") ", " INNER("b")), NULL, NULL, NULL},
    {MEMBERS(SEAT("a", "'model': 'x'") ", " INNER("b")), NULL, NULL, NULL},
    {MEMBERS(INNER("a") ", " SEAT("b", "'model': 'x'")), NULL, NULL, NULL},
    {MEMBERS(SEAT("a", "'model': 'x'") ", {'id': 'b', 'provider': 'openai', 'model': 'x'}"), NULL,
     NULL, NULL},
    {TIMED("30000", "30000", "60000"), NULL, NULL, NULL},
    {TIMED("30000", "30001", "60000"), "", "deadline_tight",
     "The rounds' deadlines add up to 60001 ms, the run ends after 60000 ms."},
    {LONG("60000"), NULL, NULL, NULL},
    {LONG("60001"), "/members/0", "deadline_tight",
     "total_ms is beyond the end of the run (60000 ms)."},
    {MEMBERS(SEAT("a", "'model': 'x', 'weight': 2")), "/members/0", "weights_unused",
     "No round uses members' weights: ask for weights \"member\" or source \"static\"."},
};

static void when_a_warning_is_due(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof WARNINGS / sizeof WARNINGS[0]; i++) {
        struct fixture f;
        fixture_init(&f, NULL);
        struct council_plan plan = resolve_with(&f, WARNINGS[i].council, NULL);
        assert_int_equal(json_array_size(plan.warnings), WARNINGS[i].path != NULL);
        if (WARNINGS[i].path) {
            const json_t *one = json_array_get(plan.warnings, 0);
            assert_string_equal(json_string_value(at(one, "/path")), WARNINGS[i].path);
            assert_string_equal(json_string_value(at(one, "/code")), WARNINGS[i].code);
            assert_string_equal(json_string_value(at(one, "/message")), WARNINGS[i].message);
        }
        council_plan_release(&plan);
        fixture_release(&f);
    }
}

static void option_is(const char *council, const char *options, const char *field,
                      const char *message)
{
    struct fixture f;
    struct council_plan plan;
    struct council_faults faults;
    json_t *document = parse(council), *given = parse(options);
    struct council_request request = {.council = document, .options = given};
    fixture_init(&f, NULL);
    int r = council_resolve(&f.context, &request, &plan, &faults);
    assert_int_equal(r, field ? -EINVAL : 0);
    if (field) {
        assert_string_equal(faults.option_field, field);
        assert_string_equal(faults.option_message, message);
    } else {
        council_plan_release(&plan);
    }
    council_faults_release(&faults);
    json_decref(document);
    json_decref(given);
    fixture_release(&f);
}

static void which_seats_and_seeds(void **state)
{
    (void)state;
    static const char CHAIRED_BY[] =
        COUNCIL(", 'chair': {'id': 'boss', 'provider': 'mock', 'model': 'w', 'fallback_chairs':"
                " [{'id': 'vice', 'provider': 'mock', 'model': 'v'}]}");
    static const char *const SEATS[] = {"a", "b", "c", "boss", "vice"};
    char options[400], seed[140];
    for (size_t i = 0; i < sizeof SEATS / sizeof SEATS[0]; i++) {
        snprintf(options, sizeof options, "{'overrides': {'seats': {'%s': {}}}}", SEATS[i]);
        option_is(CHAIRED_BY, options, NULL, NULL);
    }
    option_is(CHAIRED_BY, "{'overrides': {'seats': {'a': {}, 'd': {}}}}",
              "/options/overrides/seats/d", "The council has no seat with this id.");
    for (size_t len = 0; len < 131; len++) {
        memset(seed, 's', sizeof seed);
        snprintf(options, sizeof options, "{'seed': '%.*s'}", (int)len, seed);
        const bool good = len >= 1 && len <= 128;
        option_is(COUNCIL(""), options, good ? NULL : "/options/seed",
                  "A seed has 1 to 128 bytes.");
    }
}

/* What resolving looks at goes to the runner, and comes out there as it went in. */
static void both_ways_over_the_spec(void **state)
{
    (void)state;
    struct fixture f;
    struct council_context back;
    struct error err = {0};
    fixture_init(&f, "{'profiles': {'p': {'temperature': 1}}}");
    json_t *allow = parse("{'x': ['y']}"), *spec = json_object(), *bare = json_object();
    f.context.defaults = f.defaults = parse("{'max_tokens': 77}");
    f.context.budget = f.budget = parse("{'max_calls': 9}");
    f.context.allow_options = allow;
    f.context.max_planned_calls = 123;
    f.context.max_parallel = 4;
    json_t *catalogue = parse("{'profiles': {'p': {'temperature': 1}}}");
    json_t *tools = parse("{'t': 1}"), *scores = parse("{'k': 0.5}");
    const struct council_plan plan = {.catalogue = catalogue,
                                      .providers = f.providers,
                                      .prices = f.prices,
                                      .tools = tools,
                                      .reliability = scores};
    assert_int_equal(council_spec_fill(spec, &f.context, &plan), 0);
    assert_int_equal(json_object_size(spec), 6);
    assert_json(spec, "/catalogue/profiles/p/temperature", "1");
    assert_true(json_equal(at(spec, "/providers"), f.providers));
    assert_true(json_equal(at(spec, "/prices"), f.prices));
    assert_json(spec, "/tools", "{'t': 1}");
    assert_json(spec, "/allow_options", "{'x': ['y']}");
    assert_json(spec, "/defaults",
                "{'bundle': {'max_tokens': 77}, 'budget': {'max_calls': 9}, 'reliability':"
                " {'k': 0.5}, 'max_planned_calls': 123, 'max_parallel': 4}");
    assert_int_equal(council_context_from_spec(spec, &back, &err), 0);
    assert_non_null(back.catalogue);
    assert_ptr_equal(back.providers, at(spec, "/providers"));
    assert_ptr_equal(back.prices, at(spec, "/prices"));
    assert_ptr_equal(back.allow_options, allow);
    assert_ptr_equal(back.defaults, f.defaults);
    assert_ptr_equal(back.budget, f.budget);
    assert_int_equal(back.max_planned_calls, 123);
    assert_int_equal(back.max_parallel, 4);
    council_context_release(&back);
    assert_null(back.catalogue);
    assert_null(back.providers);
    const struct council_context no_context = {0};
    const struct council_plan no_plan = {0};
    assert_int_equal(council_spec_fill(bare, &no_context, &no_plan), 0);
    assert_json(bare, "",
                "{'catalogue': {}, 'providers': {}, 'prices': {}, 'tools': {}, 'allow_options': {},"
                " 'defaults': {'bundle': {}, 'budget': {}, 'reliability': {},"
                " 'max_planned_calls': 0, 'max_parallel': 0}}");
    json_t *all[] = {allow, spec, bare, catalogue, tools, scores};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        json_decref(all[i]);
    fixture_release(&f);
}

static void who_hosts_a_choice(void **state)
{
    (void)state;
    json_t *document = parse("{'id': 'i', 'name': 'n', 'budget': {'max_calls': 7}}");
    json_t *kept = parse("{'id': 'i', 'name': null, 'budget': {'chair_reserve': 0.5}}");
    json_t *council = auto_host_council(document), *other = auto_host_council(kept);
    assert_json(council, "/id", "'i'");
    assert_json(council, "/name", "'n'");
    assert_json(council, "/members", "[]");
    assert_json(council, "/rounds", "[]");
    assert_json(council, "/budget/max_calls", "7");
    assert_json(council, "/budget/chair_reserve", "0.0");
    assert_json(other, "/budget/chair_reserve", "0.5");
    assert_json(document, "/budget", "{'max_calls': 7}");
    json_t *round = auto_host_round(3);
    assert_json(round, "/type", "'auto'");
    assert_json(round, "/name", "'auto'");
    assert_json(round, "/max_parallel", "3");
    json_t *options = parse("{'provider': 'p', 'model': 'm'}");
    json_t *seat = auto_host_embedder(options);
    assert_json(seat, "/id", "'embedding'");
    assert_json(seat, "/provider", "'p'");
    assert_json(seat, "/model", "'m'");
    assert_json(seat, "/retry/max_attempts", "2");
    json_t *all[] = {document, kept, council, other, round, options, seat};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        json_decref(all[i]);
}

static void what_is_wrong_with_a_store(void **state)
{
    (void)state;
    static const struct {
        const char *store, *why;
    } ROWS[] = {
        {"[]", "not an object"},
        {"{'k': 1}", "k: not an object of buckets"},
        {"{'k': {'b': {'failures': 1}}}", "k: b: needs the counts successes and failures"},
        {"{'k': {'b': {'successes': 0}}}", "k: b: needs the counts successes and failures"},
        {"{'k': {'b': {'successes': -1, 'failures': 0}}}",
         "k: b: needs the counts successes and failures"},
        {"{'k': {'b': {'successes': 0, 'failures': -1}}}",
         "k: b: needs the counts successes and failures"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct error err = {0};
        json_t *store = parse(ROWS[i].store);
        assert_int_equal(reliability_check(store, &err), -EINVAL);
        assert_string_equal(err.text, ROWS[i].why);
        json_decref(store);
    }
    json_t *store = parse("{'k': {'b': {'successes': 0, 'failures': 0}}, 'l': {}}");
    assert_int_equal(reliability_check(store, NULL), 0);
    json_decref(store);
}

#define AUTO_OF(more)                                                                              \
    "{'auto': {'schema_version': 1, 'id': 'x', 'strategy': 'rules', 'catalog': [{'id': 'e',"       \
    " 'desc': 'd', 'council': {" HEAD MEMBERS3 ", " ROUNDS "}}]" more "}}"

static void an_auto_document_is_filled(void **state)
{
    (void)state;
    static const struct {
        const char *council, *field, *wanted;
    } FILLED[] = {
        {AUTO_OF(""), "/budget/max_calls", "9"},
        {AUTO_OF(", 'budget': {'max_calls': 12}"), "/budget/max_calls", "9"},
        {AUTO_OF(", 'budget': {'max_calls': 7}"), "/budget/max_calls", "7"},
        {AUTO_OF(", 'budget': {'max_calls': 12}"), "/budget/chair_reserve", "0.0"},
        {AUTO_OF(""), "/name", "'x'"},
        {AUTO_OF(", 'name': 'n'"), "/name", "'n'"},
        {AUTO_OF(""), "/catalog/0/id", "'e'"},
        {AUTO_OF(""), "/catalog/0/desc", "'d'"},
        {AUTO_OF(""), "/strategy", "'rules'"},
        {AUTO_OF(""), "/schema_version", "1"},
    };
    for (size_t i = 0; i < sizeof FILLED / sizeof FILLED[0]; i++) {
        struct fixture f;
        fixture_init(&f, NULL);
        f.context.budget = f.budget = parse("{'max_calls': 9}");
        struct council_plan plan = resolve_with(&f, FILLED[i].council, NULL);
        assert_json(plan.document, FILLED[i].field, FILLED[i].wanted);
        council_plan_release(&plan);
        fixture_release(&f);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(whose_limit_holds);
    assert_keeps_nothing(what_a_chair_keeps);
    assert_keeps_nothing(when_a_warning_is_due);
    assert_keeps_nothing(which_seats_and_seeds);
    assert_keeps_nothing(both_ways_over_the_spec);
    assert_keeps_nothing(who_hosts_a_choice);
    assert_keeps_nothing(an_auto_document_is_filled);
    assert_keeps_nothing(what_is_wrong_with_a_store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_limit_holds),
        cmocka_unit_test(what_a_chair_keeps),
        cmocka_unit_test(when_a_warning_is_due),
        cmocka_unit_test(which_seats_and_seeds),
        cmocka_unit_test(both_ways_over_the_spec),
        cmocka_unit_test(who_hosts_a_choice),
        cmocka_unit_test(an_auto_document_is_filled),
        cmocka_unit_test(what_is_wrong_with_a_store),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
