/* Half-read replies turn into wrong answers: what counts as complete, as refused, as an error is
 * decided here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "runner/provider/formats.h"

static const struct provider *openai(void)
{
    return provider_find("openai");
}

static void expect_fact(const struct reply *reply, const char *fact)
{
    json_t *got = reply_fact(reply, "openai"), *want = json_loads(fact, 0, NULL);
    assert_non_null(want);
    if (!json_equal(got, want)) {
        char *text = json_dumps(got, JSON_COMPACT);
        fail_msg("%s", text);
        free(text);
    }
    json_decref(got);
    json_decref(want);
}

static void whole(const char *body, const char *fact)
{
    struct reply r;
    reply_init(&r, NULL, NULL);
    assert_int_equal(openai()->whole(&r, body, strlen(body)), 0);
    expect_fact(&r, fact);
    reply_release(&r);
}

static void whole_replies(void **state)
{
    (void)state;
    whole("{\"id\": \"c\", \"model\": \"gpt-4.1-2025\", \"choices\": [{\"index\": 0,"
          " \"finish_reason\": \"stop\", \"message\": {\"role\": \"assistant\", \"content\":"
          " \"hello\"}, \"logprobs\": {\"content\": [{\"token\": \"h\", \"logprob\": -0.5},"
          " {\"token\": \"i\", \"logprob\": -1.5}]}}], \"usage\": {\"prompt_tokens\": 10,"
          " \"completion_tokens\": 2, \"prompt_tokens_details\": {\"cached_tokens\": 4},"
          " \"completion_tokens_details\": {\"reasoning_tokens\": 1}, \"cost\": 0.25}}",
          "{\"model_served\": \"gpt-4.1-2025\", \"finish_reason\": \"stop\", \"content\":"
          " \"hello\", \"assistant\": {\"wire\": \"openai\", \"message\": {\"role\":"
          " \"assistant\", \"content\": \"hello\"}}, \"usage\": {\"input_tokens\": 10,"
          " \"output_tokens\": 2, \"cached_input_tokens\": 4, \"reasoning_tokens\": 1},"
          " \"cost\": 0.25, \"logprob\": -1.0}");
    whole("{\"choices\": [{\"finish_reason\": null, \"message\": {\"content\": [{\"type\":"
          " \"text\", \"text\": \"a\"}, {\"type\": \"text\", \"text\": \"b\"}]}}]}",
          "{\"model_served\": null, \"finish_reason\": \"stop\", \"content\": \"ab\","
          " \"assistant\": {\"wire\": \"openai\", \"message\": {\"content\": [{\"type\":"
          " \"text\", \"text\": \"a\"}, {\"type\": \"text\", \"text\": \"b\"}]}}, \"usage\": null,"
          " \"cost\": null}");
    whole("{\"choices\": [{\"finish_reason\": \"stop\", \"message\": {\"content\": null,"
          " \"refusal\": \"I cannot\"}}]}",
          "{\"model_served\": null, \"finish_reason\": \"refusal\", \"content\": \"I cannot\","
          " \"assistant\": {\"wire\": \"openai\", \"message\": {\"content\": null, \"refusal\":"
          " \"I cannot\"}}, \"usage\": null, \"cost\": null}");
    whole("{\"choices\": [{\"finish_reason\": \"stop\", \"message\": {\"content\": null,"
          " \"tool_calls\": [{\"id\": \"c1\", \"type\": \"function\", \"function\": {\"name\":"
          " \"docs\", \"arguments\": \"{\\\"q\\\"\"}}]}}], \"usage\": {\"prompt_tokens\": 3}}",
          "{\"model_served\": null, \"finish_reason\": \"tool_calls\", \"content\": \"\","
          " \"assistant\": {\"wire\": \"openai\", \"message\": {\"content\": null,"
          " \"tool_calls\": [{\"id\": \"c1\", \"type\": \"function\", \"function\": {\"name\":"
          " \"docs\", \"arguments\": \"{\\\"q\\\"\"}}]}}, \"usage\": {\"input_tokens\": 3,"
          " \"output_tokens\": null, \"cached_input_tokens\": null, \"reasoning_tokens\": null},"
          " \"cost\": null, \"tool_calls\": [{\"id\": \"c1\", \"name\": \"docs\", \"args_raw\":"
          " \"{\\\"q\\\"\"}]}");
}

static void feed(struct reply *r, const char *const *events)
{
    for (; *events; events++)
        assert_int_equal(openai()->event(r, "", *events, strlen(*events)), 0);
}

struct heard {
    char content[100], reasoning[100];
    int tools;
};

static void listen_to(void *context, enum delta kind, const char *text, size_t len)
{
    struct heard *h = context;
    char *to = kind == DELTA_CONTENT ? h->content : h->reasoning;
    if (kind == DELTA_TOOL)
        h->tools++;
    else
        snprintf(to + strlen(to), 100 - strlen(to), "%.*s|", (int)len, text);
}

static void streams(void **state)
{
    (void)state;
    struct reply r;
    struct heard heard = {0};
    reply_init(&r, listen_to, &heard);
    feed(&r, (const char *const[]){
                 "{\"model\": \"m1\", \"choices\": [{\"delta\": {\"role\": \"assistant\","
                 " \"content\": \"\"}, \"finish_reason\": null}]}",
                 "{\"choices\": [{\"delta\": {\"reasoning_content\": \"hm\"}}]}",
                 "{\"choices\": [{\"delta\": {\"content\": \"Hel\"}}]}",
                 "{\"choices\": [{\"delta\": {\"content\": \"lo\"}}]}", NULL});
    assert_null(r.finish_reason);
    feed(&r,
         (const char *const[]){"{\"choices\": [{\"delta\": {}, \"finish_reason\": \"length\"}]}",
                               "{\"choices\": [], \"usage\": {\"prompt_tokens\": 5,"
                               " \"completion_tokens\": 2}}",
                               NULL});
    assert_false(r.ended);
    feed(&r, (const char *const[]){"[DONE]", NULL});
    assert_true(r.ended);
    assert_string_equal(heard.content, "Hel|lo|");
    assert_string_equal(heard.reasoning, "hm|");
    expect_fact(&r, "{\"model_served\": \"m1\", \"finish_reason\": \"length\", \"content\":"
                    " \"Hello\", \"assistant\": null, \"usage\": {\"input_tokens\": 5,"
                    " \"output_tokens\": 2, \"cached_input_tokens\": null, \"reasoning_tokens\":"
                    " null}, \"cost\": null}");
    reply_release(&r);
}

static void streamed_tool_calls(void **state)
{
    (void)state;
    struct reply r;
    struct heard heard = {0};
    reply_init(&r, listen_to, &heard);
    feed(&r, (const char *const[]){
                 "{\"choices\": [{\"delta\": {\"tool_calls\": [{\"index\": 0, \"id\": \"a\","
                 " \"function\": {\"name\": \"docs\", \"arguments\": \"\"}}]}}]}",
                 "{\"choices\": [{\"delta\": {\"tool_calls\": [{\"index\": 1, \"id\": \"b\","
                 " \"function\": {\"name\": \"run\", \"arguments\": \"{}\"}}]}}]}",
                 "{\"choices\": [{\"delta\": {\"tool_calls\": [{\"index\": 0, \"function\":"
                 " {\"arguments\": \"{\\\"q\\\":\"}}]}}]}",
                 "{\"choices\": [{\"delta\": {\"tool_calls\": [{\"index\": 0, \"function\":"
                 " {\"arguments\": \"1}\"}}]}}]}",
                 "{\"choices\": [{\"delta\": {}, \"finish_reason\": \"tool_calls\"}]}", "[DONE]",
                 NULL});
    assert_int_equal(heard.tools, 3);
    expect_fact(&r,
                "{\"model_served\": null, \"finish_reason\": \"tool_calls\", \"content\": \"\","
                " \"assistant\": {\"wire\": \"openai\", \"message\": {\"role\": \"assistant\","
                " \"content\": \"\", \"tool_calls\": [{\"id\": \"a\", \"type\": \"function\","
                " \"function\": {\"name\": \"docs\", \"arguments\": \"{\\\"q\\\":1}\"}}, {\"id\":"
                " \"b\", \"type\": \"function\", \"function\": {\"name\": \"run\", \"arguments\":"
                " \"{}\"}}]}}, \"usage\": null, \"cost\": null, \"tool_calls\": [{\"id\": \"a\","
                " \"name\": \"docs\", \"args_raw\": \"{\\\"q\\\":1}\"}, {\"id\": \"b\", \"name\":"
                " \"run\", \"args_raw\": \"{}\"}]}");
    reply_release(&r);
}

/* Some servers give their calls no id; what goes back has to be one conversation all the same. */
static void calls_without_an_id(void **state)
{
    (void)state;
    static const char body[] =
        "{\"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": null, \"tool_calls\":"
        " [{\"type\": \"function\", \"function\": {\"name\": \"look\", \"arguments\": \"{}\"}}]},"
        " \"finish_reason\": \"tool_calls\"}]}";
    struct reply r;
    reply_init(&r, NULL, NULL);
    assert_int_equal(openai()->whole(&r, body, strlen(body)), 0);
    expect_fact(&r, "{\"model_served\": null, \"finish_reason\": \"tool_calls\", \"content\": \"\","
                    " \"assistant\": {\"wire\": \"openai\", \"message\": {\"role\": \"assistant\","
                    " \"content\": \"\", \"tool_calls\": [{\"id\": \"call_0\", \"type\":"
                    " \"function\", \"function\": {\"name\": \"look\", \"arguments\": \"{}\"}}]}},"
                    " \"usage\": null, \"cost\": null, \"tool_calls\": [{\"id\": \"call_0\","
                    " \"name\": \"look\", \"args_raw\": \"{}\"}]}");
    reply_release(&r);
}

