#include "tool_offer.h"

#include <string.h>

#include "common/jx.h"

#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/need.h"

static json_t *tool_docs(const struct seat_call *c)
{
    return CALL_KINDS[c->kind].flags & CALL_HAS_TOOLS ? j_get(c->seat->doc, "tools") : NULL;
}

json_t *tool_offer(const struct seat_call *c)
{
    json_t *tool, *list = j_array();
    size_t i;
    json_array_foreach (tool_docs(c), i, tool) {
        json_t *o = j_object();
        j_ref(o, "name", j_get(tool, "name"));
        j_set(o, "description", j_string(need_str(tool, "description")));
        j_ref(o, "parameters", j_get(tool, "parameters"));
        j_add(list, o);
    }
    return list;
}

const char *tool_offer_first_choice(const struct seat_call *c)
{
    if (json_array_size(tool_docs(c)) == 0)
        return "none";
    return need_str(c->seat->doc, "tool_choice");
}

static bool used_up(const struct seat_call *c)
{
    return c->tool_turns >= need_int(c->seat->doc, "max_tool_turns");
}

const char *tool_offer_choice(const struct seat_call *c)
{
    const char *first = tool_offer_first_choice(c);
    if (used_up(c) || strcmp(first, "none") == 0)
        return "none";
    return c->exchanges == 0 ? first : "auto";
}

bool tool_offer_taken(const struct seat_call *c, const json_t *fact)
{
    return json_array_size(tool_docs(c)) > 0 && json_array_size(j_get(fact, "tool_calls")) > 0 &&
           strcmp(j_str(fact, "finish_reason", "stop"), "length") != 0;
}

json_t *tool_offer_doc(const struct seat_call *c, const char *name)
{
    size_t i;
    json_t *tool;
    json_array_foreach (tool_docs(c), i, tool) {
        if (strcmp(need_str(tool, "name"), name) == 0)
            return tool;
    }
    return NULL;
}
