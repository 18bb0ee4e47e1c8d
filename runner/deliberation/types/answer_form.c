#include "answer_form.h"

#include "common/jx.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/form/form.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"

void answer_form(struct seat_call *c, bool changed)
{
    json_t *schema = j_get(c->seat->doc, "output_schema_inline");
    if (schema) {
        form_init(&c->form, FORM_SCHEMA);
        c->form.name = j_str(c->seat->doc, "output_schema", "answer");
        c->form.schema = json_incref(schema);
        return;
    }
    form_init(&c->form, FORM_TEXT);
    c->form.tail_confidence = seat_confidence_by(c->seat, CONFIDENCE_METHOD_SELF_REPORT);
    c->form.tail_changed = changed;
}
