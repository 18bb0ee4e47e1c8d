/* Which of its answers is a member's current one, and whether it is told to be an older one: that
 * of a member that was asked again and failed is, that of one that nobody asked is not. */
#include "drive.h"

#define AGAIN                                                                                      \
    "{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [" ROUND(                                 \
        "independent_analysis") ", "                                                               \
                                "{\"type\": \"independent_analysis\", \"name\": \"again\", "       \
                                "\"members\": [\"ann\", \"bob\"]"                                  \
                                "}]}"
#define SAID(call, text) "\"" call "\": [{\"text\": \"" text "\"}]"
#define FAILED(call)     "\"" call "\": [{\"error\": \"invalid_request\"}]"

static void only_who_failed_is_stale(void **state)
{
    (void)state;
    struct drive d =
        drive_new(AGAIN, "{" FAILED("r1i0:member:ann") ", " SAID("r1i0:member:bob", "Later.") "}");
    drive_run(&d);
    assert_at(d.result, "members.ann.current_answer",
              "{\"index\":0,\"iteration\":0,\"stale\":true}");
    assert_at(d.result, "members.bob.current_answer",
              "{\"index\":1,\"iteration\":0,\"stale\":false}");
    assert_at(d.result, "members.cy.current_answer",
              "{\"index\":0,\"iteration\":0,\"stale\":false}");
    drive_release(&d);
}

static void who_never_answered_has_none(void **state)
{
    (void)state;
    struct drive d =
        drive_new(AGAIN, "{" FAILED("r0i0:member:ann") ", " FAILED("r1i0:member:ann") "}");
    drive_run(&d);
    assert_at(d.result, "members.ann.current_answer", "null");
    drive_release(&d);
}

/* In a tournament who has a bye stands with its answer, the older one if that is the last. */
static void a_bye_stands_with_the_current_answer(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": " THREE ", \"chair\": " CHAIR ", \"rounds\": [" ROUND(
            "independent_analysis") ", {\"type\": \"independent_analysis\", "
                                    "\"name\": \"again\", \"members\": [\"ann\", \"bob\"]}, "
                                    "{\"type\": "
                                    "\"pairwise_elimination\", "
                                    "\"name\": \"cup\", \"opts\": {\"seeding\": \"document\"}}]}",
        "{" SAID("r0i0:member:ann", "First.") ", " FAILED("r1i0:member:ann") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.2.member_results.ann.status", "\"ok\"");
    assert_at(d.result, "rounds.2.member_results.ann.content", "\"First.\"");
    assert_at(d.result, "rounds.2.member_results.ann.stale", "true");
    drive_release(&d);
}

/* In its own form, where it has one. */
static void a_bye_stands_with_what_its_form_holds(void **state)
{
    (void)state;
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"m\", "
        "\"output_schema_inline\": {\"type\": \"object\", \"properties\": {\"n\": {\"type\": "
        "\"integer\"}}}}, " SEAT("bob") ", " SEAT(
            "cy") "], \"chair\": " CHAIR
                  ", \"rounds\": [" ROUND(
                      "independent_analysis") ", {\"type\": \"pairwise_elimination\", "
                                              "\"name\": \"cup\", \"opts\": {\"seeding\": "
                                              "\"document\"}}]}",
        "{" SAID("r0i0:member:ann", "{\\\"n\\\": 7}") "}");
    drive_run(&d);
    assert_at(d.result, "rounds.1.member_results.ann.status", "\"ok\"");
    assert_at(d.result, "rounds.1.member_results.ann.parsed", "{\"n\":7}");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_failed_is_stale),
        cmocka_unit_test(who_never_answered_has_none),
        cmocka_unit_test(a_bye_stands_with_the_current_answer),
        cmocka_unit_test(a_bye_stands_with_what_its_form_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
