/* A runner that starts tools itself hands them its memory for the blink of a fork, and cannot give
 * up starting processes. The keeper is another program: what it does not need it never had. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/tool/keeper_process.h"
#include "runner/tool/tool_keeper.h"

enum { FACTS_MAX = 16, LIMIT_MS = 60000 };

struct world {
    struct tool_keeper *keeper;
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

static void start_keeper(struct world *w, json_t *documents, json_t *keys)
{
    static const struct tool_hooks HOOKS = {.now = now, .fact = take};
    struct error err = {0};
    *w = (struct world){.descriptors = fd_count_open()};
    w->keeper =
        tool_keeper_start(&(struct tool_keeper_order){.documents = documents, .keys = keys}, &err);
    if (!w->keeper)
        fail_msg("%s", err.text);
    tool_keeper_hook(w->keeper, &HOOKS, w);
    json_decref(documents);
    json_decref(keys);
}

static json_t *program(const char *kind, const char *script)
{
    return j_pack("{s:s, s:[s, s, s]}", "kind", kind, "argv", "/bin/sh", "-c", script);
}

static void one_tool(struct world *w, const char *kind, const char *script)
{
    start_keeper(w, j_pack("{s:o}", "look", program(kind, script)), j_object());
}

static void end(struct world *w)
{
    tool_keeper_free(w->keeper);
    for (size_t i = 0; i < w->count; i++)
        json_decref(w->facts[i]);
    assert_int_equal(fd_count_open(), w->descriptors);
}

static void call(struct world *w, const char *id, const char *name, int64_t timeout_ms)
{
    json_t *args = j_pack("{s:s}", "q", "why?");
    tool_keeper_call(w->keeper, &(struct tool_call){.call_id = "r0i0:member:ann",
                                                    .turn = 1,
                                                    .id = id,
                                                    .name = name,
                                                    .args = args,
                                                    .timeout_ms = timeout_ms});
    json_decref(args);
}

static void turn(struct world *w)
{
    struct pollfd fds[4];
    int64_t at = tool_keeper_wake_ms(w->keeper), left = at < 0 ? 100 : at - clock_mono_ms();
    poll(fds, tool_keeper_fds(w->keeper, fds, 4), left < 0 ? 0 : left < 100 ? (int)left : 100);
    tool_keeper_step(w->keeper, clock_mono_ms());
}

static void run_until(struct world *w, size_t facts)
{
    int64_t limit = clock_mono_ms() + LIMIT_MS;
    while (w->count < facts) {
        assert_true(clock_mono_ms() < limit);
        turn(w);
    }
    assert_int_equal(tool_keeper_wake_ms(w->keeper), -1);
}

static void expect(struct world *w, size_t i, bool ok, const char *text)
{
    const char *value = j_str(w->facts[i], ok ? "result" : "error", "none");
    assert_int_equal(j_bool(w->facts[i], "ok", !ok), ok);
    if (!strstr(value, text))
        fail_msg("%s instead of %s", value, text);
}

static void the_fact_is_that_of_the_call(void **state)
{
    (void)state;
    struct world w;
    one_tool(&w, "command", "cat");
    call(&w, "t1", "look", LIMIT_MS);
    run_until(&w, 1);
    j_set(w.facts[0], "latency_ms", j_integer(0));
    char *dump = j_dump(w.facts[0]);
    assert_string_equal(dump, "{\"type\":\"tool_call_result\",\"call_id\":\"r0i0:member:ann\","
                              "\"turn\":1,\"id\":\"t1\",\"name\":\"look\",\"ok\":true,\"result\":{"
                              "\"q\":\"why?\"},\"latency_ms\":0}");
    free(dump);
    end(&w);
}

static void whatever_happens_is_an_answer(void **state)
{
    (void)state;
    static const struct {
        const char *script, *text;
    } ROWS[] = {
        {"echo sorry >&2; exit 3", "exit status 3: sorry"},
        {"exec yes", "wrote more than"},
        {"i=0; while [ $i -lt 1500 ]; do printf '['; i=$((i+1)); done; "
         "while [ $i -gt 0 ]; do printf ']'; i=$((i-1)); done",
         "nested too deep"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct world w;
        one_tool(&w, "command", ROWS[i].script);
        call(&w, "t1", "look", LIMIT_MS);
        call(&w, "t2", "nobody", LIMIT_MS);
        run_until(&w, 2);
        size_t known = j_has(w.facts[0], "name", "look") ? 0 : 1;
        expect(&w, known, false, ROWS[i].text);
        expect(&w, !known, false, "absolute path");
        end(&w);
    }
}

static void its_time_ends_in_the_keeper(void **state)
{
    (void)state;
    struct world w;
    one_tool(&w, "command", "exec sleep 600");
    call(&w, "t1", "look", 50);
    run_until(&w, 1);
    expect(&w, 0, false, "no result within 50 ms");
    end(&w);
}

/* This process has no other child. */
static pid_t number_of_keeper(void)
{
    char *text = NULL;
    assert_int_equal(file_read(AT_FDCWD, "/proc/thread-self/children", 4096, &text, NULL, NULL), 0);
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    free(text);
    assert_true(pid > 1);
    return pid;
}

