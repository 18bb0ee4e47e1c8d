/* What is said to a tool's server, word for word, and what is made of what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/tool/mcp.h"

struct heard {
    char answers[2000];
};

static void hear(void *context, int64_t id, bool ok, const char *text)
{
    struct heard *h = context;
    size_t used = strlen(h->answers);
    snprintf(h->answers + used, sizeof h->answers - used, "%lld %s %s;", (long long)id,
             ok ? "ok" : "bad", text);
}

static void say(struct mcp *m, const char *line)
{
    mcp_input(m, line, strlen(line));
    mcp_input(m, "\n", 1);
}

/* What we said since it was looked at last. */
static void said(struct mcp *m, const char *expected)
{
    assert_string_equal(m->out.len ? buf_str(&m->out) : "", expected);
    buf_clear(&m->out);
}

#define INITIALIZE                                                                                 \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"     \
    "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"councild\",\"version\":"        \
    "\"" COUNCILD_VERSION "\"}}}\n"
#define LIST  "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\",\"params\":{}}\n"
#define HELLO "{\"id\":1,\"result\":{\"protocolVersion\":\"any\"}}"
#define TOOLS                                                                                      \
    "{\"id\":2,\"result\":{\"tools\":[{\"name\":\"look\"},{\"no\":1},{\"name\":\"find\"}]}}"

static void until_ready(struct mcp *m, struct heard *h)
{
    *h = (struct heard){0};
    mcp_init(m, hear, h);
    said(m, INITIALIZE);
    assert_int_equal(m->state, MCP_INITIALIZING);
    say(m, HELLO);
    said(m, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n" LIST);
    assert_int_equal(m->state, MCP_LISTING);
    say(m, TOOLS);
    said(m, "");
    assert_int_equal(m->state, MCP_READY);
}

static void every_word_of_ours(void **state)
{
    (void)state;
    struct mcp m;
    struct heard h;
    json_t *args = j_pack("{s:i}", "q", 1);
    until_ready(&m, &h);
    assert_int_equal(mcp_call(&m, "look", args), 3);
    said(&m,
         "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/call\",\"params\":{\"name\":\"look\","
         "\"arguments\":{\"q\":1}}}\n");
    mcp_cancel(&m, 3, "enough");
    said(&m,
         "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":"
         "3,\"reason\":\"enough\"}}\n");
    say(&m, "{\"id\":\"p\",\"method\":\"ping\"}");
    said(&m, "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"result\":{}}\n");
    say(&m, "{\"id\":7,\"method\":\"roots/list\"}");
    said(&m, "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32601,\"message\":\"not "
             "offered\"}}\n");
    say(&m, "{\"method\":\"notifications/message\"}");
    said(&m, "");
    assert_string_equal(h.answers, "");
    assert_string_equal(json_string_value(json_object_get(mcp_tool(&m, "find"), "name")), "find");
    assert_null(mcp_tool(&m, "fin"));
    assert_null(mcp_tool(&m, "finds"));
    mcp_release(&m);
    json_decref(args);
}

static void every_kind_of_answer(void **state)
{
    (void)state;
    static const struct {
        const char *line, *answers;
    } ROWS[] = {
        {"{\"id\":3,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\","
         "\"text\":\"b\"}]}}",
         "3 ok a\nb;"},
        {"{\"id\":3,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"}],\"isError\":true}"
         "}",
         "3 bad a;"},
        {"{\"id\":3,\"result\":{\"content\":[{\"text\":\"a\"}],\"isError\":false,"
         "\"structuredContent\":{\"x\":1}}}",
         "3 ok a;"},
        {"{\"id\":3,\"result\":{\"content\":[],\"structuredContent\":{\"x\":1}}}",
         "3 ok {\"x\":1};"},
        {"{\"id\":3,\"result\":{\"content\":[{\"type\":\"image\"},{},{\"type\":\"resource\","
         "\"resource\":{\"text\":\"r\"}},{\"type\":\"resource\",\"resource\":{}}]}}",
         "3 ok [image]\n[something]\nr\n[resource];"},
        {"{\"id\":3,\"result\":{}}", "3 ok ;"},
        {"{\"id\":3}", "3 ok ;"},
        {"{\"id\":3,\"error\":{\"code\":1,\"message\":\"no\"}}", "3 bad no;"},
        {"{\"id\":3,\"error\":{\"code\":1}}", "3 bad the server answered with an error;"},
        {"{\"id\":1,\"result\":{}}", "1 ok ;"},
        {"{\"id\":0,\"result\":{}}", ""},
        {"{\"id\":-1,\"result\":{}}", ""},
        {"{\"id\":\"3\",\"result\":{}}", ""},
        {"{\"result\":{}}", ""},
        {"[{\"id\":3}]", ""},
        {"Listening on stdio", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct mcp m;
        struct heard h;
        until_ready(&m, &h);
        say(&m, ROWS[i].line);
        assert_string_equal(h.answers, ROWS[i].answers);
        assert_int_equal(m.state, MCP_READY);
        said(&m, "");
        mcp_release(&m);
    }
}

