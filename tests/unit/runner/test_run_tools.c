/* A tool whose call gets lost on the way to the keeper is one that a member waits for in vain. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/run_tools.h"

/* The Makefile links this program with --wrap for the keeper, which only notes what it hears. */
static char said[512];
static json_t *answer; /* of the servers */
static json_t *fact;

static struct tool_keeper *const KEEPER = (struct tool_keeper *)(void *)said;
static int context;

void __wrap_tool_keeper_hook(struct tool_keeper *k, const struct tool_hooks *hooks, void *to);
json_t *__wrap_tool_keeper_list(struct tool_keeper *k, json_t *names, int64_t timeout_ms);
void __wrap_tool_keeper_call(struct tool_keeper *k, const struct tool_call *call);
void __wrap_tool_keeper_abort(struct tool_keeper *k, const char *call_id, int turn, const char *id);
size_t __wrap_tool_keeper_fds(const struct tool_keeper *k, struct pollfd *ret, size_t room);
int64_t __wrap_tool_keeper_wake_ms(const struct tool_keeper *k);
void __wrap_tool_keeper_step(struct tool_keeper *k, int64_t now_ms);

static void take(void *to, json_t *one)
{
    assert_ptr_equal(to, &context);
    assert_null(fact);
    fact = one;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    va_list args;
    size_t len = strlen(said);
    va_start(args, format);
    vsnprintf(said + len, sizeof said - len, format, args);
    va_end(args);
}

static int64_t now(void *to)
{
    (void)to;
    return 7;
}

static const struct tool_hooks HOOKS = {.now = now, .fact = take};

void __wrap_tool_keeper_hook(struct tool_keeper *k, const struct tool_hooks *hooks, void *to)
{
    assert_ptr_equal(k, KEEPER);
    assert_ptr_equal(hooks, &HOOKS);
    assert_ptr_equal(to, &context);
    say("hook ");
}

json_t *__wrap_tool_keeper_list(struct tool_keeper *k, json_t *names, int64_t timeout_ms)
{
    assert_ptr_equal(k, KEEPER);
    char *text = json_dumps(names, JSON_COMPACT);
    say("list %s %lld ", text, (long long)timeout_ms);
    free(text);
    return json_incref(answer);
}

void __wrap_tool_keeper_call(struct tool_keeper *k, const struct tool_call *call)
{
    assert_ptr_equal(k, KEEPER);
    char *text = json_dumps(call->args, JSON_COMPACT);
    say("call %s %d %s %s %s %lld ", call->call_id, call->turn, call->id, call->name, text,
        (long long)call->timeout_ms);
    free(text);
}

void __wrap_tool_keeper_abort(struct tool_keeper *k, const char *call_id, int turn, const char *id)
{
    assert_ptr_equal(k, KEEPER);
    say("abort %s %d %s ", call_id, turn, id);
}

size_t __wrap_tool_keeper_fds(const struct tool_keeper *k, struct pollfd *ret, size_t room)
{
    assert_ptr_equal(k, KEEPER);
    ret->fd = 77;
    return room;
}

int64_t __wrap_tool_keeper_wake_ms(const struct tool_keeper *k)
{
    assert_ptr_equal(k, KEEPER);
    return 1234;
}

void __wrap_tool_keeper_step(struct tool_keeper *k, int64_t now_ms)
{
    assert_ptr_equal(k, KEEPER);
    say("step %lld ", (long long)now_ms);
}

struct scene {
    struct run_spec spec;
    struct run_tools tools;
};

static void begin(struct scene *s, struct tool_keeper *keeper, const char *documents)
{
    *s = (struct scene){0};
    said[0] = '\0';
    s->spec.tree = json_pack("{s:o}", "tools", json_loads(documents, 0, NULL));
    s->spec.plan.document = json_pack("{s:[{s:s, s:s, s:s, s:n}]}", "tools", "kind", "mcp", "name",
                                      "look", "description", "", "parameters");
    assert_non_null(s->spec.tree);
    run_tools_init(&s->tools, keeper, &s->spec, &HOOKS, &context);
}

static void end(struct scene *s)
{
    json_decref(s->spec.tree);
    json_decref(s->spec.plan.document);
    json_decref(fact);
    fact = NULL;
}

