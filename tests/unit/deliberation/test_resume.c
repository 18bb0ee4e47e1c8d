/* A run is killed after each line of its journal in turn and resumed: nothing that stands complete
 * is asked, nor paid for, twice, and the result is that of an undisturbed run. */
#include "runner/deliberation/resume.h"

#include "drive.h"

/* What may differ between an undisturbed run and a resumed one. */
static void strip(json_t *v)
{
    static const char *const free_to_differ[] = {
        "run_id", "timing",         "started_ms", "ended_ms", "latency_ms",
        "reused", "resume",         "usage",      "cost",     "attempts",
        "budget", "unpriced_calls", "cost_known", "attempt",  NULL};
    const char *key;
    json_t *member;
    size_t i;
    for (i = 0; json_is_object(v) && free_to_differ[i]; i++)
        json_object_del(v, free_to_differ[i]);
    json_object_foreach (v, key, member) {
        strip(member);
    }
    json_array_foreach (v, i, member) {
        strip(member);
    }
}

static void assert_same_result(json_t *a, json_t *b, size_t cut)
{
    json_t *x = json_deep_copy(a), *y = json_deep_copy(b);
    strip(x);
    strip(y);
    char *s = json_dumps(x, JSON_COMPACT), *t = json_dumps(y, JSON_COMPACT);
    size_t at = 0;
    while (s[at] && s[at] == t[at])
        at++;
    if (s[at] != t[at])
        fail_msg("cut after %zu lines: ...%.200s\n--- not ...%.200s", cut,
                 t + (at > 60 ? at - 60 : 0), s + (at > 60 ? at - 60 : 0));
    free(s);
    free(t);
    json_decref(x);
    json_decref(y);
}

static json_t *first_lines(json_t *events, size_t n)
{
    json_t *lines = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append(lines, json_array_get(events, i));
    return lines;
}

static int read_one(json_t *lines, struct resume *ret)
{
    const struct resume_source source = {.run_id = "run_test", .lines = lines};
    return resume_read(&source, 1, ret, NULL);
}

static bool answered_in(json_t *lines, const char *call_id, int64_t attempt)
{
    size_t i;
    json_t *line;
    json_array_foreach (lines, i, line) {
        if (strcmp(j_str(line, "type", ""), "exchange_completed") == 0 &&
            strcmp(j_str(line, "call_id", ""), call_id) == 0 &&
            j_int(line, "attempt", 0) == attempt)
            return true;
    }
    return false;
}

static void kill_everywhere(const char *council, const char *script)
{
    struct drive whole = drive_new(council, script);
    drive_run(&whole);
    for (size_t cut = 1; cut <= json_array_size(whole.events); cut++) {
        struct drive d = drive_new(council, script);
        struct resume r;
        json_t *lines = first_lines(whole.events, cut), *asked;
        size_t i;
        assert_int_equal(read_one(lines, &r), 0);
        d.resume = &r;
        drive_run(&d);
        assert_same_result(whole.result, d.result, cut);
        json_array_foreach (d.asked, i, asked) {
            assert_false(
                answered_in(lines, j_str(asked, "call_id", ""), j_int(asked, "attempt", 0)));
        }
        assert_string_equal(d.outcome, whole.outcome);
        assert_int_equal(count_events(&d, "member_started"),
                         count_events(&whole, "member_started"));
        if (cut == json_array_size(whole.events) && strcmp(d.outcome, "complete") == 0)
            assert_int_equal(json_array_size(d.asked), 0);
        resume_release(&r);
        json_decref(lines);
        drive_release(&d);
    }
    drive_release(&whole);
}

static void three_stages(void **state)
{
    (void)state;
    kill_everywhere(THREE_STAGE, "{}");
}

static void with_reasks_and_invalid_answers(void **state)
{
    (void)state;
    kill_everywhere(THREE_STAGE, "{\"r1i0:member:bob\": [{\"text\": \"sorry\"}, {\"text\": "
                                 "\"{\\\"ordering\\\": [\\\"A\\\", \\\"B\\\", \\\"C\\\"]}\"}]}");
}

static void a_debate_with_a_vote(void **state)
{
    (void)state;
    kill_everywhere(
        "{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [" ROUND(
            "independent_analysis") ", {\"type\": \"iterate\", \"name\": \"d\", \"opts\": "
                                    "{\"wrap\": {\"type\": \"debate\"}, \"max_iterations\": 2}}, "
                                    "{\"type\": \"vote\", \"name\": \"v\", \"opts\": "
                                    "{\"question\": \"Which?\"}}]}",
        "{\"r2i0:member:ann\": [{\"text\": \"{\\\"choice\\\": \\\"x\\\"}\"}], \"r2i0:member:bob\": "
        "[{\"text\": \"{\\\"choice\\\": \\\"x\\\"}\"}], \"r2i0:member:cy\": [{\"text\": "
        "\"{\\\"choice\\\": \\\"y\\\"}\"}]}");
}

