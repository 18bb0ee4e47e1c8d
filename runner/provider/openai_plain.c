#include "openai_plain.h"

#include "common/xalloc.h"
#include "proto/json/json_scan.h"

enum { MODEL_MAX = 256 };

static bool is_null(struct json_span value)
{
    return !value.at || json_span_type(value) == JSON_NULL;
}

static bool is_string(struct json_span value)
{
    return value.at && json_span_type(value) == JSON_STRING;
}

static bool is_zero(struct json_span value)
{
    int64_t n;
    return is_null(value) || (json_span_int(value, &n) == 0 && n == 0);
}

/* The text of a delta that has no other member but a role; at == NULL: it is more than that. */
static struct json_span plain_content(struct json_span delta)
{
    struct json_span content = {NULL, 0}, none = {NULL, 0};
    struct json_member m;
    if (!delta.at || json_span_type(delta) != JSON_OBJECT)
        return none;
    for (struct json_walk walk = json_walk(delta); json_walk_member(&walk, &m);) {
        if (json_name_is(m.name, "content") && is_string(m.value))
            content = m.value;
        else if (!json_name_is(m.name, "role") && !is_null(m.value))
            return none;
    }
    return content;
}

static struct json_span plain_choice(struct json_span choices)
{
    struct json_span first, second, delta = {NULL, 0}, none = {NULL, 0};
    struct json_member m;
    struct json_walk walk = json_walk(choices);
    if (!choices.at || json_span_type(choices) != JSON_ARRAY || !json_walk_element(&walk, &first) ||
        json_span_type(first) != JSON_OBJECT || json_walk_element(&walk, &second))
        return none;
    for (walk = json_walk(first); json_walk_member(&walk, &m);) {
        if (json_name_is(m.name, "delta"))
            delta = m.value;
        else if (json_name_is(m.name, "index") ? !is_zero(m.value) : !is_null(m.value))
            return none;
    }
    return plain_content(delta);
}

static int take_plain(struct reply *reply, struct json_span content, struct json_span model)
{
    char few[512], *text = content.len <= sizeof few ? few : xmalloc(content.len);
    if (!reply->model_served && is_string(model)) {
        char name[MODEL_MAX];
        json_decode_cut(json_span_text(model), name, sizeof name);
        reply_set_model(reply, name);
    }
    int r = reply_add_content(reply, text, json_decode(json_span_text(content), text));
    if (text != few)
        free(text);
    return r;
}

int openai_plain(struct reply *reply, const char *data, size_t len)
{
    static const struct json_scan_spec SPEC = {.max_depth = JSON_DEPTH_MAX};
    struct json_scan scan;
    if (json_scan(data, len, &SPEC, &scan, NULL) < 0)
        return 0;
    struct json_span content = {NULL, 0};
    if (is_null(json_list_find(&scan.outer, "error")) &&
        is_null(json_list_find(&scan.outer, "usage")) &&
        json_list_find(&scan.outer, "model").len <= MODEL_MAX)
        content = plain_choice(json_list_find(&scan.outer, "choices"));
    int r = 0;
    if (content.at) {
        r = take_plain(reply, content, json_list_find(&scan.outer, "model"));
        r = r < 0 ? r : 1;
    }
    json_scan_release(&scan);
    return r;
}
