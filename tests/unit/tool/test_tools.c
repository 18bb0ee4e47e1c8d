/* A tool that hangs, floods or crashes is an answer to the model, never the end of the run. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/fd.h"
#include "daemon/log_lines.h"
#include "runner/tool/tools.h"

enum { FACTS_MAX = 16, LIMIT_MS = 10000 };

struct world {
    struct tools *tools;
    json_t *facts[FACTS_MAX];
    size_t count;
    int descriptors;
};

static int64_t now(void *context)
{
    (void)context;
    return clock_mono_ms();
}

static void take(void *context, json_t *fact)
{
    struct world *w = context;
    assert_true(w->count < FACTS_MAX);
    w->facts[w->count++] = fact;
}

static int set_up(void **state)
{
    static struct world w;
    static const struct tool_hooks HOOKS = {.now = now, .fact = take};
    w = (struct world){.descriptors = fd_count_open()};
    w.tools = tools_new(&HOOKS, &w);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    tools_free(w->tools);
    for (size_t i = 0; i < w->count; i++)
        json_decref(w->facts[i]);
    return fd_count_open() == w->descriptors ? 0 : -1;
}

static void start_with(struct world *w, const char *id, const char *kind, const char *script,
                       int64_t timeout_ms, const char *question)
{
    json_t *doc = json_pack("{s:s, s:s, s:[s, s, s]}", "name", "look", "kind", kind, "argv",
                            "/bin/sh", "-c", script);
    json_t *args = json_pack("{s:s}", "q", question);
    tools_start(w->tools, &(struct tool_call){.call_id = "r0i0:member:ann",
                                              .turn = 1,
                                              .id = id,
                                              .name = "look",
                                              .doc = doc,
                                              .args = args,
                                              .timeout_ms = timeout_ms});
    json_decref(doc);
    json_decref(args);
}

static void start(struct world *w, const char *id, const char *kind, const char *script,
                  int64_t timeout_ms)
{
    start_with(w, id, kind, script, timeout_ms, "why?");
}

static void run_until(struct world *w, size_t facts)
{
    int64_t end = clock_mono_ms() + LIMIT_MS;
    while (w->count < facts) {
        struct pollfd fds[32];
        int64_t at = tools_wake_ms(w->tools), mono = clock_mono_ms();
        assert_true(mono < end);
        int wait = at < 0 ? 100 : at <= mono ? 0 : at - mono < 100 ? (int)(at - mono) : 100;
        poll(fds, tools_fds(w->tools, fds, 32), wait);
        tools_step(w->tools, clock_mono_ms());
    }
}

static void expect(struct world *w, size_t i, bool ok, const char *name, const char *text)
{
    json_t *value = json_object_get(w->facts[i], ok ? "result" : "error");
    char *dump = json_dumps(w->facts[i], JSON_COMPACT);
    if (json_is_true(json_object_get(w->facts[i], "ok")) != ok || !value ||
        (text && (!json_string_value(value) || !strstr(json_string_value(value), text))))
        fail_msg("%s: %s", name, dump);
    free(dump);
}

static void reads_json_and_text(void **state)
{
    struct world *w = *state;
    start(w, "a", "command", "cat", LIMIT_MS);
    start(w, "b", "command", "read line; echo plain words", LIMIT_MS);
    run_until(w, 2);
    for (size_t i = 0; i < 2; i++) {
        json_t *result = json_object_get(w->facts[i], "result");
        const char *id = json_string_value(json_object_get(w->facts[i], "id"));
        if (!strcmp(id, "a"))
            assert_string_equal(json_string_value(json_object_get(result, "q")), "why?");
        else
            assert_string_equal(json_string_value(result), "plain words\n");
    }
}

static void failures_are_answers(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *script, *text;
    } ROWS[] = {
        {"echo sorry >&2; exit 3", "exit status 3: sorry"},
        {"kill -SEGV $$", "killed by SIGSEGV"},
        {"kill -35 $$", "killed by SIGRTMIN+1"},
        {"exec yes", "wrote more than"},
        {"printf '\\377'; exit 0", NULL},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        start(w, "x", "command", ROWS[i].script, LIMIT_MS);
        run_until(w, i + 1);
        expect(w, i, !ROWS[i].text, ROWS[i].script, ROWS[i].text);
    }
}

static void what_cannot_start_is_an_answer(void **state)
{
    struct world *w = *state;
    json_t *doc = json_pack("{s:s, s:s, s:[s]}", "name", "look", "kind", "command", "argv",
                            "/nowhere/to/be/found");
    tools_start(w->tools,
                &(struct tool_call){
                    .call_id = "c", .id = "i", .name = "look", .doc = doc, .timeout_ms = 1000});
    json_object_set_new(doc, "argv", json_pack("[s]", "relative"));
    tools_start(w->tools,
                &(struct tool_call){
                    .call_id = "c", .id = "j", .name = "look", .doc = doc, .timeout_ms = 1000});
    json_decref(doc);
    run_until(w, 2);
    expect(w, 0, false, "relative", "absolute path");
    expect(w, 1, false, "missing", "No such file");
}

static void hanging_ends_with_its_time(void **state)
{
    struct world *w = *state;
    start(w, "x", "command", "trap '' TERM; while :; do sleep 1; done", 50);
    run_until(w, 1);
    expect(w, 0, false, "hang", "no result within 50 ms");
}

static void one_that_does_not_listen_is_fine(void **state)
{
    struct world *w = *state;
    start(w, "x", "command", "exec 0<&-; echo done", LIMIT_MS);
    run_until(w, 1);
    expect(w, 0, true, "deaf", "done");
}

static void has_no_descriptor_but_its_pipes(void **state)
{
    struct world *w = *state;
    start(w, "x", "command", "ls /proc/self/fd | tr '\\n' ' '", LIMIT_MS);
    run_until(w, 1);
    expect(w, 0, true, "descriptors", "0 1 2 3 \0"); /* 3 is the folder that ls reads */
}

