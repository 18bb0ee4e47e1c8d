/* An operator who writes `strict` and gets something else would never know. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/landlock.h"
#include "common/seccomp.h"
#include "proto/sandbox.h"

static int read_text(const char *text, struct sandbox_policy *ret, struct error *err)
{
    json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    int r = sandbox_policy_read(value, ret, err);
    json_decref(value);
    return r;
}

static void what_is_asked_for_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct sandbox_policy policy;
    } ROWS[] = {
        {NULL, {.mode = SANDBOX_BEST}},
        {"\"best\"", {.mode = SANDBOX_BEST}},
        {"\"strict\"", {.mode = SANDBOX_STRICT}},
        {"\"off\"", {.mode = SANDBOX_OFF}},
        {"{}", {.mode = SANDBOX_BEST}},
        {"{\"mode\":\"strict\",\"strict_network\":true,\"strict_scopes\":false}",
         {.mode = SANDBOX_STRICT, .strict_network = true}},
        {"{\"allow_cores\":true,\"strict_scopes\":true}",
         {.mode = SANDBOX_BEST, .strict_scopes = true, .allow_cores = true}},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct sandbox_policy policy, again;
        assert_int_equal(read_text(ROWS[i].text, &policy, NULL), 0);
        assert_memory_equal(&policy, &ROWS[i].policy, sizeof(policy));
        json_t *json = sandbox_policy_json(&policy);
        assert_int_equal(json_object_size(json), 4);
        assert_int_equal(sandbox_policy_read(json, &again, NULL), 0);
        assert_memory_equal(&again, &policy, sizeof(policy));
        json_decref(json);
    }
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"\"Best\"", "best, strict, off"},
        {"3", "best, strict, off"},
        {"null", "best, strict, off"},
        {"[\"best\"]", "best, strict, off"},
        {"{\"mode\":\"\"}", "best, strict, off"},
        {"{\"mode\":null}", "best, strict, off"},
        {"{\"strict\":true}", "unknown key strict"},
        {"{\"strict_scopes\":1}", "strict_scopes must be true or false"},
        {"{\"mode\":\"off\",\"allow_cores\":\"no\"}", "allow_cores must be true or false"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct sandbox_policy policy = {.mode = SANDBOX_OFF};
        struct error err = {0};
        assert_int_equal(read_text(ROWS[i][0], &policy, &err), -EINVAL);
        assert_non_null(strstr(err.text, ROWS[i][1]));
        assert_int_equal(policy.mode, SANDBOX_OFF);
    }
}

static void the_kernel_is_asked(void **state)
{
    (void)state;
    const struct sandbox_policy best = {.mode = SANDBOX_BEST}, off = {.mode = SANDBOX_OFF},
                                cores = {.mode = SANDBOX_BEST, .allow_cores = true};
    const struct sandbox_state nothing = {.mode = SANDBOX_OFF};
    struct sandbox_state s;
    assert_int_equal(sandbox_state_of_kernel(&off, &s, NULL), 0);
    assert_memory_equal(&s, &nothing, sizeof(s));
    assert_int_equal(sandbox_state_of_kernel(&best, &s, NULL), 0);
    int abi = landlock_abi();
    assert_int_equal(s.landlock, abi);
    assert_int_equal(s.files, abi >= 1);
    assert_int_equal(s.network, abi >= 4);
    assert_int_equal(s.scopes, abi >= 6);
    assert_int_equal(s.syscalls, seccomp_is_there());
    assert_true(s.no_new_privs && s.undumpable);
    assert_int_equal(sandbox_state_of_kernel(&cores, &s, NULL), 0);
    assert_false(s.undumpable);
}

static void strict_asks_for_what_there_may_not_be(void **state)
{
    (void)state;
    const struct sandbox_policy strict = {.mode = SANDBOX_STRICT},
                                network = {.mode = SANDBOX_BEST, .strict_network = true},
                                scopes = {.mode = SANDBOX_BEST, .strict_scopes = true};
    struct sandbox_state s;
    struct error err = {0};
    int abi = landlock_abi();
    bool both = abi >= 1 && seccomp_is_there() == 1;
    assert_int_equal(sandbox_state_of_kernel(&strict, &s, &err), both ? 0 : -EINVAL);
    assert_int_equal(sandbox_state_of_kernel(&network, &s, &err), abi >= 4 ? 0 : -EINVAL);
    assert_int_equal(sandbox_state_of_kernel(&scopes, &s, &err), abi >= 6 ? 0 : -EINVAL);
}

static void all_of_it_is_told(void **state)
{
    (void)state;
    const struct sandbox_state s = {.mode = SANDBOX_STRICT, .landlock = 5, .files = true};
    json_t *json = sandbox_state_json(&s);
    char *text = json_dumps(json, JSON_COMPACT);
    assert_string_equal(text,
                        "{\"mode\":\"strict\",\"landlock\":5,\"no_new_privs\":false,\"files\":"
                        "true,\"network\":false,\"scopes\":false,\"syscalls\":false,"
                        "\"undumpable\":false}");
    free(text);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_for_is_read),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(the_kernel_is_asked),
        cmocka_unit_test(strict_asks_for_what_there_may_not_be),
        cmocka_unit_test(all_of_it_is_told),
    };
    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
