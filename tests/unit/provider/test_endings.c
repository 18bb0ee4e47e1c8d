/* How an answer ends decides whether it is one: a block by a filter that counts as done is an empty
 * answer, an end that is not understood is a second payment. */
#include "adapter_help.h"
#include "heap_kept.h"

struct ending {
    const char *format;
    const char *events[6];
    const char *finish; /* NULL: it is the error that follows, "": it is not over */
    const char *error, *content;
};

#define GEMINI(parts, reason)                                                                      \
    "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":" parts                           \
    "},\"finishReason\":\"" reason "\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":9}}"
#define BLOCKED(reason)                                                                            \
    {                                                                                              \
        "gemini", {GEMINI("[]", reason)}, NULL, "permanent content_filtered", ""                   \
    }
#define USELESS(reason)                                                                            \
    {                                                                                              \
        "gemini", {GEMINI("[]", reason)}, NULL, "transient bad_response", ""                       \
    }

static const struct ending ENDINGS[] = {
    BLOCKED("SAFETY"),
    BLOCKED("RECITATION"),
    BLOCKED("BLOCKLIST"),
    BLOCKED("PROHIBITED_CONTENT"),
    BLOCKED("SPII"),
    BLOCKED("LANGUAGE"),
    BLOCKED("MODEL_ARMOR"),
    BLOCKED("IMAGE_SAFETY"),
    BLOCKED("IMAGE_PROHIBITED_CONTENT"),
    BLOCKED("IMAGE_RECITATION"),
    USELESS("MALFORMED_FUNCTION_CALL"),
    USELESS("MALFORMED_RESPONSE"),
    USELESS("UNEXPECTED_TOOL_CALL"),
    USELESS("TOO_MANY_TOOL_CALLS"),
    USELESS("MISSING_THOUGHT_SIGNATURE"),
    USELESS("OTHER"),
    USELESS("IMAGE_OTHER"),
    USELESS("NO_IMAGE"),
    USELESS("A_WORD_OF_NEXT_YEAR"),
    {"gemini", {GEMINI("[{\"text\":\"Yes.\"}]", "STOP")}, "stop", NULL, "Yes."},
    {"gemini", {GEMINI("[{\"text\":\"Ye\"}]", "MAX_TOKENS")}, "length", NULL, "Ye"},
    {"gemini", {GEMINI("[{\"text\":\"Yes.\"}]", "OTHER")}, "stop", NULL, "Yes."},
    {"gemini", {GEMINI("[]", "STOP")}, "stop", NULL, ""},
    /* A server that says nothing but [DONE] has said that it is done. */
    {"openai",
     {"{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Yes.\"}}]}", "[DONE]"},
     "stop",
     NULL,
     "Yes."},
    {"openai",
     {"{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,"
      "\"id\":\"c1\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]}}]}",
      "[DONE]"},
     "tool_calls",
     NULL,
     ""},
    {"openai",
     {"{\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\"}}]}", "[DONE]"},
     "",
     NULL,
     ""},
    {"openai", {"{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Ye\"}}]}"}, "", NULL, "Ye"},
    /* A second choice that nobody asked for. */
    {"openai",
     {"{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Y\"}}]}",
      "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"No\"}}]}",
      "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"!\"},\"finish_reason\":\"length\"},"
      "{\"index\":0,\"delta\":{\"content\":\"es.\"}}]}",
      "{\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}"},
     "stop",
     NULL,
     "Yes."},
    {"gemini",
     {"{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"No\"}]},\"index\":1},{\"content\":"
      "{\"parts\":[{\"text\":\"Yes.\"}]},\"finishReason\":\"STOP\"}]}",
      "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"!\"}]},\"finishReason\":\"SAFETY\","
      "\"index\":1}]}"},
     "stop",
     NULL,
     "Yes."},
    /* The same thoughts under both names. */
    {"openrouter",
     {"{\"choices\":[{\"index\":0,\"delta\":{\"reasoning\":\"hm\",\"reasoning_content\":\"hm\"}}]}",
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Yes.\"},\"finish_reason\":\"stop\"}]}"},
     "stop",
     NULL,
     "Yes."},
};

static bool check(const struct ending *e)
{
    struct seen seen = {0};
    struct reply r;
    char error[64];
    reply_init(&r, see, &seen);
    int got = feed(provider_find(e->format), &r, e->events);
    snprintf(error, sizeof(error), "%s %s", r.fault.kind, r.fault.code);
    const char *finish = r.finish_reason ? r.finish_reason : "";
    const char *content = r.content.len ? buf_str(&r.content) : "";
    bool fits =
        e->finish ? got == 0 && !strcmp(finish, e->finish) : got < 0 && !strcmp(error, e->error);
    fits &= !strcmp(content, e->content) && (!r.reasoning.len || !strcmp(seen.reasoning, "hm"));
    if (!fits)
        print_error("finish \"%s\", error \"%s\", content \"%s\", reasoning \"%s\" of %s\n", finish,
                    error, content, seen.reasoning, e->events[0]);
    reply_release(&r);
    return fits;
}

static void every_ending(void **state)
{
    (void)state;
    bool all = true;
    for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(*ENDINGS); i++)
        all &= check(&ENDINGS[i]);
    assert_true(all);
}

/* Its words tell which it was. */
static void a_useless_end_says_why(void **state)
{
    (void)state;
    static const char EVENT[] = GEMINI("[]", "OTHER");
    struct reply r;
    reply_init(&r, NULL, NULL);
    assert_int_equal(provider_gemini.event(&r, "", EVENT, strlen(EVENT)), -EPROTO);
    assert_non_null(strstr(r.fault.message, "OTHER"));
    reply_release(&r);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_ending);
    assert_keeps_nothing(a_useless_end_says_why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_ending),
        cmocka_unit_test(a_useless_end_says_why),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
