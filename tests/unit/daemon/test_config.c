/* A misspelt key that is passed over, a negative limit, or a reload that half applies would show
 * only when it hurts: every wrong value is refused and named, before anything starts. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>

#include "daemon/settings/config_keys.h"
#include "daemon/settings/config_load.h"
#include "daemon/settings/people.h"
#include "failing.h"
#include "fixture.h"

static struct folder folder;
static char file[128];

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    snprintf(file, sizeof file, "%s/config.json", folder.path);
    setenv("XDG_STATE_HOME", "/xdg/state", 1);
    setenv("XDG_CONFIG_HOME", "/xdg/config", 1);
    setenv("XDG_RUNTIME_DIR", "/xdg/run", 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

/* Arguments are separated by blanks; %s in them is the file. */
static int load(const char *arguments, struct config **ret, struct error *err)
{
    static char text[512];
    char *argv[32] = {(char *)"councild"};
    int argc = 1;
    char *save = NULL;
    snprintf(text, sizeof text, "%s", arguments);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
        argv[argc++] = strcmp(word, "FILE") == 0 ? file : word;
    return config_load(argc, argv, ret, err);
}

static struct config *good(const char *arguments)
{
    struct config *config;
    struct error err = {0};
    if (load(arguments, &config, &err) != 0)
        fail_msg("%s: %s", arguments, err.text);
    return config;
}

static void bad(const char *arguments, const char *named)
{
    struct config *config;
    struct error err = {0};
    assert_true(load(arguments, &config, &err) < 0);
    if (!strstr(err.text, named))
        fail_msg("%s: %s", arguments, err.text);
}

static void bad_file(const char *text, const char *named)
{
    put_file(&folder, "config.json", text);
    bad("--config FILE", named);
}

static void works_without_any_file(void **state)
{
    (void)state;
    struct config *c = good("");
    assert_string_equal(c->tenant, "default");
    assert_string_equal(c->socket, geteuid() == 0 ? "/run/councild/default/sock"
                                                  : "/xdg/run/councild/default/sock");
    assert_string_equal(c->state_dir, "/xdg/state/councild/default");
    assert_string_equal(c->catalogue_dir, "/xdg/config/councild");
    assert_string_equal(c->credentials_dir, "/xdg/config/councild/credentials");
    assert_string_equal(c->prices, "/xdg/config/councild/prices.json");
    assert_false(c->prices_set);
    assert_string_equal(c->cgroup, "auto");
    assert_non_null(strstr(c->runner, "/council-runner"));
    assert_null(c->access_group);
    assert_true(c->access_gid == (gid_t)-1);
    assert_int_equal(c->max_children, 1000);
    assert_int_equal(c->spares, 1);
    assert_int_equal(c->start_timeout_ms, 10000);
    assert_int_equal(c->shutdown_ms, 5000);
    assert_int_equal(c->stop_limit_ms, 90000);
    assert_int_equal(c->kill_limit_ms, 10000);
    assert_int_equal(c->max_connections, 256);
    assert_int_equal(c->max_request_bytes, 4194304);
    assert_int_equal(c->max_output_queue_bytes, 16777216);
    assert_int_equal(c->max_planned_calls, 2000);
    assert_int_equal(c->max_parallel, 16);
    assert_int_equal(c->retention.max_runs, 10000);
    assert_int_equal(c->retention.max_age_days, 30);
    assert_int_equal(c->retention.max_bytes, -1);
    assert_int_equal(c->limits.memory_bytes, LIMIT_NONE);
    assert_int_equal(c->log_level, LOG_LEVEL_INFO);
    config_free(c);
    unsetenv("XDG_STATE_HOME");
    unsetenv("XDG_CONFIG_HOME");
    setenv("HOME", "/home/x", 1);
    c = good("--tenant t");
    assert_string_equal(c->state_dir,
                        geteuid() == 0 ? "/var/lib/councild/t" : "/home/x/.local/state/councild/t");
    assert_string_equal(c->catalogue_dir, "/etc/councild");
    assert_string_equal(c->credentials_dir, geteuid() == 0
                                                ? "/etc/councild/credentials/t"
                                                : "/home/x/.config/councild/credentials");
    config_free(c);
}

static void flags_win_over_the_file(void **state)
{
    (void)state;
    put_file(&folder, "config.json",
             "{\"tenant\": \"a\", \"max_children\": 7, \"shutdown_ms\": 1, \"log_level\": "
             "\"debug\", \"limits\": {\"memory_bytes\": 16777217, \"max_open_files\": 17}, "
             "\"retention\": {\"max_runs\": null, \"max_bytes\": 10}, "
             "\"providers\": {\"x\": {}}, \"access_group\": null}");
    struct config *c = good("--max-children=0 --config FILE --tenant b --socket rel/sock/");
    char here[256];
    char socket[300];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(socket, sizeof socket, "%s/rel/sock", here);
    assert_string_equal(c->tenant, "b");
    assert_string_equal(c->socket, socket);
    assert_int_equal(c->max_children, 0);
    assert_int_equal(c->shutdown_ms, 1);
    assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(c->limits.memory_bytes, 16777217);
    assert_int_equal(c->max_limits.memory_bytes, LIMIT_NONE);
    assert_int_equal(c->max_limits.open_files, 17);
    assert_int_equal(c->retention.max_runs, -1);
    assert_int_equal(c->retention.max_age_days, 30);
    assert_int_equal(c->retention.max_bytes, 10);
    assert_int_equal(json_object_size(c->providers), 1);
    config_free(c);
}

