/* Every key of the configuration at its bounds: a number that is let through one too far is found
 * out by the run that it ends, a default that slipped by whoever relied on it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "config_fixture.h"
#include "daemon/settings/config_keys.h"

/* What is behind the name of the file. */
static void bad(const char *text, const char *told)
{
    struct config *config = NULL;
    const int r = load_with(text, NULL, &config);
    const size_t len = strlen(file);
    if (r != -EINVAL || strncmp(err.text, file, len) != 0 || strcmp(err.text + len, told) != 0)
        fail_msg("%s: %d, %s; not %s", text, r, err.text, told);
}

enum { MIB = 1 << 20, DAY_MS = 86400000, MANY = 1000000 };

#define AT(member) offsetof(struct config, member)

static const struct {
    const char *outer, *name; /* outer: NULL for a key of its own */
    size_t at;
    int64_t normal, least, most;
} NUMBERS[] = {
    {NULL, "max_children", AT(max_children), 1000, 0, MANY},
    {NULL, "spares", AT(spares), 1, 0, 1000},
    {NULL, "start_timeout_ms", AT(start_timeout_ms), 10000, 1, DAY_MS},
    {NULL, "shutdown_ms", AT(shutdown_ms), 5000, 0, DAY_MS},
    {NULL, "stop_limit_ms", AT(stop_limit_ms), 90000, 0, DAY_MS},
    {NULL, "kill_limit_ms", AT(kill_limit_ms), 10000, 0, DAY_MS},
    {NULL, "max_connections", AT(max_connections), 256, 1, MANY},
    {NULL, "max_request_bytes", AT(max_request_bytes), 4 * MIB, 2 * MIB, 256 * MIB},
    {NULL, "max_planned_calls", AT(max_planned_calls), 2000, 1, INT32_MAX},
    {NULL, "max_parallel", AT(max_parallel), 16, 1, 10000},
    {"limits", "deadline_ms", AT(limits.deadline_ms), -1, 1, INT64_MAX},
    {"limits", "memory_bytes", AT(limits.memory_bytes), -1, 16 * MIB, INT64_MAX},
    {"limits", "processes", AT(limits.processes), -1, 1, INT64_MAX},
    {"limits", "open_files", AT(limits.open_files), -1, 16, INT64_MAX},
    {"limits", "core_bytes", AT(limits.core_bytes), -1, 0, INT64_MAX},
    {"limits", "max_deadline_ms", AT(max_limits.deadline_ms), -1, 1, INT64_MAX},
    {"limits", "max_memory_bytes", AT(max_limits.memory_bytes), -1, 16 * MIB, INT64_MAX},
    {"limits", "max_processes", AT(max_limits.processes), -1, 1, INT64_MAX},
    {"limits", "max_open_files", AT(max_limits.open_files), -1, 16, INT64_MAX},
    {"limits", "max_core_bytes", AT(max_limits.core_bytes), -1, 0, INT64_MAX},
    {"retention", "max_runs", AT(retention.max_runs), 10000, 0, INT64_MAX},
    {"retention", "max_age_days", AT(retention.max_age_days), 30, 0, INT64_MAX},
    {"retention", "max_bytes", AT(retention.max_bytes), -1, 0, INT64_MAX},
};

static int64_t number_in(const struct config *c, size_t i)
{
    return *(const int64_t *)((const char *)c + NUMBERS[i].at);
}

static void set_number(size_t i, int64_t value, char *to, size_t size)
{
    if (NUMBERS[i].outer)
        snprintf(to, size, "{\"sandbox\": \"off\", \"%s\": {\"%s\": %lld}}", NUMBERS[i].outer,
                 NUMBERS[i].name, (long long)value);
    else
        snprintf(to, size, "{\"%s\": %lld}", NUMBERS[i].name, (long long)value);
}

