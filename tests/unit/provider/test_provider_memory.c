/* Without memory the runner ends: one that went on would send half a question, or take half an
 * answer for a whole one. */
#include "adapter_help.h"
#include "all_or_the_end.h"
#include "common/cleanup.h"
#include "common/xalloc.h"

/* ---- what is done ---- */

static const char *const FORMATS[] = {"openai", "openai_responses", "anthropic", "gemini",
                                      "ollama", "openrouter",       "mock"};

static char *ask(const void *wire)
{
    struct question q;
    struct error err = {0};
    question_init(&q, TOOL_TURN_MESSAGES("null"),
                  "{\"temperature\":0.5,\"max_tokens\":64,\"provider_options\":{\"seed\":1}}");
    q.ask.schema = json_of("{\"type\":\"object\",\"required\":[\"a\",\"title\"],\"properties\":{"
                           "\"a\":{\"type\":\"string\",\"minLength\":600},"
                           "\"title\":{\"type\":\"string\"}}}");
    q.ask.schema_name = "form";
    q.ask.tools = json_of("[{\"name\":\"look\",\"description\":\"d\",\"parameters\":{\"type\":"
                          "\"object\"}}]");
    q.ask.stream = true;
    begin();
    int r = provider_build(wire, &q.config, &q.ask, &q.request, &err);
    failing_stop();
    struct buf made = BUF_INIT(1 << 20);
    buf_addf(&made, "%d %s %s %s", r, err.text, q.request.url, q.request.body);
    for (size_t i = 0; i < q.request.part_count; i++)
        buf_add(&made, q.request.parts[i].data, q.request.parts[i].len);
    return xstrndup(made.at, made.len);
}

/* All that a reply can have, of more bytes than a buffer begins with; ill-formed text is mended. */
static char *understand(const void *wire)
{
    struct reply r;
    char much[700];
    memset(much, 'x', sizeof much);
    reply_init(&r, NULL, NULL);
    r.finish_reason = "stop";
    begin();
    for (int i = 0; i < 3; i++) {
        reply_add_reasoning(&r, much, sizeof much);
        reply_add_content(&r, much, sizeof much);
        reply_add_refusal(&r, much, i ? 0 : sizeof much);
        reply_add_args(&r, reply_tool(&r, (size_t)i), much, sizeof much);
        r.tools[i].name = reply_word("look");
    }
    reply_add_content(&r, "</think>\xff", 9);
    reply_set_model(&r, "model");
    reply_set_usage(&r, 1, 2, 3, 4);
    reply_spend(&r);
    reply_set_usage(&r, 1, 2, 3, 4);
    int finished = reply_finish(&r);
    r.refusal.len = 0;
    json_t *fact = reply_fact(&r, "openai");
    char *text = json_dumps(fact, JSON_COMPACT | JSON_SORT_KEYS);
    failing_stop();
    return xasprintf("%d %zu %s %s %s", finished, r.reasoning.len, r.fault.message,
                     wire ? "wire" : "no wire", text);
}

/* What a provider says of its fault; people look for it in the result. */
static char *be_refused(const void *wire)
{
    struct reply_fault fault;
    char message[700];
    memset(message, '\xff', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    reply_fault_init(&fault);
    begin();
    reply_fault_set(&fault, "permanent", "auth", message);
    failing_stop();
    return xasprintf("%s %s %s %s", wire ? "wire" : "no wire", fault.kind, fault.code,
                     fault.message);
}

/* One of the replies that every format is tested with, or an error told outside of one. */
static json_t *told;

static char *bytes_of(json_t *value)
{
    return json_is_string(value) ? xstrdup(json_string_value(value))
                                 : json_dumps(value, JSON_COMPACT);
}

static int take(struct reply *r, const struct provider *wire, json_t *part, bool whole)
{
    char *bytes = bytes_of(part);
    size_t len = strlen(bytes);
    begin();
    int result = whole ? wire->whole(r, bytes, len) : wire->event(r, "", bytes, len);
    fails = failing_countdown;
    failing_stop();
    free(bytes);
    return result;
}

static char *read_reply(const void *wire)
{
    struct reply r;
    json_t *events = json_object_get(told, "stream"), *whole = json_object_get(told, "whole"), *one;
    int result = 0;
    size_t i;
    reply_init(&r, NULL, NULL);
    json_array_foreach (events, i, one)
        if (result == 0)
            result = take(&r, wire, one, false);
    if (whole)
        result = take(&r, wire, whole, true);
    begin();
    if (result == 0 && r.finish_reason)
        result = reply_finish(&r);
    json_t *fact = result == 0 && r.finish_reason ? reply_fact(&r, "wire") : NULL;
    failing_stop();
    char *text = fact ? json_dumps(fact, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    return xasprintf("%d %s %s %s %s", result, r.fault.kind, r.fault.code, r.fault.message, text);
}

static char *read_error(const void *wire)
{
    struct reply_fault fault;
    char *body = bytes_of(told);
    reply_fault_init(&fault);
    begin();
    ((const struct provider *)wire)->error(body, strlen(body), &fault);
    failing_stop();
    return xasprintf("%s %s %s", fault.kind, fault.code, fault.message);
}

static void a_question_is_whole_or_none(void **state)
{
    (void)state;
    need_failing();
    for (size_t i = 0; i < ARRAY_LEN(FORMATS); i++)
        assert_true(expect_all_or_the_end(ask, provider_find(FORMATS[i]), FORMATS[i]) > 0);
}

static void an_answer_is_whole_or_none(void **state)
{
    (void)state;
    need_failing();
    assert_true(expect_all_or_the_end(understand, provider_find("openai"), "openai") > 0);
}

static void every_reply_of_every_format_too(void **state)
{
    (void)state;
    need_failing();
    json_t *wires = json_load_file(FIXTURES "/wires.json", 0, NULL), *list;
    const char *format;
    size_t i;
    assert_non_null(wires);
    json_object_foreach (json_object_get(wires, "replies"), format, list) {
        int ended = 0;
        json_array_foreach (list, i, told)
            ended += expect_all_or_the_end(read_reply, provider_find(format), format);
        assert_true(ended > 0);
    }
    json_array_foreach (json_object_get(wires, "errors"), i, told)
        expect_all_or_the_end(read_error, provider_find("openai"), "an error");
    json_decref(wires);
}

static void a_fault_is_whole_or_none(void **state)
{
    (void)state;
    need_failing();
    assert_true(expect_all_or_the_end(be_refused, provider_find("openai"), "openai") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_whole_or_none),
        cmocka_unit_test(an_answer_is_whole_or_none),
        cmocka_unit_test(a_fault_is_whole_or_none),
        cmocka_unit_test(every_reply_of_every_format_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
