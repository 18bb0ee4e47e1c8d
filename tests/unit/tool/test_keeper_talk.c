/* What the runner says to its tool keeper, and what it makes of one that says other things than it
 * should: a stranger's program may have taken it over. The keeper is this program once more; it
 * writes down what it hears, and says what stands in the document of its one tool. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/tool/keeper_link.h"
#include "runner/tool/keeper_process.h"
#include "runner/tool/tool_keeper.h"

enum { LIMIT_MS = 60000, START_MS = 1000, CALL_MS = 500, END_MS = START_MS + CALL_MS };

/* ---- the other side ---- */

static json_t *state_of_process(void)
{
    sigset_t blocked;
    struct sigaction pipe;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    sigaction(SIGPIPE, NULL, &pipe);
    return j_pack("{s:b, s:b, s:i}", "blocked", sigismember(&blocked, SIGUSR1), "ignored",
                  pipe.sa_handler == SIG_IGN, "descriptors", fd_count_open());
}

struct player {
    struct keeper_link link;
    json_t *heard, *says, *process;
};

static void play_answer(struct player *p, json_t *message)
{
    size_t i;
    json_t *line;
    if (j_has(message, "type", "begin"))
        json_array_foreach (p->says, i, line)
            keeper_link_put(&p->link, json_incref(line));
    if (j_has(message, "type", "list"))
        keeper_link_put(&p->link,
                        j_pack("{s:s, s:{s:O}}", "type", "told", "tools", "heard", p->heard));
    if (!j_has(message, "type", "tools"))
        return;
    p->says = json_object_get(json_object_get(json_object_get(message, "tools"), "look"), "says");
    keeper_link_put(&p->link, j_pack("{s:s, s:{s:O, s:O}}", "type", "ready", "sandbox", "first",
                                     message, "process", p->process));
}

static int play_keeper(int fd)
{
    struct player p = {.heard = j_array(), .process = state_of_process()};
    json_t *message;
    alarm(LIMIT_MS / 1000);
    keeper_link_init(&p.link, fd);
    while (!p.link.broken && keeper_link_wait(&p.link, LIMIT_MS)) {
        keeper_link_read(&p.link);
        while ((message = keeper_link_next(&p.link))) {
            j_add(p.heard, message);
            play_answer(&p, message);
        }
        keeper_link_flush(&p.link);
    }
    keeper_link_release(&p.link);
    json_decref(p.heard);
    json_decref(p.process);
    return 0;
}

/* ---- this side ---- */

struct world {
    struct tool_keeper *keeper;
    char facts[2000];
    int64_t now_ms;
    int descriptors;
};

static int64_t now(void *context)
{
    return ((struct world *)context)->now_ms;
}

static void take(void *context, json_t *fact)
{
    struct world *w = context;
    size_t used = strlen(w->facts);
    char *text = j_dump(fact);
    snprintf(w->facts + used, sizeof(w->facts) - used, "%s\n", text);
    free(text);
    json_decref(fact);
}

static void begin(struct world *w, const struct tool_keeper_order *order)
{
    static const struct tool_hooks HOOKS = {.now = now, .fact = take};
    struct error err = {0};
    *w = (struct world){.now_ms = START_MS, .descriptors = fd_count_open()};
    w->keeper = tool_keeper_start(order, &err);
    if (!w->keeper)
        fail_msg("%s", err.text);
    tool_keeper_hook(w->keeper, &HOOKS, w);
}

static void begin_saying(struct world *w, const char *says)
{
    json_t *documents = j_pack("{s:{s:[s], s:o}}", "look", "argv", "/bin/cat", "says",
                               xcheck(json_loads(says, 0, NULL)));
    begin(w, &(struct tool_keeper_order){.documents = documents, .open = true});
    json_decref(documents);
}

static void end(struct world *w)
{
    tool_keeper_free(w->keeper);
    assert_int_equal(fd_count_open(), w->descriptors);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nor is it left as a zombie */
    assert_int_equal(errno, ECHILD);
}

static void call(struct world *w, const char *id, json_t *args)
{
    tool_keeper_call(w->keeper, &(struct tool_call){.call_id = "r0:ann",
                                                    .turn = 2,
                                                    .id = id,
                                                    .name = "look",
                                                    .args = args,
                                                    .timeout_ms = CALL_MS});
    json_decref(args);
}

