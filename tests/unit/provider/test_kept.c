/* A stream may be as long as it likes; what is kept of it may not. In every format that keeps its
 * own message for the next turn: too much of it is no fault until it has to be given back. */
#include "adapter_help.h"

static const struct {
    const char *wire, *event, *call[4]; /* event: $ is some 10000 letters */
} ROWS[] = {
    {"gemini",
     "{\"candidates\":[{\"content\":{\"parts\":[{\"thought\":true,\"text\":\"\",\"pad\":\"$\"}]}}]"
     "}",
     {"{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{}}}]},"
      "\"finishReason\":\"STOP\"}]}"}},
    {"anthropic",
     "{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"redacted_thinking\",\"data\":"
     "\"$\"}}",
     {"{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\","
      "\"name\":\"f\",\"input\":{}}}",
      "{\"type\":\"content_block_stop\"}",
      "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}",
      "{\"type\":\"message_stop\"}"}},
    {"openai",
     "{\"choices\":[{\"delta\":{\"reasoning_content\":\"$\"}}]}",
     {"{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":"
      "\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}"}},
    {"openrouter",
     "{\"choices\":[{\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,"
     "\"signature\":null,\"text\":\"$\"}]}}]}",
     {"{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":"
      "\"f\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}"}},
};

static char *padded(const char *event)
{
    enum { PAD = 10000 };
    size_t at = strcspn(event, "$");
    char *text = calloc(1, strlen(event) + PAD + 1);
    memcpy(text, event, at);
    memset(text + at, 'x', PAD);
    memcpy(text + at + PAD, event + at + 1, strlen(event + at + 1));
    return text;
}

static void own_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct provider *wire = provider_find(ROWS[i].wire);
        char *event = padded(ROWS[i].event);
        struct reply r;
        reply_init(&r, NULL, NULL);
        for (int n = 0; n < 1000; n++)
            assert_int_equal(wire->event(&r, "", event, strlen(event)), 0);
        assert_true(json_array_size(r.blocks) <= 1);
        assert_in_range(json_dumpb(r.blocks, NULL, 0, JSON_COMPACT), 0, REPLY_KEPT_MAX);
        for (size_t n = 0; n < 4 && ROWS[i].call[n]; n++)
            assert_int_equal(wire->event(&r, "", ROWS[i].call[n], strlen(ROWS[i].call[n])), 0);
        assert_string_equal(r.finish_reason, "tool_calls");
        assert_int_equal(reply_finish(&r), -EPROTO);
        assert_string_equal(r.fault.code, "response_too_large");
        reply_release(&r);
        free(event);
    }
}

static int send_often(struct reply *r, const char *format, const char *event, int times)
{
    const struct provider *wire = provider_find(format);
    char *text = padded(event);
    int result = 0;
    for (int n = 0; n < times && result == 0; n++)
        result = wire->event(r, "", text, strlen(text));
    assert_in_range(json_dumpb(r->blocks, NULL, 0, JSON_COMPACT), 0, REPLY_KEPT_MAX + 1024);
    free(text);
    return result;
}

static void items_of_responses(void **state)
{
    (void)state;
    struct reply r;
    reply_init(&r, NULL, NULL);
#define DONE(item) "{\"type\":\"response.output_item.done\",\"item\":{" item "}}"
    assert_int_equal(send_often(&r, "openai_responses",
                                DONE("\"type\":\"reasoning\",\"encrypted_content\":\"$\""), 1000),
                     0);
    assert_int_equal(send_often(&r, "openai_responses",
                                DONE("\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"$\""),
                                1),
                     -EPROTO);
    assert_string_equal(r.fault.code, "response_too_large");
    reply_release(&r);
}

/* The arguments of a call that stand in the whole response only: the first that is too much ends
 * the reading. */
static void arguments_of_responses(void **state)
{
    (void)state;
    static const char WHOLE[] =
        "{\"output\":[{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\","
        "\"arguments\":\"1234\"},{\"type\":\"function_call\",\"call_id\":\"d\",\"name\":\"g\","
        "\"arguments\":\"\"}]}";
    for (size_t most = 3; most <= 5; most++) {
        struct reply r;
        reply_init(&r, NULL, NULL);
        reply_bound(&r, most);
        assert_int_equal(provider_find("openai_responses")->whole(&r, WHOLE, strlen(WHOLE)),
                         most < 4 ? -EPROTO : 0);
        assert_string_equal(r.fault.code, most < 4 ? "response_too_large" : "");
        assert_int_equal(r.tool_count, most < 4 ? 1 : 2);
        reply_release(&r);
    }
}

