/* Which start is taken for one that was made before: one too few, and a run is paid for twice; one
 * too many, and a client is told of a run that it did not ask for, or of somebody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "proto/json/canonical.h"
#include "start_again_fixture.h"

/* ---- what is the same start ---- */

static void the_same_values_are_the_same_start(void **state)
{
    (void)state;
    static const char *const SAME[] = {
        "{\"run_id\":\"r1\",\"key\":\"k\",\"input\":\"why?\",\"council\":\"quick\"}",
        "{ \"key\" : \"\\u006b\", " WHAT ", \"run_id\": \"r1\" }",
        UNDER_K_AND "\"monitor\":false,\"subscribe\":false}",
        UNDER_K_AND "\"registry\":\"default\"}",
    };
    struct run *run = start_ready(UNDER_K);
    for (size_t i = 0; i < ARRAY_LEN(SAME); i++)
        call_gives("run.start", SAME[i], ALREADY("4711"));
    ends(run);
}

static void other_parameters_are_another_start(void **state)
{
    (void)state;
    static const char *const OTHERS[] = {
        "{" WHAT ",\"key\":\"k\"}",
        "{" WHAT ",\"key\":\"k\",\"run_id\":\"r2\"}",
        "{\"council\":\"quick\",\"input\":\"why\",\"key\":\"k\",\"run_id\":\"r1\"}",
        "{\"council\":" COUNCIL ",\"input\":\"why?\",\"key\":\"k\",\"run_id\":\"r1\"}",
        UNDER_K_AND "\"labels\":{}}",
        UNDER_K_AND "\"options\":{\"seed\":\"s\"}}",
        UNDER_K_AND "\"limits\":{\"open_files\":99}}",
        UNDER_K_AND "\"shutdown\":5}",
        UNDER_K_AND "\"callers\":[\"c\"]}",
        UNDER_K_AND "\"recorder\":\"none\"}",
        UNDER_K_AND "\"verbose\":\"debug\"}",
        UNDER_K_AND "\"durable\":true}",
    };
    struct run *run = start(1, UNDER_K);
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++)
        call_fails("run.start", OTHERS[i], "key_reused", ",\"run_id\":\"r1\"");
    say_ready(run);
    expect_result(1, "\"?\"");
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++)
        call_fails("run.start", OTHERS[i], "key_reused", ",\"run_id\":\"r1\"");
    ends(run);
    for (size_t i = 0; i < ARRAY_LEN(OTHERS); i++)
        call_fails("run.start", OTHERS[i], "key_reused", ",\"run_id\":\"r1\"");
    assert_int_equal(fake.made, 1);
}

/* ---- whose key it is ---- */

/* Is it known? A run that is started is ended and forgotten. */
static bool is_known(const char *registry, const char *key)
{
    char params[1024];
    snprintf(params, sizeof params, "{\"council\":\"quick\",\"input\":\"why?\",%s\"key\":%s}",
             registry, key);
    request_is(7, "run.start", params);
    const char *line = next_line();
    if (strstr(line, "\"key_reused\""))
        return true;
    assert_string_equal(line, "");
    struct run *run = runs_next(runs, NULL);
    assert_int_equal(runs_count(runs), 1);
    life_stop(run, STOPPED_BY_CLIENT, SHUTDOWN_DEFAULT);
    leader_exits(run, CLD_KILLED, SIGTERM);
    assert_non_null(strstr(next_line(), "\"start_failed\""));
    return false;
}

static void keys_of_others_are_others(void **state)
{
    (void)state;
    struct peer *peer = (struct peer *)conn_peer(conn);
    static const struct {
        const char *name, *only, *registry;
        unsigned uid;
        bool known;
    } CASES[] = {
        {"", "", "", 0, true},        {"", "", "\"registry\":\"default\",", 0, true},
        {"", "default", "", 0, true}, {"", "", "\"registry\":\"other\",", 0, false},
        {"", "other", "", 0, false},  {"ann", "", "", 0, false},
        {"", "", "", 7, false},
    };
    ends(start_ready(UNDER_K));
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        caller = (struct caller){.role = ROLE_ASK};
        snprintf(caller.name, sizeof caller.name, "%s", CASES[i].name);
        snprintf(caller.registry, sizeof caller.registry, "%s", CASES[i].only);
        peer->uid = CASES[i].uid;
        if (is_known(CASES[i].registry, "\"k\"") != CASES[i].known)
            fail_msg("case %zu", i);
        peer->uid = 0;
    }
}

/* What stands in one part of it is not taken for what stands in the next. */
static void names_and_keys_are_kept_apart(void **state)
{
    (void)state;
    caller = (struct caller){.role = ROLE_ASK, .name = "ab"};
    ends(start_ready("{" WHAT ",\"registry\":\"cd\",\"key\":\"ef\",\"run_id\":\"r1\"}"));
    assert_true(is_known("\"registry\":\"cd\",", "\"ef\""));
    assert_false(is_known("\"registry\":\"c\",", "\"def\""));
    assert_false(is_known("\"registry\":\"cde\",", "\"f\""));
    assert_false(is_known("\"registry\":\"cd\",", "\"e\""));
    assert_false(is_known("\"registry\":\"cd\",", "\"ef\\u0000\""));
    caller = (struct caller){.role = ROLE_ASK, .name = "a"};
    assert_false(is_known("\"registry\":\"bcd\",", "\"ef\""));
}

/* What one daemon wrote, the next one finds. */
static void it_is_known_by_the_sum_of_whose_key_it_is(void **state)
{
    (void)state;
    static const char WHOSE[] = "7\0ann\0default\0k";
    struct peer *peer = (struct peer *)conn_peer(conn);
    char sum[SHA256_HEX_SIZE];
    caller = (struct caller){.role = ROLE_ASK, .name = "ann"};
    peer->uid = 7;
    struct run *run = start_ready(UNDER_K);
    peer->uid = 0;
    const char *told = strstr(spec_of("r1"), "\"start_key\":\"");
    assert_non_null(told);
    assert_memory_equal(told + 13, sha256_hex(WHOSE, sizeof WHOSE - 1, sum), sizeof sum - 1);
    ends(run);
}

static void a_key_has_so_many_bytes(void **state)
{
    (void)state;
    char params[1024], key[258];
    memset(key, 'x', sizeof key);
    static const char *const WRONG[] = {"\"\"", "5", "null", "[\"k\"]"};
    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
        snprintf(params, sizeof params, "{" WHAT ",\"key\":%s}", WRONG[i]);
        call_fails("run.start", params, "invalid_option", ",\"field\":\"key\",\"message\":\"?\"");
    }
    snprintf(params, sizeof params, "{" WHAT ",\"key\":\"%.256s\"}", key);
    call_fails("run.start", params, "invalid_option", ",\"field\":\"key\",\"message\":\"?\"");
    snprintf(params, sizeof params, "{" WHAT ",\"key\":\"%.255s\",\"run_id\":\"r1\"}", key);
    memset(caller.name, 'n', sizeof caller.name - 1);
    ends(start_ready(params));
    call_gives("run.start", params, ALREADY("null"));
    params[strstr(params, "x\",\"run_id\"") - params] = 'y'; /* its last byte counts */
    ends(start_ready(params));
    assert_int_equal(fake.made, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(the_same_values_are_the_same_start),
        AT_DESK(other_parameters_are_another_start),
        AT_DESK(keys_of_others_are_others),
        AT_DESK(names_and_keys_are_kept_apart),
        AT_DESK(it_is_known_by_the_sum_of_whose_key_it_is),
        AT_DESK(a_key_has_so_many_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
