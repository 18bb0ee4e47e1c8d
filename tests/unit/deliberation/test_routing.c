/* A router that reads its conditions wrongly asks the wrong members, and nobody sees it. */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/deliberation/round/condition.h"
#include "runner/deliberation/round/until.h"

#include "drive.h"

static bool holds(const char *condition)
{
    json_t *c = parse_json(condition),
           *input = parse_json("{\"lang\": \"C\", \"tags\": [\"unsafe\", \"net\"], \"n\": 3}");
    json_t *last = parse_json("{\"aggregate\": {\"tied\": [\"a\", \"b\"]}, \"agreement\": 0.4, "
                              "\"member_results\": {\"ann\": {\"status\": \"ok\", \"confidence\": "
                              "0.6}, \"bob\": {\"status\": \"error\", \"confidence\": null}}}");
    int64_t steps = CONDITION_STEPS;
    struct condition_facts f = {.steps = &steps,
                                .input = input,
                                .round_name = "second",
                                .round_type = "vote",
                                .iteration = 1,
                                .last = last};
    bool yes = condition_holds(c, &f);
    json_decref(c);
    json_decref(input);
    json_decref(last);
    return yes;
}

static void conditions(void **state)
{
    (void)state;
    assert_true(holds("{\"pointer\": \"/lang\", \"is\": {\"equals\": \"c\"}}"));
    assert_true(holds("{\"pointer\": \"/n\", \"is\": {\"in\": [1, 3.0]}}"));
    assert_false(holds("{\"pointer\": \"/nothing\", \"is\": {\"equals\": null}}"));
    assert_true(holds("{\"pointer\": \"/nothing\", \"is\": {\"exists\": false}}"));
    assert_true(
        holds("{\"pointer\": \"/tags\", \"is\": {\"contains_all\": [\"NET\", \"unsafe\"]}}"));
    assert_false(holds("{\"pointer\": \"/tags\", \"is\": {\"contains_any\": [\"unsa\"]}}"));
    assert_true(holds("{\"pointer\": \"/tags/1\", \"is\": {\"contains_any\": [\"x\", \"E\"]}}"));
    assert_true(holds("{\"pointer\": \"/tags/0\", \"is\": {\"glob\": \"UN*f?\"}}"));
    assert_true(holds("{\"pointer\": \"/lang\", \"is\": {\"max_chars\": 1}}"));
    assert_false(holds("{\"pointer\": \"/lang\", \"is\": {\"min_chars\": 2}}"));
    assert_true(holds("{\"round\": [\"vote\"]}"));
    assert_false(holds("{\"round\": [\"first\"]}"));
    assert_true(holds("{\"iteration_from\": 1}"));
    assert_false(holds("{\"iteration_from\": 2}"));
    assert_true(holds("{\"tie\": true}"));
    assert_true(holds("{\"agreement_below\": 0.5}"));
    assert_false(holds("{\"mean_confidence_below\": 0.6}"));
    assert_true(holds("{\"member_status\": {\"bob\": [\"error\", \"timeout\"]}}"));
    assert_false(holds("{\"member_status\": {\"cy\": [\"error\"]}}"));
    assert_true(holds("{\"all\": [{\"tie\": true}, {\"not\": {\"round\": [\"x\"]}}]}"));
    assert_true(holds("{\"any\": [{\"round\": [\"x\"]}, {\"tie\": true}]}"));
}

static void ends_by(const char *end)
{
    const struct until_facts f = {.converged = true};
    json_t *until = parse_json(end), *judge = NULL;
    until_holds(until, &f, &judge);
    json_decref(until);
}

static void asks(const char *condition)
{
    (void)holds(condition);
}

/* How the process ends that reads it: 0 when it was understood. */
static int read_by(void (*reader)(const char *text), const char *text)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        reader(text);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A condition that nobody has built must not pass for one that does not hold. */
static void unknown_conditions(void **state)
{
    (void)state;
    assert_int_equal(read_by(asks, "{\"tie\": true}"), 0);
    assert_int_equal(read_by(asks, "{\"ties\": true}"), 70);
    assert_int_equal(read_by(asks, "{\"pointer\": \"/n\", \"is\": {\"above\": 2}}"), 70);
    assert_int_equal(read_by(ends_by, "{\"never\": true}"), 0);
    assert_int_equal(read_by(ends_by, "{\"sometimes\": true}"), 70);
    assert_int_equal(read_by(ends_by, "{\"any\": [{\"never\": true}, {\"soon\": 1}]}"), 70);
}

