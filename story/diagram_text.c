#include <string.h>

#include "common/jx.h"
#include "diagram.h"
#include "safe_text.h"

/* What would end a label or begin markup in Mermaid. */
static void add_label(struct buf *to, const char *s)
{
    struct buf clean = BUF_INIT(1024 * 1024);
    text_escape(&clean, s, strlen(s), TEXT_LINE);
    for (size_t i = 0; i < clean.len; i++) {
        char c = clean.at[i];
        if (strchr("\"<>#;&`{}[]()|\\", c))
            text_addf(to, "#%d;", c);
        else
            text_addf(to, "%c", c);
    }
    buf_release(&clean);
}

/* Ids of Mermaid are plain: the place in the list of nodes. */
static size_t place_of(const json_t *graph, const char *id)
{
    size_t i;
    json_t *node;
    json_array_foreach (json_object_get(graph, "nodes"), i, node)
        if (j_has(node, "id", id ? id : ""))
            return i;
    return 0;
}

static const char *shape(const json_t *node, bool close)
{
    static const struct {
        const char *kind, *open, *close;
    } SHAPES[] = {{"input", "([\"", "\"])"},      {"output", "([\"", "\"])"},
                  {"round", "[[\"", "\"]]"},      {"chair", "{{\"", "\"}}"},
                  {"router", "{\"", "\"}"},       {"tool", "[(\"", "\")]"},
                  {"sub_council", "[/\"", "\"/]"}};
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
        if (j_has(node, "kind", SHAPES[i].kind))
            return close ? SHAPES[i].close : SHAPES[i].open;
    return close ? "\"]" : "[\"";
}

static const char *arrow(const json_t *edge)
{
    if (j_has(edge, "kind", "contains"))
        return "---";
    if (j_has(edge, "kind", "invokes") || j_has(edge, "kind", "routes_to"))
        return "-.->";
    return j_has(edge, "kind", "aggregates") ? "==>" : "-->";
}

void diagram_mermaid(struct buf *to, const json_t *graph)
{
    size_t i;
    json_t *node, *edge;
    text_add(to, "flowchart TD\n");
    json_array_foreach (json_object_get(graph, "nodes"), i, node) {
        text_addf(to, "  n%zu%s", i, shape(node, false));
        add_label(to, j_str(node, "label", NULL));
        text_addf(to, "%s\n", shape(node, true));
    }
    json_array_foreach (json_object_get(graph, "edges"), i, edge)
        text_addf(to, "  n%zu %s n%zu\n", place_of(graph, j_str(edge, "from", NULL)), arrow(edge),
                  place_of(graph, j_str(edge, "to", NULL)));
}

/* ---- ASCII: the rounds one below the other, the seats of each behind it ---- */

static void add_word(struct buf *to, const char *s)
{
    text_escape(to, s, strlen(s), TEXT_LINE);
}

static void add_children(struct buf *to, const json_t *graph, const char *id, const char *kind,
                         const char *title, const char *end)
{
    size_t i;
    json_t *edge;
    bool first = true;
    json_array_foreach (json_object_get(graph, "edges"), i, edge) {
        if (!j_has(edge, "from", id) || !j_has(edge, "kind", kind))
            continue;
        const json_t *node = json_array_get(json_object_get(graph, "nodes"),
                                            place_of(graph, j_str(edge, "to", NULL)));
        text_add(to, first ? title : ", ");
        first = false;
        add_word(to, j_str(node, "label", NULL));
        if (j_has(node, "kind", "sub_council"))
            text_add(to, " (council)");
    }
    if (!first)
        text_add(to, end);
}

static size_t depth_of(const char *id)
{
    size_t depth = 0;
    for (; *id; id++)
        depth += *id == '/';
    return depth;
}

void diagram_ascii(struct buf *to, const json_t *graph)
{
    size_t i;
    json_t *node;
    text_add(to, "input\n");
    json_array_foreach (json_object_get(graph, "nodes"), i, node) {
        if (!j_has(node, "kind", "round"))
            continue;
        int indent = (int)depth_of(j_str(node, "id", NULL)) * 4;
        text_addf(to, "%*s  |\n%*s  v\n%*s[ ", indent, "", indent, "", indent, "");
        add_word(to, j_str(node, "label", NULL));
        text_add(to, " ]");
        add_children(to, graph, j_str(node, "id", NULL), "routes_to", "  <router: ", ">");
        add_children(to, graph, j_str(node, "id", NULL), "contains", "  ", "");
        text_add(to, "\n");
    }
    text_add(to, "  |\n  v\nfinal answer\n");
}
