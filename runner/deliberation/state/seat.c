#include "seat.h"

#include <math.h>
#include <stdlib.h>

#include "common/jx.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/words/need.h"
#include "usage.h"

void seat_init(struct seat *s, struct council *c, json_t *doc, bool is_chair,
               const struct answerer *answerer)
{
    *s = (struct seat){
        .council = c,
        .id = need_str(doc, "id"),
        .role = j_str(doc, "role", NULL),
        .doc = doc,
        .answerer = answerer,
        .is_chair = is_chair,
        .statuses = j_array(),
        .usage = USAGE_UNKNOWN,
        .confidence = NAN,
    };
}

void answer_release(struct answer *a)
{
    free(a->text);
    free(a->content);
    free(a->rebuttal);
    json_decref(a->parsed);
    *a = (struct answer){.confidence = NAN};
}

void seat_release(struct seat *s)
{
    answer_release(&s->answer);
    json_decref(s->statuses);
}

int seat_chain_length(const struct seat *s)
{
    return 1 + (int)json_array_size(j_get(s->doc, "fallback"));
}

struct entry seat_entry(const struct seat *s, int i)
{
    json_t *own = s->doc;
    json_t *o = i == 0 ? own : json_array_get(j_get(own, "fallback"), (size_t)i - 1);
    json_t *temperature = j_get(o, "temperature"), *max_tokens = j_get(o, "max_tokens");
    return (struct entry){
        .provider = j_str(o, "provider", ""),
        .model = j_str(o, "model", ""),
        .price = j_get(o, "price"),
        .temperature = temperature ? temperature : j_get(own, "temperature"),
        .max_tokens = max_tokens ? max_tokens : j_get(own, "max_tokens"),
    };
}

json_t *seat_confidence(const struct seat *s)
{
    return j_get(s->doc, "confidence");
}

bool seat_confidence_by(const struct seat *s, enum confidence_method_word method)
{
    return j_is(seat_confidence(s), CONFIDENCE_METHOD_NAMES[method]);
}
