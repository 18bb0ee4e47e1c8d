#include "told_tools.h"

#include "common/jx.h"
#include "proto/council/tables/words.h"

/* Called with each tool of a server in the tree. */
typedef void (*tool_seen)(void *context, json_t *tool, const char *name);

struct walk {
    json_t *documents;
    tool_seen seen;
    void *context;
};

bool tool_is_at_server(const json_t *document)
{
    return word_index(TOOL_KIND_NAMES, j_str(document, "kind", NULL)) == TOOL_KIND_MCP;
}

static bool is_described(json_t *tool)
{
    return json_string_length(json_object_get(tool, "description")) > 0;
}

static bool has_parameters(json_t *tool)
{
    return json_is_object(json_object_get(tool, "parameters"));
}

static void walk(const struct walk *w, json_t *tree)
{
    const char *key = j_str(tree, "name", NULL);
    json_t *value;
    size_t i;
    if (key && tool_is_at_server(tree) && json_object_get(w->documents, key)) {
        w->seen(w->context, tree, key);
        return;
    }
    json_object_foreach (tree, key, value)
        walk(w, value);
    json_array_foreach (tree, i, value)
        walk(w, value);
}

static void note_wanted(void *context, json_t *tool, const char *name)
{
    if ((!is_described(tool) || !has_parameters(tool)) && !j_array_has(context, name))
        j_add(context, j_string(name));
}

json_t *told_tools_wanted(json_t *documents, json_t *tree)
{
    json_t *names = j_array();
    walk(&(struct walk){documents, note_wanted, names}, tree);
    return names;
}

static void fill_one(void *context, json_t *tool, const char *name)
{
    json_t *told = json_object_get(context, name);
    json_t *description = json_object_get(told, "description");
    json_t *parameters = json_object_get(told, "inputSchema");
    if (!is_described(tool) && json_is_string(description))
        j_keep(tool, "description", description);
    if (has_parameters(tool))
        return;
    if (json_is_object(parameters))
        j_keep(tool, "parameters", parameters);
    else
        j_set(tool, "parameters", j_pack("{s:s, s:{}}", "type", "object", "properties"));
}

void told_tools_fill(json_t *documents, json_t *tree, json_t *told)
{
    walk(&(struct walk){documents, fill_one, told}, tree);
}