/* What a fallback answered is the fallback's in the resumed run too. */
static void with_an_answer_of_a_fallback(void **state)
{
    (void)state;
    kill_everywhere(
        "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": "
        "\"big\", "
        "\"fallback\": [{\"provider\": \"mock\", \"model\": \"small\"}]}, " SEAT(
            "bob") "], "
                   "\"rounds\": [" ROUND("independent_analysis") ", " ROUND("debate") "]}",
        "{\"r0i0:member:ann\": [{\"error\": {\"kind\": \"permanent\", \"code\": "
        "\"model_not_found\", "
        "\"message\": \"m\"}}, {\"text\": \"Of the small one.\"}]}");
}

#define TOOL_COUNCIL(idempotent)                                                                   \
    "{\"id\": \"x\", \"documents\": [{\"id\": \"d\", \"text\": \"eggs\"}], \"members\": "          \
    "[{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"m\", \"tools\": [{\"name\": "         \
    "\"find\", \"kind\": \"docs\"}, {\"name\": \"run\", \"kind\": \"command\", "                   \
    "\"idempotent\": " idempotent                                                                  \
    "}]}, " SEAT("bob") "], \"rounds\": [{\"type\": \"independent_analysis\", \"name\": \"a\"}]}"
#define TOOL_SCRIPT                                                                                \
    "{\"r0i0:member:ann\": [{\"text\": \"\", \"finish_reason\": \"tool_calls\", "                  \
    "\"tool_calls\": [{\"id\": \"t1\", \"name\": \"find\", \"args_raw\": \"{\\\"query\\\": "       \
    "\\\"eggs\\\"}\"}, {\"id\": \"t2\", \"name\": \"run\", \"args_raw\": \"{}\"}]}, {\"text\": "   \
    "\"five\"}], \"tools\": {\"run\": {\"result\": 7}}}"

static void turns_of_tools(void **state)
{
    (void)state;
    kill_everywhere(TOOL_COUNCIL("true"), TOOL_SCRIPT);
}

static void councils_inside(void **state)
{
    (void)state;
    kill_everywhere("{\"id\": \"x\", \"members\": [{\"id\": \"legal\", \"sub_council\": {\"id\": "
                    "\"inner\", \"members\": [" SEAT("ann") ", " SEAT(
                        "dee") "], \"chair\": " CHAIR
                               ", \"rounds\": [" ROUND("independent_analysis") "]}}, " SEAT(
                                   "bob") "], "
                                          "\"rounds\": [" ROUND("independent_analysis") ", " ROUND(
                                              "debate") "]}",
                    "{}");
}

/* A tool that may have done its work already is not run a second time. */
static void a_tool_of_unknown_outcome(void **state)
{
    (void)state;
    struct drive a = drive_new(TOOL_COUNCIL("false"), TOOL_SCRIPT), b;
    struct resume r;
    size_t cut = 0;
    drive_run(&a);
    while (strcmp(j_str(at_path(json_array_get(a.events, cut), "tool_call"), "id", ""), "t2") != 0)
        cut++;
    json_t *lines = first_lines(a.events, cut + 1);
    assert_int_equal(read_one(lines, &r), 0);
    b = drive_new(TOOL_COUNCIL("false"), TOOL_SCRIPT);
    b.resume = &r;
    drive_run(&b);
    assert_int_equal(json_array_size(b.tooled), 0);
    assert_non_null(strstr(prompt_of(&b, "r0i0:member:ann", 0), "outcome unknown"));
    assert_string_equal(b.outcome, "complete");
    resume_release(&r);
    json_decref(lines);
    drive_release(&a);
    drive_release(&b);
}

static void a_chain_of_resumes(void **state)
{
    (void)state;
    struct drive a = drive_new(THREE_STAGE, "{}"), b, c;
    struct resume first, second;
    drive_run(&a);
    json_t *lines = first_lines(a.events, 12);
    assert_int_equal(read_one(lines, &first), 0);
    b = drive_new(THREE_STAGE, "{}");
    b.resume = &first;
    drive_run(&b);
    assert_at(nth_event(&b, "run_resumed", 0), "from_run_id", "\"run_test\"");
    assert_true(j_int(at_path(b.result, "resume"), "reused_calls", 0) > 0);
    assert_true(j_int(at_path(b.result, "resume"), "saved_tokens", 0) > 0);
    /* the journal of the second run alone holds everything */
    assert_int_equal(read_one(b.events, &second), 0);
    c = drive_new(THREE_STAGE, "{}");
    c.resume = &second;
    drive_run(&c);
    assert_int_equal(json_array_size(c.asked), 0);
    assert_same_result(a.result, c.result, 0);
    resume_release(&first);
    resume_release(&second);
    json_decref(lines);
    drive_release(&a);
    drive_release(&b);
    drive_release(&c);
}

