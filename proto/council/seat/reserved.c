#include "reserved.h"

#include <stddef.h>

#define CHAT_FIELDS                                                                                \
    "model", "messages", "stream", "stream_options", "max_tokens", "temperature", "top_p",         \
        "max_completion_tokens", "tools", "tool_choice", "response_format", "parallel_tool_calls", \
        "logprobs", "n"

static const char *const OPENAI[] = {CHAT_FIELDS, NULL};
static const char *const OPENROUTER[] = {CHAT_FIELDS, "usage", NULL};
static const char *const OPENAI_RESPONSES[] = {"model",
                                               "input",
                                               "instructions",
                                               "stream",
                                               "store",
                                               "include",
                                               "max_output_tokens",
                                               "temperature",
                                               "top_p",
                                               "text.format",
                                               "tools",
                                               "tool_choice",
                                               "parallel_tool_calls",
                                               NULL};
static const char *const ANTHROPIC[] = {"model",       "messages", "system",      "stream",
                                        "max_tokens",  "top_p",    "temperature", "tools",
                                        "tool_choice", NULL};
static const char *const GEMINI[] = {"contents",
                                     "systemInstruction",
                                     "system_instruction",
                                     "tools",
                                     "toolConfig",
                                     "tool_config",
                                     "generationConfig.temperature",
                                     "generationConfig.topP",
                                     "generationConfig.maxOutputTokens",
                                     "generationConfig.candidateCount",
                                     "generationConfig.responseMimeType",
                                     "generationConfig.responseSchema",
                                     "generationConfig.responseLogprobs",
                                     NULL};
static const char *const OLLAMA[] = {"model",
                                     "messages",
                                     "stream",
                                     "format",
                                     "tools",
                                     "options.temperature",
                                     "options.top_p",
                                     "options.num_predict",
                                     NULL};
static const char *const MOCK[] = {NULL};

const char *const *reserved_fields(enum format_id format)
{
#define ROW(ID, ...) [FORMAT_##ID] = ID,
    static const char *const *const ALL[FORMAT_COUNT] = {FORMAT_ROWS(ROW)};
#undef ROW
    return ALL[format];
}
