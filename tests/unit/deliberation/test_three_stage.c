/* The council that made the idea known: answers, anonymous ranking, synthesis. A fault here is a
 * fault in every run. */
#include "drive.h"

static void complete_run(void **state)
{
    (void)state;
    struct drive d = drive_new(THREE_STAGE, "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "status", "\"completed\"");
    assert_at(d.result, "final.source", "\"chair\"");
    assert_at(d.result, "final.content", "\"Answer of chair in r2i0:chair:chair.\"");
    assert_at(d.result, "heard", "{\"ok\":6,\"of\":6}");
    assert_at(d.result, "degraded_reasons", "[]");
    assert_at(d.result, "members.ann.statuses", "[\"ok\",\"ok\"]");
    assert_at(d.result, "members.chair.statuses", "[\"ok\"]");
    assert_at(d.result, "usage.input_tokens", "70");
    assert_at(d.result, "usage.attempts", "7");
    assert_at(d.result, "usage.cached_input_tokens", "null");
    assert_at(d.result, "cost", "null");
    assert_at(d.result, "unpriced_calls", "7");
    assert_at(d.result, "rounds.1.aggregate.ballots.cast", "3");
    assert_int_equal(count_events(&d, "member_started"), 7);
    assert_int_equal(count_events(&d, "member_completed"), 7);
    assert_int_equal(count_events(&d, "round_started"), 3);
    assert_at(nth_event(&d, "round_started", 0), "quorum",
              "{\"need\":2,\"of\":3,\"distinct\":\"member\"}");
    drive_release(&d);
}

static void reviewers_see_labels_and_not_themselves(void **state)
{
    (void)state;
    struct drive d = drive_new(THREE_STAGE, "{}");
    drive_run(&d);
    const char *prompt = prompt_of(&d, "r1i0:member:ann", 0);
    const char *own = NULL, *label;
    json_t *id;
    assert_non_null(strstr(prompt, "Answer of bob"));
    assert_non_null(strstr(prompt, "Answer of cy"));
    assert_null(strstr(prompt, "Answer of ann"));
    assert_null(strstr(prompt, "m-bob"));
    json_object_foreach (json_object_get(d.result, "labels"), label, id) {
        if (strcmp(json_string_value(id), "ann") == 0)
            own = label;
    }
    assert_null(strstr(prompt, own));
    assert_non_null(strstr(prompt, "<<<council:"));
    assert_non_null(strstr(prompt, "# Form"));
    drive_release(&d);
}

static void independent_answers_see_the_task_only(void **state)
{
    (void)state;
    struct drive d = drive_new(THREE_STAGE, "{}");
    drive_run(&d);
    const char *prompt = prompt_of(&d, "r0i0:member:bob", 0);
    static const char head[] = "# Task\n\nWhat is the best way to store eggs?\n\n# Your part";
    assert_int_equal(strncmp(prompt, head, strlen(head)), 0);
    assert_null(strstr(prompt, "<<<council:"));
    json_t *messages = at_path(asked_of(&d, "r0i0:member:bob", 0), "messages");
    assert_int_equal(json_array_size(messages), 2);
    assert_at(messages, "0.role", "\"system\"");
    drive_release(&d);
}

static void the_chair_sees_answers_reviews_and_the_count(void **state)
{
    (void)state;
    struct drive d = drive_new(THREE_STAGE, "{}");
    drive_run(&d);
    const char *prompt = prompt_of(&d, "r2i0:chair:chair", 0);
    assert_non_null(strstr(prompt, "Answer of ann"));
    assert_non_null(strstr(prompt, "by merit"));
    assert_non_null(strstr(prompt, "Round anonymized_peer_review, counted by peer_ranking (3 of "
                                   "3 seats gave a ballot): first Response "));
    assert_null(strstr(prompt, "m-ann"));
    assert_null(strstr(prompt, "seats have no answer"));
    drive_release(&d);
}

/* Labels: the shuffle vector puts cy first for five; here the ballots are written by label. */
static const char *label_for(struct drive *d, const char *member)
{
    const char *label;
    json_t *id;
    json_object_foreach (json_object_get(d->result, "labels"), label, id) {
        if (strcmp(json_string_value(id), member) == 0)
            return label;
    }
    return "?";
}

