/* What a resolved council says of its rounds, documents and strategies beyond what was written:
 * names by which reports and rules call a round, the quorum of a wrapped one. */
#include "support.h"

#include "common/cleanup.h"
#include "heap_kept.h"

#define ANALYSIS(more) "{'type': 'independent_analysis'" more "}"
#define REVIEW(more)   "{'type': 'peer_review'" more "}"

static const struct {
    const char *rounds, *names;
} NAMES[] = {
    {ANALYSIS(""), "independent_analysis"},
    {ANALYSIS("") ", " ANALYSIS(""), "independent_analysis, independent_analysis_2"},
    {ANALYSIS("") ", " REVIEW("") ", " ANALYSIS("") ", " REVIEW(""),
     "independent_analysis, peer_review, independent_analysis_2, peer_review_2"},
    {ANALYSIS("") ", " ANALYSIS("") ", " ANALYSIS(""),
     "independent_analysis, independent_analysis_2, independent_analysis_3"},
    /* One with a name of its own is counted too, and no name is given twice. */
    {ANALYSIS(", 'name': 'x'") ", " ANALYSIS(""), "x, independent_analysis_2"},
    {ANALYSIS(", 'name': 'x'") ", " ANALYSIS("") ", " ANALYSIS(""),
     "x, independent_analysis_2, independent_analysis_3"},
    {ANALYSIS("") ", " ANALYSIS(", 'name': 'independent_analysis_2'"),
     "independent_analysis, independent_analysis_2"},
    {ANALYSIS("") ", " ANALYSIS("") ", " REVIEW(", 'name': 'independent_analysis_2'"),
     "independent_analysis, independent_analysis_3, independent_analysis_2"},
    {ANALYSIS("") ", " REVIEW(", 'name': 'independent_analysis'"),
     "independent_analysis_2, independent_analysis"},
    {ANALYSIS("") ", " ANALYSIS("") ", " REVIEW(", 'name': 'independent_analysis'"),
     "independent_analysis_2, independent_analysis_3, independent_analysis"},
};

static void what_rounds_are_called(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        char council[1000], got[400] = "";
        size_t len = 0, k;
        json_t *round;
        snprintf(council, sizeof council, "{" HEAD MEMBERS3 ", 'rounds': [%s]}", NAMES[i].rounds);
        struct council_plan plan = resolve_with(&f, council, NULL);
        json_array_foreach (at(plan.document, "/rounds"), k, round)
            len += (size_t)snprintf(got + len, sizeof got - len, "%s%s", k ? ", " : "",
                                    json_string_value(json_object_get(round, "name")));
        assert_string_equal(got, NAMES[i].names);
        council_plan_release(&plan);
    }
    assert_faults(&f,
                  "{" HEAD MEMBERS3 ", 'rounds': [" ANALYSIS(", 'name': 'x'") ", " REVIEW(
                      ", 'name': 'y'") ", " ANALYSIS(", 'name': 'x'") "]}",
                  "/rounds/2/name duplicate_id");
    fixture_release(&f);
}

#define LOOP(wrap, more)                                                                           \
    "{" HEAD MEMBERS3 ", 'rounds': [" ANALYSIS("") ", {'type': 'iterate', 'opts': {'wrap': {"      \
                                                   "'type': 'critique'" wrap "}}" more "}]}"

static const struct {
    const char *council, *quorum, *failure_mode;
} WRAPPED[] = {
    {LOOP("", ""), "{'min': null, 'ratio': 0.5, 'distinct': 'member'}", "'continue'"},
    {LOOP("", ", 'quorum': 3"), "{'min': 3, 'ratio': null, 'distinct': 'member'}", "'continue'"},
    {LOOP(", 'quorum': 2", ", 'quorum': 3"), "{'min': 2, 'ratio': null, 'distinct': 'member'}",
     "'continue'"},
    {LOOP(", 'quorum': {'ratio': 1}", ", 'quorum': 3"),
     "{'min': null, 'ratio': 1, 'distinct': 'member'}", "'continue'"},
    {LOOP(", 'quorum': {'min': 2, 'distinct': 'model'}", ""),
     "{'min': 2, 'ratio': null, 'distinct': 'model'}", "'continue'"},
    {LOOP("", ", 'failure_mode': 'fail_fast'"), "{'min': null, 'ratio': 0.5, 'distinct': 'member'}",
     "'fail_fast'"},
    {LOOP(", 'failure_mode': 'fail_fast'", ""), "{'min': null, 'ratio': 0.5, 'distinct': 'member'}",
     "'fail_fast'"},
    {LOOP(", 'failure_mode': 'continue'", ", 'failure_mode': 'fail_fast'"),
     "{'min': null, 'ratio': 0.5, 'distinct': 'member'}", "'continue'"},
};

