/* A server and the calls that wait at it: each is answered once, by the answer that is meant for
 * it, or by the server's last words. The servers are a few lines of shell. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/tool/mcp_server.h"

static const struct tool_box OPEN_BOX; /* nothing is closed in */

enum { LIMIT_MS = 10000 };

#define HELLO                                                                                      \
    "read a; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":"                 \
    "\"2025-06-18\"}}'; read b; read c;"                                                           \
    "echo '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[]}}'; "
#define SAYS(id, text)                                                                             \
    "echo '{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"result\":{\"content\":[{\"type\":\"text\","       \
    "\"text\":\"" text "\"}]}}'; "

/* Somebody who waits. */
struct waiter {
    struct mcp_call_slot call;
    int answers;
    bool ok;
    char text[300];
};

static void answered(void *context, bool ok, json_t *answer)
{
    struct waiter *w = context;
    w->answers++;
    w->ok = ok;
    snprintf(w->text, sizeof(w->text), "%s", json_string_value(answer));
    json_decref(answer);
}

static struct mcp_server *open_server(const char *script)
{
    json_t *program = j_pack("{s:[s, s, s]}", "argv", "/bin/sh", "-c", script);
    struct mcp_server *s = mcp_server_new(program, &OPEN_BOX);
    json_decref(program);
    return s;
}

static void join(struct mcp_server *s, struct waiter *w, const char *tool)
{
    *w = (struct waiter){.call = {.tool = tool, .args = j_object(), .answered = answered}};
    w->call.context = w;
    mcp_server_join(s, &w->call);
}

static void leave(struct mcp_server *s, struct waiter *w)
{
    mcp_server_leave(s, &w->call);
    json_decref(w->call.args);
}

static void go_on(struct mcp_server *s, int timeout_ms)
{
    struct pollfd fds[4];
    poll(fds, child_fds(&s->child, s->mcp.out.len > 0, fds, 4), timeout_ms);
    mcp_server_step(s);
}

static void until_answered(struct mcp_server *s, const struct waiter *w)
{
    int64_t end = clock_mono_ms() + LIMIT_MS;
    while (!w->answers) {
        assert_true(clock_mono_ms() < end);
        go_on(s, 100);
    }
}

static void answers_come_to_whoever_asked(void **state)
{
    (void)state;
    struct waiter one, two;
    struct mcp_server *s = open_server(HELLO "read d; read e; " SAYS(4, "for four")
                                           SAYS(3, "for three") SAYS(3, "again") "read f");
    join(s, &one, "look");
    join(s, &two, "find");
    assert_int_equal(s->users, 2);
    until_answered(s, &one);
    until_answered(s, &two);
    for (int i = 0; i < 3; i++)
        go_on(s, 10);
    assert_int_equal(one.answers, 1);
    assert_int_equal(two.answers, 1);
    assert_true(one.ok && two.ok);
    assert_string_equal(one.call.id == 3 ? one.text : two.text, "for three");
    assert_string_equal(one.call.id == 3 ? two.text : one.text, "for four");
    leave(s, &one);
    leave(s, &two);
    assert_int_equal(s->users, 0);
    mcp_server_free(s);
}

/* Bytes of strangers on the way to a sentence of ours. */
static void last_words_that_are_no_text(void **state)
{
    (void)state;
    struct waiter one;
    struct mcp_server *s = open_server("printf 'no \\377 more' >&2; exit 3");
    struct pollfd end = {.fd = s->child.pidfd, .events = POLLIN};
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(poll(&end, 1, LIMIT_MS), 1);
    join(s, &one, "look");
    assert_int_equal(one.answers, 1);
    assert_false(one.ok);
    assert_non_null(strstr(one.text, "no \xef\xbf\xbd more"));
    leave(s, &one);
    mcp_server_free(s);
}

static void nobody_is_answered_before_he_asked(void **state)
{
    (void)state;
    struct waiter one;
    struct mcp_server *s = open_server(
        "read a; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":"
        "\"2025-06-18\"}}'; read b; read c;"
        "echo '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[]}}'; " SAYS(0, "nothing")
            SAYS(-1, "less") SAYS(9, "too early") "read d; " SAYS(3, "for three") "read e");
    join(s, &one, "look");
    until_answered(s, &one);
    assert_string_equal(one.text, "for three");
    assert_true(one.ok);
    leave(s, &one);
    mcp_server_free(s);
}

static void the_last_words_answer_all_who_wait(void **state)
{
    (void)state;
    struct waiter one, two;
    struct mcp_server *s = open_server(HELLO "read d; echo 'no more' >&2; exit 3");
    join(s, &one, "look");
    join(s, &two, "find");
    until_answered(s, &one);
    until_answered(s, &two);
    mcp_server_step(s);
    assert_false(mcp_server_usable(s));
    assert_int_equal(one.answers, 1);
    assert_int_equal(two.answers, 1);
    assert_false(one.ok || two.ok);
    assert_non_null(strstr(one.text, "the tool's server is gone"));
    leave(s, &one);
    leave(s, &two);
    mcp_server_free(s);
}

