/* Where things are when nobody says, and what may be another after a reload: a daemon that looks in
 * the wrong place serves another catalogue, or denies no address at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "config_fixture.h"
#include "daemon/settings/addresses.h"
#include "daemon/settings/config_keys.h"
#include "daemon/settings/config_paths.h"

static void addresses_are_told_by_their_place(void **state)
{
    (void)state;
    struct config *c;
    static const char *const KEYS[] = {"allow_addresses", "deny_addresses"};
    for (size_t i = 0; i < 2; i++) {
        char text[128], told[160];
        snprintf(text, sizeof text, "{\"%s\": [\"10.0.0.0/8\", \"somewhere\"]}", KEYS[i]);
        snprintf(told, sizeof told,
                 "%s: entry 1 must be an IP address or a range of them, such as 10.0.0.0/8",
                 KEYS[i]);
        assert_int_equal(load_with(text, NULL, &c), -EINVAL);
        assert_string_equal(err.text, told);
    }
    json_t *list = json_pack("[s, i]", "10.0.0.1", 7);
    assert_int_equal(addresses_check(list, "x", &err), -EINVAL);
    json_decref(list);
}

static void a_path_has_no_slash_at_its_end(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {{"/", "/"},    {"//", "/"},    {"/a", "/a"},
                                           {"/a/", "/a"}, {"/a//", "/a"}, {"/a/b/", "/a/b"}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char *path = config_path_absolute(CASES[i][0]);
        assert_string_equal(path, CASES[i][1]);
        free(path);
    }
    char *path = config_path_in("/a", "b");
    assert_string_equal(path, "/a/b");
    free(path);
}

static void models_are_looked_for_in_two_places(void **state)
{
    (void)state;
    char own[160], shipped[160], mine[200], theirs[200];
    snprintf(own, sizeof own, "%s/own", folder.path);
    snprintf(shipped, sizeof shipped, "%s/shipped", folder.path);
    snprintf(mine, sizeof mine, "%s/models.json", own);
    snprintf(theirs, sizeof theirs, "%s/models.json", shipped);
    assert_int_equal(mkdirat(folder.fd, "own", 0700), 0);
    assert_int_equal(mkdirat(folder.fd, "shipped", 0700), 0);
    for (int there = 0; there < 4; there++) {
        unlinkat(folder.fd, "own/models.json", 0);
        unlinkat(folder.fd, "shipped/models.json", 0);
        if (there & 1)
            put_file(&folder, "own/models.json", "{}");
        if (there & 2)
            put_file(&folder, "shipped/models.json", "{}");
        char *path = config_path_models(own, shipped);
        assert_string_equal(path, there == 2 ? theirs : mine);
        free(path);
    }
}

/* The XDG specification has variables ignored that hold no absolute path. */
static void variables_that_are_no_paths_are_ignored(void **state)
{
    (void)state;
    const bool root = geteuid() == 0;
    static const char *const NONE[] = {"", "relative", "./x"};
    for (size_t i = 0; i < ARRAY_LEN(NONE); i++) {
        setenv("XDG_STATE_HOME", NONE[i], 1);
        setenv("XDG_RUNTIME_DIR", NONE[i], 1);
        setenv("HOME", NONE[i], 1);
        char *state_dir = config_path_state("t"), *socket = config_path_socket("t");
        assert_string_equal(state_dir, "/var/lib/councild/t");
        assert_string_equal(socket, "/run/councild/t/sock");
        free(state_dir);
        free(socket);
    }
    setenv("HOME", "/home/x", 1);
    char *state_dir = config_path_state("t");
    assert_string_equal(state_dir,
                        root ? "/var/lib/councild/t" : "/home/x/.local/state/councild/t");
    free(state_dir);
    setenv("XDG_STATE_HOME", "/state", 1);
    state_dir = config_path_state("t");
    assert_string_equal(state_dir, "/state/councild/t");
    free(state_dir);
}

static void assert_path(char *path, const char *before, const char *behind)
{
    char wanted[256];
    snprintf(wanted, sizeof wanted, "%s%s", before, behind);
    assert_string_equal(path, wanted);
    free(path);
}

static void what_is_of_all_is_taken(void)
{
    assert_path(config_path_catalogue(), "/etc/councild", "");
    assert_path(config_path_credentials("t"), "/etc/councild/credentials/", "t");
}

static void what_is_ones_own_is_taken(const char *home)
{
    assert_path(config_path_catalogue(), "/etc/councild", ""); /* there is no other yet */
    assert_path(config_path_credentials("t"), home, "/.config/councild/credentials");
    assert_int_equal(mkdirat(folder.fd, ".config", 0700), 0);
    put_file(&folder, ".config/councild", "");
    assert_path(config_path_catalogue(), home, "/.config/councild");
    assert_path(config_path_credentials("t"), "/etc/councild/credentials/", "t");
    assert_int_equal(unlinkat(folder.fd, ".config/councild", 0), 0);
    assert_int_equal(mkdirat(folder.fd, ".config/councild", 0700), 0);
    assert_int_equal(mkdirat(folder.fd, ".config/councild/credentials", 0700), 0);
    assert_path(config_path_credentials("t"), home, "/.config/councild/credentials");
    assert_path(config_path_state("t"), home, "/.local/state/councild/t");
    assert_path(config_path_socket("t"), home, "/councild/t/sock");
}