static void faults_in_the_stream(void **state)
{
    (void)state;
    static const struct {
        const char *event, *kind, *code;
    } ROWS[] = {
        {"{\"error\": {\"message\": \"x\", \"type\": \"overloaded_error\"}}", "transient",
         "overloaded"},
        {"{\"error\": {\"message\": \"x\", \"code\": 429}}", "", ""},
        {"{\"error\": {\"message\": \"x\", \"type\": \"rate_limit_error\"}}", "transient",
         "rate_limited"},
        {"{\"error\": \"boom\"}", "transient", "server_error"},
        {"{\"choices\": [{\"delta\": {}, \"finish_reason\": \"content_filter\"}]}", "permanent",
         "content_filtered"},
        {"{\"choices\": [{\"delta\": {}, \"finish_reason\": \"error\"}]}", "transient",
         "server_error"},
        {"not json", "transient", "bad_response"},
        {"[1]", "transient", "bad_response"},
        {"{\"choices\": [{\"delta\": {\"tool_calls\": [{\"index\": 100000}]}}]}", "transient",
         "bad_response"},
        {"{\"choices\": [{\"delta\": {\"tool_calls\": [{\"index\": -1}]}}]}", "transient",
         "bad_response"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct reply r;
        reply_init(&r, NULL, NULL);
        assert_int_equal(openai()->event(&r, "", ROWS[i].event, strlen(ROWS[i].event)), -EPROTO);
        assert_string_equal(r.fault.kind, ROWS[i].kind);
        assert_string_equal(r.fault.code, ROWS[i].code);
        reply_release(&r);
    }
}

static void too_much_content(void **state)
{
    (void)state;
    struct reply r;
    static char event[70000];
    int n = snprintf(event, sizeof(event), "{\"choices\": [{\"delta\": {\"content\": \"");
    memset(event + n, 'x', 60000);
    snprintf(event + n + 60000, 100, "\"}}]}");
    reply_init(&r, NULL, NULL);
    int failed = 0, i = 0;
    while (!failed && i++ < 30)
        failed = openai()->event(&r, "", event, strlen(event));
    assert_int_equal(failed, -EPROTO);
    assert_int_equal(i, 18);
    assert_string_equal(r.fault.code, "response_too_large");
    reply_release(&r);
}

static void bad_bodies(void **state)
{
    (void)state;
    static const char *const BODIES[] = {
        "", "<html>", "[]", "{}", "{\"choices\": []}", "{\"choices\": [{\"message\": 1}]}"};
    for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
        struct reply r;
        reply_init(&r, NULL, NULL);
        assert_int_equal(openai()->whole(&r, BODIES[i], strlen(BODIES[i])), -EPROTO);
        assert_string_equal(r.fault.code, "bad_response");
        reply_release(&r);
    }
}

