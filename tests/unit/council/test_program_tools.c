/* A tool with a command is started; without one it has nothing to start, whatever else it is. */
#include "proto/council/program_tools.h"
#include "support.h"

static const struct {
    const char *document;
    bool is;
} ROWS[] = {
    {"{'kind': 'command', 'argv': ['/bin/cat']}", true},
    {"{'kind': 'mcp', 'argv': ['/bin/server', '-q']}", true},
    {"{'kind': 'docs'}", false},
    {"{'kind': 'command', 'argv': []}", false},
    {"{'kind': 'command', 'argv': '/bin/cat'}", false},
    {"{'kind': 'command', 'argv': {'0': '/bin/cat'}}", false},
    {"['/bin/cat']", false},
    {"null", false},
};

enum { ROW_COUNT = sizeof(ROWS) / sizeof(ROWS[0]) };

static void a_program_has_a_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        json_t *document = parse(ROWS[i].document);
        assert_int_equal(tool_is_program(document), ROWS[i].is);
        json_decref(document);
    }
    assert_false(tool_is_program(NULL));
}

/* Wherever it stands among them. */
static void one_program_is_enough(void **state)
{
    (void)state;
    json_t *documents = parse("{'a': {'kind': 'docs'}, 'c': {'argv': []}}");
    assert_false(tools_have_programs(NULL));
    assert_false(tools_have_programs(documents));
    json_object_set_new(documents, "b", parse("{'argv': ['/bin/cat']}"));
    json_object_set_new(documents, "d", json_object());
    assert_true(tools_have_programs(documents));
    json_object_del(documents, "b");
    assert_false(tools_have_programs(documents));
    json_decref(documents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_has_a_command),
        cmocka_unit_test(one_program_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