static struct engine_want want(json_t *args)
{
    return (struct engine_want){.call_id = "r0i0:member:ann",
                                .turn = 3,
                                .tool_id = "t1",
                                .tool = "look",
                                .args = args,
                                .tool_timeout_ms = 5678};
}

static void the_keeper_hears_everything(void **state)
{
    (void)state;
    struct scene s;
    struct pollfd fds[5];
    json_t *args = json_pack("{s:i}", "q", 1);
    struct engine_want w = want(args);
    begin(&s, KEEPER, "{}");
    run_tools_start(&s.tools, &w);
    run_tools_abort(&s.tools, &w);
    run_tools_step(&s.tools, 99);
    assert_string_equal(said, "hook call r0i0:member:ann 3 t1 look {\"q\":1} 5678 "
                              "abort r0i0:member:ann 3 t1 step 99 ");
    assert_int_equal(run_tools_wake_ms(&s.tools), 1234);
    assert_int_equal(run_tools_fds(&s.tools, fds, 5), 5);
    assert_int_equal(fds[0].fd, 77);
    assert_null(fact);
    end(&s);
    json_decref(args);
}

static void without_a_keeper_a_call_ends_at_once(void **state)
{
    (void)state;
    struct scene s;
    struct pollfd fds[5];
    struct engine_want w = want(NULL);
    begin(&s, NULL, "{}");
    run_tools_abort(&s.tools, &w);
    run_tools_step(&s.tools, 99);
    assert_int_equal(run_tools_wake_ms(&s.tools), -1);
    assert_int_equal(run_tools_fds(&s.tools, fds, 5), 0);
    assert_null(fact);
    run_tools_start(&s.tools, &w);
    char *text = json_dumps(fact, JSON_COMPACT);
    assert_string_equal(text, "{\"type\":\"tool_call_result\",\"call_id\":\"r0i0:member:ann\","
                              "\"turn\":3,\"id\":\"t1\",\"name\":\"look\",\"ok\":false,"
                              "\"error\":\"no program is known for it\",\"latency_ms\":0}");
    free(text);
    assert_string_equal(said, "");
    end(&s);
}

static const char AT_SERVER[] = "{\"look\":{\"kind\":\"mcp\"},\"other\":{\"kind\":\"command\"}}";

static void assert_tool(const struct scene *s, const char *description, const char *parameters)
{
    json_t *tool = json_array_get(json_object_get(s->spec.plan.document, "tools"), 0);
    char *text = json_dumps(json_object_get(tool, "parameters"), JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(json_string_value(json_object_get(tool, "description")), description);
    assert_string_equal(text, parameters);
    free(text);
}

static void what_servers_tell_stands_in_the_plan(void **state)
{
    (void)state;
    struct scene s;
    begin(&s, KEEPER, AT_SERVER);
    answer = json_pack("{s:{s:s, s:{s:s}}}", "look", "description", "its own", "inputSchema",
                       "type", "array");
    run_tools_complete(&s.tools);
    assert_string_equal(said, "hook list [\"look\"] 5000 ");
    assert_tool(&s, "its own", "{\"type\":\"array\"}");
    assert_int_equal(answer->refcount, 1);
    json_decref(answer);
    answer = NULL;
    end(&s);
    begin(&s, NULL, AT_SERVER);
    run_tools_complete(&s.tools);
    assert_string_equal(said, "");
    assert_tool(&s, "", "{\"type\":\"object\",\"properties\":{}}");
    end(&s);
}

static void who_has_no_server_waits_for_none(void **state)
{
    (void)state;
    struct scene s;
    static const char *const DOCUMENTS[] = {"{}", "{\"look\":{\"kind\":\"command\"}}"};
    for (size_t i = 0; i < 2; i++) {
        begin(&s, KEEPER, DOCUMENTS[i]);
        run_tools_complete(&s.tools);
        assert_string_equal(said, "hook ");
        assert_tool(&s, "", "null");
        end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keeper_hears_everything),
        cmocka_unit_test(without_a_keeper_a_call_ends_at_once),
        cmocka_unit_test(what_servers_tell_stands_in_the_plan),
        cmocka_unit_test(who_has_no_server_waits_for_none),
    };
    return cmocka_run_group_tests_name("run_tools", tests, NULL, NULL);
}
