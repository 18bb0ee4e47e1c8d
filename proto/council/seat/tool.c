#include "tool.h"

#include <string.h>

#include "proto/council/check/check_schema.h"
#include "proto/council/check/shape.h"
#include "proto/json/json_tree.h"

/* The arguments of every docs tool. */
static const char DOCS_PARAMETERS[] =
    "{\"type\":\"object\",\"properties\":{\"query\":{\"type\":\"string\",\"description\":"
    "\"what to look for\"},\"top_k\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":20,"
    "\"description\":\"how many documents to return, 4 if absent\"}},\"required\":[\"query\"],"
    "\"additionalProperties\":false}";

static json_t *docs_filled(struct work *w, const json_t *tool)
{
    json_t *filled = doc_fill(w->r, &TOOL, tool);
    r_put(w->r, filled, "parameters", r_new(w->r, json_load_constant(DOCS_PARAMETERS)));
    r_put(w->r, filled, "idempotent", json_true());
    return filled;
}

/* Of a server's tool the server tells the parameters, once it runs. */
static json_t *command_filled(struct work *w, const json_t *tool)
{
    json_t *copy = r_without_program(w->r, tool);
    if (r_word_of(w->r, tool, "kind", TOOL_KIND_NAMES) != TOOL_KIND_MCP &&
        !json_is_object(json_object_get(copy, "parameters")))
        r_put(w->r, copy, "parameters",
              r_new(w->r, json_pack("{s:s, s:{}}", "type", "object", "properties")));
    json_t *filled = doc_fill(w->r, &TOOL, copy);
    json_decref(copy);
    return filled;
}

bool documents_ids_check(struct work *w, const json_t *documents, const struct place *at)
{
    json_t *seen = r_new(w->r, json_object());
    bool unique = true;
    size_t i;
    json_t *one;
    json_array_foreach (documents, i, one) {
        const char *id = r_word(w->r, one, "id");
        struct place p = PLACE_AT_INDEX(at, i), q = PLACE_AT_KEY(&p, "id");
        if (!id)
            continue;
        if (json_object_get(seen, id)) {
            r_fault(w->r, &q, "duplicate_id", "Another document has the id \"%s\": rename one.",
                    id);
            unique = false;
        }
        r_put(w->r, seen, id, json_true());
    }
    json_decref(seen);
    return unique;
}

static bool parameters_good(struct work *w, const json_t *tool, const struct place *at)
{
    struct place p = PLACE_AT_KEY(at, "parameters");
    json_t *parameters = r_get(w->r, tool, "parameters");
    return !json_is_object(parameters) || schema_document_check(w->r, parameters, "bad_tool", &p);
}

static bool paths_absolute(struct work *w, const json_t *tool, const char *list,
                           const struct place *at)
{
    struct place p = PLACE_AT_KEY(at, list);
    bool good = true;
    json_t *path;
    size_t i;
    json_array_foreach (r_get(w->r, tool, list), i, path) {
        const char *text = json_string_value(path);
        struct place q = PLACE_AT_INDEX(&p, i);
        if (!text || text[0] == '/')
            continue;
        r_fault(w->r, &q, "bad_tool", "A path that a tool may use is absolute.");
        good = false;
    }
    return good;
}

/* A tool of the catalogue. `at` is where it is named. */
static json_t *named_tool(struct work *w, const char *name, const struct place *at)
{
    bool told;
    json_t *document = r_look_up(w->r, CATALOGUE_TOOLS, name, at, &told);
    if (!document) {
        if (!told)
            r_fault(
                w->r, at, "unknown_tool",
                "No tool \"%.80s\" is in the catalogue; an inline tool must have kind \"docs\".",
                name);
        return json_incref(w->r->bad);
    }
    struct place p = PLACE_AT_DOCUMENT(at, "tools", name);
    json_t *with_name = r_copy(w->r, document);
    r_put(w->r, with_name, "name", json_string(name));
    json_t *tool = doc_check(w->r, &TOOL_FILE, with_name, &p);
    json_decref(with_name);
    struct place docs = PLACE_AT_KEY(&p, "documents");
    int kind = r_word_of(w->r, tool, "kind", TOOL_KIND_NAMES);
    json_t *filled = NULL;
    if (kind >= 0 && parameters_good(w, tool, &p) && paths_absolute(w, tool, "read", &p) &&
        paths_absolute(w, tool, "write", &p) &&
        documents_ids_check(w, r_get(w->r, tool, "documents"), &docs))
        filled = kind == TOOL_KIND_DOCS ? docs_filled(w, tool) : command_filled(w, tool);
    json_decref(tool);
    return filled ? filled : json_incref(w->r->bad);
}

json_t *tool_resolve(struct work *w, json_t *tool, const struct place *at)
{
    if (json_is_string(tool))
        return named_tool(w, json_string_value(tool), at);
    const char *name = r_word(w->r, tool, "name");
    int kind = r_word_of(w->r, tool, "kind", TOOL_KIND_NAMES);
    if (!name || kind < 0)
        return json_incref(w->r->bad);
    if (kind != TOOL_KIND_DOCS) {
        /* A resolved document read again: the command is the catalogue's, never the document's. */
        if (catalogue_get(w->r->context->catalogue, CATALOGUE_TOOLS, name))
            return named_tool(w, name, at);
        struct place p = PLACE_AT_KEY(at, "kind");
        r_fault(w->r, &p, "bad_tool",
                "A document can bring only tools of kind \"docs\"; commands and servers are named "
                "from the operator's catalogue.");
        return json_incref(w->r->bad);
    }
    struct place docs = PLACE_AT_KEY(at, "documents");
    if (!documents_ids_check(w, r_get(w->r, tool, "documents"), &docs) ||
        !parameters_good(w, tool, at))
        return json_incref(w->r->bad);
    return docs_filled(w, tool);
}

json_t *tools_resolve(struct work *w, json_t *tools, const struct place *at)
{
    json_t *list = r_new(w->r, json_array());
    json_t *seen = r_new(w->r, json_object());
    size_t i;
    json_t *one;
    json_array_foreach (tools, i, one) {
        struct place p = PLACE_AT_INDEX(at, i);
        json_t *tool = r_is_bad(w->r, one) ? json_incref(one) : tool_resolve(w, one, &p);
        const char *name = r_word(w->r, tool, "name");
        if (name && json_object_get(seen, name))
            r_fault(w->r, &p, "duplicate_id", "The tool \"%s\" is listed twice: remove one.", name);
        if (name)
            r_put(w->r, seen, name, json_true());
        r_append(w->r, list, tool);
    }
    json_decref(seen);
    return list;
}
