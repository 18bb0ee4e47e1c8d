/* independent_analysis: everybody answers the task, and sees nothing else. */
#include "common/xalloc.h"

#include "rounds.h"
#include "common/jx.h"

static const char instructions[] =
    "Answer the task completely, from your own role and knowledge. Nobody on the council sees this "
    "answer before all have answered. Say which parts you are unsure of.";

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
    c->form.tail_confidence = seat_self_reports(c->seat);
    c->form.tail_changed = changed;
}

static void prepare(struct round *r, struct seat_call *c)
{
    (void)r;
    struct prompt p;
    answer_form(c, false);
    form_build(&c->form);
    prompt_init(&p, c);
    prompt_instructions(&p, instructions);
    prompt_finish(&p);
}

const struct round_type round_independent_analysis = {
    .name = "independent_analysis",
    .answers = true,
    .prepare = prepare,
};
