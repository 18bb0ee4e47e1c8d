/* What each role may: who is let do more than that stops what others have paid for. Each method is
 * asked in each role; what it should need stands here once more, so that a method that is added has
 * to be decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "callers_fixture.h"
#include "proto/methods/methods.h"

static const struct {
    const char *method;
    enum role role;
    bool owned, whole, audited;
} NEEDED[] = {
    {"supervisor.info", ROLE_LOOK, false, false, false},
    {"supervisor.which_children", ROLE_LOOK, false, false, false},
    {"supervisor.count_children", ROLE_LOOK, false, false, false},
    {"supervisor.stats", ROLE_LOOK, false, true, false},
    {"supervisor.terminate_all", ROLE_OPERATE, false, false, true},
    {"supervisor.reload", ROLE_OPERATE, false, true, true},
    {"supervisor.drain", ROLE_OPERATE, false, true, true},
    {"supervisor.stop", ROLE_OPERATE, false, true, true},
    {"supervisor.subscribe", ROLE_LOOK, false, false, false},
    {"supervisor.unsubscribe", ROLE_LOOK, false, false, false},
    {"run.start", ROLE_ASK, false, false, true},
    {"run.info", ROLE_LOOK, false, false, false},
    {"run.await", ROLE_LOOK, false, false, false},
    {"run.monitor", ROLE_LOOK, false, false, false},
    {"run.demonitor", ROLE_LOOK, false, false, false},
    {"run.subscribe", ROLE_LOOK, false, false, false},
    {"run.unsubscribe", ROLE_LOOK, false, false, false},
    {"run.cancel", ROLE_ASK, true, false, true},
    {"run.terminate", ROLE_ASK, true, false, true},
    {"run.list", ROLE_LOOK, false, false, false},
    {"run.prune", ROLE_ASK, true, false, true},
    {"council.validate", ROLE_LOOK, false, false, false},
    {"council.list", ROLE_LOOK, false, false, false},
    {"council.get", ROLE_LOOK, false, false, false},
    {"provider.list", ROLE_LOOK, false, false, false},
    {"provider.check", ROLE_ASK, false, false, true},
    {"provider.models", ROLE_ASK, false, false, true},
    {"audit.list", ROLE_OPERATE, false, true, false},
    {"connection.act_as", ROLE_LOOK, false, false, true},
    {"rpc.discover", ROLE_LOOK, false, false, false},
};
_Static_assert(ARRAY_LEN(NEEDED) == METHOD_COUNT, "each method is here once");

static void each_row_says_what_it_needs(void **state)
{
    (void)state;
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        const int method = method_find(NEEDED[i].method, strlen(NEEDED[i].method));
        if (method < 0)
            fail_msg("%s", NEEDED[i].method);
        const struct method_row *row = method_row((enum method)method);
        if (row->role != NEEDED[i].role || row->owned != NEEDED[i].owned ||
            row->whole != NEEDED[i].whole || row->audited != NEEDED[i].audited)
            fail_msg("%s", NEEDED[i].method);
    }
}

static bool is_refused(const char *line, enum role needed)
{
    char data[128];
    snprintf(data, sizeof data, "\"data\":{\"reason\":\"permission_denied\",\"role\":\"%s\"}",
             role_name(needed));
    return strstr(line, data) && strstr(line, "\"code\":-32020");
}

static void each_method_is_refused_below_its_role(void **state)
{
    (void)state;
    for (size_t i = 0; i < METHOD_COUNT; i++)
        for (enum role role = ROLE_NONE; role <= ROLE_OPERATE; role++) {
            caller = (struct caller){.role = role};
            const char *line = answer_to(NEEDED[i].method);
            if (is_refused(line, NEEDED[i].role) != (role < NEEDED[i].role))
                fail_msg("%s as %s: %s", NEEDED[i].method, role_name(role), line);
        }
}

static void what_is_about_the_whole_tenant_is_not_for_one_registry(void **state)
{
    (void)state;
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        caller = (struct caller){.role = ROLE_OPERATE, .registry = "nightly"};
        const char *line = answer_to(NEEDED[i].method);
        if (is_refused(line, NEEDED[i].role) != NEEDED[i].whole)
            fail_msg("%s: %s", NEEDED[i].method, line);
    }
    assert_int_equal(stops, 0);
}

static void a_row_that_says_nothing_is_for_who_operates(void **state)
{
    (void)state;
    assert_false(role_may(ROLE_ASK, ROLE_NONE));
    assert_true(role_may(ROLE_OPERATE, ROLE_NONE));
    assert_false(role_may(ROLE_NONE, ROLE_NONE));
    assert_string_equal(role_name(ROLE_NONE), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(each_row_says_what_it_needs),
        AT_DESK(each_method_is_refused_below_its_role),
        AT_DESK(what_is_about_the_whole_tenant_is_not_for_one_registry),
        AT_DESK(a_row_that_says_nothing_is_for_who_operates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
