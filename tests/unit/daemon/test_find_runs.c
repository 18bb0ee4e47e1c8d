/* Finding a run again: a filter that passes one over hides what was paid for, one that lets another
 * registry through shows it to whom it is not for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "desk_fixture.h"

static void start_at(const char *id, int64_t now_ms)
{
    order_id = id;
    struct start_order order = make_order(5000, LIMIT_NONE, true);
    order.now_ms = now_ms;
    assert_true(say_ready(begin_order(&order)));
}

/* The ids of a page, in its order. */
static void lists(const char *params, const char *ids)
{
    char got[64] = "";
    size_t len = 0;
    size_t i;
    json_t *row;
    request_is(1, "run.list", params);
    json_t *json = json_loads(next_line(), 0, NULL);
    const json_t *rows = json_object_get(json_object_get(json, "result"), "runs");
    assert_true(json_is_array(rows));
    json_array_foreach (rows, i, row)
        len += (size_t)snprintf(got + len, sizeof got - len, "%s",
                                json_string_value(json_object_get(row, "run_id")));
    if (strcmp(got, ids) != 0)
        fail_msg("%s lists %s, not %s", params, got, ids);
    json_decref(json);
}

static void record_at(const char *id, int64_t ms, const char *end)
{
    struct record *record;
    assert_int_equal(record_open(records, id, ms, end, strlen(end), &record), 0);
    assert_int_equal(record_end(record, end, strlen(end)), 0);
    record_free(record);
}

#define OF(question, label, outcome)                                                               \
    "{\"question\":\"" question "\",\"labels\":{\"l\":\"" label "\"},\"registry\":\"default\","    \
    "\"council_id\":\"c\",\"outcome\":" outcome "}"

/* Those that live among those that have ended. */
static void make_some(void)
{
    record_at("a", 1000, OF("Why tea?", "x", "\"complete\""));
    record_at("b", 2000, OF("Why not?", "y", "null"));
    start_at("m", 2500); /* asks why, too */
    record_at("c", 3000, OF("Coffee", "x", "\"failed\""));
    start_at("z", 4000);
}

static void end_those_that_live(void)
{
    leader_exits(run_of("m"), CLD_EXITED, 0);
    leader_exits(run_of("z"), CLD_EXITED, 0);
}

static void runs_are_found_by_what_was_asked(void **state)
{
    (void)state;
    make_some();
    lists("{}", "zcmba");
    lists("{\"text\":\"WHY\"}", "zmba");
    lists("{\"text\":\"why?\"}", "zm");
    lists("{\"text\":\"coffee\"}", "c");
    lists("{\"text\":\"why\",\"state\":\"ended\",\"limit\":1}", "b");
    lists("{\"text\":\"why\",\"limit\":2,\"after\":\"0000000002500-m\"}", "ba");
    lists("{\"label\":{\"l\":\"x\"}}", "ca");
    lists("{\"label\":{\"l\":\"x\",\"k\":\"x\"}}", "");
    lists("{\"label\":{}}", "zcmba");
    lists("{\"label\":{\"l\":\"x\"},\"text\":\"tea\"}", "a");
    call_fails("run.list", "{\"text\":\"\"}", "invalid_parameter",
               ",\"field\":\"text\",\"message\":\"?\"");
    call_fails("run.list", "{\"label\":{\"l\":1}}", "invalid_parameter",
               ",\"field\":\"/label/l\",\"message\":\"?\"");
    end_those_that_live();
}

static void runs_are_found_by_how_they_ended(void **state)
{
    (void)state;
    make_some();
    lists("{\"outcome\":\"none\"}", "b");
    lists("{\"outcome\":\"failed\"}", "c");
    lists("{\"outcome\":\"none\",\"state\":\"live\"}", "");
    end_those_that_live();
    lists("{\"outcome\":\"none\"}", "zmb");
}

static void runs_are_found_by_when_they_were_started(void **state)
{
    (void)state;
    make_some();
#define AT(ms) "\"1970-01-01T00:00:0" ms "Z\""
    lists("{\"since\":" AT("2.5") "}", "zcm");
    lists("{\"since\":" AT("2.501") "}", "zc");
    lists("{\"since\":" AT("3") "}", "zc");
    lists("{\"since\":" AT("9") "}", "");
    lists("{\"until\":" AT("2.5") "}", "ba");
    lists("{\"until\":" AT("2.501") "}", "mba");
    lists("{\"until\":" AT("2") "}", "a");
    lists("{\"until\":" AT("0") "}", "");
    lists("{\"since\":" AT("2") ",\"until\":" AT("3") "}", "mb");
    lists("{\"since\":\"1970-01-01T01:00:03+01:00\"}", "zc");
    lists("{\"until\":" AT("4") ",\"after\":\"0000000002500-m\"}", "ba");
    lists("{\"until\":" AT("2") ",\"after\":\"0000000002500-m\"}", "a");
    lists("{\"state\":\"live\",\"until\":" AT("4") "}", "m");
    lists("{\"state\":\"live\",\"since\":" AT("4") "}", "z");
    static const char *const WRONG[] = {"\"yesterday\"", "\"1970-01-01\"", "1000",
                                        "\"1969-12-31T23:59:59Z\"",
                                        "\"1970-01-01T00:00:01Z\\u0000\""};
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
        char params[96];
        snprintf(params, sizeof params, "{\"since\":%s}", WRONG[i]);
        call_fails("run.list", params, "invalid_parameter",
                   ",\"field\":\"since\",\"message\":\"?\"");
    }
    end_those_that_live();
}

static void who_sees_one_registry_finds_none_of_another(void **state)
{
    (void)state;
    make_some();
    record_at("o", 5000, "{\"question\":\"why\",\"registry\":\"own\"}");
    snprintf(caller.registry, sizeof caller.registry, "own");
    lists("{\"text\":\"why\"}", "o");
    lists("{\"text\":\"why\",\"registry\":\"default\"}", "");
    lists("{\"outcome\":\"none\"}", "o");
    lists("{\"label\":{\"l\":\"x\"}}", "");
    caller.registry[0] = '\0';
    end_those_that_live();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(runs_are_found_by_what_was_asked),
        AT_DESK(runs_are_found_by_how_they_ended),
        AT_DESK(runs_are_found_by_when_they_were_started),
        AT_DESK(who_sees_one_registry_finds_none_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
