#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "diagram.h"
#include "story.h"

static void add_node(json_t *graph, const char *id, const char *kind, const char *label)
{
    j_add(json_object_get(graph, "nodes"),
          j_pack("{s:s, s:s, s:s}", "id", id, "kind", kind, "label", label));
}

static void add_edge(json_t *graph, const char *from, const char *to, const char *kind,
                     const char *label)
{
    j_add(json_object_get(graph, "edges"),
          j_pack("{s:s, s:s, s:s, s:s}", "from", from, "to", to, "kind", kind, "label", label));
}

static bool has_node(const json_t *graph, const char *id)
{
    size_t i;
    json_t *node;
    json_array_foreach (json_object_get(graph, "nodes"), i, node)
        if (j_has(node, "id", id))
            return true;
    return false;
}

static void add_tools(json_t *graph, const char *prefix, const char *seat, const json_t *tools)
{
    size_t i;
    json_t *tool;
    json_array_foreach ((json_t *)tools, i, tool) {
        const char *name =
            json_is_string(tool) ? json_string_value(tool) : j_str(tool, "name", NULL);
        char *id = xasprintf("%stool:%s", prefix, name ? name : "?");
        if (!has_node(graph, id))
            add_node(graph, id, "tool", name ? name : "?");
        add_edge(graph, seat, id, "invokes", "");
        free(id);
    }
}

static void add_council(json_t *graph, const char *prefix, const json_t *document, const char *in,
                        const char *out);

static void add_seat(json_t *graph, const char *prefix, const char *round, const json_t *seat,
                     const char *kind)
{
    const json_t *inner = j_get(seat, "sub_council");
    const char *name = j_str(seat, "id", "chair");
    char *id = xasprintf("%s:%s", round, name);
    add_node(graph, id, json_is_object(inner) ? "sub_council" : kind, name);
    add_edge(graph, round, id, "contains", "");
    add_tools(graph, prefix, id, j_get(seat, "tools"));
    if (json_is_object(inner)) {
        char *deeper = xasprintf("%s/", id);
        add_council(graph, deeper, inner, id, id);
        free(deeper);
    }
    free(id);
}

static bool takes_part(const json_t *round, const json_t *member)
{
    const json_t *only = j_get(round, "members");
    size_t i;
    json_t *id;
    if (!json_is_array(only))
        return true;
    json_array_foreach (only, i, id)
        if (j_has(member, "id", json_string_value(id) ? json_string_value(id) : ""))
            return true;
    return false;
}

static void add_seats(json_t *graph, const char *prefix, const char *id, const json_t *document,
                      const json_t *round)
{
    size_t i;
    json_t *member;
    if (story_asks_chair(round)) {
        add_seat(graph, prefix, id, j_get(document, "chair"), "chair");
        return;
    }
    const json_t *router =
        j_get(round, "router") ? j_get(round, "router") : j_get(document, "router");
    if (json_is_object(router)) {
        char *name = xasprintf("%s:router", id);
        add_node(graph, name, "router", j_str(router, "kind", "router"));
        add_edge(graph, id, name, "routes_to", "");
        free(name);
    }
    json_array_foreach (j_get(document, "members"), i, member)
        if (takes_part(round, member))
            add_seat(graph, prefix, id, member, "member");
}

/* Rounds in a row from the node `in` to the node `out`. */
static void add_council(json_t *graph, const char *prefix, const json_t *document, const char *in,
                        const char *out)
{
    size_t i;
    json_t *round;
    char *last = xstrdup(in);
    json_array_foreach (j_get(document, "rounds"), i, round) {
        char *id = xasprintf("%sround:%zu", prefix, i);
        const char *name = j_str(round, "name", j_str(round, "type", NULL));
        add_node(graph, id, "round", name ? name : "round");
        add_edge(graph, last, id, "feeds", "");
        add_seats(graph, prefix, id, document, round);
        free(last);
        last = id;
    }
    add_edge(graph, last, out, "aggregates", "");
    free(last);
}

json_t *diagram_graph(const json_t *document)
{
    json_t *graph = xcheck(json_pack("{s:[], s:[]}", "nodes", "edges"));
    add_node(graph, "input", "input", "input");
    add_node(graph, "output", "output", "final answer");
    add_council(graph, "", document, "input", "output");
    return graph;
}