static void what_a_wrapped_round_has_of_the_loop(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < ARRAY_LEN(WRAPPED); i++) {
        struct council_plan plan = resolve_with(&f, WRAPPED[i].council, NULL);
        assert_json(plan.document, "/rounds/1/opts/wrap/quorum", WRAPPED[i].quorum);
        assert_json(plan.document, "/rounds/1/opts/wrap/failure_mode", WRAPPED[i].failure_mode);
        council_plan_release(&plan);
    }
    assert_faults(&f, LOOP(", 'quorum': 4", ""), "/rounds/1/opts/wrap/quorum bad_quorum");
    assert_faults(&f, LOOP(", 'quorum': {'min': 4}", ""),
                  "/rounds/1/opts/wrap/quorum/min bad_quorum");
    fixture_release(&f);
}

#define DOCS(documents)                                                                            \
    "{" HEAD MEMBERS3 ", " ROUNDS                                                                  \
    ", 'tools': [{'name': 'd', 'kind': 'docs', 'description': 'd', 'documents': [" documents       \
    "]}]}"

static const struct {
    const char *council, *faults; /* "": it is good */
} DOCUMENTS[] = {
    {DOCS("{'id': 'x', 'text': 'a'}, {'id': 'y', 'text': 'a'}"), ""},
    {DOCS("{'id': 'x', 'text': 'a'}, {'id': 'y', 'text': 'a'}, {'id': 'x', 'text': 'a'}"),
     "/tools/0/documents/2/id duplicate_id"},
    {DOCS("{'id': 'x', 'text': 'a'}, {'id': 'x', 'text': 'a'}, {'id': 'x', 'text': 'a'}"),
     "/tools/0/documents/1/id duplicate_id\n/tools/0/documents/2/id duplicate_id"},
    /* One without an id, or with what is none, is like no other. */
    {DOCS("{'id': 7, 'text': 'a'}"), "/tools/0/documents/0/id wrong_type"},
    {DOCS("{'id': 7, 'text': 'a'}, {'id': 7, 'text': 'a'}"),
     "/tools/0/documents/0/id wrong_type\n/tools/0/documents/1/id wrong_type"},
    {DOCS("{'id': 7, 'text': 'a'}, {'id': 'x', 'text': 'a'}, {'id': 'x', 'text': 'a'}"),
     "/tools/0/documents/0/id wrong_type\n/tools/0/documents/2/id duplicate_id"},
    {DOCS("{'text': 'a'}, {'text': 'b'}"),
     "/tools/0/documents/0 missing_field\n/tools/0/documents/1 missing_field"},
    {DOCS("1, {'id': 'x', 'text': 'a'}"), "/tools/0/documents/0 wrong_type"},
};

static void which_documents_a_tool_may_bring(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < ARRAY_LEN(DOCUMENTS); i++) {
        if (*DOCUMENTS[i].faults) {
            assert_faults(&f, DOCUMENTS[i].council, DOCUMENTS[i].faults);
            continue;
        }
        struct council_plan plan = resolve_with(&f, DOCUMENTS[i].council, NULL);
        assert_json(plan.document, "/members/0/tools/0/documents",
                    "[{'id': 'x', 'title': null, 'text': 'a', 'meta': null},"
                    " {'id': 'y', 'title': null, 'text': 'a', 'meta': null}]");
        council_plan_release(&plan);
    }
    fixture_release(&f);
}

#define ROUTED(router, more)                                                                       \
    "{" HEAD MEMBERS3 ", 'router': " router ", 'rounds': [{'type': 'independent_analysis'" more    \
    "}]}"

