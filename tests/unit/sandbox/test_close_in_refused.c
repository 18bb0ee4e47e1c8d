/* A runner that goes on where a part of its sandbox failed is one that nobody knows to be open. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "common/landlock.h"
#include "runner/sandbox/call_filter.h"
#include "runner/sandbox/close_in.h"
#include "runner/sandbox/file_rules.h"
#include "runner/sandbox/runner_calls.h"

/* The Makefile links this program with --wrap for what stands here: nothing is closed in. */
static struct {
    const char *refused; /* the call that fails */
    int number;          /* with this errno */
    const char *refused_too;
    int abi, filters;
    bool threads;
    char log[512];
} kernel;

int __wrap_landlock_new(const struct landlock_handled *handled);
int __wrap_landlock_add_path(int ruleset, const char *path, uint64_t rights);
int __wrap_landlock_add_port(int ruleset, uint16_t port);
int __wrap_landlock_enforce(int ruleset);
int __wrap_file_rules_add(int ruleset, const char *ca_dir);
struct call_filter *__wrap_call_filter_new(const struct call_policy *table, int32_t own,
                                           struct error *err);
int __wrap_call_filter_enforce(const struct call_filter *f);
int __wrap_namespaces_is_single_threaded(void);
struct sandbox_kernel __wrap_sandbox_kernel_look(void);
int __wrap_setrlimit(int resource, const struct rlimit *limit);
int __wrap_prctl(int option, ...);

static void note(const char *what, const char *detail)
{
    size_t len = strlen(kernel.log);
    snprintf(kernel.log + len, sizeof kernel.log - len, "%s%s%s ", what, *detail ? ":" : "",
             detail);
}

static int result_of(const char *what, const char *detail)
{
    bool first = kernel.refused && !strcmp(kernel.refused, what);
    bool second = kernel.refused_too && !strcmp(kernel.refused_too, what);
    note(what, detail);
    errno = first ? kernel.number : EIO;
    return first || second ? -errno : 0;
}

int __wrap_landlock_new(const struct landlock_handled *handled)
{
    assert_int_equal(handled->files, landlock_all(kernel.abi).files);
    int r = result_of("new", "");
    return r < 0 ? r : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __wrap_landlock_add_path(int ruleset, const char *path, uint64_t rights)
{
    assert_true(ruleset >= 0);
    assert_int_equal(rights, LANDLOCK_READ);
    return result_of("path", path);
}

int __wrap_landlock_add_port(int ruleset, uint16_t port)
{
    char text[16];
    assert_true(ruleset >= 0);
    snprintf(text, sizeof text, "%u", port);
    return result_of("port", text);
}

int __wrap_landlock_enforce(int ruleset)
{
    assert_true(ruleset >= 0);
    return result_of("landlock", "");
}

int __wrap_file_rules_add(int ruleset, const char *ca_dir)
{
    assert_true(ruleset >= 0);
    return result_of("files", ca_dir ? ca_dir : "none");
}

struct call_filter *__wrap_call_filter_new(const struct call_policy *table, int32_t own,
                                           struct error *err)
{
    assert_ptr_equal(table, &RUNNER_CALLS);
    assert_int_equal(own, getpid());
    int r = result_of("filter", "");
    if (r < 0)
        error_errno(err, -r, "the filter");
    return NULL;
}

int __wrap_call_filter_enforce(const struct call_filter *f)
{
    (void)f;
    return result_of("seccomp", "");
}

int __wrap_namespaces_is_single_threaded(void)
{
    int r = result_of("alone", "");
    return r < 0 ? r : !kernel.threads;
}

struct sandbox_kernel __wrap_sandbox_kernel_look(void)
{
    return (struct sandbox_kernel){.landlock = kernel.abi, .filters = kernel.filters};
}

int __wrap_setrlimit(int resource, const struct rlimit *limit)
{
    bool none = resource == RLIMIT_CORE && limit->rlim_cur == 0 && limit->rlim_max == 0;
    return result_of(none ? "core" : "?", "") < 0 ? -1 : 0;
}

int __wrap_prctl(int option, ...)
{
    va_list args;
    char text[16];
    va_start(args, option);
    snprintf(text, sizeof text, "%d", va_arg(args, int));
    va_end(args);
    return result_of(option == PR_SET_DUMPABLE       ? "dumpable"
                     : option == PR_SET_NO_NEW_PRIVS ? "privs"
                                                     : "?",
                     text) < 0
               ? -1
               : 0;
}

static void allow(void)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.abi = 6;
    kernel.filters = 1;
}