static void globs(void **state)
{
    (void)state;
    int64_t steps = CONDITION_STEPS;
    assert_true(glob_matches("*", "", &steps));
    assert_true(glob_matches("a*b*c", "aXbYbZc", &steps));
    assert_false(glob_matches("a*b", "abc", &steps));
    assert_true(glob_matches("?", "\xc3\xa9", &steps));
    assert_false(glob_matches("??", "\xc3\xa9", &steps));
}

/* What a match looks at is counted: with one step less than it takes, nothing holds. */
static void what_a_match_costs(void **state)
{
    (void)state;
    static const struct {
        const char *match, *value;
        int64_t steps;
    } CASES[] = {
        {"{\"equals\": \"abc\"}", "\"ABC\"", 7},
        {"{\"equals\": 7}", "7", 2},
        {"{\"in\": [\"x\", \"abc\"]}", "\"abc\"", 9},
        {"{\"contains_any\": [\"zz\", \"bc\"]}", "\"aabc\"", 13},
        {"{\"contains_any\": [\"zz\", \"bc\"]}", "[\"a\", \"BC\"]", 14},
        {"{\"contains_all\": [\"a\", \"bc\"]}", "\"aabc\"", 11},
        {"{\"contains_all\": [\"a\", \"b\"]}", "[\"b\", \"a\"]", 12},
        {"{\"glob\": \"a*c?\"}", "\"abbcd\"", 11},
        {"{\"min_chars\": 3}", "\"\u00e9bc\"", 4},
        {"{\"max_chars\": 3}", "\"\u00e9bc\"", 4},
        {"{\"exists\": true}", "null", 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *match = parse_json(CASES[i].match), *value = parse_json(CASES[i].value);
        int64_t enough = CASES[i].steps, less = enough - 1;
        if (!match_holds(match, value, &enough) || enough != 0)
            fail_msg("%s leaves %d", CASES[i].match, (int)enough);
        if (CASES[i].steps > 0)
            assert_false(match_holds(match, value, &less));
        json_decref(match);
        json_decref(value);
    }
}

#define ROUTED(router)                                                                             \
    "{\"id\": \"x\", \"members\": " THREE ", \"chair\": " CHAIR ", \"router\": " router            \
    ", \"rounds\": [" ROUND("independent_analysis") "]}"

static void rules(void **state)
{
    (void)state;
    struct drive d = drive_new(
        ROUTED("{\"kind\": \"rules\", \"rules\": [{\"when\": {\"input\": {\"contains_any\": "
               "[\"EGGS\"]}}, \"members\": [\"cy\", \"ann\"]}], \"otherwise\": [\"bob\"]}"),
        "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.0.asked", "[\"ann\",\"cy\"]");
    assert_at(d.result, "rounds.0.skipped", "[{\"id\":\"bob\",\"reason\":\"router_excluded\"}]");
    assert_at(d.result, "rounds.0.member_results.bob.status", "\"skipped\"");
    assert_at(d.result, "rounds.0.quorum.of", "2");
    drive_release(&d);
}

static void sample_and_reliability(void **state)
{
    (void)state;
    struct drive d = drive_new(ROUTED("{\"kind\": \"sample\", \"k\": 2}"), "{}");
    drive_run(&d);
    assert_int_equal(json_array_size(at_path(d.result, "rounds.0.asked")), 2);
    drive_release(&d);
    d = drive_new(ROUTED("{\"kind\": \"reliability\", \"k\": 1}"), "{}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.asked", "[\"ann\"]"); /* all unknown: document order */
    drive_release(&d);
}

static void a_model_chooses(void **state)
{
    (void)state;
    struct drive d = drive_new(ROUTED("{\"kind\": \"llm\", \"max\": 1}"),
                               "{\"r0i0:router:chair\": [{\"text\": \"{\\\"reason\\\": \\\"r\\\", "
                               "\\\"members\\\": [\\\"bob\\\", \\\"cy\\\"]}\"}]}");
    drive_run(&d);
    assert_at(d.result, "rounds.0.asked", "[\"bob\"]");
    assert_at(d.result, "rounds.0.calls.0.call_id", "\"r0i0:router:chair\"");
    drive_release(&d);
    d = drive_new(
        ROUTED("{\"kind\": \"llm\", \"max\": 1}"),
        "{\"r0i0:router:chair\": [{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\"}}]}");
    drive_run(&d);
    assert_true(has_warning(&d, "router_failed"));
    assert_at(d.result, "rounds.0.asked", "[\"ann\",\"bob\",\"cy\"]");
    assert_string_equal(d.outcome, "complete");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions),      cmocka_unit_test(unknown_conditions),
        cmocka_unit_test(globs),           cmocka_unit_test(what_a_match_costs),
        cmocka_unit_test(rules),           cmocka_unit_test(sample_and_reliability),
        cmocka_unit_test(a_model_chooses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
