/* An MCP server that says whatever it likes: the session goes on or is broken with a reason, the
 * same however the bytes are cut, and every answer to a call is a text. */
#include "common/utf8.h"
#include "fuzz.h"
#include "runner/tool/mcp.h"

#include <string.h>

static void hear(void *context, int64_t id, bool ok, const char *text)
{
    size_t *answers = context;
    (void)ok;
    HOLDS(id > 0);
    HOLDS(utf8_valid(text, strlen(text)));
    ++*answers;
}

/* Every line that goes to the server is one JSON object. */
static void check_out(const struct mcp *m)
{
    const char *at = m->out.at, *end = at + m->out.len;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        HOLDS(stop);
        json_t *doc = json_loadb(at, (size_t)(stop - at), 0, NULL);
        HOLDS(json_is_object(doc));
        json_decref(doc);
        at = stop + 1;
    }
}

static size_t talk(const char *bytes, size_t size, size_t step, enum mcp_state *ret)
{
    struct mcp m;
    size_t answers = 0;
    json_t *args = json_object();
    mcp_init(&m, hear, &answers);
    for (size_t at = 0; at < size;) {
        size_t n = step && step < size - at ? step : size - at;
        mcp_input(&m, bytes + at, n);
        at += n;
    }
    HOLDS(m.state != MCP_BROKEN || m.why[0]);
    HOLDS(json_is_array(m.tools));
    if (m.state == MCP_READY)
        HOLDS(mcp_call(&m, "x", args) > 0);
    check_out(&m);
    *ret = m.state;
    mcp_release(&m);
    json_decref(args);
    return answers;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum mcp_state whole, cut;
    size_t answers = talk((const char *)data, size, 0, &whole);
    HOLDS(talk((const char *)data, size, 1, &cut) == answers);
    HOLDS(whole == cut);
    return 0;
}
