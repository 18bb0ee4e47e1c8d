/* Of two tools with credentials neither may see the other's, and one whose credential is missing
 * must not start without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/tool/tool_program.h"

static void expect(const char *documents, const char *credentials, const char *programs)
{
    json_t *from = json_loads(documents, 0, NULL), *with = json_loads(credentials, 0, NULL);
    json_t *made = tool_programs(from, with);
    json_t *wanted = json_loads(programs, 0, NULL);
    char *dump = j_dump(made);
    if (!json_equal(made, wanted))
        fail_msg("%s instead of %s", dump, programs);
    free(dump);
    json_decref(wanted);
    json_decref(made);
    json_decref(with);
    json_decref(from);
}

static void each_has_its_own(void **state)
{
    (void)state;
    expect(
        "{\"a\":{\"argv\":[\"/x\"],\"env\":{\"L\":\"C\"},\"credentials\":[\"ONE\"]},"
        "\"b\":{\"argv\":[\"/y\"],\"credentials\":[\"TWO\",\"ONE\"]},\"c\":{\"argv\":[\"/z\"]}}",
        "{\"ONE\":\"1\",\"TWO\":\"2\"}",
        "{\"a\":{\"argv\":[\"/x\"],\"env\":{\"L\":\"C\",\"ONE\":\"1\"},\"credentials\":[\"ONE\"]}"
        ",\"b\":{\"argv\":[\"/y\"],\"env\":{\"TWO\":\"2\",\"ONE\":\"1\"},\"credentials\":["
        "\"TWO\",\"ONE\"]},\"c\":{\"argv\":[\"/z\"],\"env\":{}}}");
}

static void what_is_missing_is_a_fault(void **state)
{
    (void)state;
    expect("{\"a\":{\"argv\":[\"/x\"],\"credentials\":[\"ONE\"]},\"b\":{\"argv\":[\"/y\"],"
           "\"credentials\":[\"TWO\"]}}",
           "{\"ONE\":\"1\"}",
           "{\"a\":{\"argv\":[\"/x\"],\"env\":{\"ONE\":\"1\"},\"credentials\":[\"ONE\"]},\"b\":{"
           "\"argv\":[\"/y\"],\"env\":{},\"credentials\":[\"TWO\"],\"fault\":\"its credential TWO "
           "is not there: the operator has to provide it\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_its_own),
        cmocka_unit_test(what_is_missing_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