/* root serves all: what lies in its home is nobody else's. */
static void who_is_not_root_has_folders_of_its_own(void **state)
{
    (void)state;
    const bool root = geteuid() == 0;
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", folder.path, 1);
    setenv("XDG_RUNTIME_DIR", folder.path, 1);
    if (root)
        what_is_of_all_is_taken();
    else
        print_message("not run: where root looks, for nobody here is root\n");
    if (root) {
        assert_int_equal(chown(folder.path, 12345, (gid_t)-1), 0);
        assert_int_equal(seteuid(12345), 0);
    }
    unsetenv("HOME");
    assert_path(config_path_catalogue(), "/etc/councild", "");
    setenv("HOME", folder.path, 1);
    what_is_ones_own_is_taken(folder.path);
    assert_int_equal(seteuid(getuid()), 0);
    if (root)
        what_is_of_all_is_taken();
}

static void what_is_not_given_is_empty_or_the_default(void **state)
{
    (void)state;
    struct config *c = good("{}");
    assert_true(json_is_object(c->providers) && !json_object_size(c->providers));
    assert_true(json_is_object(c->defaults) && !json_object_size(c->defaults));
    assert_true(json_is_object(c->budget) && !json_object_size(c->budget));
    assert_true(json_is_object(c->allow_options) && !json_object_size(c->allow_options));
    assert_true(json_is_array(c->allow_addresses) && !json_array_size(c->allow_addresses));
    char *denied = json_dumps(c->deny_addresses, JSON_COMPACT);
    assert_string_equal(denied,
                        "[\"169.254.0.0/16\",\"fe80::/10\",\"fd00:ec2::/32\",\"100.100.100.200\","
                        "\"168.63.129.16/32\",\"fd20:ce::254/128\"]");
    free(denied);
    assert_string_equal(c->system_catalogue_dir, PREFIX "/share/councild/catalogue");
    config_free(c);
    c = good("{\"deny_addresses\": [], \"allow_addresses\": [\"10.0.0.0/8\", \"::1\"], "
             "\"budget\": {\"a\": 1}, \"cgroup\": \"/sys/fs/cgroup/x//\", \"runner\": \"/r/\"}");
    assert_int_equal(json_array_size(c->deny_addresses), 0);
    assert_int_equal(json_array_size(c->allow_addresses), 2);
    assert_int_equal(json_object_size(c->budget), 1);
    assert_string_equal(c->cgroup, "/sys/fs/cgroup/x");
    assert_string_equal(c->runner, "/r");
    config_free(c);
}

static void what_is_fixed_is_named(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"{\"tenant\": \"other\"}", "tenant"},
        {"{\"socket\": \"/other\"}", "socket"},
        {"{\"state_dir\": \"/other\"}", "state_dir"},
        {"{\"cgroup\": \"off\"}", "cgroup"},
        {"{\"access_group\": \"root\"}", "access_group"},
    };
    struct config *old = good("{}"), *fresh;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char told[96];
        put_file(&folder, "config.json", CASES[i][0]);
        assert_int_equal(config_reload(old, &fresh, &err), -EINVAL);
        snprintf(told, sizeof told, "%s: cannot change while the daemon runs", CASES[i][1]);
        assert_string_equal(err.text, told);
    }
    put_file(&folder, "config.json", "{\"catalogue_dir\": \"/c\", \"runner\": \"/r\"}");
    assert_int_equal(config_reload(old, &fresh, &err), 0);
    assert_string_equal(fresh->catalogue_dir, "/c");
    assert_string_equal(fresh->runner, "/r");
    config_free(fresh);
    config_free(old);
    old = good("{\"access_group\": \"root\"}");
    put_file(&folder, "config.json", "{}");
    assert_int_equal(config_reload(old, &fresh, &err), -EINVAL);
    config_free(old);
}

static void a_file_is_in_its_folder(void **state)
{
    (void)state;
    char *path = config_path_in("/a/b", "c.json");
    assert_string_equal(path, "/a/b/c.json");
    free(path);
}

static void tables_that_were_named_are_known_as_named(void **state)
{
    (void)state;
    struct config *c = good("{\"prices\": \"/p\"}");
    assert_true(c->prices_set && !c->models_set);
    config_free(c);
    c = good("{\"models\": \"/m\"}");
    assert_true(!c->prices_set && c->models_set);
    assert_string_equal(c->models, "/m");
    config_free(c);
    char *const flags[] = {(char *)"--prices=/p", (char *)"--models=/m", NULL};
    assert_int_equal(load_flags(flags, &c), 0);
    assert_true(c->prices_set && c->models_set);
    config_free(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(addresses_are_told_by_their_place),
        TEST(a_path_has_no_slash_at_its_end),
        TEST(models_are_looked_for_in_two_places),
        TEST(variables_that_are_no_paths_are_ignored),
        TEST(what_is_not_given_is_empty_or_the_default),
        TEST(who_is_not_root_has_folders_of_its_own),
        TEST(what_is_fixed_is_named),
        TEST(a_file_is_in_its_folder),
        TEST(tables_that_were_named_are_known_as_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
