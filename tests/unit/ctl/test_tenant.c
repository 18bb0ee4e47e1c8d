/* Tenants as files: a second `add` that overwrites what an administrator has changed, a `remove`
 * that leaves a key behind, a hand-over that follows a link of the tenant's into /etc as root. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "ctl/tenant/machine_steps.h"
#include "ctl/tenant/tenant.h"
#include "fixture.h"

static struct folder folder;
static json_t *done;
static struct error err;

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    done = j_array();
    memset(&err, 0, sizeof err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(done);
    folder_remove(&folder);
    return 0;
}

/* "wrote /etc/a, made /etc/b": what was told, without the folder. */
static const char *told(void)
{
    static char text[2048];
    size_t i;
    json_t *step;
    text[0] = '\0';
    json_array_foreach (done, i, step) {
        const char *path = j_str(step, "path", "");
        assert_int_equal(strncmp(path, folder.path, strlen(folder.path)), 0);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s %s", i ? ", " : "",
                 j_str(step, "did", ""), path + strlen(folder.path));
    }
    json_array_clear(done);
    return text;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    return fstatat(folder.fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_mode & 07777 : 0;
}

static const char *content(const char *path)
{
    return get_file(&folder, path);
}

static void make(const char *path)
{
    char full[512];
    snprintf(full, sizeof full, "mkdir -p %s/%s", folder.path, path);
    assert_int_equal(system(full), 0);
}

static void add(const char *name)
{
    assert_int_equal(tenant_add(folder.path, name, done, &err), 0);
}

#define KEYS "etc/councild/credentials/acme/"
#define RUN  "run/councild/acme/"

/* ---- names ---- */

static void names_leave_room_for_user_and_group(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"a",   "A-b_9", "12345678901234567890", "_", "c",
                                       "a-C", "a-cd"};
    static const char *const BAD[] = {
        "", "-a", "123456789012345678901", "a.b", "a/b", "a b", "\xc3\xa4", "a-c"};
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
        assert_true(tenant_name_fits(GOOD[i]));
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_false(tenant_name_fits(BAD[i]));
}

/* ---- add and remove ---- */

static void adding_writes_plain_files_and_says_which(void **state)
{
    (void)state;
    add("acme");
    assert_string_equal(told(),
                        "wrote /etc/sysusers.d/councild-acme.conf, wrote /etc/councild/acme.json, "
                        "made /etc/councild/credentials/acme, "
                        "wrote /etc/systemd/system/councild@acme.service.d/tenant.conf");
    assert_non_null(
        strstr(content("etc/sysusers.d/councild-acme.conf"), "\ng councild-acme-c -\n"));
    assert_non_null(strstr(content("etc/councild/acme.json"), "councild-acme-c"));
    assert_non_null(strstr(content("etc/systemd/system/councild@acme.service.d/tenant.conf"),
                           "\nEnvironment=COUNCILD_CONFIG=--config=/etc/councild/acme.json\n"));
    assert_int_equal(mode_of("etc/councild/credentials/acme"), 0700);
    assert_int_equal(mode_of("etc/councild/acme.json"), 0644);
}

static void adding_again_changes_nothing(void **state)
{
    (void)state;
    add("acme");
    put_file(&folder, "etc/councild/acme.json", "{\"max_children\": 3}");
    put_file(&folder, KEYS "A_KEY", "sk-1");
    told();
    add("acme");
    assert_string_equal(told(),
                        "kept /etc/sysusers.d/councild-acme.conf, kept /etc/councild/acme.json, "
                        "kept /etc/councild/credentials/acme, "
                        "kept /etc/systemd/system/councild@acme.service.d/tenant.conf");
    assert_string_equal(content("etc/councild/acme.json"), "{\"max_children\": 3}");
    assert_string_equal(content(KEYS "A_KEY"), "sk-1");
}

static void what_stands_in_the_way_is_told(void **state)
{
    (void)state;
    make("etc/councild/credentials");
    put_file(&folder, "etc/councild/credentials/acme", "");
    assert_int_equal(tenant_add(folder.path, "acme", done, &err), -ENOTDIR);
    assert_non_null(strstr(err.text, "credentials/acme"));
}

