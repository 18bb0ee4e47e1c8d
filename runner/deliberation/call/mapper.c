#include "mapper.h"

#include <stdlib.h>

#include "common/jx.h"

#include "blocks.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/pointer.h"

static json_t *by_object(json_t *input, json_t *keys)
{
    const char *key;
    json_t *pointer, *o = j_object();
    json_object_foreach (keys, key, pointer)
        j_ref(o, key, json_pointed(input, json_string_value(pointer)));
    return o;
}

json_t *mapped_input(const struct seat_call *call)
{
    json_t *mapper = j_get(call->seat->doc, "input_mapper"), *input = call->council->input;
    const char *pointer = j_str(mapper, "pointer", NULL), *text = j_str(mapper, "template", NULL);
    if (pointer)
        return j_null_or(json_pointed(input, pointer));
    if (j_get(mapper, "object"))
        return by_object(input, j_get(mapper, "object"));
    if (!text)
        return json_incref(input);
    char *expanded = expand_placeholders(text, call);
    json_t *mapped = j_string(expanded);
    free(expanded);
    return mapped;
}