static void each_number_keeps_its_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++) {
        char text[128], name[64];
        struct config *c = good("{}");
        assert_int_equal(number_in(c, i), NUMBERS[i].normal);
        config_free(c);
        const int64_t taken[] = {NUMBERS[i].least, NUMBERS[i].most};
        for (size_t k = 0; k < 2; k++) {
            set_number(i, taken[k], text, sizeof text);
            c = good(text);
            assert_int_equal(number_in(c, i), taken[k]);
            for (size_t other = 0; other < ARRAY_LEN(NUMBERS); other++)
                if (other != i)
                    assert_int_equal(number_in(c, other), NUMBERS[other].normal);
            config_free(c);
        }
        snprintf(name, sizeof name, "%s%s%s: must be ", NUMBERS[i].outer ? NUMBERS[i].outer : "",
                 NUMBERS[i].outer ? ": " : "", NUMBERS[i].name);
        for (int more = 0; more < 2; more++) {
            if (more && NUMBERS[i].most == INT64_MAX)
                continue;
            set_number(i, more ? NUMBERS[i].most + 1 : NUMBERS[i].least - 1, text, sizeof text);
            assert_int_equal(load_with(text, NULL, &c), -EINVAL);
            if (!strstr(err.text, name))
                fail_msg("%s: %s has no %s", text, err.text, name);
        }
    }
}

/* A list of people is read, kept for a reload to compare with, and given back. */
static void access_is_a_list(void **state)
{
    (void)state;
    struct config *c = good("{\"access\": [{\"user\": \"5\", \"role\": \"ask\"}]}");
    assert_int_equal(json_array_size(c->access), 1);
    assert_non_null(c->people);
    config_free(c);
    c = good("{}");
    assert_int_equal(json_array_size(c->access), 0);
    assert_non_null(c->people);
    config_free(c);
}

/* A longer one could not be read back from a record. */
static void a_line_of_a_runner_is_twice_a_request_up_to_a_bound(void **state)
{
    (void)state;
    static const struct {
        int64_t request, line;
    } CASES[] = {{128 * MIB - 1, 256 * MIB - 2},
                 {128 * MIB, 256 * MIB},
                 {128 * MIB + 1, 256 * MIB},
                 {256 * MIB, 256 * MIB}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct config c = {.max_request_bytes = CASES[i].request};
        assert_int_equal(config_link_line(&c), CASES[i].line);
    }
}

static void a_queue_holds_four_requests(void **state)
{
    (void)state;
    struct config *c = good("{\"max_request_bytes\": 2097152}");
    assert_int_equal(c->max_output_queue_bytes, 16 * MIB); /* the least is less */
    assert_int_equal(config_link_line(c), 4 * MIB);
    config_free(c);
    c = good("{\"max_request_bytes\": 2097152, \"max_output_queue_bytes\": 8388608}");
    assert_int_equal(c->max_output_queue_bytes, 8 * MIB);
    config_free(c);
    c = good("{\"max_request_bytes\": 4194305}");
    assert_int_equal(c->max_output_queue_bytes, 4 * (4 * MIB + 1));
    assert_int_equal(config_link_line(c), 8 * MIB + 2);
    config_free(c);
    c = good("{\"max_output_queue_bytes\": 1099511627776}");
    config_free(c);
    assert_int_equal(
        load_with("{\"max_request_bytes\": 2097152, \"max_output_queue_bytes\": 8388607}", NULL,
                  &c),
        -EINVAL);
    assert_string_equal(err.text, "max_output_queue_bytes: must be at least 4 times "
                                  "max_request_bytes, 8388608");
    assert_int_equal(load_with("{\"max_output_queue_bytes\": 1099511627777}", NULL, &c), -EINVAL);
    assert_int_equal(load_with("{\"max_output_queue_bytes\": 0}", NULL, &c), -EINVAL);
}

static void it_is_so_long_at_most(void **state)
{
    (void)state;
    enum { MOST = 4 << 20 };
    static char text[MOST + 2], told[256];
    struct config *config = NULL;
    memset(text, ' ', MOST + 1);
    memcpy(text, "{}", 2);
    text[MOST] = '\0';
    config_free(good(text));
    text[MOST] = ' ';
    assert_int_equal(load_with(text, NULL, &config), -EFBIG);
    snprintf(told, sizeof told, "%s is longer than %d bytes", file, MOST);
    assert_string_equal(err.text, told);
}

static void a_fault_is_told_with_its_file_and_its_place(void **state)
{
    (void)state;
    bad("{\"colour\": 1}", ": unknown key colour");
    bad("{\"limits\": {\"memory\": 1}}", ": limits: unknown key memory");
    bad("{\"retention\": {\"max_run\": 1}}", ": retention: unknown key max_run");
    bad("{\"spares\": 1001}", ": spares: must be integer 0..1000");
    bad("{\"tenant\": \"a/b\"}",
        ": tenant: must be 1 to 32 of A-Z a-z 0-9 _ - and not begin with -");
    bad("{\"socket\": \"\"}", ": socket: must be a string that is not empty");
    bad("{\"cgroup\": \"on\"}", ": cgroup: must be auto, off or an absolute path");
    bad("[]", ": must be a JSON object");
    bad("{\"a\": 1,\n\"a\": 2}", ": line 2: duplicate object key near '\"a\"'");
}

