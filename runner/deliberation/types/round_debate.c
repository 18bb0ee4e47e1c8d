/* debate: members answer again in view of each other's answers. */
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "answer_form.h"
#include "peers.h"
#include "rounds.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/round/converge.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/strbuf.h"

static const char in_two_parts[] =
    "Under Rebuttal, state the best argument above against your position and answer it. Under "
    "Answer, give your full answer to the task again, complete and without the debate in it: it is "
    "what others will read and judge.";
static const char in_own_form[] =
    "Weigh the best argument above against your position. Then give your full answer to the task "
    "again.";
static const char only_for_a_reason[] =
    " Change it only for a reason that you can state, never because many agree.";

/* What a side is a side of. */
static const char *const sides[] = {
    [STANCE_FOR] =
        ("Argue for it, whatever you think yourself: that what the task proposes is to be done, "
         "that what it asserts is so, that what it asks is answered with yes. If it is no matter "
         "of yes or no, argue for the answer with which most of the responses above could live."),
    [STANCE_AGAINST] =
        ("Argue against it, whatever you think yourself: that what the task proposes is not to be "
         "done, that what it asserts is not so, that what it asks is answered with no. If it is no "
         "matter of yes or no, argue against the answer with which most of the responses above "
         "could live."),
    [STANCE_NEUTRAL] = ("Take no side, whatever you think yourself: say what speaks for each side "
                        "of what the task puts up, and what would decide between them."),
};

static void add_stance(struct prompt *p)
{
    const char *stance = j_str(j_get(p->call->round->opts, "stances"), p->call->seat->id, NULL);
    int side = word_index(STANCE_NAMES, stance);
    if (side >= 0)
        strbuf_addf(&p->part, "\n\n%s", sides[side]);
    else if (stance && *stance)
        strbuf_addf(&p->part, "\n\nArgue this side, whatever you think yourself: %s%s", stance,
                    stance[strlen(stance) - 1] == '.' ? "" : ".");
}

/* What the others argued beside the answers that stand above. */
static void show_rebuttals(struct prompt *p)
{
    size_t i;
    json_t *id;
    const struct seat_call *c = p->call;
    json_array_foreach (c->presented_ids, i, id) {
        const struct seat *s = council_seat(c->council, json_string_value(id));
        if (s == c->seat || !s->answer.rebuttal)
            continue;
        char *text = prompt_names(p, s->answer.rebuttal, s->answer.map);
        prompt_block(p, "rebuttal", label_of(c->map, s->id), NULL, text);
        free(text);
    }
}

static void prepare(struct round *r, struct seat_call *c)
{
    struct prompt p;
    (void)r;
    answer_form(c, true);
    c->form.rebuttal = !c->form.schema;
    form_build(&c->form);
    prompt_init(&p, c);
    peers_show(&p, true);
    show_rebuttals(&p);
    char *text =
        xasprintf("%s%s", c->form.rebuttal ? in_two_parts : in_own_form, only_for_a_reason);
    prompt_instructions(&p, text);
    free(text);
    add_stance(&p);
    prompt_finish(&p);
}

const struct round_type round_debate = {
    .kind = &ROUND_KINDS[ROUND_TYPE_DEBATE],
    .needs_answers = true,
    .can_ask = peers_can_ask,
    .prepare = prepare,
    .converged = converged_unchanged,
};
