/* Which paths a tool gets, from what its entry lists. */
#include <errno.h>
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
        T(its_own_program_may_not_be_councilds),
        T(what_lies_in_another_comes_behind_it),
        T(what_a_link_has_come_into_is_not_opened),
        cmocka_unit_test(what_lies_in_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
