/* A reason for which a start is refused and that has no number is missing in every sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/event.h"
#include "proto/methods/methods.h"
#include "proto/methods/stats_objects.h"

static bool has(const struct object *o, const char *name)
{
    for (const struct field *f = o->fields; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return true;
    return false;
}

static void each_reason_that_a_start_is_refused_for_has_a_number(void **state)
{
    (void)state;
    static const enum rpc_reason EVERYWHERE[] = {RPC_INVALID_PARAMETER, RPC_PERMISSION_DENIED,
                                                 RPC_INTERNAL_ERROR, RPC_REASON_COUNT};
    const enum rpc_reason *const lists[] = {method_row(METHOD_RUN_START)->errors, EVERYWHERE};
    for (size_t i = 0; i < 2; i++)
        for (const enum rpc_reason *r = lists[i]; *r != RPC_REASON_COUNT; r++)
            if (!has(&OBJECT_START_REFUSALS, rpc_reason_name(*r)))
                fail_msg("%s", rpc_reason_name(*r));
}

static void each_outcome_has_a_number(void **state)
{
    (void)state;
    assert_true(has(&OBJECT_END_OUTCOMES, "none"));
    for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++)
        if (!has(&OBJECT_END_OUTCOMES, outcome_name((enum outcome)i)))
            fail_msg("%s", outcome_name((enum outcome)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reason_that_a_start_is_refused_for_has_a_number),
        cmocka_unit_test(each_outcome_has_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