static void refuse(const char *what, int number)
{
    allow();
    kernel.refused = what;
    kernel.number = number;
}

static int close_in(enum sandbox_mode mode, struct error *err)
{
    struct sandbox_state state = {.landlock = -7};
    *err = (struct error){0};
    int before = fd_count_open();
    struct closing *c = closing_new("/ca");
    closing_add_url(c, "https://api.example/v1");
    int r = closing_enforce(c, &(struct sandbox_policy){.mode = mode}, &state, err);
    closing_free(c);
    assert_int_equal(fd_count_open(), before);
    assert_int_equal(state.landlock, r < 0 ? -7 : mode == SANDBOX_OFF ? 0 : kernel.abi);
    assert_int_equal(-err->number, r);
    return r;
}

static void everything_is_done_in_its_order(void **state)
{
    (void)state;
    struct error err;
    allow();
    assert_int_equal(close_in(SANDBOX_STRICT, &err), 0);
    assert_string_equal(kernel.log,
                        "filter new files:/ca port:53 port:443 alone privs:1 seccomp core "
                        "dumpable:0 alone landlock ");
    allow();
    kernel.abi = kernel.filters = 0;
    assert_int_equal(close_in(SANDBOX_BEST, &err), 0);
    assert_string_equal(kernel.log, "filter alone privs:1 core dumpable:0 alone ");
    allow();
    kernel.threads = true;
    assert_int_equal(close_in(SANDBOX_OFF, &err), 0);
    assert_string_equal(kernel.log, "filter new files:/ca port:53 port:443 ");
}

/* What was done early is not done again, and what failed then is told when somebody asks. */
static void what_is_done_early_is_done_once(void **state)
{
    (void)state;
    struct sandbox_state told;
    struct error err = {0};
    allow();
    struct closing *c = closing_new(NULL);
    closing_begin(c);
    assert_string_equal(kernel.log, "filter new files:none port:53 alone privs:1 seccomp ");
    closing_begin(c);
    kernel.log[0] = '\0';
    assert_int_equal(closing_enforce(c, &(struct sandbox_policy){.allow_cores = true}, &told, &err),
                     0);
    assert_string_equal(kernel.log, "alone landlock ");
    closing_free(c);
    refuse("seccomp", EACCES);
    c = closing_new(NULL);
    closing_begin(c);
    kernel.log[0] = '\0';
    assert_int_equal(closing_enforce(c, &(struct sandbox_policy){0}, &told, &err), -EACCES);
    assert_string_equal(err.text, "sandbox: seccomp: Permission denied");
    assert_string_equal(kernel.log, "");
    closing_free(c);
}

static void off_comes_too_late_behind_the_beginning(void **state)
{
    (void)state;
    struct sandbox_state told = {.landlock = -7};
    struct error err = {0};
    allow();
    struct closing *c = closing_new(NULL);
    closing_begin(c);
    assert_int_equal(closing_enforce(c, &(struct sandbox_policy){.mode = SANDBOX_OFF}, &told, &err),
                     -EALREADY);
    assert_string_equal(err.text, "sandbox: off comes too late, the runner is closed in");
    assert_int_equal(told.landlock, -7);
    closing_free(c);
}

