#include "record_usage.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "proto/json/json_out.h"

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

int record_usage_members(struct buf *to, struct json_span usage)
{
    const struct record_usage used = record_usage_read(usage);
    const int r = used.tokens < 0 ? buf_add_str(to, ",\"tokens\":null")
                                  : buf_addf(to, ",\"tokens\":%" PRId64, used.tokens);
    return r ? r : json_out_member(to, "cost", used.cost);
}

double record_usage_cost(const struct record_usage *usage)
{
    /* Behind the number stands what ended it, so strtod stops there. */
    return usage->cost.at ? strtod(usage->cost.at, NULL) : (double)NAN;
}
