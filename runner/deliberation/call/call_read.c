#include "call_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/read.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/extract.h"
#include "runner/deliberation/words/fence.h"
#include "runner/deliberation/words/strbuf.h"

/* A vector for each text. */
static void read_vectors(struct seat_call *c, json_t *fact)
{
    json_t *told = j_get(fact, "structured");
    form_read(&c->form, "vectors", NULL, false, &c->reading);
    c->reading.ok = json_array_size(j_get(told, "vectors")) == json_array_size(c->embed);
    if (!c->reading.ok)
        j_add(c->reading.errors, j_string("there is not one vector for each text"));
    json_decref(c->vectors);
    c->vectors = json_incref(told);
    c->reasks_left = 0;
}

void call_read(struct seat_call *c, json_t *fact)
{
    const char *finish = j_str(fact, "finish_reason", "stop");
    c->finish_reason = strcmp(finish, "length") == 0       ? "length"
                       : strcmp(finish, "refusal") == 0    ? "refusal"
                       : strcmp(finish, "tool_calls") == 0 ? "tool_calls"
                                                           : "stop";
    j_set(c->current, "model_served", j_string(j_str(fact, "model_served", NULL)));
    c->model_served = j_str(c->current, "model_served", NULL);
    c->logprob = j_num(fact, "logprob", (double)NAN);
    if (c->embed) {
        c->read = true;
        read_vectors(c, fact);
        return;
    }
    form_read(&c->form, j_str(fact, "content", ""), j_get(fact, "structured"),
              strcmp(c->finish_reason, "length") == 0, &c->reading);
    c->read = true;
    if (seat_confidence_by(c->seat, CONFIDENCE_METHOD_LOGPROB))
        c->reading.confidence = isnan(c->logprob) ? (double)NAN : exp(c->logprob);
    if (c->reading.ok && c->check)
        c->check(c);
}

void call_add_reask(struct seat_call *c, const json_t *fact)
{
    size_t i;
    json_t *line, *own = j_object(), *request = j_object();
    struct strbuf text = STRBUF_INIT;
    j_set(own, "role", j_string("assistant"));
    j_set(own, "content", j_string(j_str(fact, "content", "")));
    j_ref(own, "assistant", j_get(fact, "assistant"));
    j_set(own, "provider", j_string(seat_entry(c->seat, c->entry).provider));
    strbuf_str(&text, "Your last message cannot be used: ");
    json_array_foreach (c->reading.errors, i, line) {
        if (i < 5)
            strbuf_addf(&text, "%s%s", i ? "; " : "", json_string_value(line));
    }
    strbuf_str(&text, ". Send it again in the required form and nothing else.\n\n");
    form_text(&c->form, &text);
    char *content = strbuf_take(&text);
    j_set(request, "role", j_string("user"));
    j_set(request, "content", j_string(content));
    free(content);
    /* The attempt that was answered still refers to the old list. */
    json_t *messages = xcheck(json_copy(c->messages));
    j_add(messages, own);
    j_add(messages, request);
    json_decref(c->messages);
    c->messages = messages;
}

const char *call_invalid_reason(const struct seat_call *c)
{
    return extract_only_blank(c->reading.content) ? "empty_answer" : "invalid_form";
}

static void add_word(json_t *list, int flags, int flag, const char *word)
{
    if (flags & flag)
        j_add(list, j_string(word));
}

void call_warn_steering(struct seat_call *c, int flags, const char *message)
{
    if (!flags)
        return;
    json_t *context = j_object(), *found = j_array();
    add_word(found, flags, FENCE_FORGED, "forged_delimiter");
    add_word(found, flags, FENCE_ROLE_MARK, "role_marker");
    add_word(found, flags, FENCE_OVERRIDE, "override");
    add_word(found, flags, FENCE_CAMPAIGN, "campaign");
    j_set(context, "found", found);
    engine_warn(c->e, c->round, "injection_suspected", c->seat->id, message, context);
}

void call_inspect(struct seat_call *c)
{
    size_t i;
    json_t *flag;
    int flags = 0;
    json_array_foreach (c->reading.flags, i, flag) {
        j_add(c->flags, json_incref(flag));
    }
    free(fence_clean(c->reading.content, &flags));
    call_warn_steering(c, flags, "the answer holds text that tries to steer its readers");
    if (flags & FENCE_FORGED)
        j_add(c->flags, j_string("forged_delimiter"));
    if (j_array_has(c->flags, "ballot_repaired"))
        engine_warn(c->e, c->round, "ballot_repaired", c->seat->id,
                    "parts of the ballot that name nothing that was shown were dropped", NULL);
}