static void no_call_waits_for_another(void **state)
{
    struct world *w = *state;
    start(w, "x", "command", "sleep 60", LIMIT_MS);
    start(w, "y", "command", "echo here", LIMIT_MS);
    start(w, "z", "command", "sleep 60", LIMIT_MS);
    run_until(w, 1);
    assert_string_equal(json_string_value(json_object_get(w->facts[0], "id")), "y");
}

/* Whichever of the two came first. */
static void one_that_is_over_is_told_at_once(void **state)
{
    struct world *w = *state;
    for (size_t last = 0; last < 2; last++) {
        json_t *doc = json_pack("{s:s, s:[s]}", "kind", "command", "argv", "/no/such");
        if (last)
            start(w, "live", "command", "sleep 60", LIMIT_MS);
        tools_start(
            w->tools,
            &(struct tool_call){
                .call_id = "c", .id = "over", .name = "look", .doc = doc, .timeout_ms = LIMIT_MS});
        if (!last)
            start(w, "live", "command", "sleep 60", LIMIT_MS);
        assert_int_equal(tools_wake_ms(w->tools), 0);
        tools_step(w->tools, clock_mono_ms());
        assert_true(tools_wake_ms(w->tools) > clock_mono_ms());
        assert_int_equal(w->count, last + 1);
        tools_abort(w->tools, "r0i0:member:ann", 1, "live");
        json_decref(doc);
    }
}

static void aborted_calls_say_nothing(void **state)
{
    struct world *w = *state;
    start(w, "x", "command", "sleep 60", LIMIT_MS);
    start(w, "y", "command", "echo here", LIMIT_MS);
    tools_abort(w->tools, "r0i0:member:ann", 1, "x");
    run_until(w, 1);
    assert_string_equal(json_string_value(json_object_get(w->facts[0], "id")), "y");
    assert_int_equal(tools_wake_ms(w->tools), -1);
}

#define MCP_START                                                                                  \
    "read l; echo "                                                                                \
    "'{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-06-18\"}}'; read l; "   \
    "read l; "                                                                                     \
    "echo '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[{\"name\":\"look\"}]}}'; "

