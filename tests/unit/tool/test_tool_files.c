/* Which paths a tool gets, from what its entry lists. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/tool/tool_files.h"

static char folder[32];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/tool-files-XXXXXX");
    if (!mkdtemp(folder) || chdir(folder) < 0)
        return -1;
    return mkdir("a", 0700) || mkdir("a/b", 0700) || mkdir("a/c", 0700) || mkdir("a/b/d", 0700) ||
           symlink("a/c", "link");
}

static int tear_down(void **state)
{
    (void)state;
    return unlink("link") || rmdir("a/b/d") || rmdir("a/b") || rmdir("a/c") || rmdir("a") ||
           chdir("/") || rmdir(folder);
}

static json_t *paths(const char *one, const char *other)
{
    json_t *list = j_array();
    j_add(list, json_sprintf("%s/%s", folder, one));
    if (other)
        j_add(list, json_sprintf("%s/%s", folder, other));
    return list;
}

static json_t *program(const char *list, json_t *named)
{
    return j_pack("{s:[s], s:o}", "argv", "/bin/sh", list, named);
}

static void note(void *context, const char *path, enum tool_file_kind kind)
{
    char *line = xasprintf("%s%s", kind == TOOL_FILE_WRITE ? "w:" : "", path);
    if (!strncmp(path, folder, strlen(folder)))
        j_add(context, j_string(line));
    free(line);
}

/* What is given below the folder, in any order. */
static void expect(json_t *p, json_t *own, const char *const *wanted)
{
    struct tool_files f;
    struct error err = {0};
    if (tool_files_init(&f, p, own, &err) < 0)
        fail_msg("%s", err.text);
    json_t *given = j_array();
    tool_files_each(&f, note, given);
    size_t n = 0;
    for (; wanted[n]; n++) {
        bool write = !strncmp(wanted[n], "w:", 2);
        char *path = xasprintf("%s%s/%s", write ? "w:" : "", folder, wanted[n] + (write ? 2 : 0));
        if (!j_array_has(given, path))
            fail_msg("%s is not given", path);
        free(path);
    }
    assert_int_equal(json_array_size(given), n);
    json_decref(given);
    tool_files_release(&f);
    json_decref(p);
    json_decref(own);
}

#define GIVEN(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void what_is_listed(void **state)
{
    (void)state;
    expect(program("read", paths("a", NULL)), NULL, GIVEN("a"));
    expect(program("write", paths("a/b", "link")), NULL, GIVEN("w:a/b", "w:a/c"));
    expect(program("env", j_object()), NULL, GIVEN());
}

static json_t *started_as(const char *at, json_t *arguments)
{
    json_t *argv = j_array();
    j_add(argv, json_sprintf("%s/%s", folder, at));
    json_array_extend(argv, arguments);
    json_decref(arguments);
    return j_pack("{s:o}", "argv", argv);
}

static void put_empty(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    assert_true(fd >= 0);
    close(fd);
}

/* What the command line names: files, not folders, and no more of what is beside them. */
static void what_its_command_line_names(void **state)
{
    (void)state;
    put_empty("a/b/tool");
    put_empty("a/c/script");
    assert_int_equal(symlink("a/c/script", "named"), 0);
    expect(started_as("a/b/tool", paths("a/c/script", "a/b/d")), NULL,
           GIVEN("a/b/tool", "a/c/script"));
    expect(started_as("a/b/tool", paths("named", "none")), NULL, GIVEN("a/b/tool", "a/c/script"));
    expect(started_as("a/b/tool", paths("named", NULL)), paths("a/c", NULL), GIVEN("a/b/tool"));
    expect(started_as("a/b/tool", j_pack("[s, s, s, i]", "a/c/script", "--in=/etc", "/", 1)), NULL,
           GIVEN("a/b/tool"));
    assert_int_equal(unlink("named") | unlink("a/b/tool") | unlink("a/c/script"), 0);
}

/* An interpreter that is no part of the system would not run without. */
static void the_libraries_of_a_program_in_bin(void **state)
{
    (void)state;
    assert_int_equal(mkdir("a/bin", 0700) | mkdir("a/lib", 0700) | mkdir("a/libexec", 0700), 0);
    assert_int_equal(mkdir("sbin", 0700) | mkdir("lib", 0700), 0);
    put_empty("a/bin/x");
    put_empty("sbin/x");
    assert_int_equal(symlink("../a/bin/x", "sbin/y"), 0);
    expect(started_as("a/bin/x", j_array()), NULL, GIVEN("a/bin/x", "a/lib", "a/libexec"));
    expect(started_as("sbin/y", j_array()), NULL, GIVEN("a/bin/x", "a/lib", "a/libexec"));
    expect(started_as("sbin/x", j_array()), NULL, GIVEN("sbin/x"));
    expect(started_as("a/bin/x", j_array()), paths("a/lib", NULL), GIVEN("a/bin/x", "a/libexec"));
    assert_int_equal(unlink("sbin/y") | unlink("sbin/x") | unlink("a/bin/x"), 0);
    assert_int_equal(rmdir("sbin") | rmdir("lib") | rmdir("a/bin") | rmdir("a/lib"), 0);
    assert_int_equal(rmdir("a/libexec"), 0);
}