static void ballots_come_back_as_ids(void **state)
{
    (void)state;
    struct drive probe = drive_new(THREE_STAGE, "{}"), d;
    drive_run(&probe);
    char script[1000];
    const char *a = label_for(&probe, "ann"), *b = label_for(&probe, "bob"),
               *c = label_for(&probe, "cy");
    snprintf(script, sizeof script,
             "{\"r1i0:member:ann\": [{\"text\": \"{\\\"ordering\\\": [\\\"%s\\\", \\\"%s\\\"]}\"}],"
             " \"r1i0:member:bob\": [{\"text\": \"{\\\"ordering\\\": [\\\"%s\\\", \\\"%s\\\"]}\"}],"
             " \"r1i0:member:cy\": [{\"text\": \"{\\\"ordering\\\": [\\\"%s\\\", \\\"%s\\\"]}\"}]}",
             b, c, a, c, a, b);
    d = drive_new(THREE_STAGE, script);
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.winner", "\"ann\"");
    assert_at(d.result, "rounds.1.aggregate.scores", "{\"ann\":1.0,\"bob\":0.5,\"cy\":0.0}");
    assert_at(d.result, "rounds.1.aggregate.order", "[[\"ann\"],[\"bob\"],[\"cy\"]]");
    assert_at(d.result, "rounds.1.member_results.ann.ballot", "{\"ordering\":[\"bob\",\"cy\"]}");
    assert_at(d.result, "rounds.1.aggregate.report.judge_ballots.cy", "[\"ann\",\"bob\"]");
    assert_at(d.result, "dissent", "[]"); /* ann could not choose itself */
    drive_release(&d);
    drive_release(&probe);
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    struct drive a = drive_new(THREE_STAGE, "{}"), b = drive_new(THREE_STAGE, "{}");
    drive_run(&a);
    drive_run(&b);
    char *x = json_dumps(a.events, JSON_COMPACT), *y = json_dumps(b.events, JSON_COMPACT);
    assert_string_equal(x, y);
    free(x);
    free(y);
    x = json_dumps(a.asked, JSON_COMPACT);
    y = json_dumps(b.asked, JSON_COMPACT);
    assert_string_equal(x, y);
    free(x);
    free(y);
    drive_release(&a);
    drive_release(&b);
}

static void a_chair_is_appended_as_synthesis(void **state)
{
    (void)state;
    struct drive d = drive_new("{\"id\": \"x\", \"members\": " THREE ", \"chair\": " CHAIR
                               ", \"rounds\": [" ROUND("independent_analysis") "]}",
                               "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "rounds.1.type", "\"synthesis\"");
    assert_at(d.result, "final.source", "\"chair\"");
    drive_release(&d);
}

static void without_chair_the_count_decides(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": " THREE
        ", \"rounds\": [" ROUND("independent_analysis") ", " ROUND("anonymized_peer_review") "]}",
        "{\"r1i0:member:ann\": [{\"text\": \"{\\\"ordering\\\": [\\\"A\\\"]}\"}],"
        " \"r1i0:member:bob\": [{\"text\": \"{\\\"ordering\\\": [\\\"A\\\"]}\"}],"
        " \"r1i0:member:cy\": [{\"text\": \"{\\\"ordering\\\": [\\\"A\\\"]}\"}]}");
    drive_run(&d);
    /* whoever holds label A is ranked first by the others; its own ballot was invalid */
    assert_at(d.result, "final.source", "\"aggregate\"");
    assert_string_equal(d.outcome, "degraded");
    assert_true(has_degraded(&d, "invalid_output"));
    assert_string_equal(j_str(json_object_get(d.result, "final"), "member_id", ""),
                        j_str(json_object_get(d.result, "labels"), "Response A", "?"));
    drive_release(&d);
}

static void analysis_alone_has_no_final(void **state)
{
    (void)state;
    struct drive d = drive_new("{\"id\": \"x\", \"members\": " THREE
                               ", \"rounds\": [" ROUND("independent_analysis") "]}",
                               "{}");
    drive_run(&d);
    assert_string_equal(d.outcome, "complete");
    assert_at(d.result, "final.source", "\"none\"");
    assert_at(d.result, "final.content", "null");
    assert_at(d.result, "dissent", "null");
    drive_release(&d);
}

static void words_are_placed(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"name\": \"Eggs\", \"members\": [{\"id\": \"ann\", \"provider\": "
        "\"mock\", \"model\": \"m\", \"role\": \"cook\", \"system_prompt\": \"{{{{ {{council}} "
        "{{member_id}} {{role}} {{input:/k/0}}\"}], \"rounds\": [{\"type\": "
        "\"independent_analysis\", \"name\": \"a\", \"opts\": {\"instructions\": \"Do "
        "{{input}}\"}}]}",
        "{}");
    json_decref(d.input);
    d.input = parse_json("{\"k\": [\"{{role}}\"]}");
    d.options = (json_decref(d.options), parse_json("{\"history\": [{\"role\": \"user\", "
                                                    "\"content\": \"before\"}]}"));
    drive_run(&d);
    json_t *messages = at_path(asked_of(&d, "r0i0:member:ann", 0), "messages");
    assert_at(messages, "0.content", "\"{{ Eggs ann cook {{role}}\\nYour role: cook.\"");
    assert_at(messages, "1.content", "\"before\"");
    assert_non_null(
        strstr(prompt_of(&d, "r0i0:member:ann", 0), "# Your part\n\nDo ```json\n{\n  \"k\""));
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complete_run),
        cmocka_unit_test(reviewers_see_labels_and_not_themselves),
        cmocka_unit_test(independent_answers_see_the_task_only),
        cmocka_unit_test(the_chair_sees_answers_reviews_and_the_count),
        cmocka_unit_test(ballots_come_back_as_ids),
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(a_chair_is_appended_as_synthesis),
        cmocka_unit_test(without_chair_the_count_decides),
        cmocka_unit_test(analysis_alone_has_no_final),
        cmocka_unit_test(words_are_placed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
