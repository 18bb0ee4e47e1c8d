#include "openai_message.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

/* What is kept stands in reply->blocks: {texts: {name: [piece, ...]}, rest: {name: value},
 * calls: {index: {name: value}}}. */
static json_t *shelf(struct reply *reply, const char *name)
{
    if (!reply->blocks)
        reply->blocks = j_pack("{s:{}, s:{}, s:{}}", "texts", "rest", "calls");
    return json_object_get(reply->blocks, name);
}

static bool in_list(const char *const *list, const char *name)
{
    while (*list && strcmp(*list, name) != 0)
        list++;
    return *list != NULL;
}

static json_t *list_at(json_t *object, const char *name)
{
    if (!json_is_array(json_object_get(object, name)))
        j_set(object, name, j_array());
    return json_object_get(object, name);
}

static void keep_calls(struct reply *reply, json_t *calls)
{
    static const char *const USUAL[] = {"index", "id", "type", "function", NULL};
    const char *name;
    json_t *call, *value;
    size_t i;
    json_array_foreach (calls, i, call) {
        char place[24];
        snprintf(place, sizeof(place), "%lld", (long long)j_int(call, "index", (int64_t)i));
        json_object_foreach (call, name, value) {
            json_t *all = shelf(reply, "calls");
            if (in_list(USUAL, name) || json_is_null(value))
                continue;
            if (!json_object_get(all, place))
                j_set(all, place, j_object());
            j_ref(json_object_get(all, place), name, value);
        }
    }
}

void openai_message_keep(struct reply *reply, json_t *delta)
{
    static const char *const USUAL[] = {"role", "content", "refusal", "tool_calls", NULL};
    const char *name;
    json_t *value;
    json_object_foreach (delta, name, value) {
        if (in_list(USUAL, name) || json_is_null(value))
            continue;
        if (json_is_string(value))
            json_array_append(list_at(shelf(reply, "texts"), name), value);
        else if (json_is_array(value))
            json_array_extend(list_at(shelf(reply, "rest"), name), value);
        else
            j_ref(shelf(reply, "rest"), name, value);
    }
    keep_calls(reply, json_object_get(delta, "tool_calls"));
}

/* ---- putting together ---- */

static json_t *joined(json_t *pieces)
{
    struct buf all = BUF_INIT(SIZE_MAX / 4);
    json_t *piece;
    size_t i;
    json_array_foreach (pieces, i, piece)
        if (buf_add(&all, json_string_value(piece), json_string_length(piece)) < 0)
            xcheck(NULL);
    json_t *text = j_text(all.at, all.len);
    buf_release(&all);
    return text;
}

static bool same_item(json_t *a, json_t *b)
{
    json_t *index = json_object_get(a, "index");
    return index && json_equal(index, json_object_get(b, "index")) &&
           json_equal(json_object_get(a, "type"), json_object_get(b, "type"));
}

/* From `from` on to the next item: pieces of one; texts are joined, of the rest the last holds. */
static json_t *one_item(json_t *items, size_t from, size_t end)
{
    static const char *const TEXTS[] = {"text", "summary", "data", NULL};
    json_t *item = json_copy(json_array_get(items, from)), *value;
    const char *name;
    for (size_t i = from + 1; i < end; i++)
        json_object_foreach (json_array_get(items, i), name, value)
            if (!json_is_null(value))
                j_ref(item, name, value);
    for (size_t t = 0; TEXTS[t]; t++) {
        json_t *pieces = j_array();
        for (size_t i = from; i < end; i++)
            if (json_is_string(json_object_get(json_array_get(items, i), TEXTS[t])))
                json_array_append(pieces, json_object_get(json_array_get(items, i), TEXTS[t]));
        if (json_array_size(pieces))
            j_set(item, TEXTS[t], joined(pieces));
        json_decref(pieces);
    }
    return item;
}

static json_t *whole_items(json_t *items)
{
    json_t *list = j_array();
    for (size_t i = 0, end; i < json_array_size(items); i = end) {
        for (end = i + 1; end < json_array_size(items); end++)
            if (!same_item(json_array_get(items, i), json_array_get(items, end)))
                break;
        json_t *item = json_array_get(items, i);
        j_add(list, json_is_object(item) ? one_item(items, i, end) : json_incref(item));
    }
    return list;
}

static json_t *made_calls(struct reply *reply)
{
    json_t *calls = j_array();
    for (size_t i = 0; i < reply->tool_count; i++) {
        const struct reply_tool *t = &reply->tools[i];
        char place[24];
        snprintf(place, sizeof(place), "%zu", i);
        json_t *call =
            j_pack("{s:s, s:s, s:{s:s, s:o}}", "id", t->id, "type", "function", "function", "name",
                   t->name ? t->name : "", "arguments", j_text(t->args.at, t->args.len));
        json_object_update_missing(call, json_object_get(shelf(reply, "calls"), place));
        j_add(calls, call);
    }
    return calls;
}

void openai_message_make(struct reply *reply)
{
    json_t *message = j_pack("{s:s, s:o}", "role", "assistant", "content",
                             j_text(reply->content.at, reply->content.len));
    json_t *calls = made_calls(reply), *value;
    const char *name;
    if (json_array_size(calls))
        j_keep(message, "tool_calls", calls);
    json_decref(calls);
    json_object_foreach (shelf(reply, "texts"), name, value)
        j_set(message, name, joined(value));
    json_object_foreach (shelf(reply, "rest"), name, value)
        j_set(message, name, json_is_array(value) ? whole_items(value) : json_incref(value));
    json_decref(reply->assistant);
    reply->assistant = message;
}