/* What it has heard but for the first message. */
static void expect_heard(struct world *w, const char *text)
{
    json_t *names = j_pack("[s]", "look"), *told = tool_keeper_list(w->keeper, names, LIMIT_MS);
    json_t *heard = json_object_get(told, "heard");
    json_array_remove(heard, 0);
    char *dump = j_dump(heard);
    assert_string_equal(dump, text);
    free(dump);
    json_decref(told);
    json_decref(names);
}

#define LIST_MESSAGE     "{\"type\":\"list\",\"names\":[\"look\"],\"timeout_ms\":60000}"
#define CALL_MEMBERS(id) "\"call_id\":\"r0:ann\",\"turn\":2,\"id\":\"" id "\""
#define FACT(id, ok, rest)                                                                         \
    "{\"type\":\"tool_call_result\"," CALL_MEMBERS(id) ",\"name\":\"look\",\"ok\":" ok "," rest    \
                                                       "}\n"

static void expect_dump(json_t *value, const char *text)
{
    char *dump = j_dump(value);
    assert_string_equal(dump, text);
    free(dump);
}

static void it_gets_what_it_needs_and_no_more(void **state)
{
    (void)state;
    struct world w;
    json_t *documents =
        json_loads("{\"look\":{\"argv\":[\"/bin/cat\"],\"credentials\":[\"A\",\"GONE\",7]},"
                   "\"docs\":{\"kind\":\"docs\",\"credentials\":[\"B\"]},\"none\":{\"argv\":[]}}",
                   0, NULL);
    json_t *keys = j_pack("{s:s, s:s, s:i}", "A", "a-key", "B", "not-its-key", "GONE", 1);
    json_t *own = j_pack("[s]", "/var/own");
    begin(&w, &(struct tool_keeper_order){
                  .documents = documents, .keys = keys, .own = own, .cores = true});
    json_t *said = tool_keeper_sandbox(w.keeper, LIMIT_MS);
    expect_dump(json_object_get(said, "first"),
                "{\"type\":\"tools\",\"tools\":{\"look\":{\"argv\":[\"/bin/cat\"],\"credentials\":"
                "[\"A\",\"GONE\",7]}},\"credentials\":{\"A\":\"a-key\"},\"own\":[\"/var/own\"],"
                "\"open\":false,\"cores\":true}");
    end(&w);
    json_decref(documents);
    json_decref(keys);
    json_decref(own);
}

/* Whatever the runner blocks, ignores and has open. */
static void it_begins_as_any_program_does(void **state)
{
    (void)state;
    struct world w;
    sigset_t some, old;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    sigprocmask(SIG_BLOCK, &some, &old);
    int open_too = dup(2);
    begin_saying(&w, "[]");
    sigprocmask(SIG_SETMASK, &old, NULL);
    close(open_too);
    w.descriptors--;
    json_t *said = tool_keeper_sandbox(w.keeper, LIMIT_MS);
    expect_dump(json_object_get(said, "process"),
                "{\"blocked\":false,\"ignored\":false,\"descriptors\":4}");
    end(&w);
}

static void step_until_facts(struct world *w)
{
    int64_t limit = clock_mono_ms() + LIMIT_MS;
    while (!*w->facts && clock_mono_ms() < limit) {
        struct pollfd fd;
        assert_int_equal(tool_keeper_fds(w->keeper, &fd, 1), 1);
        poll(&fd, 1, LIMIT_MS);
        tool_keeper_step(w->keeper, w->now_ms);
    }
}

static void only_what_was_asked_is_answered(void **state)
{
    (void)state;
    struct world w;
    begin_saying(&w, "[{\"type\":\"ready\",\"sandbox\":{\"late\":1}},"
                     "{\"type\":\"tool_call_result\",\"call_id\":\"r0:bob\",\"turn\":2,\"id\":"
                     "\"x\",\"ok\":true},"
                     "{\"type\":\"tool_call_result\",\"call_id\":\"r0:ann\",\"turn\":1,\"id\":"
                     "\"x\",\"ok\":true},"
                     "{\"type\":\"tool_call_result\"," CALL_MEMBERS(
                         "y") ",\"ok\":true},"
                              "{\"type\":\"other\"," CALL_MEMBERS(
                                  "x") ",\"ok\":true},"
                                       "{\"type\":\"tool_call_result\"," CALL_MEMBERS(
                                           "x") ",\"ok\":false,\"result\":"
                                                "1,\"error\":\"no\",\"name\":\"its\",\"latency_"
                                                "ms\":9,\"more\":1},"
                                                "{\"type\":\"tool_call_result\"," CALL_MEMBERS(
                                                    "x") ",\"ok\":true}]");
    assert_non_null(tool_keeper_sandbox(w.keeper, LIMIT_MS));
    call(&w, "x", j_pack("{s:i}", "q", 1));
    w.now_ms += 42;
    step_until_facts(&w);
    tool_keeper_step(w.keeper, w.now_ms);
    assert_string_equal(w.facts, FACT("x", "false", "\"error\":\"no\",\"latency_ms\":42"));
    assert_non_null(json_object_get(tool_keeper_sandbox(w.keeper, 0), "first"));
    expect_heard(&w, "[{\"type\":\"begin\"," CALL_MEMBERS(
                         "x") ",\"name\":\"look\",\"timeout_ms\":"
                              "500,\"arguments\":{\"q\":1}}," LIST_MESSAGE "]");
    end(&w);
}

