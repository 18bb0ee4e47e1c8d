/* A message of a provider's own comes back to it, unless it holds calls that nobody answered: those
 * are looked for where formats have them, and not deeper, in the words of any format. */
#include "adapter_help.h"

/* Whether the next request has the message as the provider wrote it. */
static bool comes_back(const char *part)
{
    struct question q;
    question_init(&q,
                  "[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":"
                  "\"So.\",\"provider\":\"p\"},{\"role\":\"user\",\"content\":\"And?\"}]",
                  "{}");
    json_t *own = json_of(part);
    json_object_set_new(own, "role", json_string("assistant"));
    json_object_set_new(own, "content", json_string("So."));
    json_object_set_new(own, "mark", json_true());
    json_object_set_new(json_array_get(q.ask.messages, 1), "assistant",
                        json_pack("{s:s, s:o}", "wire", "openai", "message", own));
    question_build(&q, provider_find("openai"));
    json_t *sent = json_array_get(json_object_get(q.body, "messages"), 1);
    assert_string_equal(json_string_value(json_object_get(sent, "content")), "So.");
    bool whole = json_is_true(json_object_get(sent, "mark"));
    question_release(&q);
    return whole;
}

static const struct {
    const char *part;
    bool back;
} ROWS[] = {
    {"{}", true},
    {"{\"a\":1,\"b\":[2,{\"type\":\"text\"}],\"tool_calls\":[]}", true},
    {"{\"type\":\"tool_use\"}", false},
    {"{\"type\":\"function_call\"}", false},
    {"{\"functionCall\":{}}", false},
    {"{\"tool_calls\":[{\"id\":\"c\"}]}", false},
    {"{\"x\":1,\"a\":{\"type\":\"tool_use\"},\"z\":1}", false},
    {"{\"a\":[1,{\"type\":\"tool_use\"},1]}", false},
    /* as deep as is looked, and deeper */
    {"{\"a\":{\"a\":{\"a\":{\"type\":\"tool_use\"}}}}", false},
    {"{\"a\":{\"a\":{\"a\":{\"a\":{\"type\":\"tool_use\"}}}}}", true},
    {"{\"a\":[[{\"type\":\"tool_use\"}]]}", false},
    {"{\"a\":[[[{\"type\":\"tool_use\"}]]]}", true},
};

static void calls_without_a_result_stay_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++)
        if (comes_back(ROWS[i].part) != ROWS[i].back)
            fail_msg("%s", ROWS[i].part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_without_a_result_stay_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
