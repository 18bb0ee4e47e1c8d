/* A reply that was paid for is read although a number in it is too large or half a letter is
 * missing; what is no JSON at all stays none. For every wire format, streamed and whole. */
#include <float.h>

#include "adapter_help.h"
#include "common/jx.h"
#include "heap_kept.h"
#include "runner/provider/foreign_json.h"

/* What servers were seen to send in the members that nobody reads, and in the answer itself. */
static const struct oddity {
    const char *extra;  /* members of the document */
    const char *letter; /* what stands in the answer, as it is written */
    const char *read;   /* and as it is read */
} ODDITIES[] = {
    {"\"created\":18446744073709551615", "x", "x"},
    {"\"created\":-99999999999999999999999999", "x", "x"},
    {"\"created\":1e999", "x", "x"},
    {"\"score\":NaN,\"top\":Infinity,\"least\":-Infinity", "x", "x"},
    {"\"k\":0", "\\ud83d", "\xef\xbf\xbd"},
    {"\"k\":0", "\\ude00!", "\xef\xbf\xbd!"},
    {"\"k\":0", "\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
    {"\"k\":0", "\xed\xa0\xbd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\"k\":0", "a\nb\\n\tc", "a\nb\n\tc"},
    {"\"a\\u0000b\":1", "x", "x"},
};

static const struct format {
    const char *wire;
    bool whole;
    const char *text; /* the document; $E the extra members, $L the letters */
} FORMATS[] = {
    {"openai", true, "{$E,\"choices\":[{\"message\":{\"content\":\"$L\"}}]}"},
    {"openai", false, "{$E,\"choices\":[{\"delta\":{\"content\":\"$L\"}}]}"},
    {"openrouter", false, "{$E,\"choices\":[{\"delta\":{\"content\":\"$L\"}}]}"},
    {"openai_responses", true,
     "{$E,\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"$L\"}"
     "]}]}"},
    {"openai_responses", false, "{$E,\"type\":\"response.output_text.delta\",\"delta\":\"$L\"}"},
    {"anthropic", true, "{$E,\"content\":[{\"type\":\"text\",\"text\":\"$L\"}]}"},
    {"gemini", true, "{$E,\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"$L\"}]}}]}"},
    {"gemini", false, "{$E,\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"$L\"}]}}]}"},
    {"ollama", true, "{$E,\"message\":{\"content\":\"$L\"},\"done\":true}"},
    {"ollama", false, "{$E,\"message\":{\"content\":\"$L\"},\"done\":true}"},
};

static void fill(char *to, size_t size, const char *text, const struct oddity *odd)
{
    size_t n = 0;
    for (; *text; text++) {
        const char *by = *text != '$' ? NULL : text[1] == 'E' ? odd->extra : odd->letter;
        n += (size_t)snprintf(to + n, size - n, "%.*s", by ? (int)strlen(by) : 1, by ? by : text);
        text += by != NULL;
    }
}

static void every_format(void **state)
{
    (void)state;
    for (size_t f = 0; f < sizeof(FORMATS) / sizeof(FORMATS[0]); f++) {
        for (size_t i = 0; i < sizeof(ODDITIES) / sizeof(ODDITIES[0]); i++) {
            const struct provider *wire = provider_find(FORMATS[f].wire);
            char text[1000];
            struct reply r;
            reply_init(&r, NULL, NULL);
            fill(text, sizeof(text), FORMATS[f].text, &ODDITIES[i]);
            int result = FORMATS[f].whole ? wire->whole(&r, text, strlen(text))
                                          : wire->event(&r, "", text, strlen(text));
            if (result != 0 || strcmp(buf_str(&r.content), ODDITIES[i].read) != 0)
                fail_msg("%s does not read %s", FORMATS[f].wire, text);
            reply_release(&r);
        }
    }
}

static void anthropic_blocks(void **state)
{
    (void)state;
    struct reply r;
    reply_init(&r, NULL, NULL);
    assert_int_equal(
        feed(provider_find("anthropic"), &r,
             (const char *const[]){
                 "{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\","
                 "\"id\":\"t\",\"name\":\"look\",\"input\":{}},\"n\":99999999999999999999}",
                 "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"input_json_delta\","
                 "\"partial_json\":\"{\\\"n\\\": 99999999999999999999, \\\"s\\\": "
                 "\\\"\\\\ud83d\\\"}\"}}",
                 "{\"type\":\"content_block_stop\"}", NULL}),
        0);
    assert_int_equal(r.tool_count, 1);
    json_t *args = json_of(buf_str(&r.tools[0].args));
    assert_true(json_is_real(json_object_get(args, "n")));
    assert_true(j_has(args, "s", "\xef\xbf\xbd"));
    json_decref(args);
    reply_release(&r);
}

static void errors_too(void **state)
{
    (void)state;
    static const char BODY[] =
        "{\"error\":{\"message\":\"no \\ud83d\",\"code\":\"insufficient_quota\","
        "\"n\":99999999999999999999}}";
    struct reply_fault fault;
    reply_fault_init(&fault);
    provider_find("openai")->error(BODY, sizeof(BODY) - 1, &fault);
    assert_string_equal(fault.code, "quota_exhausted");
    assert_string_equal(fault.message, "no \xef\xbf\xbd");
}

static void what_is_no_json(void **state)
{
    (void)state;
    static const char *const NONE[] = {"",         "{",          "nan",         "NaNa",
                                       "{\"a\":1", "{\"a\":\"b", "{\"a\":\"\\", "{\"a\":\"\\ud83d",
                                       "-",        "1 2",        "<html>",      "{\"a\":\"\\x\"}"};
    for (size_t i = 0; i < sizeof(NONE) / sizeof(NONE[0]); i++) {
        struct reply r;
        reply_init(&r, NULL, NULL);
        assert_int_equal(provider_find("openai")->whole(&r, NONE[i], strlen(NONE[i])), -EPROTO);
        assert_string_equal(r.fault.code, "bad_response");
        reply_release(&r);
    }
}

/* What a double cannot hold is the largest there is, on its side of zero. */
static void numbers_without_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double number;
    } ROWS[] = {
        {"{\"n\":1e999}", DBL_MAX},
        {"{\"n\":-1e999}", -DBL_MAX},
        {"{\"n\":1.8e308}", DBL_MAX},
        {"{\"n\":-1.8e308}", -DBL_MAX},
        {"{\"n\":1.7e308}", 1.7e308},
        {"{\"n\":-1.7e308}", -1.7e308},
        {"{\"n\":99999999999999999999}", 1e20},
        {"{\"n\":-99999999999999999999}", -1e20},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        json_t *doc = foreign_json(ROWS[i].text, strlen(ROWS[i].text));
        json_t *number = json_object_get(doc, "n");
        assert_true(json_is_real(number));
        assert_true(json_real_value(number) == ROWS[i].number);
        json_decref(doc);
    }
}

/* Mended is what stands there, and nothing behind it. */
static void a_text_alone(void **state)
{
    (void)state;
    static const char TEXT[] = "\"a\x01\"x";
    json_t *value = foreign_json(TEXT, sizeof(TEXT) - 2);
    assert_string_equal(json_string_value(value), "a\x01");
    json_decref(value);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_format);
    assert_keeps_nothing(anthropic_blocks);
    assert_keeps_nothing(errors_too);
    assert_keeps_nothing(what_is_no_json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format),        cmocka_unit_test(anthropic_blocks),
        cmocka_unit_test(errors_too),          cmocka_unit_test(what_is_no_json),
        cmocka_unit_test(numbers_without_end), cmocka_unit_test(a_text_alone),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