/* So does a text, or a refusal, that is more than may be. */
static void texts_of_responses(void **state)
{
    (void)state;
    static const char *const KINDS[] = {"text", "refusal"};
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        for (size_t most = 3; most <= 5; most++) {
            struct reply r;
            char whole[200];
            snprintf(whole, sizeof whole,
                     "{\"output\":[{\"type\":\"message\",\"content\":[{\"%s\":\"1234\"}]}]}",
                     KINDS[i]);
            reply_init(&r, NULL, NULL);
            reply_bound(&r, most);
            assert_int_equal(provider_find("openai_responses")->whole(&r, whole, strlen(whole)),
                             most < 4 ? -EPROTO : 0);
            assert_string_equal(r.fault.code, most < 4 ? "response_too_large" : "");
            reply_release(&r);
        }
    }
}

/* The answer stands in an item alone, and behind more thoughts than are kept: lost, not empty. */
static void item_behind_much(void **state)
{
    (void)state;
    struct reply r;
    reply_init(&r, NULL, NULL);
    assert_int_equal(send_often(&r, "openai_responses",
                                DONE("\"type\":\"reasoning\",\"encrypted_content\":\"$\""), 1000),
                     0);
    assert_int_equal(send_often(&r, "openai_responses",
                                DONE("\"type\":\"message\",\"content\":[{\"text\":\"yes$\"}]"), 1),
                     0);
    assert_int_equal(send_often(&r, "openai_responses",
                                "{\"type\":\"response.completed\",\"response\":{\"id\":\"$\"}}", 1),
                     -EPROTO);
    assert_string_equal(r.fault.code, "response_too_large");
    reply_release(&r);
}

static void calls_of_ollama(void **state)
{
    (void)state;
    struct reply r;
    reply_init(&r, NULL, NULL);
    assert_int_equal(
        send_often(&r, "ollama",
                   "{\"message\":{\"tool_calls\":[{\"pad\":\"$\",\"function\":{\"name\":\"f\"}}]}}",
                   REPLY_TOOLS_MAX),
        0);
    assert_int_equal(send_often(&r, "ollama", "{\"done\":true,\"pad\":\"$\"}", 1), 0);
    assert_int_equal(reply_finish(&r), -EPROTO);
    assert_string_equal(r.fault.code, "response_too_large");
    reply_release(&r);
}

/* Counted as it is written in JSON: a line break is two bytes, a control character six. */
static void text_as_it_is_written(void **state)
{
    (void)state;
    static const struct {
        char letter;
        size_t written;
    } LETTERS[] = {{'x', 1},  {' ', 1},  {'!', 1}, {0x7f, 1}, {'\n', 2}, {'\t', 2}, {'\b', 2},
                   {'\f', 2}, {'\r', 2}, {'"', 2}, {'\\', 2}, {1, 6},    {0x1f, 6}, {0, 6}};
    static char piece[1024];
    static const size_t BOUNDS[] = {0, REPLY_KEPT_MAX / 2, 2 * REPLY_KEPT_MAX};
    static const size_t MOST[] = {REPLY_KEPT_MAX, REPLY_KEPT_MAX / 2, REPLY_KEPT_MAX};
    for (size_t i = 0; i < 3 * sizeof(LETTERS) / sizeof(LETTERS[0]); i++) {
        struct reply r;
        size_t n = 0;
        reply_init(&r, NULL, NULL);
        reply_bound(&r, BOUNDS[i % 3]);
        assert_int_equal(reply_add_content(&r, "x", 1), 0);
        memset(piece, LETTERS[i / 3].letter, sizeof(piece));
        while (reply_add_content(&r, piece, sizeof(piece)) == 0)
            n++;
        assert_int_equal(n, (MOST[i % 3] - 1) / (sizeof(piece) * LETTERS[i / 3].written));
        assert_string_equal(r.fault.code, "response_too_large");
        reply_release(&r);
    }
}

static void reasoning_has_no_limit(void **state)
{
    (void)state;
    static char piece[65536];
    struct reply r;
    memset(piece, 'x', sizeof(piece));
    reply_init(&r, NULL, NULL);
    for (int n = 0; n < 100; n++)
        assert_int_equal(reply_add_reasoning(&r, piece, sizeof(piece)), 0);
    assert_true(r.reasoning.len <= REPLY_KEPT_MAX);
    r.finish_reason = "stop";
    assert_int_equal(reply_add_content(&r, "yes", 3), 0);
    assert_int_equal(reply_finish(&r), 0);
    reply_release(&r);
}

