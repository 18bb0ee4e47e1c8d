/* Each request is answered once, whatever allocation fails on its way: with what it is answered
 * otherwise, with an internal error, or, where not even that can be written, with the end of its
 * connection. Silence, half an answer and a run that nobody knows of are faults. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "allocations.h"
#include "common/cleanup.h"
#include "common/jx.h"
#include "desk_fixture.h"

enum { FIRST = 20, LAST = 100, STEP = 11 };

static long used; /* allocations of the last request */

#define UNDER_KEY(id)                                                                              \
    "\"council\":\"quick\",\"input\":\"why?\",\"run_id\":\"" id "\",\"key\":\"" id "\""

static const struct request_case {
    const char *method, *params;
} CASES[] = {
    {"supervisor.info", "{}"},
    {"supervisor.which_children", "{}"},
    {"supervisor.count_children", "{}"},
    {"supervisor.stats", "{}"},
    {"supervisor.terminate_all", "{\"registry\":\"none\"}"},
    {"run.start",
     "{\"council\":\"quick\",\"input\":\"why?\",\"run_id\":\"r2\",\"labels\":{\"a\":\"b\"}}"},
    {"run.start", "{\"council\":\"quick\",\"input\":\"why?\",\"run_id\":\"r2\",\"monitor\":true,"
                  "\"subscribe\":true}"},
    {"run.start", "{\"council\":\"quick\",\"input\":\"why?\",\"run_id\":\"r2\",\"key\":\"new\"}"},
    {"run.start", "{" UNDER_KEY("k0") ",\"monitor\":true,\"subscribe\":true}"},
    {"run.start", "{" UNDER_KEY("k1") ",\"monitor\":true,\"subscribe\":true}"},
    {"run.start", "{" UNDER_KEY("k1") ",\"verbose\":\"debug\"}"},
    {"run.start", "{\"council\":\"none\",\"input\":\"why?\"}"},
    {"run.start", "{\"council\":{\"schema_version\":7},\"input\":\"why?\"}"},
    {"run.start", "{\"council\":\"quick\",\"input\":\"why?\",\"run_id\":\"r1\"}"},
    {"run.info", "{\"run_id\":\"r1\"}"},
    {"run.info", "{\"run_id\":\"r0\"}"},
    {"run.info", "{\"run_id\":\"no\"}"},
    {"run.await", "{\"run_id\":\"r0\"}"},
    {"run.await", "{\"run_id\":\"r1\",\"timeout_ms\":0}"},
    {"run.monitor", "{\"run_id\":\"r1\"}"},
    {"run.subscribe", "{\"run_id\":\"r1\"}"},
    {"supervisor.subscribe", "{\"kinds\":[\"run_ended\"]}"},
    {"run.monitor", "{\"run_id\":\"no\"}"},
    {"run.subscribe", "{\"run_id\":\"r0\"}"},
    {"run.cancel", "{\"run_id\":\"r1\"}"},
    {"run.list", "{}"},
    {"run.list", "{\"text\":\"y\",\"label\":{},\"since\":\"1970-01-01T00:00:00Z\",\"until\":"
                 "\"2999-01-01T00:00:00Z\",\"registry\":\"default\",\"council_id\":\"c\"}"},
    {"council.validate", "{\"council\":\"quick\"}"},
    {"council.validate", "{\"council\":{\"schema_version\":1,\"id\":\"\",\"members\":[]}}"},
    {"council.list", "{}"},
    {"council.get", "{\"name\":\"quick\"}"},
    {"provider.list", "{}"},
    {"provider.check", "{\"provider\":\"none\"}"},
    {"rpc.discover", "{}"},
    {"run.no_such_method", "{}"},
    {"run.info", "{\"run_id\":7}"},
};

/* ---- what there is ---- */

static void end_run(const char *run_id)
{
    struct run *run = runs_find(runs, run_id, strlen(run_id));
    if (run)
        leader_exits(run, CLD_EXITED, 0);
}

static void start_under_key(const char *id, const char *params)
{
    request_is(1, "run.start", params);
    say_ready(run_of(id));
    assert_non_null(strstr(next_line(), "\"result\""));
}

static void prepare(void)
{
    static const char RESULT[] = "{\"x\":1}";
    void *state = NULL;
    assert_int_equal(setup_desk(&state), 0);
    assert_true(say(some_run("r0"), (struct link_up){.type = LINK_RESULT,
                                                     .outcome = OUTCOME_COMPLETE,
                                                     .result = {RESULT, sizeof RESULT - 1}}));
    end_run("r0");
    start_under_key("k0", "{" UNDER_KEY("k0") "}");
    memcpy(run_of("k0")->council_id, "other", 5); /* not "quick", as only its record tells */
    end_run("k0");
    start_under_key("k1", "{" UNDER_KEY("k1") "}");
    some_run("r1");
}

