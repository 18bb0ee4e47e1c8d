#include "provider_type.h"

#include <string.h>

#define CHAT_FIELDS                                                                                \
    "model", "messages", "stream", "stream_options", "max_tokens", "temperature", "top_p",         \
        "max_completion_tokens", "tools", "tool_choice", "response_format", "parallel_tool_calls", \
        "logprobs", "n"

static const char *const CHAT[] = {CHAT_FIELDS, NULL};
static const char *const OPENROUTER[] = {CHAT_FIELDS, "usage", NULL};
static const char *const RESPONSES[] = {"model",
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
static const char *const MESSAGES[] = {"model",       "messages", "system",      "stream",
                                       "max_tokens",  "top_p",    "temperature", "tools",
                                       "tool_choice", NULL};
static const char *const GENERATE[] = {"contents",
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

static const struct provider_type TYPES[] = {
    {"mock", true, true, MOCK},
    {"openai", true, true, CHAT},
    {"openai_responses", true, true, RESPONSES},
    {"anthropic", true, true, MESSAGES},
    {"gemini", true, false, GENERATE},
    {"openrouter", true, true, OPENROUTER},
    {"ollama", true, false, OLLAMA},
};

const struct provider_type *provider_type_find(const char *name)
{
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
        if (strcmp(TYPES[i].name, name) == 0)
            return &TYPES[i];
    return NULL;
}