static void without_councilds_own(void **state)
{
    (void)state;
    expect(program("read", paths("a", NULL)), paths("a/b", NULL), GIVEN("a/c"));
    expect(program("read", paths("a", NULL)), paths("a/b/d", NULL), GIVEN("a/c"));
    expect(program("read", paths("a", NULL)), paths("a/b", "a/c"), GIVEN());
    expect(program("read", paths("a/c", NULL)), paths("a/b", NULL), GIVEN("a/c"));
    expect(program("write", paths("a/b", NULL)), paths("a/bc", NULL), GIVEN("w:a/b"));
    /* A link to it is it. */
    expect(program("read", paths("a", NULL)), paths("link", NULL), GIVEN("a/b"));
}

/* A list that asks for everything, or for what nobody may have, is the operator's mistake. */
static void what_may_not_be_listed(void **state)
{
    (void)state;
    static const struct {
        const char *path; /* NULL: no text at all; in the folder, if it has no slash */
        int number;
        const char *words;
    } ROWS[] = {
        {NULL, EINVAL, "its entry lists no text: paths are absolute"},
        {"./a", EINVAL, "its entry lists ./a: paths are absolute"},
        {"/", EINVAL, "its entry lists /: name what it needs there"},
        {"/tmp", EINVAL, "its entry lists /tmp: name what it needs there"},
        {"/tmp/../dev", EINVAL, "its entry lists /tmp/../dev: name what it needs there"},
        {"/proc", EINVAL, "its entry lists /proc: name what it needs there"},
        {"/proc/1", EINVAL, "its entry lists /proc/1: name what it needs there"},
        {"/no/such", ENOENT, "its entry lists /no/such: No such file or directory"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        for (int writes = 0; writes < 2; writes++) {
            struct tool_files f;
            struct error err = {0};
            json_t *list = ROWS[i].path ? j_pack("[s]", ROWS[i].path) : j_pack("[i]", 7);
            j_add(list, j_string("later: not looked at"));
            json_t *p = program(writes ? "write" : "read", list);
            assert_int_equal(tool_files_init(&f, p, NULL, &err), -ROWS[i].number);
            assert_string_equal(err.text, ROWS[i].words);
            assert_int_equal(f.count, 0);
            assert_null(f.at);
            json_decref(p);
        }
    }
}

static void what_is_councilds_may_not_be_listed(void **state)
{
    (void)state;
    static const char *const LISTED[] = {"a/b", "a/b/d"};
    for (size_t i = 0; i < 2; i++) {
        struct tool_files f;
        struct error err = {0};
        json_t *own = paths("a/b", "not/there/yet"), *p = program("read", paths(LISTED[i], NULL));
        char *words =
            xasprintf("its entry lists %s/%s, which is councild's own", folder, LISTED[i]);
        assert_int_equal(tool_files_init(&f, p, own, &err), -EACCES);
        assert_string_equal(err.text, words);
        free(words);
        json_decref(own);
        json_decref(p);
    }
    /* What has no absolute path is nothing that could be meant. */
    expect(program("read", paths("a", NULL)), j_pack("[s, i]", "a", 7), GIVEN("a"));
}

/* The file that is given under this name; NULL: none. */
static const struct tool_file *given_as(const struct tool_files *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (!strcmp(f->at[i].name ? f->at[i].name : f->at[i].path, name))
            return &f->at[i];
    return NULL;
}

/* As it is there under this name, or not at all. */
static void expect_given(const struct tool_files *f, const char *name, enum tool_file_kind kind)
{
    char *real = realpath(name, NULL);
    const struct tool_file *file = given_as(f, name);
    if (!real != !file || (real && (strcmp(file->path, real) != 0 || file->kind != kind ||
                                    !file->name != !strcmp(name, real))))
        fail_msg("%s is not given as it should be", name);
    free(real);
}

static void what_every_tool_has(void **state)
{
    (void)state;
    static const char *const SYSTEM[] = {"/usr",    "/bin", "/sbin", "/lib", "/lib32", "/lib64",
                                         "/libx32", "/etc", "/opt",  "/nix", "/gnu"};
    static const char *const DEVICES[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                          "/dev/urandom"};
    struct tool_files f;
    struct error err = {0};
    json_t *p = program("read", paths("link", "a"));
    j_set(p, "write", paths("a/b", NULL));
    assert_int_equal(tool_files_init(&f, p, NULL, &err), 0);
    for (size_t i = 0; i < sizeof(SYSTEM) / sizeof(*SYSTEM); i++) {
        expect_given(&f, SYSTEM[i], TOOL_FILE_SYSTEM);
        assert_string_equal(TOOL_SYSTEM[i], SYSTEM[i]);
    }
    for (size_t i = 0; i < sizeof(DEVICES) / sizeof(*DEVICES); i++) {
        expect_given(&f, DEVICES[i], TOOL_FILE_DEVICE);
        assert_string_equal(TOOL_DEVICES[i], DEVICES[i]);
    }
    expect_given(&f, "/bin/sh", TOOL_FILE_READ);
    static const char *const OWN[] = {"link", "a", "a/b"};
    for (size_t i = 0; i < 3; i++) {
        char *path = xasprintf("%s/%s", folder, OWN[i]);
        expect_given(&f, path, i == 2 ? TOOL_FILE_WRITE : TOOL_FILE_READ);
        free(path);
    }
    assert_null(given_as(&f, "/etc/resolv.conf"));
    tool_files_release(&f);
    json_decref(p);
}

/* Whoever may reach others by their names may look these up. */
static void a_network_brings_the_resolver(void **state)
{
    (void)state;
    static const struct {
        const char *network;
        bool has;
    } ROWS[] = {{"true", true}, {"[443]", true}, {"false", false}, {"[]", false}};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct tool_files f;
        struct error err = {0};
        json_t *p = program("network", json_loads(ROWS[i].network, JSON_DECODE_ANY, NULL));
        assert_int_equal(tool_files_init(&f, p, NULL, &err), 0);
        if (ROWS[i].has)
            expect_given(&f, "/etc/resolv.conf", TOOL_FILE_READ);
        else
            assert_null(given_as(&f, "/etc/resolv.conf"));
        tool_files_release(&f);
        json_decref(p);
    }
}

