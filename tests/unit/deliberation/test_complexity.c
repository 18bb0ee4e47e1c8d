/* The effort of a run is told in one number that anybody can work out again. */
#include "drive.h"

#define MEMBER(id, tier)                                                                           \
    "{\"id\": \"" id "\", \"provider\": \"mock\", \"model\": \"m\", \"tier\": \"" tier "\"}"
#define COUNCIL                                                                                    \
    "{\"id\": \"x\", \"members\": [" MEMBER("ann", "nano") ", " MEMBER(                            \
        "bob", "large") "], "                                                                      \
                        "\"rounds\": [{\"type\": \"independent_analysis\", \"name\": \"a\"}]}"

static void actual_is_tokens_by_tier(void **state)
{
    (void)state;
    struct drive d = drive_new(COUNCIL, "{\"r0i0:member:ann\": [{\"usage\": {\"input_tokens\": "
                                        "3000, \"output_tokens\": 1000}}], \"r0i0:member:bob\": "
                                        "[{\"usage\": {\"input_tokens\": 500, \"output_tokens\": "
                                        "null}}]}");
    drive_run(&d);
    /* 4 x 0.5 + 0.5 x 4 */
    assert_at(d.result, "complexity.actual", "4.0");
    drive_release(&d);
}

static void planned_is_the_formula(void **state)
{
    (void)state;
    struct drive d = drive_new(COUNCIL, "{}");
    drive_run(&d);
    /* nobody is shown anything, no tools, no schema: 0.5 + 4 */
    assert_at(d.result, "complexity.planned.min", "4.5");
    assert_at(d.result, "complexity.planned.max", "4.5");
    assert_at(d.result, "complexity.planned.calls", "{\"min\":2,\"max\":2}");
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(actual_is_tokens_by_tier),
        cmocka_unit_test(planned_is_the_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
