/* The client's side of MCP: servers answer in pages, out of order, ask things themselves, and print
 * rubbish. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/tool/mcp.h"

struct answers {
    int count;
    int64_t id;
    bool ok;
    char text[256];
};

static void take(void *context, int64_t id, bool ok, const char *text)
{
    struct answers *a = context;
    a->count++;
    a->id = id;
    a->ok = ok;
    snprintf(a->text, sizeof(a->text), "%s", text);
}

static void say(struct mcp *m, const char *line)
{
    mcp_input(m, line, strlen(line));
    mcp_input(m, "\n", 1);
}

/* What we sent since the last look. */
static const char *said(struct mcp *m, char *to, size_t size)
{
    snprintf(to, size, "%.*s", (int)m->out.len, m->out.len ? m->out.at : "");
    buf_clear(&m->out);
    return to;
}

static void make_ready(struct mcp *m, struct answers *a)
{
    mcp_init(m, take, a);
    say(m, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-06-18\","
           "\"capabilities\":{\"tools\":{}}}}");
    say(m, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[{\"name\":\"echo\","
           "\"inputSchema\":{}}]}}");
    assert_int_equal(m->state, MCP_READY);
    buf_clear(&m->out);
}

static void shakes_hands_and_lists_pages(void **state)
{
    (void)state;
    struct answers a = {0};
    struct mcp m;
    char out[2048];
    mcp_init(&m, take, &a);
    assert_non_null(strstr(said(&m, out, sizeof(out)), "\"method\":\"initialize\""));
    say(&m, "starting up ...");
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2024-11-05\"}}");
    said(&m, out, sizeof(out));
    assert_non_null(strstr(out, "notifications/initialized"));
    assert_non_null(strstr(out, "tools/list"));
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[{\"name\":\"a\"}],\"nextCursor\":"
            "\"p2\"}}");
    assert_int_equal(m.state, MCP_LISTING);
    assert_non_null(strstr(said(&m, out, sizeof(out)), "\"cursor\":\"p2\""));
    say(&m, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}");
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"tools\":[{\"name\":\"b\"}]}}");
    assert_int_equal(m.state, MCP_READY);
    assert_non_null(mcp_tool(&m, "b"));
    assert_null(mcp_tool(&m, "c"));
    mcp_release(&m);
}

/* A list without an end has one: a server that always has one more page is of no use. */
static void pages_without_end(void **state)
{
    (void)state;
    struct answers a = {0};
    struct mcp m;
    char line[256];
    mcp_init(&m, take, &a);
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2024-11-05\"}}");
    int pages = 0;
    while (m.state == MCP_LISTING && pages < 100000) {
        snprintf(line, sizeof(line),
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"tools\":[],\"nextCursor\":\"%d\"}}",
                 (int)m.last_id, pages++);
        say(&m, line);
        buf_clear(&m.out);
    }
    assert_int_equal(m.state, MCP_BROKEN);
    assert_int_equal(pages, MCP_PAGES_MAX);
    assert_string_equal(m.why, "the server's list of tools has no end");
    mcp_release(&m);
}

/* Only what was asked can be answered. */
static void ids_that_nobody_gave(void **state)
{
    (void)state;
    struct answers a = {0};
    struct mcp m;
    make_ready(&m, &a);
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}");
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":-3,\"result\":{}}");
    assert_int_equal(a.count, 0);
    assert_int_equal(m.state, MCP_READY);
    mcp_release(&m);
}

static void calls_and_reads_results(void **state)
{
    (void)state;
    struct answers a = {0};
    struct mcp m;
    char out[2048];
    make_ready(&m, &a);
    json_t *args = json_pack("{s:i}", "n", 1);
    int64_t first = mcp_call(&m, "echo", args), second = mcp_call(&m, "echo", args);
    json_decref(args);
    assert_non_null(strstr(said(&m, out, sizeof(out)), "\"arguments\":{\"n\":1}"));
    char line[512];
    snprintf(line, sizeof(line),
             "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"content\":[{\"type\":\"text\","
             "\"text\":\"one\"},{\"type\":\"image\"},"
             "{\"type\":\"resource\",\"resource\":{\"text\":\"two\"}}]}}",
             (long long)second);
    say(&m, line);
    assert_true(a.ok && a.id == second);
    assert_string_equal(a.text, "one\n[image]\ntwo");
    snprintf(line, sizeof(line),
             "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"result\":{\"isError\":true,\"content\":[{\"type\":"
             "\"text\",\"text\":\"no\"}]}}",
             (long long)first);
    say(&m, line);
    assert_true(!a.ok && a.id == first && a.count == 2);
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":99,\"error\":{\"code\":-32602,\"message\":\"bad\"}}");
    assert_false(a.ok);
    assert_string_equal(a.text, "bad");
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":98,\"result\":{\"content\":[],\"structuredContent\":{"
            "\"x\":1}}}");
    assert_string_equal(a.text, "{\"x\":1}");
    mcp_release(&m);
}

