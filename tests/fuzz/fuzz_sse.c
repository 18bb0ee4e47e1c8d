/* A stream of server-sent events means the same however its bytes are cut, and no adapter loses its
 * footing over what stands in the events. */
#include "common/buf.h"
#include "fuzz.h"
#include "replies.h"
#include "runner/net/sse.h"

enum { ALL_MAX = 64 << 20 };

static int note(void *context, const char *type, const char *data, size_t len)
{
    struct buf *to = context;
    HOLDS(data[len] == '\0');
    HOLDS(buf_addf(to, "%zu:%s:", len, type) == 0 && buf_add(to, data, len) == 0);
    return 0;
}

/* step 0: all at once. */
static void read_all(struct buf *to, const char *bytes, size_t size, size_t step)
{
    struct sse sse;
    sse_init(&sse);
    for (size_t at = 0; at < size;) {
        size_t n = step && step < size - at ? step : size - at;
        HOLDS(sse_feed(&sse, bytes + at, n, note, to) == 0);
        at += n;
    }
    HOLDS(sse_end(&sse, note, to) == 0);
    sse_release(&sse);
}

static void check_cuts(const char *bytes, size_t size)
{
    struct buf whole = BUF_INIT(ALL_MAX), cut = BUF_INIT(ALL_MAX);
    read_all(&whole, bytes, size, 0);
    for (size_t step = 1; step <= 3; step++) {
        buf_clear(&cut);
        read_all(&cut, bytes, size, step);
        HOLDS(cut.len == whole.len && (!cut.len || !memcmp(cut.at, whole.at, cut.len)));
    }
    buf_release(&cut);
    buf_release(&whole);
}

struct reading {
    const struct provider *wire;
    struct reply reply;
    int r;
};

static int read_event(void *context, const char *type, const char *data, size_t len)
{
    struct reading *reading = context;
    reading->r = reading->wire->event(&reading->reply, type, data, len);
    return reading->r;
}

static void check_adapter(const struct provider *wire, const char *bytes, size_t size)
{
    struct reading reading = {.wire = wire};
    struct sse sse;
    sse_init(&sse);
    reply_init(&reading.reply, NULL, NULL);
    if (sse_feed(&sse, bytes, size, read_event, &reading) == 0)
        sse_end(&sse, read_event, &reading);
    check_reply(&reading.reply, provider_type_name(wire), reading.r);
    reply_release(&reading.reply);
    sse_release(&sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    check_cuts(bytes, size);
    check_adapter(&provider_openai, bytes, size);
    check_adapter(&provider_openai_responses, bytes, size);
    check_adapter(&provider_anthropic, bytes, size);
    check_adapter(&provider_gemini, bytes, size);
    return 0;
}
