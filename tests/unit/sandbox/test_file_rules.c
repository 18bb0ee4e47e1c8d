/* Which files a run may still read: one that is left out is a name that is not resolved, or a
 * certificate that nobody trusts, weeks later; one too many is somebody's secret. Rules are only
 * noted here: the Makefile links this program with --wrap=landlock_add_path. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "common/landlock.h"
#include "runner/sandbox/file_rules.h"

enum { RULESET = 77 };

static struct {
    char log[4096]; /* the paths, a line each */
    int calls, refused, number;
} kernel;

int __wrap_landlock_add_path(int ruleset, const char *path, uint64_t rights);

int __wrap_landlock_add_path(int ruleset, const char *path, uint64_t rights)
{
    size_t used = strlen(kernel.log);
    assert_int_equal(ruleset, RULESET);
    assert_int_equal(rights, LANDLOCK_READ);
    snprintf(kernel.log + used, sizeof(kernel.log) - used, "%s\n", path);
    return ++kernel.calls == kernel.refused ? -kernel.number : 0;
}

static const char EVERYWHERE[] = "/etc/ld.so.cache\n/lib\n/lib64\n/usr/lib\n/usr/lib64\n"
                                 "/usr/local/lib\n/etc/ssl/openssl.cnf\n/usr/lib/ssl\n"
                                 "/etc/pki/tls/openssl.cnf\n/etc/crypto-policies/back-ends\n"
                                 "/etc/nsswitch.conf\n/etc/hosts\n/etc/host.conf\n"
                                 "/etc/resolv.conf\n/etc/gai.conf\n/etc/services\n/etc/protocols\n"
                                 "/etc/networks\n/run/systemd/resolve\n/run/resolvconf\n"
                                 "/etc/localtime\n/etc/timezone\n/usr/share/zoneinfo\n/dev/null\n"
                                 "/dev/urandom\n/dev/random\n/proc/sys/vm/overcommit_memory\n"
                                 "/sys/devices/system/cpu\n";
enum { COUNT_EVERYWHERE = 28 };

static char folder[32];

static int set_up(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof(kernel));
    snprintf(folder, sizeof(folder), "/tmp/file-rules-XXXXXX");
    return mkdtemp(folder) ? chdir(folder) : -1;
}

static int tear_down(void **state)
{
    static const char *const NAMES[] = {"0.pem", "1.pem", "2.pem", "3.pem", "4.pem"};
    (void)state;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(*NAMES); i++)
        unlink(NAMES[i]);
    return chdir("/") || rmdir(folder);
}

/* What is added beyond what every run may read, and the folder itself. */
static const char *added(void)
{
    char *own;
    memset(&kernel, 0, sizeof(kernel));
    assert_int_equal(file_rules_add(RULESET, folder), 0);
    assert_memory_equal(kernel.log, EVERYWHERE, strlen(EVERYWHERE));
    own = kernel.log + strlen(EVERYWHERE);
    assert_memory_equal(own, folder, strlen(folder));
    return own + strlen(folder) + 1;
}

static void what_every_run_may_read(void **state)
{
    (void)state;
    assert_int_equal(file_rules_add(RULESET, NULL), 0);
    assert_string_equal(kernel.log, EVERYWHERE);
    assert_int_equal(kernel.calls, COUNT_EVERYWHERE);
}

/* Machines differ; what is not there cannot be read. Anything else is no sandbox. */
static void what_is_not_there_is_passed_over(void **state)
{
    (void)state;
    static const struct {
        int number, told;
    } ROWS[] = {{ENOENT, 0}, {ENOTDIR, 0},      {EACCES, 0},
                {ELOOP, 0},  {EINVAL, -EINVAL}, {ENOMEM, -ENOMEM}};
    assert_int_equal(symlink("/opt/certs/a.pem", "0.pem"), 0);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        for (int at = 1; at <= COUNT_EVERYWHERE + 2; at++) {
            memset(&kernel, 0, sizeof(kernel));
            kernel.refused = at;
            kernel.number = ROWS[i].number;
            assert_int_equal(file_rules_add(RULESET, folder), ROWS[i].told);
            assert_int_equal(kernel.calls, ROWS[i].told ? at : COUNT_EVERYWHERE + 2);
        }
    }
}

static void links_of_a_hashed_folder_lead_to_files(void **state)
{
    (void)state;
    static const struct {
        const char *target, *adds; /* "FOLDER" stands for where the link is */
    } ROWS[] = {
        {"/opt/certs/a.pem", "/opt/certs/a.pem\n"},
        {"/usr/share/certs/a.crt", "/usr/share/certs\n"},
        {"/usr", "/usr\n"},
        {"/usrlocal/a.crt", "/usrlocal/a.crt\n"},
        {"a.pem", ""},
        {"../certs/a.pem", "FOLDER/../certs/a.pem\n"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        char expected[128];
        bool here = !strncmp(ROWS[i].adds, "FOLDER", 6);
        snprintf(expected, sizeof(expected), "%s%s", here ? folder : "",
                 ROWS[i].adds + (here ? 6 : 0));
        assert_int_equal(symlink(ROWS[i].target, "0.pem"), 0);
        assert_string_equal(added(), expected);
        assert_int_equal(unlink("0.pem"), 0);
    }
}

/* There may be hundreds that lead to one place. */
static void one_rule_for_links_of_one_target(void **state)
{
    (void)state;
    assert_int_equal(symlink("/usr/share/certs/a.crt", "0.pem"), 0);
    assert_int_equal(symlink("/usr/share/certs/b.crt", "1.pem"), 0);
    assert_string_equal(added(), "/usr/share/certs\n");
    assert_int_equal(symlink("/opt/a.pem", "2.pem"), 0);
    const char *all = added();
    assert_non_null(strstr(all, "/usr/share/certs\n"));
    assert_non_null(strstr(all, "/opt/a.pem\n"));
}

static void what_is_no_link_needs_no_rule(void **state)
{
    (void)state;
    int before = fd_count_open();
    FILE *f = fopen("3.pem", "we");
    assert_non_null(f);
    fclose(f);
    assert_string_equal(added(), "");
    assert_int_equal(file_rules_add(RULESET, "/no/such/folder"), 0);
    assert_int_equal(fd_count_open(), before);
}

static void a_path_that_is_too_long_is_none(void **state)
{
    (void)state;
    char target[PATH_MAX];
    for (size_t more = 0; more < 2; more++) {
        size_t len = sizeof(target) - 1 - strlen(folder) - 1 + more; /* behind FOLDER and / */
        memset(target, 'x', len);
        memcpy(target, "../", 3);
        target[len] = '\0';
        assert_int_equal(symlink(target, "4.pem"), 0);
        memset(&kernel, 0, sizeof(kernel));
        assert_int_equal(file_rules_add(RULESET, folder), 0);
        assert_int_equal(kernel.calls, COUNT_EVERYWHERE + (more ? 1 : 2));
        assert_int_equal(unlink("4.pem"), 0);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(what_every_run_may_read),
        T(what_is_not_there_is_passed_over),
        T(links_of_a_hashed_folder_lead_to_files),
        T(one_rule_for_links_of_one_target),
        T(what_is_no_link_needs_no_rule),
        T(a_path_that_is_too_long_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
