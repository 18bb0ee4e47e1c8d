/* A stream of JSON lines means the same however its bytes are cut, and its reader keeps its
 * footing. */
#include "common/buf.h"
#include "fuzz.h"
#include "replies.h"
#include "runner/net/ndjson.h"

enum { ALL_MAX = 64 << 20 };

static int note(void *context, const char *line, size_t len)
{
    struct buf *to = context;
    HOLDS(len > 0 && !memchr(line, '\n', len));
    HOLDS(buf_addf(to, "%zu:", len) == 0 && buf_add(to, line, len) == 0);
    return 0;
}

static void read_all(struct buf *to, const char *bytes, size_t size, size_t step)
{
    struct ndjson lines;
    ndjson_init(&lines);
    for (size_t at = 0; at < size;) {
        size_t n = step && step < size - at ? step : size - at;
        HOLDS(ndjson_feed(&lines, bytes + at, n, note, to) == 0);
        at += n;
    }
    HOLDS(ndjson_end(&lines, note, to) == 0);
    ndjson_release(&lines);
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
    struct reply reply;
    int r;
};

static int read_line(void *context, const char *line, size_t len)
{
    struct reading *reading = context;
    reading->r = provider_ollama.event(&reading->reply, "", line, len);
    return reading->r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading reading = {.r = 0};
    struct ndjson lines;
    check_cuts((const char *)data, size);
    ndjson_init(&lines);
    reply_init(&reading.reply, NULL, NULL);
    if (ndjson_feed(&lines, (const char *)data, size, read_line, &reading) == 0)
        ndjson_end(&lines, read_line, &reading);
    check_reply(&reading.reply, "ollama", reading.r);
    reply_release(&reading.reply);
    ndjson_release(&lines);
    return 0;
}
