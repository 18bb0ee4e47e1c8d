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

#define TURN(name) "{\"type\": \"debate\", \"name\": \"" name "\"}"
#define DEBATED                                                                                    \
    "{\"id\": \"x\", \"anonymity\": {\"scope\": \"reviewer\"}, \"members\": " THREE                \
    ", \"rounds\": [" ROUND("independent_analysis") ", " TURN("one") ", " TURN("two") "]}"

/* What a call names a member; the seed alone decides it. */
static const char *label_in(struct drive *d, const char *call, const char *id)
{
    const char *label;
    json_t *one;
    json_object_foreach (json_object_get(json_object_get(d->result, "label_maps"), call), label,
                         one) {
        if (strcmp(json_string_value(one), id) == 0)
            return label;
    }
    return "";
}

/* Where two maps name a member differently, the reader is told of the one whom the writer meant. */
static void who_is_named_in_an_answer_is_named_in_the_words_of_its_reader(void **state)
{
    (void)state;
    static const char *const IDS[] = {"ann", "bob", "cy"}, *const READERS[] = {"bob", "cy"};
    struct drive plain = drive_new(DEBATED, "{}");
    int differ = 0;
    drive_run(&plain);
    for (int i = 0; i < 6; i++) {
        char said[80], shown[80], call[40];
        const char *id = IDS[i / 2], *reader = READERS[i % 2];
        snprintf(call, sizeof call, "r2i0:member:%s", reader);
        const char *from = label_in(&plain, "r1i0:member:ann", id),
                   *to = label_in(&plain, call, id);
        snprintf(said, sizeof said, "I side with %s.", from);
        snprintf(shown, sizeof shown, "I side with %s.", to);
        differ += strcmp(from, to) != 0;
        struct drive d = drive_new(DEBATED, "{}");
        json_object_set_new(d.script, "r1i0:member:ann", json_pack("[{s:s}]", "text", said));
        drive_run(&d);
        assert_non_null(strstr(prompt_of(&d, call, 0), shown));
        drive_release(&d);
    }
    assert_true(differ > 0);
    drive_release(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_for_each_reviewer),
        cmocka_unit_test(a_map_for_each_round),
        cmocka_unit_test(orders_differ_between_reviewers_only_when_asked),
        cmocka_unit_test(who_is_named_in_an_answer_is_named_in_the_words_of_its_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