static void a_flag_is_told_as_it_was_written(void **state)
{
    (void)state;
    static const struct {
        const char *flags[3], *told;
    } CASES[] = {
        {{"stray"}, "unexpected argument stray; see --help"},
        {{"-x"}, "unexpected argument -x; see --help"},
        {{"--"}, "unknown flag --; see --help"},
        {{"--=5"}, "unknown flag --=5; see --help"},
        {{"--colour=5"}, "unknown flag --colour=5; see --help"},
        {{"--max_children", "5"}, "unknown flag --max_children; see --help"},
        {{"--providers", "{}"}, "unknown flag --providers; see --help"},
        {{"--deny-addresses", "[]"}, "unknown flag --deny-addresses; see --help"},
        {{"--tenant"}, "--tenant needs a value"},
        {{"--config"}, "--config needs a value"},
        {{"--spares=x"}, "spares: must be integer 0..1000"},
        {{"--a23456789012345678901234567890123456789012345678901234567890123", "1"},
         "unknown flag --a23456789012345678901234567890123456789012345678901234567890123; "
         "see --help"},
        {{"--a234567890123456789012345678901234567890123456789012345678901234", "1"},
         "unknown flag --a234567890123456789012345678901234567890123456789012345678901234; "
         "see --help"},
        {{"--access-group=none-such"}, "access_group: there is no group none-such"},
        {{"--access-group=4294967295"}, "access_group: there is no group 4294967295"},
        {{"--access-group=-1"}, "access_group: there is no group -1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct config *c;
        assert_int_equal(load_flags((char *const *)CASES[i].flags, &c), -EINVAL);
        assert_string_equal(err.text, CASES[i].told);
    }
}

static void flags_come_joined_and_apart_and_the_last_counts(void **state)
{
    (void)state;
    struct config *c;
    char joined[160];
    snprintf(joined, sizeof joined, "--config=%s", file);
    put_file(&folder, "config.json", "{\"spares\": 7}");
    char *const flags[] = {(char *)"--config=/nowhere", joined,      (char *)"--max-children=3",
                           (char *)"--max-children",    (char *)"4", NULL};
    assert_int_equal(load_flags(flags, &c), 0);
    assert_string_equal(c->file, file);
    assert_int_equal(c->spares, 7);
    assert_int_equal(c->max_children, 4);
    assert_false(c->prices_set || c->models_set);
    config_free(c);
    char *const empty[] = {(char *)"--socket=", NULL};
    assert_int_equal(load_flags(empty, &c), -EINVAL);
    char *const group[] = {(char *)"--access-group=4294967294", NULL};
    assert_int_equal(load_flags(group, &c), 0);
    assert_true(c->access_gid == 4294967294U);
    config_free(c);
}

static void names_of_tenants_have_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool good;
    } CASES[] = {{"a", true},
                 {"12345678901234567890123456789012", true},
                 {"123456789012345678901234567890123", false},
                 {"a-_Z9", true},
                 {"_a", true},
                 {"-a", false},
                 {"a.b", false},
                 {"", false},
                 {"\xc3\xa4", false}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char text[128];
        struct config *c;
        snprintf(text, sizeof text, "{\"tenant\": \"%s\"}", CASES[i].name);
        assert_int_equal(load_with(text, NULL, &c), CASES[i].good ? 0 : -EINVAL);
        if (CASES[i].good) {
            assert_string_equal(c->tenant, CASES[i].name);
            config_free(c);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_number_keeps_its_bounds),
        TEST(access_is_a_list),
        TEST(a_line_of_a_runner_is_twice_a_request_up_to_a_bound),
        TEST(a_queue_holds_four_requests),
        TEST(it_is_so_long_at_most),
        TEST(a_fault_is_told_with_its_file_and_its_place),
        TEST(a_flag_is_told_as_it_was_written),
        TEST(flags_come_joined_and_apart_and_the_last_counts),
        TEST(names_of_tenants_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