/* What is held back until the end counts as well, and so do the arguments of calls. */
static void bounds_at_the_end(void **state)
{
    (void)state;
    for (size_t most = 3; most <= 5; most++) {
        struct reply r;
        reply_init(&r, NULL, NULL);
        reply_bound(&r, most);
        assert_int_equal(reply_add_content(&r, "<thi", 4), 0);
        r.finish_reason = "stop";
        assert_int_equal(reply_finish(&r), most < 4 ? -EPROTO : 0);
        assert_string_equal(r.fault.code, most < 4 ? "response_too_large" : "");
        reply_release(&r);
        reply_init(&r, NULL, NULL);
        reply_bound(&r, most);
        struct reply_tool *tool = reply_tool(&r, 0);
        assert_int_equal(reply_keep_args(&r, tool, "1234", 4), most < 4 ? -EPROTO : 0);
        assert_string_equal(r.fault.code, most < 4 ? "response_too_large" : "");
        reply_release(&r);
    }
}

/* Two calls, the arguments of the first of four bytes or more: where they are too much nothing is
 * read behind them. */
static const struct {
    const char *format, *whole;
} CALLS[] = {
    {"ollama", "{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":1234}},"
               "{\"function\":{\"name\":\"g\",\"arguments\":1}}]},\"done\":true}"},
    {"gemini", "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\","
               "\"args\":1234}},{\"functionCall\":{\"name\":\"g\",\"args\":1}}]},"
               "\"finishReason\":\"STOP\"}]}"},
    {"openai", "{\"choices\":[{\"message\":{\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":"
               "\"f\",\"arguments\":\"1234\"}},{\"id\":\"d\",\"function\":{\"name\":\"g\","
               "\"arguments\":\"1\"}}]},\"finish_reason\":\"tool_calls\"}]}"},
    {"anthropic",
     "{\"content\":[{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{\"a\":1}},"
     "{\"type\":\"tool_use\",\"id\":\"d\",\"name\":\"g\",\"input\":1}],"
     "\"stop_reason\":\"tool_use\"}"},
};

static void arguments_in_every_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CALLS / sizeof CALLS[0]; i++) {
        for (int fits = 0; fits < 2; fits++) {
            struct reply r;
            reply_init(&r, NULL, NULL);
            reply_bound(&r, fits ? 1000 : 3);
            assert_int_equal(
                provider_find(CALLS[i].format)->whole(&r, CALLS[i].whole, strlen(CALLS[i].whole)),
                fits ? 0 : -EPROTO);
            assert_string_equal(r.fault.code, fits ? "" : "response_too_large");
            if (r.tool_count != (fits ? 2 : 1))
                fail_msg("%s: %zu calls", CALLS[i].format, (size_t)r.tool_count);
            reply_release(&r);
        }
    }
}

/* Behind what is too much a call is still read, and a text is no part of what is kept. */
static void a_call_behind_much_is_read(void **state)
{
    (void)state;
    static const char *const MUCH[] = {
        "{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"redacted_thinking\","
        "\"data\":\"more than twenty bytes\"}}",
        NULL};
    static const char *const TEXT[] = {
        "{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
        "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"So.\"}}",
        "{\"type\":\"content_block_stop\"}", NULL};
    static const char *const CALL[] = {
        "{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\",\"id\":\"c\","
        "\"name\":\"f\",\"input\":{}}}",
        "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"input_json_delta\","
        "\"partial_json\":\"{\\\"q\\\":1}\"}}",
        "{\"type\":\"content_block_stop\"}", NULL};
    struct reply r;
    reply_init(&r, NULL, NULL);
    reply_bound(&r, 20);
    assert_int_equal(feed(provider_find("anthropic"), &r, MUCH), 0);
    assert_true(r.own_cut);
    assert_int_equal(feed(provider_find("anthropic"), &r, TEXT), 0);
    assert_int_equal(r.content.len, 3);
    assert_json(r.blocks, "[{\"type\":\"text\",\"text\":\"\"}]");
    assert_int_equal(feed(provider_find("anthropic"), &r, CALL), 0);
    assert_int_equal(r.tool_count, 1);
    assert_int_equal(r.tools[0].args.len, strlen("{\"q\":1}"));
    reply_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_messages),
        cmocka_unit_test(items_of_responses),
        cmocka_unit_test(item_behind_much),
        cmocka_unit_test(calls_of_ollama),
        cmocka_unit_test(text_as_it_is_written),
        cmocka_unit_test(reasoning_has_no_limit),
        cmocka_unit_test(bounds_at_the_end),
        cmocka_unit_test(arguments_of_responses),
        cmocka_unit_test(texts_of_responses),
        cmocka_unit_test(arguments_in_every_format),
        cmocka_unit_test(a_call_behind_much_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
