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
#include "runner/deliberation/words/text.h"

static const char default_system[] =
    "You are one member of a council that works on a task. Think for yourself and say where you "
    "are unsure.";

enum { ALL_BLOCKS_MAX = 400 * 1024 };

static void flag_cut(struct seat_call *c)
{
    if (!j_array_has(c->flags, "material_cut"))
        j_add(c->flags, j_string("material_cut"));
}

static void cut_blocks(struct prompt *p, size_t max)
{
    for (int i = 0; i < p->n; i++) {
        char *cut = text_cut_middle(p->blocks[i].text, max);
        if (!cut)
            continue;
        free(p->blocks[i].text);
        p->blocks[i].text = cut;
        flag_cut(p->call);
    }
}

static void cut_to_size(struct prompt *p)
{
    size_t all = 0;
    cut_blocks(p, (size_t)need_int(p->call->round->opts, "max_answer_bytes"));
    for (int i = 0; i < p->n; i++)
        all += strlen(p->blocks[i].text);
    if (all > ALL_BLOCKS_MAX)
        cut_blocks(p, (size_t)(ALL_BLOCKS_MAX / p->n));
}

/* Writes the blocks of the task, or the others; the notice stands before the first of all. */
static void add_blocks(struct prompt *p, struct strbuf *out, const char *nonce, bool of_task)
{
    int written = 0, before = 0;
    for (int i = 0; i < p->n; i++)
        before += !of_task && p->blocks[i].of_task;
    for (int i = 0; i < p->n; i++) {
        const struct prompt_block *b = &p->blocks[i];
        if (b->of_task != of_task)
            continue;
        if (before + written == 0)
            fence_notice(out, nonce);
        strbuf_addf(out, "%s%s%s%s\n", written++ ? "\n" : "", b->header, *b->note ? ", " : "",
                    b->note);
        fence_block(out, nonce, b->kind, b->header, b->text);
    }
}

static bool has_blocks(const struct prompt *p, bool of_task)
{
    for (int i = 0; i < p->n; i++)
        if (p->blocks[i].of_task == of_task)
            return true;
    return false;
}

static void add_material(struct prompt *p, struct strbuf *out, const char *nonce)
{
    bool blocks = has_blocks(p, false);
    if (!blocks && p->notes.len == 0)
        return;
    strbuf_str(out, "\n\n# Material\n\n");
    add_blocks(p, out, nonce, false);
    if (p->notes.len > 0)
        strbuf_addf(out, "%s%s", blocks ? "\n" : "", p->notes.text);
}

static void make_nonce(const struct prompt *p, char nonce[FENCE_NONCE_SIZE])
{
    const char **texts = xcalloc((size_t)p->n * 2 + 1, sizeof *texts);
    for (int i = 0; i < p->n; i++) {
        texts[2 * i] = p->blocks[i].text;
        texts[2 * i + 1] = p->blocks[i].header;
    }
    fence_nonce(p->call->e->seed, p->call->id, texts, 2 * p->n, nonce);
    free(texts);
}

static char *user_message(struct prompt *p)
{
    struct strbuf out = STRBUF_INIT, form = STRBUF_INIT;
    char nonce[FENCE_NONCE_SIZE] = "";
    char *task = task_text(p->call);
    prompt_grounding(p);
    cut_to_size(p);
    if (p->n > 0)
        make_nonce(p, nonce);
    strbuf_addf(&out, "# Task\n\n%s", task);
    free(task);
    if (has_blocks(p, true))
        strbuf_str(&out, "\n\n");
    add_blocks(p, &out, nonce, true);
    add_material(p, &out, nonce);
    if (p->part.len > 0)
        strbuf_addf(&out, "\n\n# Your part\n\n%s", p->part.text);
    form_text(&p->call->form, &form);
    if (form.len > 0)
        strbuf_addf(&out, "\n\n# Form\n\n%s", form.text);
    strbuf_release(&form);
    return strbuf_take(&out);
}

static char *system_message(const struct seat_call *call)
{
    const char *own = j_str(call->seat->doc, "system_prompt", NULL);
    char *text = own ? expand_placeholders(own, call) : xstrdup(default_system);
    if (!call->seat->role)
        return text;
    char *all = xasprintf("%s\nYour role: %s%s", text, call->seat->role,
                          call->seat->role[strlen(call->seat->role) - 1] == '.' ? "" : ".");
    free(text);
    return all;
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
    c->messages = j_array();
    j_add(c->messages, message("system", system_message(c)));
    json_array_foreach (j_get(c->e->options, "history"), i, m) {
        j_add(c->messages, json_incref(m));
    }
    j_add(c->messages, message("user", user_message(p)));
    for (int k = 0; k < p->n; k++) {
        free(p->blocks[k].header);
        free(p->blocks[k].note);
        free(p->blocks[k].text);
    }
    free(p->blocks);
    strbuf_release(&p->notes);
    strbuf_release(&p->part);
}

static char *answer_note(const struct prompt *p, const struct seat *w, bool own, bool role)
{
    struct strbuf note = STRBUF_INIT;
    char *line = role && w->role ? fence_header(w->role) : NULL;
    if (own)
        strbuf_str(&note, "yours");
    if (line)
        strbuf_addf(&note, "%srole: %s", note.len ? ", " : "", line);
    if (w->answer.stale)
        strbuf_addf(&note, "%sfrom an earlier round", note.len ? ", " : "");
    if (p->call->seat->is_chair && !isnan(w->answer.confidence))
        strbuf_addf(&note, "%sconfidence %.2f", note.len ? ", " : "", w->answer.confidence);
    free(line);
    return strbuf_take(&note);
}

void prompt_answer(struct prompt *p, const struct seat *writer, bool own, bool attributed)
{
    const struct label_map *map = p->call->map;
    /* Only the chair's own rounds have the opt: where it judges, it sees them. */
    bool chair_roles = p->call->seat->is_chair && j_bool(p->call->round->opts, "show_roles", true);
    char *note = answer_note(p, writer, own, attributed || chair_roles);
    const struct label_map *from = writer->answer.map;
    char *text = from && map && from != map ? label_translate(writer->answer.text, from, map)
                                            : xstrdup(writer->answer.text);
    prompt_block(p, "answer", attributed ? writer->id : label_of(map, writer->id), note, text);
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
