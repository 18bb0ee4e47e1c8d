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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shakes_hands_and_lists_pages), cmocka_unit_test(pages_without_end),
        cmocka_unit_test(ids_that_nobody_gave),         cmocka_unit_test(calls_and_reads_results),
        cmocka_unit_test(answers_what_the_server_asks), cmocka_unit_test(gives_up_on_nonsense),
        cmocka_unit_test(takes_bytes_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
