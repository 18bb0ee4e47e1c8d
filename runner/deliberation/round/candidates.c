/* Whose answers a round is about, and how they are shown. */
#include "candidates.h"

#include <string.h>

#include "common/jx.h"

#include "round_labels.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"

json_t *candidate_ids(struct council *c)
{
    json_t *ids = j_array();
    for (int i = 0; i < c->n; i++)
        if (c->members[i].answer.text && !c->members[i].eliminated)
            j_add(ids, j_string(c->members[i].id));
    return ids;
}

json_t *judged_by(const struct round *r, const struct seat *reader)
{
    struct council *c = r->council;
    json_t *ids = j_array();
    for (int i = 0; i < c->n; i++) {
        struct seat *w = &c->members[i];
        if (w->answer.text && !w->eliminated && !round_excludes(r, reader, w))
            j_add(ids, j_string(w->id));
    }
    return ids;
}

void present_answers(struct prompt *p, json_t *ids, unsigned notes)
{
    size_t i;
    json_t *id;
    struct seat_call *c = p->call;
    c->presented_ids = presented_order(c, "order", ids);
    c->presented = j_array();
    json_array_foreach (c->presented_ids, i, id) {
        const char *name = json_string_value(id);
        j_add(c->presented, j_string(label_of(c->map, name)));
        prompt_answer(p, council_seat(c->council, name), notes);
    }
}
