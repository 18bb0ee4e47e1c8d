#include "embeddings.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/xalloc.h"

void embeddings_build(const struct provider_config *config, const struct provider_ask *ask,
                      struct provider_request *ret)
{
    const char *version = json_string_value(json_object_get(config->doc, "api_version"));
    _cleanup_free_ char *azure =
        version ? xasprintf("/openai/deployments/%s/embeddings?api-version=%s", ask->model, version)
                : NULL;
    provider_set_url(ret, config, azure ? "" : "https://api.openai.com/v1",
                     azure ? azure : "/embeddings");
    provider_set_body(ret,
                      xcheck(json_pack("{s:s, s:O}", "model", ask->model, "input", ask->embed)));
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
    json_t *one, *list = xcheck(json_array());
    for (i = 0; i < n; i++)
        xcheck(json_array_append_new(list, json_null()) == 0 ? list : NULL);
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
    json_t *usage = json_object_get(doc, "usage");
    json_t *input = json_object_get(usage, "prompt_tokens");
    bool complete = true;
    json_array_foreach (vectors, i, vector)
        complete &= json_is_array(vector);
    json_decref(reply->structured);
    reply->structured = xcheck(json_pack("{s:o}", "vectors", vectors));
    if (!complete)
        return reply_fail(reply, "transient", "bad_response", "a vector is missing");
    if (json_is_integer(input))
        reply_set_usage(reply, json_integer_value(input), 0, -1, -1);
    reply_set_model(reply, json_string_value(json_object_get(doc, "model")));
    reply->finish_reason = "stop";
    reply->ended = true;
    return 0;
}