static const struct {
    const char *council, *kind, *faults; /* kind NULL: refused so */
} ROUTED_BY[] = {
    {ROUTED("'all'", ""), "'all'", NULL},
    {ROUTED("{'kind': 'all'}", ""), "'all'", NULL},
    {ROUTED("'some'", ""), "'sample'", NULL},
    {ROUTED("'some'", ", 'router': 'all'"), "'all'", NULL},
    {ROUTED("'some'", ", 'router': null"), "'sample'", NULL},
    {ROUTED("'all'", ", 'router': 'some'"), "'sample'", NULL},
    {ROUTED("'all'", ", 'router': {'kind': 'sample', 'k': 2}"), "'sample'", NULL},
    /* Only of "all" there is nothing more to say. */
    {ROUTED("'sample'", ""), NULL, "/router unknown_router"},
    {ROUTED("'rules'", ""), NULL, "/router unknown_router"},
    {ROUTED("'llm'", ""), NULL, "/router unknown_router"},
    {ROUTED("'nobody'", ""), NULL, "/router unknown_router"},
    {ROUTED("'all'", ", 'router': 'sample'"), NULL, "/rounds/0/router unknown_router"},
    {ROUTED("{'kind': 'nobody'}", ""), NULL, "/router/kind unknown_router"},
    {ROUTED("{'kind': 7}", ""), NULL, "/router/kind wrong_type"},
    {ROUTED("{'k': 2}", ""), NULL, "/router missing_field"},
};

static void who_routes(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, "{'routers': {'some': {'kind': 'sample', 'k': 1, 'description': 'd'}}}");
    for (size_t i = 0; i < ARRAY_LEN(ROUTED_BY); i++) {
        if (ROUTED_BY[i].faults) {
            assert_faults(&f, ROUTED_BY[i].council, ROUTED_BY[i].faults);
            continue;
        }
        struct council_plan plan = resolve_with(&f, ROUTED_BY[i].council, NULL);
        assert_json(plan.document, "/rounds/0/router/kind", ROUTED_BY[i].kind);
        assert_null(at(plan.document, "/rounds/0/router/description"));
        council_plan_release(&plan);
    }
    fixture_release(&f);
}

/* Two of three have one provider; of members the pool counts, and of the pool those of the router.
 */
static void how_many_can_take_part(void **state)
{
    (void)state;
    static const struct {
        const char *round;
        int able; /* -1: enough */
    } CASES[] = {
        {"'quorum': 3", -1},
        {"'quorum': 4", 3},
        {"'quorum': {'min': 2, 'distinct': 'provider'}", -1},
        {"'quorum': {'min': 3, 'distinct': 'provider'}", 2},
        {"'quorum': {'min': 3, 'distinct': 'model'}", -1},
        {"'members': ['a', 'b'], 'quorum': 3", 2},
        {"'members': ['a', 'b'], 'quorum': {'min': 2, 'distinct': 'provider'}", 1},
        {"'members': ['b', 'c'], 'quorum': {'min': 2, 'distinct': 'provider'}", -1},
        {"'members': ['b', 'c'], 'quorum': {'min': 3, 'distinct': 'model'}", 2},
        {"'router': {'kind': 'sample', 'k': 2}, 'quorum': 2", -1},
        {"'router': {'kind': 'sample', 'k': 2}, 'quorum': 3", 2},
        {"'router': {'kind': 'sample', 'k': 3}, 'members': ['a', 'b'], 'quorum': 3", 2},
    };
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char council[700], told[80];
        snprintf(council, sizeof council,
                 "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'}, {'id': 'b', "
                 "'provider': 'mock', 'model': 'y'}, {'id': 'c', 'provider': 'openai', 'model': "
                 "'z'}], 'rounds': [{'type': 'independent_analysis', %s}]}",
                 CASES[i].round);
        snprintf(told, sizeof told, "Only %d can take part in this round, so ", CASES[i].able);
        if (CASES[i].able >= 0) {
            assert_message_with(&f, council, told);
            continue;
        }
        struct council_plan plan = resolve_with(&f, council, NULL);
        council_plan_release(&plan);
    }
    fixture_release(&f);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(what_rounds_are_called);
    assert_keeps_nothing(what_a_wrapped_round_has_of_the_loop);
    assert_keeps_nothing(which_documents_a_tool_may_bring);
    assert_keeps_nothing(who_routes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_rounds_are_called),
        cmocka_unit_test(what_a_wrapped_round_has_of_the_loop),
        cmocka_unit_test(which_documents_a_tool_may_bring),
        cmocka_unit_test(who_routes),
        cmocka_unit_test(how_many_can_take_part),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