#define PAGE(id) "{\"id\":" id ",\"result\":{\"tools\":[{\"name\":\"more\"}],\"nextCursor\":\"n\"}}"

static void every_way_to_be_of_no_use(void **state)
{
    (void)state;
    static const struct {
        const char *lines[3], *why;
    } ROWS[] = {
        {{"{\"id\":1,\"result\":{}}"}, "the server does not say which protocol it speaks"},
        {{"{\"id\":1,\"result\":{\"protocolVersion\":7}}"},
         "the server does not say which protocol it speaks"},
        {{"{\"id\":1,\"error\":{\"message\":\"x\"}}"}, "the server refused the first requests"},
        {{"{\"id\":2,\"result\":{\"protocolVersion\":\"a\"}}"},
         "the server refused the first requests"},
        {{"{\"id\":0,\"result\":{\"protocolVersion\":\"a\"}}"},
         "the server refused the first requests"},
        {{HELLO, "{\"id\":2,\"result\":{}}"}, "the server's list of tools is none"},
        {{HELLO, "{\"id\":2,\"error\":{}}"}, "the server refused the first requests"},
        {{HELLO, HELLO}, "the server refused the first requests"},
        {{HELLO, PAGE("2"), PAGE("2")}, "the server refused the first requests"},
        {{HELLO, PAGE("2"), "{\"id\":3,\"result\":{\"tools\":1}}"},
         "the server's list of tools is none"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct mcp m;
        struct heard h = {0};
        mcp_init(&m, hear, &h);
        for (size_t k = 0; k < 3 && ROWS[i].lines[k]; k++) {
            assert_int_not_equal(m.state, MCP_BROKEN);
            say(&m, ROWS[i].lines[k]);
        }
        assert_int_equal(m.state, MCP_BROKEN);
        assert_string_equal(m.why, ROWS[i].why);
        mcp_release(&m);
    }
}

/* Page upon page: the last that is allowed is read, one more is not asked for. */
static void pages_have_an_end(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct mcp m;
        struct heard h = {0};
        char line[200];
        mcp_init(&m, hear, &h);
        say(&m, HELLO);
        buf_clear(&m.out);
        for (int page = 1; page < MCP_PAGES_MAX + more; page++) {
            assert_int_equal(m.state, MCP_LISTING);
            snprintf(line, sizeof line, PAGE("%d"), page + 1);
            say(&m, line);
            snprintf(line, sizeof line,
                     "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/list\",\"params\":{"
                     "\"cursor\":\"n\"}}\n",
                     page + 2);
            said(&m, page < MCP_PAGES_MAX ? line : "");
        }
        assert_int_equal(m.state, more ? MCP_BROKEN : MCP_LISTING);
        assert_string_equal(m.why, more ? "the server's list of tools has no end" : "");
        mcp_release(&m);
    }
}

static void tools_have_a_number(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct mcp m;
        struct heard h = {0};
        json_t *tools = j_array();
        for (size_t i = 0; i < MCP_TOOLS_MAX + more; i++)
            j_add(tools, j_object());
        json_t *list = j_pack("{s:i, s:{s:o}}", "id", 2, "result", "tools", tools);
        char *line = j_dump(list);
        mcp_init(&m, hear, &h);
        say(&m, HELLO);
        say(&m, line);
        assert_int_equal(m.state, more ? MCP_BROKEN : MCP_READY);
        assert_string_equal(m.why, more ? "the server has too many tools" : "");
        mcp_release(&m);
        json_decref(list);
        free(line);
    }
}

static void lines_have_a_length(void **state)
{
    (void)state;
    char *flood = malloc(MCP_LINE_MAX);
    assert_non_null(flood);
    memset(flood, 'x', MCP_LINE_MAX);
    struct mcp m;
    struct heard h;
    until_ready(&m, &h);
    for (int i = 0; i < 2; i++) {
        mcp_input(&m, flood, MCP_LINE_MAX);
        assert_int_equal(m.state, MCP_READY);
        if (i == 0)
            mcp_input(&m, "\n", 1);
    }
    mcp_input(&m, "x\n", 2);
    assert_int_equal(m.state, MCP_BROKEN);
    assert_string_equal(m.why, "the server's line is too long");
    mcp_release(&m);
    free(flood);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_of_ours),        cmocka_unit_test(every_kind_of_answer),
        cmocka_unit_test(every_way_to_be_of_no_use), cmocka_unit_test(pages_have_an_end),
        cmocka_unit_test(tools_have_a_number),       cmocka_unit_test(lines_have_a_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
