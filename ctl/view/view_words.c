#include "view_words.h"

#include "common/jx.h"
#include "story/safe_text.h"

void view_add_names(struct buf *to, const json_t *list, const char *key)
{
    size_t i;
    json_t *item;
    json_array_foreach (list, i, item) {
        text_add(to, i ? ", " : "");
        text_add_json(to, key ? json_object_get(item, key) : item);
    }
    if (json_array_size(list) == 0)
        text_add(to, "nobody");
}

void view_add_member(struct buf *to, const json_t *event)
{
    const json_t *path = j_get(event, "path");
    if (json_string_length(path) > 0) {
        text_add_json(to, path);
        text_add(to, " ");
    }
    const json_t *member = j_get(event, "member_id");
    const char *call_id = j_str(event, "call_id", NULL);
    if (member)
        text_add_json(to, member);
    else if (call_id)
        text_escape(to, call_id, strlen(call_id), TEXT_LINE);
}

void view_add_error(struct buf *to, const json_t *error)
{
    text_add_json(to, json_object_get(error, "code"));
    text_add(to, ": ");
    text_add_json(to, json_object_get(error, "message"));
}