static void error_bodies(void **state)
{
    (void)state;
    static const struct {
        const char *body, *code, *message;
    } ROWS[] = {
        {"{\"error\": {\"message\": \"You exceeded your current quota\", \"type\":"
         " \"insufficient_quota\", \"code\": \"insufficient_quota\"}}",
         "quota_exhausted", "You exceeded your current quota"},
        {"{\"error\": {\"message\": \"This model's maximum context length is 8192\", \"type\":"
         " \"invalid_request_error\", \"code\": \"context_length_exceeded\"}}",
         "context_length", "This model's maximum context length is 8192"},
        {"{\"error\": {\"message\": \"maximum context length is 4096 tokens\", \"type\":"
         " \"invalid_request_error\", \"code\": null}}",
         "context_length", "maximum context length is 4096 tokens"},
        {"{\"error\": {\"message\": \"bad key\", \"code\": \"invalid_api_key\"}}", "auth",
         "bad key"},
        {"{\"error\": {\"message\": \"filtered\", \"code\": \"content_filter\"}}",
         "content_filtered", "filtered"},
        {"{\"error\": {\"message\": \"slow down\", \"type\": \"requests\", \"code\":"
         " \"rate_limit_exceeded\"}}",
         "", "slow down"},
        {"{\"object\": \"error\", \"message\": \"no\", \"code\": 400}", "", "no"},
        {"{\"detail\": \"Not Found\"}", "", "Not Found"},
        {"[{\"error\": {\"code\": 429, \"message\": \"q\", \"status\": \"RESOURCE_EXHAUSTED\"}}]",
         "", "q"},
        {"<html>Bad Gateway</html>", "", "<html>Bad Gateway</html>"},
        {"\xff\xfe", "", "\xef\xbf\xbd\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct reply_fault f;
        reply_fault_init(&f);
        openai()->error(ROWS[i].body, strlen(ROWS[i].body), &f);
        assert_string_equal(f.code, ROWS[i].code);
        assert_string_equal(f.message, ROWS[i].message);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(whole_replies);
    assert_keeps_nothing(streams);
    assert_keeps_nothing(streamed_tool_calls);
    assert_keeps_nothing(faults_in_the_stream);
    assert_keeps_nothing(too_much_content);
    assert_keeps_nothing(bad_bodies);
    assert_keeps_nothing(error_bodies);
    assert_keeps_nothing(calls_without_an_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_replies),       cmocka_unit_test(streams),
        cmocka_unit_test(streamed_tool_calls), cmocka_unit_test(faults_in_the_stream),
        cmocka_unit_test(too_much_content),    cmocka_unit_test(bad_bodies),
        cmocka_unit_test(error_bodies),        cmocka_unit_test(calls_without_an_id),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