/* Whoever starts the daemon may stand anywhere, and its children stand at the root. */
static void a_path_is_one_from_where_it_was_started(void **state)
{
    (void)state;
    char here[256], wanted[300];
    struct config *c = good("--socket rel/a --state-dir rel/b --catalogue-dir rel/c --runner rel/d "
                            "--credentials-dir rel/e --prices rel/f --models rel/g");
    const char *const PATHS[] = {c->socket,          c->state_dir, c->catalogue_dir, c->runner,
                                 c->credentials_dir, c->prices,    c->models};
    assert_non_null(getcwd(here, sizeof here));
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
        snprintf(wanted, sizeof wanted, "%s/rel/%c", here, (char)('a' + i));
        assert_string_equal(PATHS[i], wanted);
    }
    config_free(c);
}

static void every_wrong_flag_is_named(void **state)
{
    (void)state;
    bad("--max-children -1", "max_children");
    bad("--max-children=1.5", "max_children");
    bad("--max-children x", "max_children");
    bad("--max-children=", "max_children");
    bad("--spares 99999999999999999999", "spares");
    bad("--max-request-bytes 2097151", "max_request_bytes");
    bad("--max-output-queue-bytes 1000000", "max_output_queue_bytes");
    bad("--log-level loud", "log_level");
    bad("--cgroup relative", "cgroup");
    bad("--access-group no-such-group-here", "access_group");
    bad("--tenant -x", "tenant");
    bad("--tenant a/b", "tenant");
    bad("--tenant 123456789012345678901234567890123", "tenant");
    bad("--colour blue", "--colour");
    bad("--max_children 5", "--max_children");
    bad("--limits {}", "--limits");
    bad("--tenant", "--tenant");
    bad("stray", "stray");
    bad("-x", "-x");
    bad("--", "--");
    bad("--config /nowhere/at/all.json", "/nowhere/at/all.json");
}

static void every_wrong_key_is_named(void **state)
{
    (void)state;
    bad_file("{\"max_childen\": 5}", "max_childen");
    bad_file("{\"max_children\": \"5\"}", "max_children");
    bad_file("{\"max_children\": null}", "max_children");
    bad_file("{\"max_children\": -1}", "max_children");
    bad_file("{\"max_children\": 1.0}", "max_children");
    bad_file("{\"tenant\": 5}", "tenant");
    bad_file("{\"tenant\": \"\"}", "tenant");
    bad_file("{\"socket\": \"\"}", "socket");
    bad_file("{\"limits\": {\"memory\": 1}}", "memory");
    bad_file("{\"limits\": {\"memory_bytes\": 0}}", "memory_bytes");
    bad_file("{\"limits\": {\"memory_bytes\": 16777215}}", "memory_bytes");
    bad_file("{\"limits\": {\"open_files\": 15}}", "open_files");
    bad_file("{\"limits\": {\"max_processes\": \"x\"}}", "max_processes");
    bad_file("{\"limits\": []}", "limits");
    bad_file("{\"retention\": {\"max_run\": 1}}", "max_run");
    bad_file("{\"retention\": {\"max_runs\": -1}}", "max_runs");
    bad_file("{\"retention\": 5}", "retention");
    bad_file("{\"providers\": []}", "providers");
    bad_file("{\"tenant\": \"a\", \"tenant\": \"b\"}", "line 1");
    bad_file("{\n\"tenant\": }", "line 2");
    bad_file("[]", "object");
    bad_file("", "config.json");
}

static void the_queue_follows_the_request_size(void **state)
{
    (void)state;
    struct config *c = good("--max-request-bytes 8388608");
    assert_int_equal(c->max_output_queue_bytes, 4 * 8388608);
    config_free(c);
    bad("--max-request-bytes 8388608 --max-output-queue-bytes 33554431", "33554432");
}

static void tells_help_and_version(void **state)
{
    (void)state;
    struct config *config;
    assert_int_equal(load("--help", &config, NULL), CONFIG_HELP);
    assert_int_equal(load("--spares 2 --version", &config, NULL), CONFIG_VERSION);
    for (const struct field *key = CONFIG_KEYS; key->name; key++) {
        char flag[64];
        snprintf(flag, sizeof flag, "--%s ", key->name);
        for (char *c = flag; *c; c++)
            *c = *c == '_' ? '-' : *c;
        assert_int_equal(strstr(config_usage(), flag) != NULL, config_key_is_flag(key));
    }
}

