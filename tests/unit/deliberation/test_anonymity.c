/* With a map per reviewer nobody can follow a member by its label from one prompt to the next. */
#include "drive.h"

#define SCOPED(anonymity)                                                                          \
    "{\"id\": \"x\", \"anonymity\": " anonymity ", \"members\": " THREE                            \
    ", \"rounds\": [" ROUND("independent_analysis") ", " ROUND("anonymized_peer_review") "]}"

static void a_map_for_each_reviewer(void **state)
{
    (void)state;
    struct drive d = drive_new(SCOPED("{\"scope\": \"reviewer\"}"), "{}");
    drive_run(&d);
    json_t *maps = at_path(d.result, "label_maps"),
           *call = json_object_get(maps, "r1i0:member:ann");
    assert_int_equal(json_object_size(call), 3);
    /* the ballot came back through the reader's own map */
    json_t *first = at_path(d.result, "rounds.1.member_results.ann.ballot.ordering.0");
    json_t *label = at_path(d.result, "rounds.1.member_results.ann.presented.0");
    assert_true(json_equal(json_object_get(call, json_string_value(label)), first));
    assert_string_equal(d.outcome, "complete");
    drive_release(&d);
}

static void a_map_for_each_round(void **state)
{
    (void)state;
    struct drive d = drive_new(SCOPED("{\"scope\": \"round\"}"), "{}");
    drive_run(&d);
    assert_non_null(json_object_get(at_path(d.result, "label_maps"), "r1i0"));
    assert_null(json_object_get(at_path(d.result, "label_maps"), "r1i0:member:ann"));
    drive_release(&d);
}

static void orders_differ_between_reviewers_only_when_asked(void **state)
{
    (void)state;
    struct drive d = drive_new(SCOPED("{\"order\": \"stable\"}"), "{}");
    drive_run(&d);
    json_t *labels = at_path(d.result, "labels"), *shown;
    shown = at_path(d.result, "rounds.1.member_results.cy.presented");
    assert_string_equal(j_str(labels, json_string_value(json_array_get(shown, 0)), ""), "ann");
    assert_string_equal(j_str(labels, json_string_value(json_array_get(shown, 1)), ""), "bob");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_for_each_reviewer),
        cmocka_unit_test(a_map_for_each_round),
        cmocka_unit_test(orders_differ_between_reviewers_only_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
