/* One call of a tool: what it is begun with, when it is over, and the fact that is made of it. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/tool/job.h"

static const struct tool_box OPEN_BOX; /* nothing is closed in */

enum { LIMIT_MS = 60000, START_MS = 1000, CALL_MS = 500 };

static struct job *new_job(json_t *doc, json_t *args)
{
    struct job *c = job_new(&(struct tool_call){.call_id = "r1:ann",
                                                .turn = 3,
                                                .id = "t7",
                                                .name = "look",
                                                .doc = doc,
                                                .args = args,
                                                .timeout_ms = CALL_MS},
                            START_MS);
    json_decref(doc);
    json_decref(args);
    return c;
}

static struct job *begin(const char *script)
{
    struct job *c = new_job(j_pack("{s:[s, s, s]}", "argv", "/bin/sh", "-c", script),
                            j_pack("{s:s}", "q", "why?"));
    job_begin_command(c, &OPEN_BOX);
    return c;
}

/* Until it is over; its time stands still meanwhile. */
static void go_on(struct job *c)
{
    while (!c->over) {
        struct pollfd fds[4];
        size_t n = child_fds(&c->child, c->out.len > 0, fds, 4);
        assert_true(poll(fds, n, LIMIT_MS) > 0);
        job_step(c, START_MS);
    }
}

static void expect_fact(const struct job *c, int64_t now_ms, const char *text)
{
    json_t *fact = job_fact(c, now_ms);
    char *dump = j_dump(fact);
    assert_string_equal(dump, text);
    free(dump);
    json_decref(fact);
}

static void keeps_what_was_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *args, *kept;
    } CASES[] = {{"{\"a\":1}", "{\"a\":1}"}, {"[1]", "{}"}, {"null", "{}"}, {NULL, "{}"}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const char *args = CASES[i].args;
        json_t *doc = j_pack("{s:s}", "name", "look");
        struct job *c =
            new_job(json_incref(doc), args ? json_loads(args, JSON_DECODE_ANY, NULL) : NULL);
        char *kept = j_dump(c->args);
        assert_string_equal(kept, CASES[i].kept);
        assert_string_equal(c->call_id, "r1:ann");
        assert_string_equal(c->id, "t7");
        assert_string_equal(c->name, "look");
        assert_int_equal(c->turn, 3);
        assert_ptr_equal(c->doc, doc);
        assert_int_equal(c->started_ms, START_MS);
        assert_int_equal(c->deadline_ms, START_MS + CALL_MS);
        assert_int_equal(c->in.max, TOOL_OUTPUT_MAX);
        assert_true(c->out.max > TOOL_OUTPUT_MAX);
        assert_true(c->child.pidfd == -1 && c->child.in_fd == -1 && c->child.out_fd == -1 &&
                    c->child.err_fd == -1);
        assert_true(!c->over && !c->ok && !c->answer && !c->server && !c->next);
        free(kept);
        job_free(c);
        json_decref(doc);
    }
}

static void the_first_end_holds(void **state)
{
    (void)state;
    for (int ok = 0; ok <= 1; ok++) {
        struct job *c = new_job(j_object(), NULL);
        job_end(c, ok, j_pack("[i]", 1));
        job_end(c, !ok, j_string("later"));
        assert_true(c->over);
        expect_fact(c, START_MS + 42,
                    ok ? "{\"type\":\"tool_call_result\",\"call_id\":\"r1:ann\",\"turn\":3,\"id\":"
                         "\"t7\",\"name\":\"look\",\"ok\":true,\"result\":[1],\"latency_ms\":42}"
                       : "{\"type\":\"tool_call_result\",\"call_id\":\"r1:ann\",\"turn\":3,\"id\":"
                         "\"t7\",\"name\":\"look\",\"ok\":false,\"error\":[1],\"latency_ms\":42}");
        job_free(c);
    }
}

/* What a program writes is JSON where it can be, and text where it cannot. */
static void results_of_commands(void **state)
{
    (void)state;
    static const struct {
        const char *script, *answer;
        bool ok;
    } CASES[] = {
        {"exit 0", "\"\"", true},
        {"cat", "{\"q\":\"why?\"}", true},
        {"cat; echo end", "\"{\\\"q\\\":\\\"why?\\\"}\\nend\\n\"", true},
        {"echo 5", "5", true},
        {"echo null", "null", true},
        {"echo '\"a\\u0000b\"'", "\"a\\u0000b\"", true},
        {"echo '{} {}'", "\"{} {}\\n\"", true},
        {"echo fine; exit 1", "\"exit status 1\"", false},
        {"echo fine; echo not so >&2; exit 2", "\"exit status 2: not so\\n\"", false},
        {"echo 5; kill -TERM $$", "\"killed by SIGTERM\"", false},
        {"echo words >&2; echo 5", "5", true},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct job *c = begin(CASES[i].script);
        go_on(c);
        char *answer = json_dumps(c->answer, JSON_COMPACT | JSON_ENCODE_ANY);
        assert_string_equal(answer, CASES[i].answer);
        assert_int_equal(c->ok, CASES[i].ok);
        free(answer);
        job_free(c);
    }
}