static void answers_what_the_server_asks(void **state)
{
    (void)state;
    struct answers a = {0};
    struct mcp m;
    char out[2048];
    make_ready(&m, &a);
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":\"s1\",\"method\":\"ping\"}");
    assert_string_equal(said(&m, out, sizeof(out)),
                        "{\"jsonrpc\":\"2.0\",\"id\":\"s1\",\"result\":{}}\n");
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"sampling/createMessage\",\"params\":{}}");
    assert_non_null(strstr(said(&m, out, sizeof(out)), "-32601"));
    assert_int_equal(a.count, 0);
    mcp_release(&m);
}

static void gives_up_on_nonsense(void **state)
{
    (void)state;
    static const char *const FIRST[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"no\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{\"protocolVersion\":\"x\"}}",
    };
    for (size_t i = 0; i < 3; i++) {
        struct mcp m;
        mcp_init(&m, take, NULL);
        say(&m, FIRST[i]);
        assert_int_equal(m.state, MCP_BROKEN);
        assert_true(*m.why != '\0');
        mcp_release(&m);
    }
    struct mcp m;
    mcp_init(&m, take, NULL);
    static char flood[65536];
    memset(flood, 'x', sizeof(flood));
    for (int i = 0; i < 65 && m.state != MCP_BROKEN; i++)
        mcp_input(&m, flood, sizeof(flood));
    assert_int_equal(m.state, MCP_BROKEN);
    mcp_release(&m);
}

static void takes_bytes_one_by_one(void **state)
{
    (void)state;
    static const char all[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-06-18\"}}\n"
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[]}}\n";
    struct mcp m;
    mcp_init(&m, take, NULL);
    for (const char *c = all; *c; c++)
        mcp_input(&m, c, 1);
    assert_int_equal(m.state, MCP_READY);
    mcp_release(&m);
}

/* Every line that a server is sent, whole. */
static void what_it_is_sent(void **state)
{
    (void)state;
    struct answers a = {0};
    struct mcp m;
    char out[2048];
    mcp_init(&m, take, &a);
    assert_int_equal(m.state, MCP_INITIALIZING);
    assert_string_equal(
        said(&m, out, sizeof(out)),
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
        "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"councild\",\"version\":"
        "\"" COUNCILD_VERSION "\"}}}\n");
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2024-11-05\"}}");
    assert_string_equal(said(&m, out, sizeof(out)),
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"
                        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\",\"params\":{}}\n");
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[],\"nextCursor\":\"p\"}}");
    assert_string_equal(said(&m, out, sizeof(out)),
                        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\",\"params\":{"
                        "\"cursor\":\"p\"}}\n");
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"tools\":[]}}");
    assert_int_equal(m.state, MCP_READY);
    assert_string_equal(said(&m, out, sizeof(out)), "");
    json_t *args = json_pack("{s:i}", "n", 1);
    assert_int_equal(mcp_call(&m, "echo", args), 4);
    json_decref(args);
    mcp_cancel(&m, 4, "too late");
    say(&m, "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"roots/list\"}");
    assert_string_equal(
        said(&m, out, sizeof(out)),
        "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\","
        "\"arguments\":{\"n\":1}}}\n"
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":4,"
        "\"reason\":\"too late\"}}\n"
        "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"error\":{\"code\":-32601,\"message\":\"not "
        "offered\"}}\n");
    mcp_release(&m);
    assert_null(m.tools);
}

