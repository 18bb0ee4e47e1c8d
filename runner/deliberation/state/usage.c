#include "usage.h"

#include <math.h>

#include "common/jx.h"
#include "runner/deliberation/words/need.h"

int64_t sum_saturated(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int64_t tokens_estimated(size_t bytes)
{
    return (int64_t)((bytes + 2) / 3);
}

static int64_t told(const json_t *usage, const char *key)
{
    int64_t n = j_int(usage, key, -1);
    return n < 0 ? -1 : n < TOKENS_MAX ? n : TOKENS_MAX;
}

struct usage usage_read(const json_t *usage)
{
    return (struct usage){
        .input = told(usage, "input_tokens"),
        .output = told(usage, "output_tokens"),
        .cached = told(usage, "cached_input_tokens"),
        .reasoning = told(usage, "reasoning_tokens"),
    };
}

static void add(int64_t *sum, int64_t more)
{
    if (more >= 0)
        *sum = sum_saturated(*sum < 0 ? 0 : *sum, more);
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