static void asks_an_mcp_server(void **state)
{
    struct world *w = *state;
    static const char script[] =
        MCP_START "id=3; while read l; do echo "
                  "'{\"jsonrpc\":\"2.0\",\"id\":'$id',\"result\":{\"content\":[{\"type\":\"text\","
                  "\"text\":\"hello\"}]}}'; "
                  "id=$((id+1)); done";
    start(w, "x", "mcp", script, LIMIT_MS);
    start(w, "y", "mcp", script, LIMIT_MS);
    run_until(w, 2);
    expect(w, 0, true, "first", "hello");
    expect(w, 1, true, "second", "hello");
}

static void a_dead_server_is_an_answer_and_a_new_one_comes(void **state)
{
    struct world *w = *state;
    static const char script[] = MCP_START "read l; echo ouch >&2; exit 5";
    start(w, "x", "mcp", script, LIMIT_MS);
    run_until(w, 1);
    expect(w, 0, false, "dead", "gone");
    start(w, "y", "mcp", script, LIMIT_MS);
    run_until(w, 2);
    expect(w, 1, false, "dead again", "gone");
}

static void a_silent_server_ends_with_the_time(void **state)
{
    struct world *w = *state;
    start(w, "x", "mcp", "sleep 60", 50);
    run_until(w, 1);
    expect(w, 0, false, "silent", "no result within 50 ms");
}

static void a_server_hears_that_nobody_waits_any_more(void **state)
{
    struct world *w = *state;
    static const char script[] =
        MCP_START "read l; read l; case \"$l\" in *notifications/cancelled*requestId*3*) "
                  "read l; echo '{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{\"content\":[{\"type\":"
                  "\"text\",\"text\":\"I was told\"}]}}';; esac; sleep 60";
    start(w, "x", "mcp", script, 300);
    run_until(w, 1);
    expect(w, 0, false, "slow", "no result within 300 ms");
    start(w, "y", "mcp", script, LIMIT_MS / 2);
    run_until(w, 2);
    expect(w, 1, true, "next", "I was told");
}

/* The runner's own would tell a tool where it is, and hand on whatever stands there one day. */
static void the_environment_is_what_is_named(void **state)
{
    struct world *w = *state;
    static const char command[] = "/usr/bin/tr '\\0' ' ' </proc/$$/environ";
    json_t *doc =
        json_pack("{s:s, s:s, s:[s, s, s], s:{s:s, s:s}}", "name", "look", "kind", "command",
                  "argv", "/bin/sh", "-c", command, "env", "LANG", "C.UTF-8", "COLOUR", "none");
    setenv("OF_THE_RUNNER", "1", 1);
    start(w, "x", "command", command, LIMIT_MS);
    tools_start(w->tools,
                &(struct tool_call){
                    .call_id = "c", .id = "y", .name = "look", .doc = doc, .timeout_ms = LIMIT_MS});
    json_decref(doc);
    run_until(w, 2);
    for (size_t i = 0; i < 2; i++) {
        bool named = !strcmp(json_string_value(json_object_get(w->facts[i], "id")), "y");
        const char *said = json_string_value(json_object_get(w->facts[i], "result"));
        assert_string_equal(said, named ? "LANG=C.UTF-8 COLOUR=none " : "");
    }
}

static size_t waits_to_write(struct world *w)
{
    struct pollfd fds[32];
    size_t n = tools_fds(w->tools, fds, 32), out = 0;
    for (size_t i = 0; i < n; i++)
        out += fds[i].events == POLLOUT;
    return out;
}

/* A pipe into which nothing is to be written is always ready: who waited for it would never rest.
 */
