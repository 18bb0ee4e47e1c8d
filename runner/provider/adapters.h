/* The wire formats there are; provider_find looks them up. */
#ifndef RUNNER_PROVIDER_ADAPTERS_H
#define RUNNER_PROVIDER_ADAPTERS_H

#include "provider.h"

extern const struct provider provider_mock;
extern const struct provider provider_openai;
extern const struct provider provider_openai_responses;
extern const struct provider provider_openrouter;
extern const struct provider provider_anthropic;
extern const struct provider provider_gemini;
extern const struct provider provider_ollama;

#endif