static void a_failed_seat_is_asked_again(void **state)
{
    (void)state;
    struct drive a = drive_new(THREE_STAGE, "{\"r0i0:member:bob\": [{\"error\": {\"kind\": "
                                            "\"permanent\", \"code\": \"invalid_request\"}}]}"),
                 b;
    struct resume r;
    drive_run(&a);
    assert_string_equal(a.outcome, "degraded");
    assert_int_equal(read_one(a.events, &r), 0);
    b = drive_new(THREE_STAGE, "{}");
    b.resume = &r;
    drive_run(&b);
    assert_string_equal(b.outcome, "complete");
    assert_null(asked_of(&b, "r0i0:member:ann", 0));
    assert_non_null(asked_of(&b, "r0i0:member:bob", 0));
    /* what depended on the missing answer is asked anew: its material has changed */
    assert_non_null(asked_of(&b, "r1i0:member:ann", 0));
    assert_at(b.result, "rounds.0.member_results.ann.reused", "true");
    assert_at(b.result, "rounds.0.member_results.bob.reused", "false");
    resume_release(&r);
    drive_release(&a);
    drive_release(&b);
}

static void the_ledger_goes_on(void **state)
{
    (void)state;
    struct drive a = drive_new(THREE_STAGE, "{}"), b;
    struct resume r;
    drive_run(&a);
    json_t *lines = first_lines(a.events, 6); /* three open requests, one answer */
    assert_int_equal(read_one(lines, &r), 0);
    assert_true(r.carried_tokens > 15); /* the answer, and the open reservations in full */
    assert_int_equal(r.carried_attempts, 3);
    r.carried_cost = 7.5; /* models of the tests are for nothing */
    b = drive_new(THREE_STAGE, "{}");
    b.resume = &r;
    drive_run(&b);
    assert_true(j_int(at_path(b.result, "budget"), "charged_tokens", 0) > r.carried_tokens);
    assert_float_equal(json_number_value(at_path(b.result, "budget.charged_cost")), 7.5, 1e-9);
    const json_t *told = nth_event(&b, "run_resumed", 0);
    assert_int_equal(j_int(told, "carried_tokens", -1), r.carried_tokens);
    assert_int_equal(j_int(told, "carried_attempts", -1), 3);
    assert_float_equal(json_number_value(j_get(told, "carried_cost")), 7.5, 1e-9);
    resume_release(&r);
    json_decref(lines);
    drive_release(&a);
    drive_release(&b);
}

static void strict_names_what_differs(void **state)
{
    (void)state;
    struct drive a = drive_new(THREE_STAGE, "{}");
    drive_run(&a);
    json_t *first = json_array_get(a.events, 0), *input = json_string("something else");
    struct engine_spec same = {
        .input = a.input, .seed = "council", .ask_sha256 = j_str(first, "ask_sha256", "")};
    json_t *none = resume_differences(first, &same);
    assert_int_equal(json_array_size(none), 0);
    json_t *history = parse_json("{\"history\": [{\"role\": \"user\", \"content\": \"x\"}]}");
    struct engine_spec other = {.input = input, .options = history, .seed = "z", .ask_sha256 = "y"};
    json_t *all = resume_differences(first, &other);
    char *text = json_dumps(all, JSON_COMPACT);
    assert_string_equal(text, "[\"ask_sha256\",\"input_sha256\",\"history\",\"seed\"]");
    free(text);
    json_decref(all);
    json_t *older = json_deep_copy(first);
    json_object_set_new(older, "engine_version", json_string("1"));
    all = resume_differences(older, &same);
    text = json_dumps(all, JSON_COMPACT);
    assert_string_equal(text, "[\"engine_version\"]");
    free(text);
    json_decref(all);
    json_decref(older);
    json_decref(none);
    json_decref(history);
    json_decref(input);
    drive_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_stages),
        cmocka_unit_test(with_reasks_and_invalid_answers),
        cmocka_unit_test(a_debate_with_a_vote),
        cmocka_unit_test(turns_of_tools),
        cmocka_unit_test(with_an_answer_of_a_fallback),
        cmocka_unit_test(councils_inside),
        cmocka_unit_test(a_tool_of_unknown_outcome),
        cmocka_unit_test(a_chain_of_resumes),
        cmocka_unit_test(a_failed_seat_is_asked_again),
        cmocka_unit_test(the_ledger_goes_on),
        cmocka_unit_test(strict_names_what_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
