#include "embeddings.h"

#include "common/jx.h"

json_t *embeddings_body(const struct provider_ask *ask)
{
    return j_pack("{s:s, s:O}", "model", ask->model, "input", ask->embed);
}

bool embeddings_is(const json_t *reply)
{
    json_t *first = json_array_get(json_object_get(reply, "data"), 0);
    return json_is_array(json_object_get(first, "embedding"));
}

/* Each vector at the place that its index names. */
static json_t *in_order(const json_t *data)
{
    size_t i, n = json_array_size(data);
    json_t *one, *list = j_array();
    for (i = 0; i < n; i++)
        j_add(list, json_null());
    json_array_foreach ((json_t *)data, i, one) {
        json_t *index = json_object_get(one, "index"), *vector = json_object_get(one, "embedding");
        size_t at = json_is_integer(index) ? (size_t)json_integer_value(index) : i;
        if (at < n && json_is_array(vector))
            json_array_set(list, at, vector);
    }
    return list;
}

int embeddings_read(struct reply *reply, const json_t *doc)
{
    size_t i;
    json_t *vector, *vectors = in_order(json_object_get(doc, "data"));
    int64_t input = reply_tokens(json_object_get(doc, "usage"), "prompt_tokens", -1);
    bool complete = true;
    json_array_foreach (vectors, i, vector)
        complete &= json_is_array(vector);
    json_decref(reply->structured);
    reply->structured = j_pack("{s:o}", "vectors", vectors);
    if (!complete)
        return reply_fail(reply, "transient", "bad_response", "a vector is missing");
    if (input >= 0)
        reply_set_usage(reply, input, 0, -1, -1);
    reply_set_model(reply, j_str(doc, "model", NULL));
    reply->finish_reason = "stop";
    reply->ended = true;
    return 0;
}