static void clear(void)
{
    void *state = NULL;
    end_run("k1");
    end_run("r1");
    end_run("r2");
    turns(2);
    assert_int_equal(teardown_desk(&state), 0);
}

/* ---- one request ---- */

/* A run that was started is ready, for that is when its start is answered. */
static void let_it_be_ready(void)
{
    struct run *run = runs_find(runs, "r2", 2);
    if (run)
        say_ready(run);
    turns(3);
}

static bool is_gone(void)
{
    char byte;
    return recv(client, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* What is another each time is the same here. */
static void smooth(json_t *value)
{
    static const char *const CHANGES[] = {"pid",         "started_at", "elapsed_ms",   "ended_at",
                                          "ref",         "rusage",     "subscription", "uptime_ms",
                                          "started_us",  "bytes",      "incarnation",  "epoch",
                                          "duration_ms", "sum_ms"};
    const char *name;
    json_t *member;
    size_t i;
    for (i = 0; i < ARRAY_LEN(CHANGES); i++)
        if (json_object_get(value, CHANGES[i]))
            json_object_set_new(value, CHANGES[i], json_true());
    json_object_foreach (value, name, member)
        smooth(member);
    json_array_foreach (value, i, member)
        smooth(member);
}

/* Each try has a folder of its own. */
static void smooth_paths(const json_t *line)
{
    json_t *path;
    size_t i;
    json_array_foreach (json_object_get(line, "own_paths"), i, path) {
        const char *text = json_string_value(path);
        const size_t len = strlen(folder.path);
        if (strncmp(text, folder.path, len) == 0)
            json_array_set_new(json_object_get(line, "own_paths"), i, json_string(text + len));
    }
}

/* What the run that was started is told, and what of it is recorded; NULL: there is none. */
static json_t *told_to_runner(void)
{
    if (!runs_find(runs, "r2", 2))
        return NULL;
    json_t *told = json_pack("{s:o?, s:o?}", "line", json_loads(fake.spec, 0, NULL), "record",
                             json_loads(spec_of("r2"), 0, NULL));
    smooth(told);
    smooth_paths(json_object_get(told, "line"));
    return told;
}

/* The answer, smoothed; NULL: none, and the connection has ended. */
static json_t *ask_for(const struct request_case *c, long fails_after)
{
    char line[2048];
    int len = snprintf(line, sizeof line,
                       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}\n",
                       c->method, c->params);
    assert_int_equal(send(client, line, (size_t)len, MSG_NOSIGNAL), len);
    failed = false;
    left = fails_after;
    turns(5);
    used = fails_after - left;
    left = -1;
    let_it_be_ready();
    const char *text = next_line();
    if (!*text && !is_gone())
        fail_msg("%s %s, allocation %ld: nothing was said", c->method, c->params, fails_after);
    json_t *got = *text ? json_loads(text, 0, NULL) : NULL;
    if (*text && !got)
        fail_msg("%s, allocation %ld: no JSON: %s", c->method, fails_after, text);
    smooth(got);
    return got;
}

/* An internal error, or a start that failed for want of memory. */
static bool is_refused(const json_t *got)
{
    const json_t *data = json_object_get(json_object_get(got, "error"), "data");
    const char *reason = json_string_value(json_object_get(data, "reason"));
    const char *cause = json_string_value(json_object_get(json_object_get(data, "cause"), "errno"));
    return (reason && strcmp(reason, "internal_error") == 0) ||
           (cause && strcmp(cause, "ENOMEM") == 0);
}

static size_t same_start(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

static void compare(const struct request_case *c, long k, const json_t *got, const json_t *whole)
{
    if (!got || is_refused(got) || json_equal(got, whole))
        return;
    char *a = json_dumps(got, JSON_COMPACT), *b = json_dumps(whole, JSON_COMPACT);
    const size_t same = same_start(a, b);
    fail_msg("%s %s, allocation %ld: ...%.300s\nis not ...%.300s", c->method, c->params, k,
             a + same, b + same);
}

/* Everything is as it was before a request that started nothing. */
static bool is_worn(const json_t *got)
{
    return !got || is_gone() || runs_find(runs, "r2", 2) != NULL;
}

/* Of very many allocations the middle ones are alike: each seventh is tried there. */
static long next_of(long k, long count)
{
    const long next = k + STEP;
    if (k < FIRST || k >= count - LAST)
        return k + 1;
    return next < count - LAST ? next : count - LAST;
}

/* Events and ends are told behind the answer. */
static void drain(const struct request_case *c)
{
    const bool watches = strcmp(c->method, "run.monitor") == 0 ||
                         strcmp(c->method, "run.subscribe") == 0 ||
                         strstr(c->params, "\"monitor\"");
    while (watches && *next_line())
        ;
}

/* A run of which half was left out would go its own way. */
static void compare_told(const struct request_case *c, long k, const json_t *got,
                         const json_t *whole)
{
    json_t *told = json_object_get(got, "result") ? told_to_runner() : NULL;
    if (told && !json_equal(told, whole))
        fail_msg("%s %s, allocation %ld: its runner is told something else", c->method, c->params,
                 k);
    json_decref(told);
}

static void try_one(const struct request_case *c, long k, const json_t *whole, const json_t *told)
{
    json_t *got = ask_for(c, k);
    const struct run *run = runs_find(runs, "r2", 2);
    if (run && is_refused(got) && run->machine.want != RUN_DOWN)
        fail_msg("%s, allocation %ld: it was refused and runs", c->method, k);
    compare(c, k, got, whole);
    compare_told(c, k, got, told);
    drain(c);
    if (is_worn(got)) {
        clear();
        prepare();
    }
    json_decref(got);
}

static void try_all(const struct request_case *c)
{
    prepare();
    json_t *whole = ask_for(c, LONG_MAX), *told = told_to_runner();
    const long count = used;
    drain(c);
    clear();
    prepare();
    assert_true(count > 0);
    for (long k = 0; k < count; k = next_of(k, count))
        try_one(c, k, whole, told);
    clear();
    json_decref(whole);
    json_decref(told);
}

static void each_request_has_one_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        try_all(&CASES[i]);
}

/* ---- the end of a probe ---- */

/* An end for which there was no memory comes a little later. */
static void let_it_end(void)
{
    for (const int64_t end = clock_mono_us() + DEADLINE_MS * 1000; runs_count(runs) > 0; turn())
        assert_true(clock_mono_us() < end);
    turns(2);
}

/* What is answered when it ends with a result; NULL: the connection has ended. */
static json_t *ask_probe(long fails_after)
{
    static const char RESULT[] = "{\"checked\":[\"one\",\"two\"]}";
    prepare();
    end_run("k1");
    end_run("r1");
    request_is(1, "provider.check", "{\"council\":\"quick\"}");
    struct run *run = runs_next(runs, NULL);
    assert_non_null(run);
    say_ready(run);
    assert_true(say(run, (struct link_up){.type = LINK_RESULT,
                                          .outcome = OUTCOME_COMPLETE,
                                          .result = {RESULT, sizeof RESULT - 1}}));
    failed = false;
    left = fails_after;
    leader_exits(run, CLD_EXITED, 0);
    let_it_end();
    used = fails_after - left;
    left = -1;
    const char *text = next_line();
    if (!*text && !is_gone())
        fail_msg("the end of a probe, allocation %ld: nothing was said", fails_after);
    json_t *got = *text ? json_loads(text, 0, NULL) : NULL;
    clear();
    return got;
}

static void each_probe_has_one_answer(void **state)
{
    (void)state;
    static const struct request_case PROBE = {"provider.check", "a council"};
    json_t *whole = ask_probe(LONG_MAX);
    assert_non_null(json_object_get(json_object_get(whole, "result"), "checked"));
    for (long k = 0, count = used; k < count; k++) {
        json_t *got = ask_probe(k);
        compare(&PROBE, k, got, whole);
        json_decref(got);
    }
    json_decref(whole);
}

/* ---- the end of all ---- */

/* What is answered when they have ended; NULL: the connection has ended. */
static json_t *ask_all_to_end(long fails_after)
{
    prepare();
    static const char LINE[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"supervisor.terminate_all\"}\n";
    assert_int_equal(send(client, LINE, sizeof LINE - 1, MSG_NOSIGNAL), sizeof LINE - 1);
    failed = false;
    left = fails_after;
    turns(5);
    used = fails_after - left;
    left = -1;
    end_run("r1");
    end_run("k1");
    let_it_end();
    const char *text = next_line();
    if (!*text && !is_gone())
        fail_msg("the end of all, allocation %ld: nothing was said", fails_after);
    json_t *got = *text ? json_loads(text, 0, NULL) : NULL;
    clear();
    return got;
}

/* None that was left out is told as one that has ended. */
static void the_end_of_all_has_one_answer(void **state)
{
    (void)state;
    static const struct request_case ALL = {"supervisor.terminate_all", "{}"};
    json_t *whole = ask_all_to_end(LONG_MAX);
    assert_int_equal(j_int(json_object_get(whole, "result"), "count", 0), 2);
    for (long k = 0, count = used; k < count; k++) {
        json_t *got = ask_all_to_end(k);
        compare(&ALL, k, got, whole);
        json_decref(got);
    }
    json_decref(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_has_one_answer),
        cmocka_unit_test(each_probe_has_one_answer),
        cmocka_unit_test(the_end_of_all_has_one_answer),
    };
    json_set_alloc_funcs(malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