static void an_aborted_call_says_nothing(void **state)
{
    (void)state;
    struct world w;
    start_keeper(&w,
                 j_pack("{s:o, s:o}", "look", program("command", "exec sleep 600"), "here",
                        program("command", "echo here")),
                 j_object());
    call(&w, "t1", "look", LIMIT_MS);
    tool_keeper_abort(w.keeper, "r0i0:member:ann", 1, "t1");
    assert_int_equal(tool_keeper_wake_ms(w.keeper), -1);
    call(&w, "t2", "here", LIMIT_MS);
    run_until(&w, 1);
    assert_string_equal(j_str(w.facts[0], "id", ""), "t2");
    end(&w);
}

/* One that hangs: the runner gives the call up by itself. One that is gone: at once. */
static void without_a_keeper_calls_end_too(void **state)
{
    (void)state;
    struct world w;
    one_tool(&w, "command", "exec sleep 600");
    pid_t keeper = number_of_keeper();
    kill(keeper, SIGSTOP);
    call(&w, "t1", "look", 10);
    run_until(&w, 1);
    expect(&w, 0, false, "no result within 10 ms");
    call(&w, "t2", "look", LIMIT_MS);
    kill(keeper, SIGKILL);
    run_until(&w, 2);
    expect(&w, 1, false, "keeper is gone");
    call(&w, "t3", "look", LIMIT_MS);
    run_until(&w, 3);
    expect(&w, 2, false, "keeper is gone");
    end(&w);
}

/* A server holds a FIFO open: its end is the end of what can be read there. */
static void what_it_started_ends_with_it(void **state)
{
    (void)state;
    struct world w;
    char folder[] = "/tmp/tool-keeper-XXXXXX", byte;
    assert_non_null(mkdtemp(folder));
    char *path = xasprintf("%s/fifo", folder);
    char *script = xasprintf("exec 9>%s; exec sleep 600", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    json_t *document = program("mcp", script);
    j_set(document, "write", j_pack("[s]", folder));
    start_keeper(&w, j_pack("{s:o}", "look", document), j_object());
    int lives = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    call(&w, "t1", "look", LIMIT_MS);
    while (read(lives, &byte, 1) == 0)
        turn(&w);
    assert_int_equal(errno, EAGAIN);
    close(lives);
    lives = open(path, O_RDONLY | O_CLOEXEC);
    tool_keeper_free(w.keeper);
    w.keeper = NULL;
    assert_int_equal(read(lives, &byte, 1), 0);
    close(lives);
    unlink(path);
    rmdir(folder);
    free(path);
    free(script);
    end(&w);
}

static void servers_tell_what_they_have(void **state)
{
    (void)state;
    struct world w;
    static const char LISTING[] =
        "read l; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"x\"}}'; "
        "read l; read l; echo '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[{\"name\":"
        "\"look\",\"description\":\"its own\",\"inputSchema\":{\"type\":\"object\"}}]}}'; "
        "exec sleep 600";
    start_keeper(
        &w, j_pack("{s:o, s:o}", "look", program("mcp", LISTING), "lost", program("mcp", "exit 1")),
        j_object());
    json_t *names = j_pack("[s, s, s]", "look", "lost", "other");
    json_t *told = tool_keeper_list(w.keeper, names, LIMIT_MS);
    char *dump = j_dump(told);
    assert_string_equal(dump, "{\"look\":{\"description\":\"its own\",\"inputSchema\":{\"type\":"
                              "\"object\"}}}");
    assert_non_null(tool_keeper_sandbox(w.keeper, LIMIT_MS));
    free(dump);
    json_decref(told);
    json_decref(names);
    end(&w);
}

/* The keeper of these tests is this program once more. */
int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], KEEPER_FLAG))
        return keeper_main(KEEPER_FD);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fact_is_that_of_the_call),
        cmocka_unit_test(whatever_happens_is_an_answer),
        cmocka_unit_test(its_time_ends_in_the_keeper),
        cmocka_unit_test(an_aborted_call_says_nothing),
        cmocka_unit_test(without_a_keeper_calls_end_too),
        cmocka_unit_test(what_it_started_ends_with_it),
        cmocka_unit_test(servers_tell_what_they_have),
    };
    signal(SIGPIPE, SIG_IGN); /* as the runner does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
