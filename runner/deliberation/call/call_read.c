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
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/extract.h"
#include "runner/deliberation/words/fence.h"
#include "runner/deliberation/words/gate.h"
#include "runner/deliberation/words/steering.h"
#include "runner/deliberation/words/strbuf.h"

enum { REASK_FAULTS = 5, REASK_BYTES = 4096 };

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

/* What was found wrong may repeat words of the message. */
static void add_faults(const struct seat_call *c, struct strbuf *out)
{
    size_t i;
    json_t *line;
    struct gate gate;
    struct strbuf faults = STRBUF_INIT;
    gate_init(&gate, c->e->seed, c->id, GATE_FAULTS);
    json_array_foreach (c->reading.errors, i, line) {
        if (i < REASK_FAULTS)
            strbuf_addf(&faults, "%s\n", json_string_value(line));
    }
    int number =
        gate_take(&gate, "faults", "your last message", faults.len ? faults.text : "", REASK_BYTES);
    gate_write(&gate, number, out);
    gate_release(&gate);
    strbuf_release(&faults);
}

static json_t *request_again(const struct seat_call *c)
{
    struct strbuf text = STRBUF_INIT;
    json_t *request = j_object();
    strbuf_str(&text, "Your last message cannot be used. ");
    add_faults(c, &text);
    strbuf_str(&text, "\nSend it again in the required form and nothing else.\n\n");
    form_text(&c->form, &text);
    char *content = strbuf_take(&text);
    j_set(request, "role", j_string("user"));
    j_set(request, "content", j_string(content));
    free(content);
    return request;
}

void call_add_reask(struct seat_call *c, const json_t *fact)
{
    json_t *own = j_object();
    j_set(own, "role", j_string("assistant"));
    j_set(own, "content", j_string(j_str(fact, "content", "")));
    j_ref(own, "assistant", j_get(fact, "assistant"));
    j_set(own, "provider", j_string(seat_entry(c->seat, c->entry).provider));
    /* The attempt that was answered still refers to the old list. */
    json_t *messages = xcheck(json_copy(c->messages));
    j_add(messages, own);
    j_add(messages, request_again(c));
    json_decref(c->messages);
    c->messages = messages;
}

const char *call_invalid_reason(const struct seat_call *c)
{
    return extract_only_blank(c->reading.content) ? "empty_answer" : "invalid_form";
}

static json_t *steering_words(int flags)
{
    json_t *list = j_array();
    for (int i = 0; FENCE_WORDS[i]; i++)
        if (flags & 1 << i)
            j_add(list, j_string(FENCE_WORDS[i]));
    return list;
}

void call_warn_steering(struct seat_call *c, int flags, const char *message)
{
    if (!flags)
        return;
    size_t i;
    json_t *word, *context = j_object(), *found = steering_words(flags);
    struct strbuf text = STRBUF_INIT;
    strbuf_str(&text, message);
    json_array_foreach (found, i, word)
        strbuf_addf(&text, "%s%s", i ? ", " : ": ", json_string_value(word));
    j_set(context, "found", found);
    engine_warn(c->e, c->round, "injection_suspected", c->seat->id, text.text, context);
    strbuf_release(&text);
}

static int flags_of(const char *text)
{
    int flags = 0;
    if (text)
        free(fence_clean(text, &flags));
    return flags;
}

/* In all that others may come to read of the answer. A value that the provider gave beside the text
 * is looked through word by word: as one text its quotes and escapes would hide what it says. */
static int flags_of_value(const json_t *value)
{
    const char *key;
    size_t i;
    json_t *one;
    int flags = flags_of(json_string_value(value));
    json_object_foreach ((json_t *)value, key, one)
        flags |= flags_of(key) | flags_of_value(one);
    json_array_foreach (value, i, one)
        flags |= flags_of_value(one);
    return flags;
}

static void add_flags(struct seat_call *c, json_t *flags)
{
    size_t i;
    json_t *flag;
    json_array_foreach (flags, i, flag) {
        if (!j_array_has(c->flags, json_string_value(flag)))
            j_add(c->flags, json_incref(flag));
    }
    json_decref(flags);
}

void call_inspect(struct seat_call *c)
{
    int flags = flags_of(c->reading.content) | flags_of(c->reading.rebuttal) |
                flags_of_value(c->reading.parsed);
    call_warn_steering(c, flags, "the answer holds text that tries to steer its readers");
    add_flags(c, json_incref(c->reading.flags));
    add_flags(c, steering_words(flags));
    if (j_array_has(c->flags, "ballot_repaired"))
        engine_warn(c->e, c->round, "ballot_repaired", c->seat->id,
                    "parts of the ballot that name nothing that was shown were dropped", NULL);
}
