/* Ids of runs and refs are drawn: one that two have leads to the wrong of them, and where nothing
 * can be drawn a client has to be told, for it waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/random.h"
#include "desk_fixture.h"

static int none;     /* -errno of the drawing; 0: it goes well */
static int the_same; /* so many more times the same is drawn */
static char drawn;

int random_bytes(void *to, size_t len)
{
    if (none)
        return none;
    drawn += the_same == 0;
    the_same -= the_same > 0;
    memset(to, drawn, len);
    return 0;
}

static int setup_drawing(void **state)
{
    none = the_same = 0;
    return setup_desk(state);
}

static void an_id_that_a_run_has_is_drawn_again(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++) {
        the_same = i;
        request_is(i, "run.start", "{\"council\":\"quick\",\"input\":\"x\"}");
        expect_silence();
        assert_int_equal(runs_count(runs), i);
        assert_int_equal(the_same, 0);
    }
}

static void a_ref_that_somebody_has_is_drawn_again(void **state)
{
    (void)state;
    struct ref *first = NULL;
    some_run("r1");
    for (unsigned i = 1; i <= 3; i++) {
        the_same = (int)i;
        request_is(1, "run.monitor", "{\"run_id\":\"r1\"}");
        expect_result(1, "{\"ref\":\"?\"}");
        first = watchers.refs.by_text;
        assert_int_equal(HASH_COUNT(first), i);
    }
    the_same = 1;
    request_is(1, "run.monitor", "{\"run_id\":\"none\"}");
    json_t *told = json_loads(next_line(), 0, NULL);
    const char *ref = json_string_value(json_object_get(json_object_get(told, "result"), "ref"));
    assert_non_null(ref);
    assert_null(refs_find(&watchers.refs, ref, REF_MONITOR));
    json_decref(told);
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",\"params\":\"?\"}");
}

/* As long as it is not written; its ref is known beforehand here. */
static void the_down_of_a_run_that_is_not_there_can_be_taken_back(void **state)
{
    (void)state;
    char both[512];
    request_is(1, "run.monitor", "{\"run_id\":\"none\"}");
    json_t *told = json_loads(next_line(), 0, NULL);
    const int len = snprintf(
        both, sizeof both,
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"run.monitor\",\"params\":{\"run_id\":\"none\"}}"
        "\n"
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"run.demonitor\",\"params\":{\"ref\":\"%s\","
        "\"flush\":true,\"info\":true}}\n",
        json_string_value(json_object_get(json_object_get(told, "result"), "ref")));
    json_decref(told);
    expect_text(next_line(), "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",\"params\":\"?\"}");
    drawn--;
    assert_int_equal(send(client, both, (size_t)len, MSG_NOSIGNAL), len);
    expect_result(2, "{\"ref\":\"?\"}");
    expect_result(3, "true");
    expect_silence();
}

static void where_nothing_can_be_drawn_it_is_told(void **state)
{
    (void)state;
    static const char *const CALLS[][2] = {
        {"run.start", "{\"council\":\"quick\",\"input\":\"x\"}"},
        {"provider.check", "{\"provider\":\"mock\"}"},
        {"provider.models", "{\"provider\":\"mock\"}"},
        {"run.monitor", "{\"run_id\":\"r1\"}"},
        {"run.monitor", "{\"run_id\":\"none\"}"},
        {"run.subscribe", "{\"run_id\":\"r1\"}"},
        {"run.subscribe", "{\"run_id\":\"old\"}"},
    };
    leader_exits(some_run("old"), CLD_EXITED, 0);
    some_run("r1");
    none = -ENOSYS;
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
        call_fails(CALLS[i][0], CALLS[i][1], "internal_error", "");
        assert_int_equal(runs_count(runs), 1);
        assert_null(watchers.refs.by_text);
    }
}

#define DRAWN(name) cmocka_unit_test_setup_teardown(name, setup_drawing, teardown_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DRAWN(an_id_that_a_run_has_is_drawn_again),
        DRAWN(a_ref_that_somebody_has_is_drawn_again),
        DRAWN(the_down_of_a_run_that_is_not_there_can_be_taken_back),
        DRAWN(where_nothing_can_be_drawn_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
