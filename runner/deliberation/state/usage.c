#include "usage.h"

#include <math.h>

#include "common/jx.h"
#include "runner/deliberation/words/need.h"

struct usage usage_read(const json_t *usage)
{
    return (struct usage){
        .input = j_int(usage, "input_tokens", -1),
        .output = j_int(usage, "output_tokens", -1),
        .cached = j_int(usage, "cached_input_tokens", -1),
        .reasoning = j_int(usage, "reasoning_tokens", -1),
    };
}

static void add(int64_t *sum, int64_t more)
{
    if (more >= 0)
        *sum = (*sum < 0 ? 0 : *sum) + more;
}

void usage_add(struct usage *sum, struct usage more)
{
    add(&sum->input, more.input);
    add(&sum->output, more.output);
    add(&sum->cached, more.cached);
    add(&sum->reasoning, more.reasoning);
}

bool usage_known(struct usage u)
{
    return u.input >= 0 || u.output >= 0 || u.cached >= 0 || u.reasoning >= 0;
}

static json_t *count(int64_t n)
{
    return n < 0 ? json_null() : j_integer(n);
}

json_t *usage_json(struct usage u)
{
    if (!usage_known(u))
        return json_null();
    json_t *o = j_object();
    j_set(o, "input_tokens", count(u.input));
    j_set(o, "output_tokens", count(u.output));
    j_set(o, "cached_input_tokens", count(u.cached));
    j_set(o, "reasoning_tokens", count(u.reasoning));
    return o;
}

double usage_cost(struct usage u, const json_t *price)
{
    if (!j_is_number(price, "input") || !j_is_number(price, "output") || u.input < 0 ||
        u.output < 0)
        return (double)NAN;
    double input = (double)u.input, cached = 0;
    if (u.cached > 0 && u.cached <= u.input && j_is_number(price, "cached_input")) {
        cached = (double)u.cached;
        input -= cached;
    }
    return (input * need_num(price, "input") + cached * j_num(price, "cached_input", 0) +
            (double)u.output * need_num(price, "output")) /
           1e6;
}

void cost_add(struct cost *c, double cost)
{
    if (isnan(cost))
        c->unknown++;
    else
        c->sum += cost;
}

json_t *cost_json(struct cost c)
{
    return c.unknown ? json_null() : j_real(c.sum);
}
