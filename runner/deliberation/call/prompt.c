#include "prompt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "blocks.h"
#include "grounding.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/fence.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"
#include "system_message.h"

/* One blank line before what comes next. */
static void blank_line(struct strbuf *out)
{
    while (out->len > 0 && out->text[out->len - 1] == '\n')
        out->text[--out->len] = '\0';
    strbuf_str(out, out->len > 0 ? "\n\n" : "");
}

static void add_material(struct prompt *p, struct strbuf *out)
{
    struct strbuf blocks = STRBUF_INIT;
    int n = prompt_write_blocks(p, &blocks, false);
    if (n > 0 || p->notes.len > 0) {
        blank_line(out);
        strbuf_addf(out, "# Material\n\n%s%s%s", n ? blocks.text : "",
                    n && p->notes.len ? "\n" : "", p->notes.len ? p->notes.text : "");
    }
    strbuf_release(&blocks);
}

static void add_task(struct prompt *p, struct strbuf *out)
{
    struct strbuf blocks = STRBUF_INIT;
    const char *request = task_request(p->call);
    char *task = task_text(p->call);
    strbuf_addf(out, "# Task\n\n%s", task);
    if (prompt_write_blocks(p, &blocks, true) > 0) {
        blank_line(out);
        strbuf_str(out, blocks.text);
    }
    if (request) {
        blank_line(out);
        strbuf_addf(out,
                    "The texts above belong to the task: your council sits as one member in "
                    "another council, which asks this of it.\n\n%s",
                    request);
    }
    strbuf_release(&blocks);
    free(task);
}

static char *form_wanted(const struct seat_call *c)
{
    struct strbuf form = STRBUF_INIT;
    form_text(&c->form, &form);
    return strbuf_take(&form);
}

/* For a council in this seat. It is the council's answer that has the form, no single seat's. */
static char *request_for_council(const struct prompt *p)
{
    struct strbuf out = STRBUF_INIT;
    char *form = form_wanted(p->call);
    strbuf_str(&out, p->part.len > 0 ? p->part.text : "");
    if (*form) {
        blank_line(&out);
        strbuf_addf(&out,
                    "The council's answer goes back in the form below. It binds only the seat that "
                    "writes the final answer.\n\n%s",
                    form);
    }
    free(form);
    return strbuf_take(&out);
}

static void add_part(const struct prompt *p, struct strbuf *out)
{
    char *form = form_wanted(p->call);
    blank_line(out);
    strbuf_addf(out, "# Your part\n\n%s", p->part.len > 0 ? p->part.text : "");
    blank_line(out);
    strbuf_addf(out, "Write in the language of the task, unless you are asked for another%s.",
                p->call->form.schema ? "; labels, ids and the words of the form stay as they are"
                                     : "");
    if (*form)
        strbuf_addf(out, "\n\n# Form\n\n%s", form);
    free(form);
}

static char *user_message(struct prompt *p)
{
    struct strbuf out = STRBUF_INIT;
    add_task(p, &out);
    add_material(p, &out);
    add_part(p, &out);
    return strbuf_take(&out);
}

static void hand_over(const struct prompt *p)
{
    struct seat_call *c = p->call;
    if (!json_is_object(j_get(c->seat->doc, "sub_council")))
        return;
    char *request = request_for_council(p);
    c->handed = prompt_handed(p, request);
    free(request);
}

static json_t *message(const char *role, char *content)
{
    json_t *m = j_object();
    j_set(m, "role", j_string(role));
    j_set(m, "content", j_string(content));
    free(content);
    return m;
}

void prompt_finish(struct prompt *p)
{
    size_t i;
    json_t *m;
    struct seat_call *c = p->call;
    prompt_hand_in(p);
    prompt_grounding(p);
    prompt_cut(p);
    c->messages = j_array();
    j_add(c->messages, message("system", system_message(c)));
    json_array_foreach (j_get(c->e->options, "history"), i, m) {
        j_add(c->messages, json_incref(m));
    }
    j_add(c->messages, message("user", user_message(p)));
    hand_over(p);
    prompt_release(p);
}

static char *answer_note(const struct prompt *p, const struct seat *w, unsigned notes)
{
    struct strbuf note = STRBUF_INIT;
    if ((notes & ANSWER_OWN) && w == p->call->seat)
        strbuf_str(&note, "yours");
    if ((notes & ANSWER_ROLE) && w->role) {
        char *line = fence_header(w->role);
        strbuf_addf(&note, "%srole: %s", note.len ? ", " : "", line);
        free(line);
    }
    if ((notes & ANSWER_AGE) && w->answer.stale)
        strbuf_addf(&note, "%sfrom an earlier round", note.len ? ", " : "");
    if ((notes & ANSWER_CONFIDENCE) && !isnan(w->answer.confidence))
        strbuf_addf(&note, "%sconfidence %.2f", note.len ? ", " : "", w->answer.confidence);
    return strbuf_take(&note);
}

char *prompt_names(const struct prompt *p, const char *text, const struct label_map *from)
{
    const struct label_map *map = p->call->map;
    return from && map && from != map ? label_translate(text, from, map) : xstrdup(text);
}

void prompt_answer(struct prompt *p, const struct seat *writer, unsigned notes)
{
    char *note = answer_note(p, writer, notes);
    char *text = prompt_names(p, writer->answer.text, writer->answer.map);
    prompt_block(p, "answer", label_of(p->call->map, writer->id), note, text);
    free(text);
    free(note);
}

void prompt_instructions(struct prompt *p, const char *absent)
{
    const char *own = j_str(p->call->round->opts, "instructions", NULL);
    char *text = own ? expand_placeholders(own, p->call) : xstrdup(absent);
    strbuf_str(&p->part, text);
    free(text);
}

static json_t *in_label_order(const struct label_map *map, json_t *ids)
{
    json_t *sorted = j_array();
    for (int at = 0; json_array_size(sorted) < json_array_size(ids); at++) {
        size_t i;
        json_t *id;
        json_array_foreach (ids, i, id) {
            if (label_index(map, json_string_value(id)) == at)
                j_add(sorted, json_incref(id));
        }
    }
    return sorted;
}

json_t *presented_order(const struct seat_call *call, const char *purpose, json_t *ids)
{
    json_t *anonymity = council_anonymity(call->round);
    int order = need_word(anonymity, "order", BLOCK_ORDER_NAMES);
    int n = (int)json_array_size(ids);
    json_t *shown = NULL;
    if (order == BLOCK_ORDER_PER_REVIEWER) {
        int *numbers = xcalloc((size_t)n + 1, sizeof *numbers);
        struct stream s;
        for (int i = 0; i < n; i++)
            numbers[i] = i;
        stream_init(&s, call->e->seed, "%s/%s", purpose, call->id);
        stream_shuffle(&s, numbers, n);
        stream_release(&s);
        shown = j_array();
        for (int i = 0; i < n; i++)
            j_add(shown, json_incref(json_array_get(ids, (size_t)numbers[i])));
        free(numbers);
    } else if (order == BLOCK_ORDER_SHARED && strcmp(purpose, "order") == 0) {
        shown = in_label_order(call->map, ids);
    } else {
        shown = json_copy(ids);
    }
    json_decref(anonymity);
    return xcheck(shown);
}