static void one_that_leaves_is_cancelled_at_the_server(void **state)
{
    (void)state;
    struct waiter one;
    struct mcp_server *s = open_server(HELLO "read d; read e; echo \"$e\" >&2; exit 4");
    join(s, &one, "look");
    int64_t end = clock_mono_ms() + LIMIT_MS;
    while (!one.call.id && clock_mono_ms() < end)
        go_on(s, 100);
    assert_int_equal(one.call.id, 3);
    leave(s, &one);
    while (!s->dead && clock_mono_ms() < end)
        go_on(s, 100);
    while (!child_ended(&s->child) && clock_mono_ms() < end)
        go_on(s, 100);
    char *words = child_epitaph(&s->child);
    assert_int_equal(one.answers, 0);
    assert_non_null(strstr(words, "notifications/cancelled"));
    free(words);
    mcp_server_free(s);
}

static void one_that_cannot_be_started_says_so_at_once(void **state)
{
    (void)state;
    struct waiter one;
    json_t *program = j_pack("{s:[s]}", "argv", "/nonexistent/server");
    struct mcp_server *s = mcp_server_new(program, &OPEN_BOX);
    json_decref(program);
    assert_false(mcp_server_usable(s));
    assert_int_equal(s->mcp.state, MCP_BROKEN);
    join(s, &one, "look");
    assert_int_equal(one.answers, 1);
    assert_non_null(strstr(one.text, "/nonexistent/server"));
    struct error err = {0};
    assert_int_equal(mcp_server_wait_ready(s, 1000, &err), -EPROTO);
    leave(s, &one);
    mcp_server_free(s);
}

static void silence_has_an_end(void **state)
{
    (void)state;
    struct error err = {0};
    struct mcp_server *s = open_server("read a; read b");
    assert_int_equal(mcp_server_wait_ready(s, 50, &err), -ETIMEDOUT);
    mcp_server_free(s);
    s = open_server(HELLO "read d");
    assert_int_equal(mcp_server_wait_ready(s, LIMIT_MS, &err), 0);
    mcp_server_free(s);
}

/* It lives on and will never say anything: that is told at once, and in words. */
static void one_that_closes_its_output(void **state)
{
    (void)state;
    struct error err = {0};
    struct mcp_server *s = open_server("exec >&-; read a; read b");
    assert_int_equal(mcp_server_wait_ready(s, LIMIT_MS, &err), -EPROTO);
    assert_string_equal(err.text, "the tool's server is of no use: it closed its output");
    mcp_server_free(s);
}

/* Two tools of one server are two files; what one of them may the other need not. */
static void only_who_may_the_same_shares_a_server(void **state)
{
    static const struct {
        const char *text;
        bool same;
    } CASES[] = {
        {"{\"argv\":[\"/bin/cat\"],\"tool\":\"other\"}", true},
        {"{\"argv\":[\"/bin/cat\"],\"env\":{},\"read\":[],\"network\":false}", true},
        {"{\"argv\":[\"/bin/cat\",\"x\"]}", false},
        {"{\"argv\":[\"/bin/cat\"],\"env\":{\"A\":\"b\"}}", false},
        {"{\"argv\":[\"/bin/cat\"],\"network\":true}", false},
        {"{\"argv\":[\"/bin/cat\"],\"network\":[443]}", false},
        {"{\"argv\":[\"/bin/cat\"],\"read\":[\"/srv\"]}", false},
        {"{\"argv\":[\"/bin/cat\"],\"write\":[\"/srv\"]}", false},
        {"{\"argv\":[\"/bin/cat\"],\"disk_bytes\":65536}", false},
        {"{\"argv\":[\"/bin/cat\"],\"fault\":\"no key\"}", false},
    };
    (void)state;
    json_t *own = j_pack("{s:[s]}", "argv", "/bin/cat");
    struct mcp_server *s = mcp_server_new(own, &OPEN_BOX);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        json_t *program = json_loads(CASES[i].text, 0, NULL);
        if (mcp_server_runs(s, program) != CASES[i].same)
            fail_msg("%s", CASES[i].text);
        json_decref(program);
    }
    mcp_server_free(s);
    json_decref(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_to_whoever_asked),
        cmocka_unit_test(last_words_that_are_no_text),
        cmocka_unit_test(nobody_is_answered_before_he_asked),
        cmocka_unit_test(the_last_words_answer_all_who_wait),
        cmocka_unit_test(one_that_leaves_is_cancelled_at_the_server),
        cmocka_unit_test(one_that_cannot_be_started_says_so_at_once),
        cmocka_unit_test(silence_has_an_end),
        cmocka_unit_test(one_that_closes_its_output),
        cmocka_unit_test(only_who_may_the_same_shares_a_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