static void waits_to_write_what_is_left(void **state)
{
    struct world *w = *state;
    static char much[300000];
    memset(much, 'x', sizeof much - 1);
    start(w, "a", "command", "sleep 60", LIMIT_MS);
    start(w, "s", "mcp", "sleep 60", LIMIT_MS);
    tools_step(w->tools, clock_mono_ms());
    assert_int_equal(waits_to_write(w), 0);
    start_with(w, "b", "command", "sleep 60", LIMIT_MS, much);
    tools_step(w->tools, clock_mono_ms());
    assert_int_equal(waits_to_write(w), 1);
    tools_abort(w->tools, "r0i0:member:ann", 1, "b");
    assert_int_equal(waits_to_write(w), 0);
    assert_int_equal(w->count, 0);
}

/* What members are told: the operator's word first, then the server's, then nothing. */
static void completes_what_members_are_told(void **state)
{
    struct world *w = *state;
    static const char listing[] =
        "read l; echo "
        "'{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-06-18\"}}'; read l; "
        "read l; echo '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[{\"name\":\"look\","
        "\"description\":\"its own\",\"inputSchema\":{\"type\":\"object\",\"title\":\"its\"}}]}}'; "
        "sleep 60";
    json_t *documents = json_pack(
        "{s:{s:s, s:[s, s, s]}, s:{s:s, s:s, s:[s, s, s]}, s:{s:s, s:[s, s, s]}}", "look", "kind",
        "mcp", "argv", "/bin/sh", "-c", listing, "see", "kind", "mcp", "tool", "look", "argv",
        "/bin/sh", "-c", listing, "lost", "kind", "mcp", "argv", "/bin/sh", "-c", "exit 1");
    json_t *tree = json_pack(
        "{s:[{s:[{s:s, s:s, s:s, s:n}, {s:s, s:s, s:s, s:n}, {s:s, s:s, s:s, s:n}, {s:s, s:s}]}]}",
        "members", "tools", "name", "look", "kind", "mcp", "description", "", "parameters", "name",
        "see", "kind", "mcp", "description", "the operator's", "parameters", "name", "lost", "kind",
        "mcp", "description", "", "parameters", "name", "look", "kind", "docs");
    json_t *wanted = told_tools_wanted(documents, tree);
    assert_int_equal(json_array_size(wanted), 3);
    log_lines_begin();
    json_t *told = tools_told(w->tools, documents, wanted, LIMIT_MS);
    assert_non_null(strstr(log_lines(), "<7>a tool's server cannot be asked tool=lost error=\""));
    log_lines_end();
    assert_int_equal(json_object_size(told), 2);
    told_tools_fill(documents, tree, told);
    json_decref(told);
    json_decref(wanted);
    char *text = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text,
                        "{\"members\":[{\"tools\":["
                        "{\"description\":\"its own\",\"kind\":\"mcp\",\"name\":\"look\","
                        "\"parameters\":{\"title\":\"its\",\"type\":\"object\"}},"
                        "{\"description\":\"the operator's\",\"kind\":\"mcp\",\"name\":\"see\","
                        "\"parameters\":{\"title\":\"its\",\"type\":\"object\"}},"
                        "{\"description\":\"\",\"kind\":\"mcp\",\"name\":\"lost\","
                        "\"parameters\":{\"properties\":{},\"type\":\"object\"}},"
                        "{\"kind\":\"docs\",\"name\":\"look\"}]}]}");
    free(text);
    json_decref(tree);
    json_decref(documents);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(reads_json_and_text),
        T(failures_are_answers),
        T(what_cannot_start_is_an_answer),
        T(hanging_ends_with_its_time),
        T(one_that_does_not_listen_is_fine),
        T(has_no_descriptor_but_its_pipes),
        T(no_call_waits_for_another),
        T(one_that_is_over_is_told_at_once),
        T(aborted_calls_say_nothing),
        T(asks_an_mcp_server),
        T(a_dead_server_is_an_answer_and_a_new_one_comes),
        T(a_silent_server_ends_with_the_time),
        T(a_server_hears_that_nobody_waits_any_more),
        T(the_environment_is_what_is_named),
        T(waits_to_write_what_is_left),
        T(completes_what_members_are_told),
    };
    signal(SIGPIPE, SIG_IGN); /* as the runner does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
