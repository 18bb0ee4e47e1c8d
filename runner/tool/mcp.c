#include "mcp.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#define PROTOCOL_VERSION "2025-06-18"

enum { METHOD_NOT_FOUND = -32601, OUT_MAX = 8 * 1024 * 1024 };

static void broken(struct mcp *m, const char *why)
{
    m->state = MCP_BROKEN;
    snprintf(m->why, sizeof(m->why), "%s", why);
}

/* ---- out */

static void put(struct mcp *m, json_t *message)
{
    char *line = j_dump(message);
    if (buf_addf(&m->out, "%s\n", line) < 0)
        broken(m, "the server does not read");
    free(line);
    json_decref(message);
}

static int64_t put_request(struct mcp *m, const char *method, json_t *params)
{
    int64_t id = ++m->last_id;
    put(m, j_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", (json_int_t)id, "method", method,
                  "params", params));
    return id;
}

void mcp_init(struct mcp *m, mcp_answer answer, void *context)
{
    *m = (struct mcp){.answer = answer, .context = context, .tools = j_array()};
    buf_init(&m->in, MCP_LINE_MAX);
    buf_init(&m->out, OUT_MAX);
    put_request(m, "initialize",
                json_pack("{s:s, s:{}, s:{s:s, s:s}}", "protocolVersion", PROTOCOL_VERSION,
                          "capabilities", "clientInfo", "name", "councild", "version",
                          COUNCILD_VERSION));
}

void mcp_release(struct mcp *m)
{
    buf_release(&m->in);
    buf_release(&m->out);
    json_decref(m->tools);
    m->tools = NULL;
}

int64_t mcp_call(struct mcp *m, const char *tool, json_t *args)
{
    return put_request(m, "tools/call", json_pack("{s:s, s:O}", "name", tool, "arguments", args));
}

void mcp_cancel(struct mcp *m, int64_t id, const char *reason)
{
    put(m,
        json_pack("{s:s, s:s, s:{s:I, s:s}}", "jsonrpc", "2.0", "method", "notifications/cancelled",
                  "params", "requestId", (json_int_t)id, "reason", reason));
}

json_t *mcp_tool(const struct mcp *m, const char *name)
{
    size_t i;
    json_t *tool;
    json_array_foreach (m->tools, i, tool) {
        const char *its = j_str(tool, "name", NULL);
        if (its && !strcmp(its, name))
            return tool;
    }
    return NULL;
}

/* ---- in */

static void ask_for_tools(struct mcp *m, json_t *cursor)
{
    m->state = MCP_LISTING;
    put_request(m, "tools/list", cursor ? json_pack("{s:O}", "cursor", cursor) : json_object());
}

static void initialized(struct mcp *m, json_t *result)
{
    if (!json_is_string(json_object_get(result, "protocolVersion"))) {
        broken(m, "the server does not say which protocol it speaks");
        return;
    }
    put(m, j_pack("{s:s, s:s}", "jsonrpc", "2.0", "method", "notifications/initialized"));
    ask_for_tools(m, NULL);
}

static void listed(struct mcp *m, json_t *result)
{
    json_t *tools = json_object_get(result, "tools"),
           *cursor = json_object_get(result, "nextCursor");
    if (!json_is_array(tools)) {
        broken(m, "the server's list of tools is none");
        return;
    }
    json_array_extend(m->tools, tools);
    if (json_array_size(m->tools) > MCP_TOOLS_MAX)
        broken(m, "the server has too many tools");
    else if (json_is_string(cursor) && ++m->pages >= MCP_PAGES_MAX)
        broken(m, "the server's list of tools has no end");
    else if (json_is_string(cursor))
        ask_for_tools(m, cursor);
    else
        m->state = MCP_READY;
}

/* Text blocks one after the other; what is no text is named, so that the model knows of it. */
static char *content_text(json_t *result)
{
    struct buf all = BUF_INIT(MCP_LINE_MAX);
    json_t *block, *structured = json_object_get(result, "structuredContent");
    size_t i;
    json_array_foreach (json_object_get(result, "content"), i, block) {
        const char *text = j_str(block, "text", NULL);
        const char *type = j_str(block, "type", NULL);
        if (!text)
            text = j_str(json_object_get(block, "resource"), "text", NULL);
        int r = all.len ? buf_add_char(&all, '\n') : 0;
        r = r < 0  ? r
            : text ? buf_add_str(&all, text)
                   : buf_addf(&all, "[%s]", type ? type : "something");
        if (r < 0)
            break;
    }
    if (!all.len && structured) {
        buf_release(&all);
        return j_dump(structured);
    }
    return xcheck(buf_take(&all));
}

static void answered(struct mcp *m, int64_t id, json_t *message)
{
    json_t *error = json_object_get(message, "error"), *result = json_object_get(message, "result");
    if (error) {
        const char *text = j_str(error, "message", NULL);
        m->answer(m->context, id, false, text ? text : "the server answered with an error");
        return;
    }
    char *text = content_text(result);
    m->answer(m->context, id, !json_is_true(json_object_get(result, "isError")), text);
    free(text);
}

static void reply(struct mcp *m, int64_t id, json_t *message)
{
    json_t *error = json_object_get(message, "error"), *result = json_object_get(message, "result");
    if (m->state == MCP_READY && id > 0) /* ours begin with 1 */
        answered(m, id, message);
    else if (m->state != MCP_READY && (error || id != m->last_id))
        broken(m, "the server refused the first requests");
    else if (m->state == MCP_INITIALIZING)
        initialized(m, result);
    else if (m->state == MCP_LISTING)
        listed(m, result);
}

static void request(struct mcp *m, json_t *id, const char *method)
{
    if (!strcmp(method, "ping"))
        put(m, j_pack("{s:s, s:O, s:{}}", "jsonrpc", "2.0", "id", id, "result"));
    else
        put(m, j_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id", id, "error", "code",
                      METHOD_NOT_FOUND, "message", "not offered"));
}

static void message(struct mcp *m, json_t *message)
{
    json_t *id = json_object_get(message, "id");
    const char *method = j_str(message, "method", NULL);
    if (method && id)
        request(m, id, method);
    else if (!method && json_is_integer(id))
        reply(m, json_integer_value(id), message);
}

void mcp_input(struct mcp *m, const char *bytes, size_t len)
{
    while (len > 0 && m->state != MCP_BROKEN) {
        const char *end = memchr(bytes, '\n', len);
        size_t part = end ? (size_t)(end - bytes) : len;
        if (buf_add(&m->in, bytes, part) < 0) {
            broken(m, "the server's line is too long");
            return;
        }
        bytes += part + (end != NULL);
        len -= part + (end != NULL);
        if (!end)
            return;
        /* Servers that print other things to stdout exist; what is no JSON object is passed over.
         */
        json_t *doc = m->in.len ? json_loadb(m->in.at, m->in.len, JSON_ALLOW_NUL, NULL) : NULL;
        buf_clear(&m->in);
        if (json_is_object(doc))
            message(m, doc);
        json_decref(doc);
    }
}