static void removing_takes_keys_along_and_leaves_records(void **state)
{
    (void)state;
    add("acme");
    add("acme2");
    put_file(&folder, KEYS "A_KEY", "sk-1");
    make("var/lib/private/councild/acme");
    put_file(&folder, "etc/systemd/system/councild@acme.service.d/mine.conf", "");
    told();
    assert_int_equal(tenant_remove(folder.path, "acme", done, &err), 0);
    assert_string_equal(told(),
                        "removed /etc/systemd/system/councild@acme.service.d/tenant.conf, "
                        "left /etc/systemd/system/councild@acme.service.d, "
                        "removed /etc/councild/credentials/acme/A_KEY, "
                        "removed /etc/councild/credentials/acme, removed /etc/councild/acme.json, "
                        "removed /etc/sysusers.d/councild-acme.conf, "
                        "left /var/lib/private/councild/acme");
    assert_int_equal(tenant_remove(folder.path, "acme", done, &err), 0);
    assert_null(strstr(told(), "removed"));
    json_t *rows = NULL;
    assert_int_equal(tenant_list(folder.path, &rows, &err), 0);
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(j_str(json_array_get(rows, 0), "tenant", ""), "acme2");
    json_decref(rows);
}

static void the_list_names_tenants_groups_and_keys(void **state)
{
    (void)state;
    json_t *rows = NULL;
    assert_int_equal(tenant_list(folder.path, &rows, &err), 0);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
    add("b");
    add("a");
    make("etc/sysusers.d");
    put_file(&folder, "etc/sysusers.d/councild.conf", "");
    put_file(&folder, "etc/sysusers.d/councild-.conf", "");
    put_file(&folder, "etc/sysusers.d/councild-x.conf.bak", "");
    put_file(&folder, "etc/councild/credentials/a/Z_KEY", "");
    put_file(&folder, "etc/councild/credentials/a/B_KEY", "");
    assert_int_equal(tenant_list(folder.path, &rows, &err), 0);
    json_t *wanted = json_pack("[{s:s, s:s, s:[s, s]}, {s:s, s:s, s:[]}]", "tenant", "a", "group",
                               "councild-a-c", "keys", "B_KEY", "Z_KEY", "tenant", "b", "group",
                               "councild-b-c", "keys");
    assert_true(json_equal(rows, wanted));
    json_decref(wanted);
    json_decref(rows);
}

/* ---- keys ---- */

static int hand(size_t *ret)
{
    *ret = 99;
    return tenant_hand_keys(folder.path, "acme", ret, &err);
}

static void serve(void)
{
    add("acme");
    make(RUN "daemon");
    make("etc/credstore");
}

static void keys_are_handed_to_the_group_of_the_daemon(void **state)
{
    (void)state;
    size_t n;
    serve();
    put_file(&folder, KEYS "A_KEY", "sk-1\n");
    put_file(&folder, KEYS "not-a-name", "x");
    put_file(&folder, "etc/credstore/councild-acme.A_KEY", "the folder's wins");
    put_file(&folder, "etc/credstore/councild-acme.B_KEY", "sk-2");
    put_file(&folder, "etc/credstore/councild-acme2.C_KEY", "of somebody else");
    if (geteuid() == 0)
        assert_int_equal(fchownat(folder.fd, RUN "daemon", 12345, 23456, 0), 0);
    assert_int_equal(hand(&n), 0);
    assert_int_equal(n, 2);
    assert_string_equal(content(RUN "keys/A_KEY"), "sk-1\n");
    assert_string_equal(content(RUN "keys/B_KEY"), "sk-2");
    assert_null(content(RUN "keys/C_KEY"));
    assert_null(content(RUN "keys/not-a-name"));
    assert_int_equal(mode_of(RUN "keys"), 0750);
    assert_int_equal(mode_of(RUN "keys/A_KEY"), 0440);
    struct stat st;
    assert_int_equal(fstatat(folder.fd, RUN "keys/A_KEY", &st, 0), 0);
    assert_int_equal(st.st_uid, geteuid());
    if (geteuid() == 0)
        assert_int_equal(st.st_gid, 23456);
    else
        print_message("not run: only root can have the folder of another group\n");
}

