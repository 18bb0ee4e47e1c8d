/* What services call their counts of tokens, each with a body of its own shape: what is not read is
 * not charged. */
#include "adapter_help.h"
#include "heap_kept.h"

static const struct {
    const char *format, *body, *usage;
} ROWS[] = {
    /* xAI: thoughts are in the total only. */
    {"openai",
     "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"4\"},"
     "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":32,\"completion_tokens\":2,"
     "\"total_tokens\":374,\"completion_tokens_details\":{\"reasoning_tokens\":340}}}",
     "{\"input_tokens\":32,\"output_tokens\":342,\"cached_input_tokens\":null,"
     "\"reasoning_tokens\":340}"},
    /* Moonshot: cached tokens stand outside. */
    {"openai",
     "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"4\"},"
     "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":32,\"completion_tokens\":2,"
     "\"total_tokens\":34,\"cached_tokens\":16}}",
     "{\"input_tokens\":32,\"output_tokens\":2,\"cached_input_tokens\":16,"
     "\"reasoning_tokens\":null}"},
    {"anthropic",
     "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"4\"}]"
     ","
     "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":9,\"output_tokens\":80,"
     "\"output_tokens_details\":{\"thinking_tokens\":70}}}",
     "{\"input_tokens\":9,\"output_tokens\":80,\"cached_input_tokens\":null,"
     "\"reasoning_tokens\":70}"},
    /* Numbers that nobody can have used: none is above 10^9, and what is below 0 was not told. */
    {"anthropic",
     "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"4\"}]"
     ","
     "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":9223372036854775807,"
     "\"cache_creation_input_tokens\":9223372036854775807,\"cache_read_input_tokens\":"
     "9223372036854775807,\"output_tokens\":-9223372036854775807}}",
     "{\"input_tokens\":1000000000,\"output_tokens\":null,\"cached_input_tokens\":1000000000,"
     "\"reasoning_tokens\":null}"},
    {"openai",
     "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"4\"},"
     "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1e30,\"completion_tokens\":-5,"
     "\"total_tokens\":-9223372036854775807}}",
     "{\"input_tokens\":1000000000,\"output_tokens\":null,\"cached_input_tokens\":null,"
     "\"reasoning_tokens\":null}"},
    {"gemini",
     "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"4\"}]},\"finishReason\":\"STOP\"}],"
     "\"usageMetadata\":{\"promptTokenCount\":9223372036854775807,\"candidatesTokenCount\":"
     "9223372036854775807,\"thoughtsTokenCount\":9223372036854775807}}",
     "{\"input_tokens\":1000000000,\"output_tokens\":1000000000,\"cached_input_tokens\":null,"
     "\"reasoning_tokens\":1000000000}"},
    {"ollama",
     "{\"message\":{\"role\":\"assistant\",\"content\":\"4\"},\"done\":true,\"done_reason\":"
     "\"stop\","
     "\"prompt_eval_count\":99999999999,\"eval_count\":1}",
     "{\"input_tokens\":1000000000,\"output_tokens\":1,\"cached_input_tokens\":null,"
     "\"reasoning_tokens\":null}"},
    /* Thoughts of Gemini are paid for beside the text; none is not the same as not told. */
    {"gemini",
     "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"4\"}]},\"finishReason\":\"STOP\"}],"
     "\"usageMetadata\":{\"candidatesTokenCount\":0}}",
     "{\"input_tokens\":null,\"output_tokens\":0,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "null}"},
    {"gemini",
     "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"4\"}]},\"finishReason\":\"STOP\"}],"
     "\"usageMetadata\":{\"candidatesTokenCount\":0,\"thoughtsTokenCount\":0}}",
     "{\"input_tokens\":null,\"output_tokens\":0,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "0}"},
    {"gemini",
     "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"4\"}]},\"finishReason\":\"STOP\"}],"
     "\"usageMetadata\":{\"candidatesTokenCount\":2,\"thoughtsTokenCount\":1}}",
     "{\"input_tokens\":null,\"output_tokens\":3,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "1}"},
    {"gemini",
     "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"4\"}]},\"finishReason\":\"STOP\"}],"
     "\"usageMetadata\":{\"candidatesTokenCount\":1,\"promptTokenCount\":0,"
     "\"cachedContentTokenCount\":0}}",
     "{\"input_tokens\":0,\"output_tokens\":1,\"cached_input_tokens\":0,\"reasoning_tokens\":"
     "null}"},
    {"gemini",
     "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"4\"}]},\"finishReason\":\"STOP\"}],"
     "\"usageMetadata\":{\"thoughtsTokenCount\":5}}",
     "{\"input_tokens\":null,\"output_tokens\":5,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "5}"},
    {"gemini",
     "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"4\"}]},\"finishReason\":\"STOP\"}],"
     "\"usageMetadata\":{\"other\":1}}",
     "{\"input_tokens\":null,\"output_tokens\":null,\"cached_input_tokens\":null,\"reasoning_"
     "tokens\":null}"},
    /* A total that says less than its parts, or as much, says nothing. */
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_tokens\":0,\"completion_"
     "tokens\":0}}",
     "{\"input_tokens\":0,\"output_tokens\":0,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "null}"},
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_tokens\":3,\"completion_"
     "tokens\":4,\"total_tokens\":7}}",
     "{\"input_tokens\":3,\"output_tokens\":4,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "null}"},
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_tokens\":3,\"completion_"
     "tokens\":4,\"total_tokens\":8}}",
     "{\"input_tokens\":3,\"output_tokens\":5,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "null}"},
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_tokens\":0,\"completion_"
     "tokens\":4,\"total_tokens\":8}}",
     "{\"input_tokens\":0,\"output_tokens\":8,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "null}"},
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_tokens\":3,\"completion_"
     "tokens\":4,\"total_tokens\":2}}",
     "{\"input_tokens\":3,\"output_tokens\":4,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "null}"},
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_tokens\":3,\"total_"
     "tokens\":9}}",
     "{\"input_tokens\":3,\"output_tokens\":null,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "null}"},
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"completion_tokens\":4,\"total_"
     "tokens\":9}}",
     "{\"input_tokens\":null,\"output_tokens\":4,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "null}"},
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_cache_hit_tokens\":2,"
     "\"cached_tokens\":3}}",
     "{\"input_tokens\":null,\"output_tokens\":null,\"cached_input_tokens\":2,\"reasoning_tokens\":"
     "null}"},
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"cached_tokens\":3,\"prompt_"
     "tokens_details\":{\"cached_tokens\":0}}}",
     "{\"input_tokens\":null,\"output_tokens\":null,\"cached_input_tokens\":0,\"reasoning_tokens\":"
     "null}"},
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_tokens\":\"9\","
     "\"completion_tokens\":1.9}}",
     "{\"input_tokens\":null,\"output_tokens\":1,\"cached_input_tokens\":null,\"reasoning_tokens\":"
     "null}"},
    {"openai",
     "{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_tokens\":999999999,"
     "\"completion_tokens\":1000000000}}",
     "{\"input_tokens\":999999999,\"output_tokens\":1000000000,\"cached_input_tokens\":null,"
     "\"reasoning_tokens\":null}"},
};

static void counts_by_their_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct reply reply;
        reply_init(&reply, NULL, NULL);
        const struct provider *wire = provider_find(ROWS[i].format);
        assert_int_equal(wire->whole(&reply, ROWS[i].body, strlen(ROWS[i].body)), 0);
        assert_json(reply.usage, ROWS[i].usage);
        reply_release(&reply);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(counts_by_their_names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_by_their_names),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
