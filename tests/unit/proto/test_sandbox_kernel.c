/* What each kernel has, and what is said where it lacks something: this machine has one kernel. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/landlock.h"
#include "common/seccomp.h"
#include "proto/sandbox.h"

/* The Makefile links this program with --wrap for these two. */
static int abi, filters;

int __wrap_landlock_abi(void);
int __wrap_seccomp_is_there(void);

int __wrap_landlock_abi(void)
{
    return abi;
}

int __wrap_seccomp_is_there(void)
{
    return filters;
}

#define STRICT .mode = SANDBOX_STRICT
#define FORBIDDEN(what)                                                                            \
    "sandbox: " what                                                                               \
    " is forbidden to councild itself: allow it in SystemCallFilter= of its unit "                 \
    "(docs/operations.md), or set sandbox to off"
#define LACKS "sandbox: this kernel has no "

static const struct row {
    struct sandbox_policy policy;
    int abi, filters;
    int number;
    const char *text;
    const char *has; /* files, network, scopes, syscalls, undumpable; in upper case those it has */
} ROWS[] = {
    {{.mode = SANDBOX_BEST}, 0, 0, 0, "", "fnscU"},
    {{.mode = SANDBOX_BEST}, 1, 1, 0, "", "FnsCU"},
    {{.mode = SANDBOX_BEST}, 3, 1, 0, "", "FnsCU"},
    {{.mode = SANDBOX_BEST}, 4, 1, 0, "", "FNsCU"},
    {{.mode = SANDBOX_BEST}, 5, 0, 0, "", "FNscU"},
    {{.mode = SANDBOX_BEST}, 6, 1, 0, "", "FNSCU"},
    {{.mode = SANDBOX_BEST, .allow_cores = true}, 6, 1, 0, "", "FNSCu"},
    {{.mode = SANDBOX_BEST}, -EPERM, 1, EPERM, FORBIDDEN("Landlock"), "fnsCU"},
    {{.mode = SANDBOX_BEST}, -EPERM, -EPERM, EPERM, FORBIDDEN("Landlock"), "fnscU"},
    {{.mode = SANDBOX_BEST}, 6, -EPERM, EPERM, FORBIDDEN("seccomp"), "FNScU"},
    {{STRICT}, 1, 1, 0, "", "FnsCU"},
    {{STRICT}, 0, -EPERM, EPERM, FORBIDDEN("seccomp"), "fnscU"},
    {{STRICT},
     0,
     0,
     EINVAL,
     LACKS "Landlock (file rights, Linux 5.13): set sandbox to best",
     "fnscU"},
    {{STRICT}, 1, 0, EINVAL, LACKS "filters of system calls: set sandbox to best", "FnscU"},
    {{STRICT, .strict_network = true},
     3,
     1,
     EINVAL,
     LACKS "Landlock for TCP (Linux 6.7): set strict_network to false",
     "FnsCU"},
    {{.mode = SANDBOX_BEST, .strict_network = true, .strict_scopes = true},
     0,
     0,
     EINVAL,
     LACKS "Landlock for TCP (Linux 6.7): set strict_network to false",
     "fnscU"},
    {{.mode = SANDBOX_BEST, .strict_network = true}, 4, 0, 0, "", "FNscU"},
    {{.mode = SANDBOX_BEST, .strict_network = true, .strict_scopes = true},
     5,
     1,
     EINVAL,
     LACKS "Landlock scopes (Linux 6.12): set strict_scopes to false",
     "FNsCU"},
    {{.mode = SANDBOX_BEST, .strict_network = true, .strict_scopes = true}, 6, 1, 0, "", "FNSCU"},
};

static void each_kernel_has_what_it_has(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct row *row = &ROWS[i];
        struct sandbox_state s = {0};
        struct error err = {0};
        abi = row->abi;
        filters = row->filters;
        assert_int_equal(sandbox_state_of_kernel(&row->policy, &s, &err), -row->number);
        assert_string_equal(err.text, row->text);
        assert_int_equal(err.number, row->number);
        char has[] = {s.files ? 'F' : 'f',    s.network ? 'N' : 'n',    s.scopes ? 'S' : 's',
                      s.syscalls ? 'C' : 'c', s.undumpable ? 'U' : 'u', '\0'};
        assert_string_equal(has, row->has);
        assert_int_equal(s.landlock, abi < 0 ? 0 : abi);
        assert_int_equal(s.mode, row->policy.mode);
        assert_true(s.no_new_privs);
    }
}

static void who_wants_none_does_not_ask(void **state)
{
    (void)state;
    struct sandbox_state s;
    struct error err = {0};
    memset(&s, 1, sizeof(s));
    abi = filters = -EPERM;
    struct sandbox_policy off = {
        .mode = SANDBOX_OFF, .strict_network = true, .strict_scopes = true};
    assert_int_equal(sandbox_state_of_kernel(&off, &s, &err), 0);
    assert_string_equal(err.text, "");
    assert_int_equal(s.mode, SANDBOX_OFF);
    assert_false(s.no_new_privs || s.files || s.network || s.scopes || s.syscalls || s.undumpable);
    assert_int_equal(s.landlock, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kernel_has_what_it_has),
        cmocka_unit_test(who_wants_none_does_not_ask),
    };
    return cmocka_run_group_tests_name("sandbox_kernel", tests, NULL, NULL);
}
