#include "openai_message.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

/* What is kept stands in reply->blocks: {texts, rest, calls: {index: {name: value}}}. What comes in
 * pieces is {texts: {name: [piece, ...]}, rest: {name: value}} until it is put together: the
 * message itself, and each object of a list in it. */
static json_t *shelf(struct reply *reply, const char *name)
{
    if (!reply->blocks)
        reply->blocks = j_pack("{s:{}, s:{}, s:{}}", "texts", "rest", "calls");
    return json_object_get(reply->blocks, name);
}

/* ---- keeping ---- */

static void keep_piece(struct reply *reply, json_t *texts, const char *name, json_t *piece)
{
    bool first = !json_object_get(texts, name);
    size_t len = json_string_length(piece);
    if (first)
        j_set(texts, name, j_array());
    if ((first || len) && reply_keeps(reply, len + (first ? strlen(name) : 0)))
        j_add(json_object_get(texts, name), json_incref(piece));
}

static size_t length(json_t *value)
{
    return json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* The last value holds; only what is longer than the one before needs room. */
static void keep_last(struct reply *reply, json_t *in, const char *name, json_t *value)
{
    json_t *old = json_object_get(in, name);
    size_t had = old ? length(old) : 0, has = length(value) + (old ? 0 : strlen(name));
    if (reply_keeps(reply, has > had ? has - had : 0))
        j_ref(in, name, value);
}

static bool goes_on(json_t *last, json_t *item)
{
    json_t *rest = json_object_get(last, "rest"), *index = json_object_get(rest, "index");
    return index && json_equal(index, json_object_get(item, "index")) &&
           json_equal(json_object_get(rest, "type"), json_object_get(item, "type"));
}

/* A piece of the last item, or a new one: texts are joined, of the rest the last holds. */
static void keep_item(struct reply *reply, json_t *items, json_t *item)
{
    static const char *const TEXTS[] = {"text", "summary", "data", NULL};
    json_t *to = json_array_get(items, json_array_size(items) - 1), *value;
    const char *name;
    bool more = goes_on(to, item);
    if (!more) {
        if (!reply_keeps(reply, strlen("{}")))
            return;
        to = j_pack("{s:{}, s:{}}", "texts", "rest");
        j_add(items, to);
    }
    json_object_foreach (item, name, value) {
        if (json_is_string(value) && word_index(TEXTS, name) >= 0)
            keep_piece(reply, json_object_get(to, "texts"), name, value);
        else if (!json_is_null(value) || !more)
            keep_last(reply, json_object_get(to, "rest"), name, value);
    }
}

static void keep_items(struct reply *reply, const char *name, json_t *items)
{
    json_t *rest = shelf(reply, "rest"), *item;
    size_t i;
    if (!json_is_array(json_object_get(rest, name)) && reply_keeps(reply, strlen(name)))
        j_set(rest, name, j_array());
    json_array_foreach (items, i, item) {
        if (json_is_object(item))
            keep_item(reply, json_object_get(rest, name), item);
        else if (reply_keeps(reply, length(item)))
            j_add(json_object_get(rest, name), json_incref(item));
    }
}

static void keep_of_call(struct reply *reply, int64_t index, const char *name, json_t *value)
{
    json_t *calls = shelf(reply, "calls");
    char place[24];
    snprintf(place, sizeof(place), "%lld", (long long)index);
    if (!json_object_get(calls, place))
        j_set(calls, place, j_object());
    keep_last(reply, json_object_get(calls, place), name, value);
}

static void keep_calls(struct reply *reply, json_t *calls)
{
    static const char *const USUAL[] = {"index", "id", "type", "function", NULL};
    const char *name;
    json_t *call, *value;
    size_t i;
    json_array_foreach (calls, i, call)
        json_object_foreach (call, name, value)
            if (word_index(USUAL, name) < 0 && !json_is_null(value))
                keep_of_call(reply, j_int(call, "index", (int64_t)i), name, value);
}

static void keep_members(struct reply *reply, json_t *delta)
{
    static const char *const USUAL[] = {"role", "content", "refusal", "tool_calls", NULL};
    const char *name;
    json_t *value;
    json_object_foreach (delta, name, value) {
        if (word_index(USUAL, name) >= 0 || json_is_null(value))
            continue;
        if (json_is_string(value))
            keep_piece(reply, shelf(reply, "texts"), name, value);
        else if (json_is_array(value))
            keep_items(reply, name, value);
        else
            keep_last(reply, shelf(reply, "rest"), name, value);
    }
}

void openai_message_keep(struct reply *reply, json_t *delta)
{
    if (reply->own_cut)
        return;
    keep_members(reply, delta);
    keep_calls(reply, json_object_get(delta, "tool_calls"));
    if (reply->own_cut)
        json_object_clear(reply->blocks);
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

static void add_texts(json_t *to, json_t *texts)
{
    const char *name;
    json_t *pieces;
    json_object_foreach (texts, name, pieces)
        j_set(to, name, joined(pieces));
}

static json_t *whole_items(json_t *items)
{
    json_t *list = j_array(), *item;
    size_t i;
    json_array_foreach (items, i, item) {
        json_t *rest = json_object_get(item, "rest");
        json_t *whole = rest ? xcheck(json_copy(rest)) : json_incref(item);
        add_texts(whole, json_object_get(item, "texts"));
        j_add(list, whole);
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
    add_texts(message, shelf(reply, "texts"));
    json_object_foreach (shelf(reply, "rest"), name, value)
        j_set(message, name, json_is_array(value) ? whole_items(value) : json_incref(value));
    json_decref(reply->assistant);
    reply->assistant = message;
}