static void one_byte_too_many(void **state)
{
    (void)state;
    static const char *const SCRIPTS[] = {"head -c 1048576 /dev/zero", "head -c 1048577 /dev/zero"};
    assert_int_equal(TOOL_OUTPUT_MAX, 1048576);
    for (size_t more = 0; more <= 1; more++) {
        struct job *c = begin(SCRIPTS[more]);
        go_on(c);
        assert_int_equal(c->ok, !more);
        if (more)
            assert_string_equal(json_string_value(c->answer), "wrote more than 1048576 bytes");
        else
            assert_int_equal(json_string_length(c->answer), TOOL_OUTPUT_MAX);
        job_free(c);
    }
}

static void its_time_ends_to_the_millisecond(void **state)
{
    (void)state;
    struct job *c = begin("exec sleep 600");
    job_step(c, START_MS + CALL_MS - 1);
    assert_false(c->over);
    job_step(c, START_MS + CALL_MS);
    assert_true(c->over);
    assert_false(c->ok);
    assert_string_equal(json_string_value(c->answer), "no result within 500 ms");
    job_step(c, START_MS + 2 * CALL_MS); /* it is over */
    job_free(c);
}

/* A result that is there counts, late as it is. */
static void a_result_comes_before_the_clock(void **state)
{
    (void)state;
    struct job *c = begin("echo 5");
    struct pollfd end = {.fd = c->child.pidfd, .events = POLLIN};
    assert_int_equal(poll(&end, 1, LIMIT_MS), 1);
    job_step(c, START_MS + 2 * CALL_MS);
    assert_true(c->over && c->ok);
    assert_int_equal(json_integer_value(c->answer), 5);
    job_free(c);
}

static void what_cannot_be_begun_is_over(void **state)
{
    (void)state;
    struct job *c = new_job(j_pack("{s:[s]}", "argv", "/no/such"), NULL);
    job_begin_command(c, &OPEN_BOX);
    assert_true(c->over);
    assert_false(c->ok);
    assert_string_equal(json_string_value(c->answer),
                        "cannot start /no/such: No such file or directory");
    job_free(c);
}

/* The name at the server is that of the tool where the document names no other. */
static void at_a_server_it_waits_under_its_name(void **state)
{
    (void)state;
    for (int other = 0; other <= 1; other++) {
        json_t *doc = j_pack("{s:[s]}", "argv", "/no/such");
        struct mcp_server *s = mcp_server_new(doc, &OPEN_BOX);
        if (other)
            j_set(doc, "tool", j_string("see"));
        struct job *c = new_job(doc, j_pack("{s:i}", "n", 1));
        job_begin_server(c, s);
        assert_ptr_equal(c->server, s);
        assert_string_equal(c->asked.tool, other ? "see" : "look");
        assert_ptr_equal(c->asked.args, c->args);
        assert_int_equal(s->users, 1);
        assert_true(c->over);
        assert_false(c->ok);
        assert_string_equal(
            json_string_value(c->answer),
            "the tool's server is gone: cannot start /no/such: No such file or directory");
        job_free(c);
        assert_int_equal(s->users, 0);
        mcp_server_free(s);
    }
}

/* Only its clock ends it: there is no process of its own that could. */
static void at_a_server_its_time_ends(void **state)
{
    (void)state;
    json_t *doc = j_pack("{s:[s, s, s]}", "argv", "/bin/sh", "-c", "exec sleep 600");
    struct mcp_server *s = mcp_server_new(doc, &OPEN_BOX);
    struct job *c = new_job(doc, NULL);
    job_begin_server(c, s);
    job_step(c, START_MS + CALL_MS - 1);
    assert_false(c->over);
    job_step(c, START_MS + CALL_MS);
    assert_true(c->over);
    assert_string_equal(json_string_value(c->answer), "no result within 500 ms");
    job_free(c);
    mcp_server_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_was_wanted),
        cmocka_unit_test(the_first_end_holds),
        cmocka_unit_test(results_of_commands),
        cmocka_unit_test(one_byte_too_many),
        cmocka_unit_test(its_time_ends_to_the_millisecond),
        cmocka_unit_test(a_result_comes_before_the_clock),
        cmocka_unit_test(what_cannot_be_begun_is_over),
        cmocka_unit_test(at_a_server_it_waits_under_its_name),
        cmocka_unit_test(at_a_server_its_time_ends),
    };
    signal(SIGPIPE, SIG_IGN); /* as the runner does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