static void whatever_fails_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int number;
        const char *text, *last; /* what was done last */
    } ROWS[] = {
        {"filter", E2BIG, "the filter: Argument list too long", "port:443 "},
        {"new", EINVAL, "sandbox: a ruleset of Landlock: Invalid argument", "new "},
        {"files", EBADF, "sandbox: rules for files: Bad file descriptor", "port:443 "},
        {"port", ENOSPC, "sandbox: a rule for a port: No space left on device", "port:443 "},
        {"alone", ENOSYS, "sandbox: are there other threads: Function not implemented", "alone "},
        {"privs", EINVAL, "sandbox: no_new_privs: Invalid argument", "privs:1 "},
        {"core", EPERM, "sandbox: RLIMIT_CORE: Operation not permitted", "core "},
        {"dumpable", EINVAL, "sandbox: PR_SET_DUMPABLE: Invalid argument", "dumpable:0 "},
        {"landlock", E2BIG, "sandbox: Landlock: Argument list too long", "landlock "},
        {"seccomp", EACCES, "sandbox: seccomp: Permission denied", "seccomp "},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct error err;
        refuse(ROWS[i].what, ROWS[i].number);
        assert_int_equal(close_in(SANDBOX_BEST, &err), -ROWS[i].number);
        assert_string_equal(err.text, ROWS[i].text);
        const char *end = kernel.log + strlen(kernel.log) - strlen(ROWS[i].last);
        assert_string_equal(end, ROWS[i].last);
    }
    struct error err;
    allow();
    kernel.threads = true;
    assert_int_equal(close_in(SANDBOX_BEST, &err), -EBUSY);
    assert_string_equal(err.text, "sandbox: the runner has more than one thread already");
    assert_null(strstr(kernel.log, "privs"));
    allow();
    kernel.filters = -EPERM;
    assert_int_equal(close_in(SANDBOX_BEST, &err), -EPERM);
    assert_non_null(strstr(err.text, "seccomp is forbidden to councild itself"));
    assert_null(strstr(kernel.log, "alone"));
}

static void the_first_fault_is_told_and_off_asks_for_none(void **state)
{
    (void)state;
    struct error err;
    refuse("files", EBADF);
    kernel.refused_too = "port";
    assert_int_equal(close_in(SANDBOX_STRICT, &err), -EBADF);
    assert_string_equal(err.text, "sandbox: rules for files: Bad file descriptor");
    refuse("files", EBADF);
    assert_int_equal(close_in(SANDBOX_OFF, &err), 0);
    struct sandbox_state none;
    allow();
    assert_int_equal(
        closing_enforce(NULL, &(struct sandbox_policy){.mode = SANDBOX_OFF}, &none, NULL), 0);
    assert_int_equal(none.mode, SANDBOX_OFF);
}

static void rules_are_those_that_the_kernel_knows(void **state)
{
    (void)state;
    static const struct {
        int abi;
        const char *log;
    } ROWS[] = {
        {6, "filter new files:none port:53 path:/a port:443 port:8080 "},
        {4, "filter new files:none port:53 path:/a port:443 port:8080 "},
        {3, "filter new files:none path:/a "},
        {1, "filter new files:none path:/a "},
        {0, "filter "},
        {-EPERM, "filter "},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        allow();
        kernel.abi = ROWS[i].abi;
        struct closing *c = closing_new(NULL);
        closing_add_file(c, NULL);
        closing_add_file(c, "/a");
        closing_add_url(c, NULL);
        closing_add_url(c, "https://api.example");
        closing_add_url(c, "http://127.0.0.1:8080/v1");
        closing_add_url(c, "http://h:65536");
        assert_string_equal(kernel.log, ROWS[i].log);
        closing_free(c);
    }
    closing_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_done_in_its_order),
        cmocka_unit_test(what_is_done_early_is_done_once),
        cmocka_unit_test(off_comes_too_late_behind_the_beginning),
        cmocka_unit_test(whatever_fails_is_told),
        cmocka_unit_test(the_first_fault_is_told_and_off_asks_for_none),
        cmocka_unit_test(rules_are_those_that_the_kernel_knows),
    };
    return cmocka_run_group_tests_name("close_in_refused", tests, NULL, NULL);
}