static void its_time_is_kept_for_it(void **state)
{
    (void)state;
    struct world w;
    struct pollfd fd;
    begin_saying(&w, "[]");
    assert_int_equal(tool_keeper_wake_ms(w.keeper), -1);
    assert_int_equal(tool_keeper_fds(w.keeper, &fd, 1), 0);
    call(&w, "x", j_array()); /* no arguments that a tool could be called with */
    w.now_ms += 100;
    call(&w, "y", NULL);
    assert_int_equal(tool_keeper_fds(w.keeper, &fd, 0), 0);
    assert_int_equal(tool_keeper_fds(w.keeper, &fd, 1), 1);
    assert_int_equal(fd.events, POLLIN);
    assert_int_equal(tool_keeper_wake_ms(w.keeper), END_MS + KEEPER_GRACE_MS);
    w.now_ms = END_MS + KEEPER_GRACE_MS - 1;
    tool_keeper_step(w.keeper, w.now_ms);
    assert_string_equal(w.facts, "");
    w.now_ms++;
    tool_keeper_step(w.keeper, w.now_ms);
    assert_string_equal(
        w.facts, FACT("x", "false", "\"error\":\"no result within 500 ms\",\"latency_ms\":2500"));
    assert_int_equal(tool_keeper_wake_ms(w.keeper), END_MS + 100 + KEEPER_GRACE_MS);
    tool_keeper_abort(w.keeper, "r0:ann", 2, "z");
    tool_keeper_abort(w.keeper, "r0:ann", 2, "y");
    assert_int_equal(tool_keeper_wake_ms(w.keeper), -1);
    expect_heard(&w, "[{\"type\":\"begin\"," CALL_MEMBERS(
                         "x") ",\"name\":\"look\",\"timeout_ms\":"
                              "500},{\"type\":\"begin\"," CALL_MEMBERS(
                                  "y") ",\"name\":\"look\","
                                       "\"timeout_ms\":500},{\"type\":\"abort\"," CALL_MEMBERS(
                                           "x") "},"
                                                "{\"type\":\"abort\"," CALL_MEMBERS(
                                                    "y") "}," LIST_MESSAGE "]");
    end(&w);
}

static void what_it_cannot_be_told_is_an_answer(void **state)
{
    (void)state;
    struct world w;
    char *text = xmalloc(KEEPER_LINE_MAX);
    memset(text, 'x', KEEPER_LINE_MAX);
    begin_saying(&w, "[]");
    call(&w, "y", NULL); /* whose time is not over */
    call(&w, "x", j_pack("{s:o}", "q", j_text(text, KEEPER_LINE_MAX)));
    free(text);
    assert_int_equal(tool_keeper_wake_ms(w.keeper), 0);
    tool_keeper_step(w.keeper, w.now_ms);
    assert_string_equal(
        w.facts, FACT("x", "false", "\"error\":\"its arguments are too long\",\"latency_ms\":0"));
    assert_int_equal(tool_keeper_wake_ms(w.keeper), END_MS + KEEPER_GRACE_MS);
    expect_heard(&w, "[{\"type\":\"begin\"," CALL_MEMBERS("y") ",\"name\":\"look\",\"timeout_ms\":"
                                                               "500}," LIST_MESSAGE "]");
    end(&w);
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], KEEPER_FLAG))
        return play_keeper(KEEPER_FD);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_gets_what_it_needs_and_no_more),
        cmocka_unit_test(it_begins_as_any_program_does),
        cmocka_unit_test(only_what_was_asked_is_answered),
        cmocka_unit_test(its_time_is_kept_for_it),
        cmocka_unit_test(what_it_cannot_be_told_is_an_answer),
    };
    signal(SIGPIPE, SIG_IGN); /* as the runner does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
