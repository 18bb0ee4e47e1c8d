/* Bodies of replies that are errors, or that are none although their status says so, and the
 * headers that tell how long to wait: whatever a provider or a proxy on the way writes, it is
 * classified. */
#include "fuzz.h"
#include "replies.h"
#include "runner/net/rate_limit.h"
#include "runner/net/retry_after.h"

static const int64_t NOW_MS = 1714557600000, YEAR_MS = (int64_t)366 * 86400 * 1000;

static void check_headers(const char *bytes, size_t size)
{
    char text[128];
    size_t n = size < sizeof(text) - 1 ? size : sizeof(text) - 1;
    memcpy(text, bytes, n);
    text[n] = '\0';
    int64_t after = retry_after_ms(text, NOW_MS), reset = rate_limit_reset_ms(text, NOW_MS);
    HOLDS(after >= -1 && after <= YEAR_MS);
    HOLDS(reset >= -1 && reset <= YEAR_MS);
}

static void check_adapter(const struct provider *wire, const char *bytes, size_t size)
{
    struct reply_fault fault;
    struct reply reply;
    reply_fault_init(&fault);
    wire->error(bytes, size, &fault);
    check_fault(&fault);
    reply_init(&reply, NULL, NULL);
    int r = wire->whole(&reply, bytes, size);
    HOLDS(r < 0 || reply.finish_reason);
    check_reply(&reply, provider_type_name(wire), r);
    reply_release(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct provider *const WIRES[] = {&provider_openai, &provider_openai_responses,
                                                   &provider_anthropic, &provider_gemini,
                                                   &provider_ollama};
    check_headers((const char *)data, size);
    for (size_t i = 0; i < sizeof(WIRES) / sizeof(WIRES[0]); i++)
        check_adapter(WIRES[i], (const char *)data, size);
    return 0;
}