/* Why a server is of no use, in words. */
static void says_what_is_wrong_with_it(void **state)
{
    (void)state;
    static const char REFUSED[] = "the server refused the first requests";
    static const struct {
        const char *first, *second, *why;
    } CASES[] = {
        {"\"id\":1,\"error\":{\"code\":1}", NULL, REFUSED},
        {"\"id\":2,\"result\":{\"protocolVersion\":\"x\"}", NULL, REFUSED},
        {"\"id\":1,\"result\":{\"protocolVersion\":1}", NULL,
         "the server does not say which protocol it speaks"},
        {"\"id\":1,\"result\":{\"protocolVersion\":\"x\"}", "\"id\":2,\"result\":{\"tools\":{}}",
         "the server's list of tools is none"},
        {"\"id\":1,\"result\":{\"protocolVersion\":\"x\"}", "\"id\":1,\"result\":{\"tools\":[]}",
         REFUSED},
        {"\"id\":1,\"result\":{\"protocolVersion\":\"x\"}", "\"id\":2,\"error\":{}", REFUSED},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct mcp m;
        char line[256];
        mcp_init(&m, take, NULL);
        snprintf(line, sizeof(line), "{%s}", CASES[i].first);
        say(&m, line);
        snprintf(line, sizeof(line), "{%s}", CASES[i].second ? CASES[i].second : "");
        say(&m, line);
        assert_int_equal(m.state, MCP_BROKEN);
        assert_string_equal(m.why, CASES[i].why);
        mcp_release(&m);
    }
}

static void says_when_there_are_too_many_tools(void **state)
{
    (void)state;
    for (int more = 0; more <= 1; more++) {
        struct mcp m;
        json_t *tools = json_array();
        for (int i = 0; i < MCP_TOOLS_MAX + more; i++)
            json_array_append_new(tools, json_object());
        json_t *answer = json_pack("{s:i, s:{s:o}}", "id", 2, "result", "tools", tools);
        char *line = json_dumps(answer, 0);
        mcp_init(&m, take, NULL);
        say(&m, "{\"id\":1,\"result\":{\"protocolVersion\":\"x\"}}");
        say(&m, line);
        assert_int_equal(m.state, more ? MCP_BROKEN : MCP_READY);
        assert_string_equal(m.why, more ? "the server has too many tools" : "");
        free(line);
        json_decref(answer);
        mcp_release(&m);
    }
}

static void results_of_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *rest, *text;
        bool ok;
    } CASES[] = {
        {"\"error\":{}", "the server answered with an error", false},
        {"\"error\":{\"message\":\"bad\"},\"result\":{}", "bad", false},
        {"\"result\":{}", "", true},
        {"\"result\":{\"isError\":true}", "", false},
        {"\"result\":{\"isError\":1}", "", true},
        {"\"result\":{\"content\":[{}]}", "[something]", true},
        {"\"result\":{\"content\":[{\"text\":\"a\"}],\"structuredContent\":{\"x\":1}}", "a", true},
        {"\"result\":{\"content\":[{\"text\":\"\"},{\"text\":\"b\"}]}", "b", true},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct answers a = {0};
        struct mcp m;
        char line[256];
        make_ready(&m, &a);
        snprintf(line, sizeof(line), "{\"jsonrpc\":\"2.0\",\"id\":3,%s}", CASES[i].rest);
        say(&m, line);
        assert_int_equal(a.count, 1);
        assert_int_equal(a.id, 3);
        assert_int_equal(a.ok, CASES[i].ok);
        assert_string_equal(a.text, CASES[i].text);
        mcp_release(&m);
    }
}

/* Whole lines and the beginning of another in one piece, with lines that are none between. */
static void takes_lines_in_one_piece(void **state)
{
    (void)state;
    static const char PIECE[] =
        "{\"id\":1,\"result\":{\"protocolVersion\":\"x\"}}\n\n\nready!\n[1]\n"
        "{\"id\":2,\"result\":{\"to";
    static const char REST[] = "ols\":[{\"name\":\"a\"}]}}\n{\"id\":3,\"result\":{}}\n"
                               "{\"id\":4,\"result\":{}}\n";
    struct answers a = {0};
    struct mcp m;
    mcp_init(&m, take, &a);
    mcp_input(&m, PIECE, strlen(PIECE));
    assert_int_equal(m.state, MCP_LISTING);
    mcp_input(&m, REST, strlen(REST));
    assert_int_equal(m.state, MCP_READY);
    assert_non_null(mcp_tool(&m, "a"));
    assert_int_equal(a.count, 2);
    assert_int_equal(a.id, 4);
    mcp_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shakes_hands_and_lists_pages),
        cmocka_unit_test(pages_without_end),
        cmocka_unit_test(ids_that_nobody_gave),
        cmocka_unit_test(calls_and_reads_results),
        cmocka_unit_test(answers_what_the_server_asks),
        cmocka_unit_test(gives_up_on_nonsense),
        cmocka_unit_test(takes_bytes_one_by_one),
        cmocka_unit_test(what_it_is_sent),
        cmocka_unit_test(says_what_is_wrong_with_it),
        cmocka_unit_test(says_when_there_are_too_many_tools),
        cmocka_unit_test(results_of_every_form),
        cmocka_unit_test(takes_lines_in_one_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