/* Where a folder is given in parts, a link in it could lead out of it, and to councild's own. */
static void links_beside_councilds_own_are_not_given(void **state)
{
    (void)state;
    assert_int_equal(symlink("b", "a/to-own") | symlink("/etc", "a/out"), 0);
    expect(program("read", paths("a", NULL)), paths("a/b", NULL), GIVEN("a/c"));
    assert_int_equal(unlink("a/to-own") | unlink("a/out"), 0);
}

static void its_own_program_may_not_be_councilds(void **state)
{
    (void)state;
    struct tool_files f;
    struct error err = {0};
    json_t *p = program("env", j_object()), *own = j_pack("[s]", "/usr");
    assert_int_equal(tool_files_init(&f, p, own, &err), -EACCES);
    assert_string_equal(err.text, "cannot start /bin/sh: it is councild's own");
    json_decref(own);
    json_decref(p);
}

static void what_lies_in_another_comes_behind_it(void **state)
{
    (void)state;
    struct tool_files f;
    struct error err = {0};
    json_t *p = program("read", paths("a/b", "a"));
    assert_int_equal(tool_files_init(&f, p, NULL, &err), 0);
    for (size_t i = 1; i < f.count; i++)
        assert_true(strlen(f.at[i - 1].path) <= strlen(f.at[i].path));
    tool_files_release(&f);
    json_decref(p);
}

static void what_lies_in_what(void **state)
{
    (void)state;
    assert_true(path_is_in("/a", "/a"));
    assert_true(path_is_in("/a/b", "/a"));
    assert_true(path_is_in("/a/b", "/"));
    assert_false(path_is_in("/ab", "/a"));
    assert_false(path_is_in("/a", "/a/b"));
}

/* Whoever may write above it can put a link there, once it has been looked at. */
static void what_a_link_has_come_into_is_not_opened(void **state)
{
    static const struct {
        const char *path;
        int number;
    } CASES[] = {{"a/b/d", 0}, {"a", 0}, {"link", -ELOOP}, {"link/x", -ELOOP}, {"none", -ENOENT}};
    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        char *path = xasprintf("%s/%s", folder, CASES[i].path);
        int fd = tool_file_open(path);
        assert_int_equal(fd < 0 ? fd : 0, CASES[i].number);
        if (fd >= 0)
            close(fd);
        free(path);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(what_is_listed),
        T(without_councilds_own),
        T(what_may_not_be_listed),
        T(what_is_councilds_may_not_be_listed),
        cmocka_unit_test(a_network_brings_the_resolver),
        T(what_every_tool_has),
        T(links_beside_councilds_own_are_not_given),
        T(what_its_command_line_names),
        T(the_libraries_of_a_program_in_bin),
        T(its_own_program_may_not_be_councilds),
        T(what_lies_in_another_comes_behind_it),
        T(what_a_link_has_come_into_is_not_opened),
        cmocka_unit_test(what_lies_in_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