static void a_key_that_was_changed_or_taken_back_is_so_there(void **state)
{
    (void)state;
    size_t n;
    serve();
    put_file(&folder, KEYS "A_KEY", "old");
    put_file(&folder, KEYS "B_KEY", "old");
    assert_int_equal(hand(&n), 0);
    put_file(&folder, KEYS "A_KEY", "new");
    unlinkat(folder.fd, KEYS "B_KEY", 0);
    put_file(&folder, RUN "keys/.X_KEY.new", "left by a hand-over that was killed");
    assert_int_equal(hand(&n), 0);
    assert_int_equal(n, 1);
    assert_string_equal(content(RUN "keys/A_KEY"), "new");
    assert_null(content(RUN "keys/B_KEY"));
    assert_null(content(RUN "keys/.X_KEY.new"));
}

static void nothing_of_a_tenant_leads_root_astray(void **state)
{
    (void)state;
    size_t n;
    serve();
    put_file(&folder, "shadow", "of the system");
    /* a key that is a link, a pipe, too long */
    assert_int_equal(symlinkat("../../../../shadow", folder.fd, KEYS "A_KEY"), 0);
    assert_int_equal(hand(&n), -ELOOP);
    unlinkat(folder.fd, KEYS "A_KEY", 0);
    assert_int_equal(mkfifoat(folder.fd, KEYS "A_KEY", 0600), 0);
    assert_int_equal(hand(&n), -EINVAL);
    unlinkat(folder.fd, KEYS "A_KEY", 0);
    put_file(&folder, KEYS "A_KEY", "sk-1");
    /* where keys go there is a link, or a folder of somebody else's */
    assert_int_equal(unlinkat(folder.fd, RUN "keys", AT_REMOVEDIR), 0);
    make("elsewhere");
    assert_int_equal(symlinkat("../../../elsewhere", folder.fd, RUN "keys"), 0);
    assert_true(hand(&n) < 0);
    assert_null(content("elsewhere/A_KEY"));
    unlinkat(folder.fd, RUN "keys", 0);
    make(RUN "keys");
    assert_int_equal(fchmodat(folder.fd, RUN "keys", 0777, 0), 0);
    assert_int_equal(hand(&n), -EPERM);
    assert_int_equal(fchmodat(folder.fd, RUN "keys", 0700, 0), 0);
    /* the name of a new file is a link */
    assert_int_equal(symlinkat("../../../../shadow", folder.fd, RUN "keys/.A_KEY.new"), 0);
    assert_int_equal(symlinkat("../../../../shadow", folder.fd, RUN "keys/A_KEY"), 0);
    assert_int_equal(hand(&n), 0);
    assert_string_equal(content("shadow"), "of the system");
    assert_string_equal(content(RUN "keys/A_KEY"), "sk-1");
}

static void a_service_that_is_not_there_gets_none(void **state)
{
    (void)state;
    size_t n;
    add("acme");
    put_file(&folder, KEYS "A_KEY", "sk-1");
    assert_int_equal(hand(&n), -ENOENT);
    assert_non_null(strstr(err.text, "councild@acme"));
    make(RUN "daemon");
    assert_int_equal(tenant_remove(folder.path, "acme", done, &err), 0);
    assert_int_equal(hand(&n), 0); /* without any folder of keys */
    assert_int_equal(n, 0);
}

/* ---- programs ---- */

static void programs_tell_how_they_ended(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"true", NULL};
    static const char *const BAD[] = {"sh", "-c", "echo hidden; exit 3", NULL};
    static const char *const KILLED[] = {"sh", "-c", "kill -9 $$", NULL};
    static const char *const NONE[] = {"no-such-program-of-ours", NULL};
    assert_int_equal(machine_run(GOOD, false, &err), 0);
    assert_int_equal(machine_run(BAD, true, &err), 3);
    assert_int_equal(machine_run(KILLED, true, &err), 128 + 9);
    assert_int_equal(machine_run(NONE, true, &err), -ENOENT);
    assert_non_null(strstr(err.text, "no-such-program-of-ours"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
        TEST(names_leave_room_for_user_and_group),
        TEST(adding_writes_plain_files_and_says_which),
        TEST(adding_again_changes_nothing),
        TEST(what_stands_in_the_way_is_told),
        TEST(removing_takes_keys_along_and_leaves_records),
        TEST(the_list_names_tenants_groups_and_keys),
        TEST(keys_are_handed_to_the_group_of_the_daemon),
        TEST(a_key_that_was_changed_or_taken_back_is_so_there),
        TEST(nothing_of_a_tenant_leads_root_astray),
        TEST(a_service_that_is_not_there_gets_none),
        TEST(programs_tell_how_they_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
