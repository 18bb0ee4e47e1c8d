#include "record_usage.h"

static bool is_number(struct json_span value)
{
    const json_type type = value.at ? json_span_type(value) : JSON_NULL;
    return type == JSON_INTEGER || type == JSON_REAL;
}

struct record_usage record_usage_read(struct json_span usage)
{
    struct record_usage ret = {.tokens = -1};
    int64_t in = 0, out = 0;
    if (!usage.at || json_span_type(usage) != JSON_OBJECT)
        return ret;
    json_span_int(json_span_get(usage, "input_tokens"), &in);
    json_span_int(json_span_get(usage, "output_tokens"), &out);
    ret.tokens = in < 0 || out < 0 || in > INT64_MAX - out ? INT64_MAX : in + out;
    const struct json_span cost = json_span_get(usage, "cost");
    if (is_number(cost))
        ret.cost = cost;
    return ret;
}