static void reloads_all_or_nothing(void **state)
{
    (void)state;
    struct config *fresh;
    struct error err;
    put_file(&folder, "config.json", "{\"max_children\": 5, \"spares\": 3}");
    struct config *old = good("--config FILE --spares 2");
    put_file(&folder, "config.json", "{\"max_children\": 1, \"spares\": 9}");
    assert_int_equal(config_reload(old, &fresh, NULL), 0);
    assert_int_equal(fresh->max_children, 1);
    assert_int_equal(fresh->spares, 2); /* the flag still wins */
    assert_int_equal(old->max_children, 5);
    config_free(old);
    old = fresh;
    static const char *const refused[] = {
        "{\"tenant\": \"other\"}",       "{\"socket\": \"/other\"}",
        "{\"state_dir\": \"/other\"}",   "{\"cgroup\": \"off\"}",
        "{\"access_group\": \"root\"}",  "{\"max_children\": -1}",
        "{\"max_children\": 1, nonsense"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        put_file(&folder, "config.json", refused[i]);
        assert_int_equal(config_reload(old, &fresh, &err), -EINVAL);
        assert_int_equal(old->max_children, 1);
    }
    unlinkat(folder.fd, "config.json", 0);
    assert_int_equal(config_reload(old, &fresh, &err), -ENOENT);
    config_free(old);
}

static void finds_the_access_group(void **state)
{
    (void)state;
    struct config *c = good("--access-group root");
    assert_int_equal(c->access_gid, 0);
    config_free(c);
    c = good("--access-group 4711");
    assert_int_equal(c->access_gid, 4711);
    config_free(c);
}

static void modes_follow_whom_it_lets_in(void **state)
{
    (void)state;
    struct config *c = good("--spares 1");
    assert_int_equal(people_socket_mode(c->people), 0600);
    assert_int_equal(people_folder_mode(c->people), 0700);
    config_free(c);
    c = good("--access-group 4711");
    assert_int_equal(people_socket_mode(c->people), 0660);
    assert_int_equal(people_folder_mode(c->people), 0750);
    config_free(c);
    put_file(&folder, "config.json", "{\"access\": [{\"user\": \"4711\", \"role\": \"ask\"}]}");
    c = good("--config FILE --access-group 4711");
    assert_int_equal(people_socket_mode(c->people), 0666);
    assert_int_equal(people_folder_mode(c->people), 0711);
    config_free(c);
    put_file(&folder, "config.json", "{\"access\": [{\"user\": \"4711\", \"role\": \"own\"}]}");
    bad("--config FILE", "access: entry 0: role");
    put_file(&folder, "config.json", "{\"access\": {}}");
    bad("--config FILE", "access");
    bad("--access x", "--access");
}

/* What reads JSON tells of it in its own way. */
static void assert_lack_is_told(int r, const struct error *err)
{
    const char *wanted = r == -EINVAL ? "/config.json, line " : "Cannot allocate memory";
    if (r == 0)
        return;
    assert_true(failing_happened && (r == -EINVAL || r == -ENOMEM));
    if (!strstr(err->text, wanted))
        fail_msg("%d: %s", r, err->text);
}

static void fails_cleanly_without_memory(void **state)
{
    (void)state;
    put_file(&folder, "config.json", "{\"max_children\": 5, \"runner\": \"/x\", \"budget\": {}}");
    for (int k = 0; failing_next(&k);) {
        struct config *config = NULL;
        char *argv[] = {(char *)"councild", (char *)"--config", file, (char *)"--tenant=x", NULL};
        struct error err = {0};
        int r = config_load(4, argv, &config, &err);
        failing_stop();
        assert_lack_is_told(r, &err);
        if (r == 0)
            config_free(config);
    }
    assert_true(failing_no_leak());
}

static void a_reload_without_memory_is_none(void **state)
{
    (void)state;
    put_file(&folder, "config.json", "{\"max_children\": 5, \"runner\": \"/x\", \"budget\": {}}");
    struct config *old = good("--config FILE --tenant=x");
    for (int k = 0; failing_next(&k);) {
        struct config *fresh = NULL;
        struct error err = {0};
        int r = config_reload(old, &fresh, &err);
        failing_stop();
        assert_lack_is_told(r, &err);
        assert_int_equal(fresh != NULL, r == 0);
        config_free(fresh);
    }
    assert_true(failing_no_leak());
    assert_int_equal(old->max_children, 5);
    config_free(old);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(works_without_any_file),
        TEST(flags_win_over_the_file),
        TEST(a_path_is_one_from_where_it_was_started),
        TEST(every_wrong_flag_is_named),
        TEST(every_wrong_key_is_named),
        TEST(the_queue_follows_the_request_size),
        TEST(tells_help_and_version),
        TEST(reloads_all_or_nothing),
        TEST(finds_the_access_group),
        TEST(modes_follow_whom_it_lets_in),
        TEST(fails_cleanly_without_memory),
        TEST(a_reload_without_memory_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
