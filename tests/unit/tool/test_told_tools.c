/* What a member is told of a tool: the operator's word before the server's, and of a server's tool
 * only; whoever asks servers for what is known already waits for nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "heap_kept.h"
#include "runner/tool/told_tools.h"

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

static void expect(json_t *value, const char *text)
{
    json_t *expected = parse(text);
    if (!json_equal(value, expected)) {
        char *dump = j_dump(value);
        fail_msg("%s instead of %s", dump, text);
    }
    json_decref(expected);
}

static void whose_kind_is_a_server(void **state)
{
    (void)state;
    static const struct {
        const char *document;
        bool is;
    } ROWS[] = {{"{\"kind\":\"mcp\"}", true},
                {"{\"kind\":\"command\"}", false},
                {"{\"kind\":\"nothing\"}", false},
                {"{}", false}};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        json_t *document = parse(ROWS[i].document);
        assert_int_equal(tool_is_at_server(document), ROWS[i].is);
        json_decref(document);
    }
}

#define DOCUMENTS        "{\"look\":{},\"find\":{},\"see\":{},\"run\":{}}"
#define TOOL(name, rest) "{\"name\":\"" name "\",\"kind\":\"mcp\"" rest "}"

static void what_is_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *tree, *names;
    } ROWS[] = {
        {"{}", "[]"},
        {TOOL("look", ""), "[\"look\"]"},
        {"[" TOOL("look", "") ",{\"deep\":[" TOOL("find", "") "]}]", "[\"look\",\"find\"]"},
        {"[" TOOL("look", "") "," TOOL("look", "") "]", "[\"look\"]"},
        {TOOL("look", ",\"description\":\"d\""), "[\"look\"]"},
        {TOOL("look", ",\"parameters\":{}"), "[\"look\"]"},
        {TOOL("look", ",\"description\":\"\",\"parameters\":{}"), "[\"look\"]"},
        {TOOL("look", ",\"description\":\"d\",\"parameters\":null"), "[\"look\"]"},
        {TOOL("look", ",\"description\":\"d\",\"parameters\":{}"), "[]"},
        {TOOL("other", ""), "[]"}, /* whose document nobody has */
        {"{\"name\":\"run\",\"kind\":\"command\"}", "[]"},
        {"{\"kind\":\"mcp\"}", "[]"},
        /* A tool is the end of the way, what is no tool is not. */
        {TOOL("look", ",\"in\":" TOOL("find", "")), "[\"look\"]"},
        {TOOL("other", ",\"in\":" TOOL("find", "")), "[\"find\"]"},
    };
    json_t *documents = parse(DOCUMENTS);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        json_t *tree = parse(ROWS[i].tree), *names = told_tools_wanted(documents, tree);
        expect(names, ROWS[i].names);
        expect(tree, ROWS[i].tree);
        json_decref(names);
        json_decref(tree);
    }
    json_decref(documents);
}

#define TOLD "{\"look\":{\"description\":\"its\",\"inputSchema\":{\"title\":\"its\"}}}"
#define NONE ",\"parameters\":{\"type\":\"object\",\"properties\":{}}"

static void what_is_filled_in(void **state)
{
    (void)state;
    static const struct {
        const char *tree, *told, *filled;
    } ROWS[] = {
        {TOOL("look", ""), TOLD,
         TOOL("look", ",\"description\":\"its\",\"parameters\":{\"title\":\"its\"}")},
        {TOOL("look", ",\"description\":\"ours\""), TOLD,
         TOOL("look", ",\"description\":\"ours\",\"parameters\":{\"title\":\"its\"}")},
        {TOOL("look", ",\"parameters\":{}"), TOLD,
         TOOL("look", ",\"description\":\"its\",\"parameters\":{}")},
        {TOOL("look", ",\"description\":\"\",\"parameters\":null"),
         "{\"look\":{\"description\":7,\"inputSchema\":[]}}",
         TOOL("look", ",\"description\":\"\"" NONE)},
        {TOOL("find", ""), TOLD, TOOL("find", NONE)},
        {TOOL("other", ""), TOLD, TOOL("other", "")},
        {"{\"name\":\"look\",\"kind\":\"command\"}", TOLD,
         "{\"name\":\"look\",\"kind\":\"command\"}"},
        {"[[" TOOL("find", "") "]," TOOL("see", "") "]", "{}",
         "[[" TOOL("find", NONE) "]," TOOL("see", NONE) "]"},
    };
    json_t *documents = parse(DOCUMENTS);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        json_t *tree = parse(ROWS[i].tree), *told = parse(ROWS[i].told);
        told_tools_fill(documents, tree, told);
        expect(tree, ROWS[i].filled);
        json_decref(told);
        json_decref(tree);
    }
    json_decref(documents);
}

static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(whose_kind_is_a_server);
    assert_keeps_nothing(what_is_wanted);
    assert_keeps_nothing(what_is_filled_in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_kind_is_a_server),
        cmocka_unit_test(what_is_wanted),
        cmocka_unit_test(what_is_filled_in),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
