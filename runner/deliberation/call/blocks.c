#include "blocks.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/pointer.h"
#include "runner/deliberation/words/strbuf.h"

enum { ALL_BLOCKS_MAX = 400 * 1024, FADING_MAX = 96 * 1024, FADED_LEAST = 400 };
/* The line that stands where something was cut has no more bytes than this. */
enum { CUT_LINE_MOST = 48, FADES_ABOVE = FADED_LEAST + CUT_LINE_MOST };

void prompt_init(struct prompt *p, struct seat_call *call)
{
    *p = (struct prompt){.call = call};
    gate_init(&p->gate, call->e->seed, call->id, GATE_OTHERS);
}

void prompt_release(struct prompt *p)
{
    for (int i = 0; i < p->n; i++)
        free(p->blocks[i].note);
    free(p->blocks);
    gate_release(&p->gate);
    strbuf_release(&p->notes);
    strbuf_release(&p->part);
}

static size_t block_most(const struct prompt *p)
{
    return (size_t)need_int(p->call->round->opts, "max_answer_bytes");
}

struct prompt_block *prompt_block(struct prompt *p, const char *kind, const char *header,
                                  const char *note, const char *text)
{
    p->blocks = xrealloc(p->blocks, (size_t)(p->n + 1) * sizeof *p->blocks);
    p->blocks[p->n] = (struct prompt_block){
        .quote = gate_take(&p->gate, kind, header, text, block_most(p)),
        .note = xstrdup(note ? note : ""),
    };
    return &p->blocks[p->n++];
}

/* ---- sizes ---- */

static size_t size_of(const struct prompt *p, bool fading)
{
    size_t all = 0;
    for (int i = 0; i < p->n; i++)
        if (!fading || p->blocks[i].may_fade)
            all += gate_size(&p->gate, p->blocks[i].quote);
    return all;
}

static size_t excess(const struct prompt *p)
{
    size_t fading = size_of(p, true), all = size_of(p, false);
    size_t a = fading > FADING_MAX ? fading - FADING_MAX : 0;
    size_t b = all > ALL_BLOCKS_MAX ? all - ALL_BLOCKS_MAX : 0;
    return a > b ? a : b;
}

static void fade(struct prompt *p)
{
    size_t over = excess(p);
    for (int i = 0; i < p->n && over > 0; i++) {
        size_t size = gate_size(&p->gate, p->blocks[i].quote);
        if (!p->blocks[i].may_fade || size <= FADES_ABOVE)
            continue;
        gate_cut(&p->gate, p->blocks[i].quote,
                 size > over + FADES_ABOVE ? size - over - CUT_LINE_MOST : FADED_LEAST);
        over = excess(p);
    }
}

static bool was_cut(const struct prompt *p)
{
    for (int i = 0; i < p->n; i++)
        if (gate_was_cut(&p->gate, p->blocks[i].quote))
            return true;
    return false;
}

void prompt_cut(struct prompt *p)
{
    json_t *flags = p->call->flags;
    fade(p);
    if (size_of(p, false) > ALL_BLOCKS_MAX)
        for (int i = 0; i < p->n; i++)
            gate_cut(&p->gate, p->blocks[i].quote, (size_t)(ALL_BLOCKS_MAX / p->n));
    if (was_cut(p) && !j_array_has(flags, "material_cut"))
        j_add(flags, j_string("material_cut"));
}

int prompt_write_blocks(struct prompt *p, struct strbuf *out, bool of_task)
{
    int written = 0;
    for (int i = 0; i < p->n; i++) {
        const struct prompt_block *b = &p->blocks[i];
        if (b->of_task != of_task)
            continue;
        strbuf_str(out, written++ ? "\n" : "");
        gate_notice_once(&p->gate, out);
        if (*b->note)
            strbuf_addf(out, "%s (%s):\n", gate_label(&p->gate, b->quote), b->note);
        gate_write(&p->gate, b->quote, out);
    }
    return written;
}

/* ---- a council in a seat ---- */

json_t *prompt_handed(const struct prompt *p, const char *request)
{
    json_t *o = j_object(), *material = j_array();
    for (int i = 0; i < p->n; i++) {
        const struct prompt_block *b = &p->blocks[i];
        if (b->ground)
            continue;
        j_add(material, j_pack("{ss ss ss ss}", "kind", gate_kind(&p->gate, b->quote), "label",
                               gate_label(&p->gate, b->quote), "note", b->note, "text",
                               gate_text(&p->gate, b->quote)));
    }
    j_set(o, "request", j_string(request));
    j_set(o, "material", material);
    return o;
}

void prompt_hand_in(struct prompt *p)
{
    size_t i;
    json_t *one;
    json_array_foreach (p->call->council->material, i, one) {
        prompt_block(p, need_str(one, "kind"), need_str(one, "label"), need_str(one, "note"),
                     need_str(one, "text"))
            ->of_task = true;
    }
}

/* ---- the task ---- */

static json_t *input_of(const struct seat_call *call)
{
    return call->input ? call->input : call->council->input;
}

/* An inner council's input, where its seat is asked for more than an answer to the task. */
static json_t *handed_task(const struct seat_call *call)
{
    json_t *input = input_of(call);
    bool whole = call->council->material && input == call->council->input;
    return whole && json_is_string(j_get(input, "request")) ? j_get(input, "task") : NULL;
}

const char *task_request(const struct seat_call *call)
{
    return handed_task(call) ? j_str(input_of(call), "request", NULL) : NULL;
}

char *task_text(const struct seat_call *call)
{
    json_t *handed = handed_task(call), *input = handed ? handed : input_of(call);
    if (json_is_string(input))
        return xstrdup(json_string_value(input));
    char *text = xcheck(json_dumps(input, JSON_INDENT(2) | JSON_ENCODE_ANY));
    char *all = xasprintf("```json\n%s\n```", text);
    free(text);
    return all;
}

static void expand_one(struct strbuf *out, const struct seat_call *call, const char *name)
{
    if (strcmp(name, "role") == 0) {
        strbuf_str(out, call->seat->role ? call->seat->role : "");
    } else if (strcmp(name, "member_id") == 0) {
        strbuf_str(out, call->seat->id);
    } else if (strcmp(name, "council") == 0) {
        strbuf_str(out, need_str(call->council->doc, "name"));
    } else if (strcmp(name, "input") == 0) {
        char *text = task_text(call);
        strbuf_str(out, text);
        free(text);
    } else if (strncmp(name, "input:", 6) == 0) {
        json_t *v = json_pointed(call->input ? call->input : call->council->input, name + 6);
        char *text = json_is_string(v) ? xstrdup(json_string_value(v))
                     : v               ? j_dump(v)
                                       : xstrdup("null");
        strbuf_str(out, text);
        free(text);
    } else {
        strbuf_addf(out, "{{%s}}", name);
    }
}

char *expand_placeholders(const char *text, const struct seat_call *call)
{
    struct strbuf out = STRBUF_INIT;
    while (*text) {
        const char *end = strncmp(text, "{{", 2) == 0 ? strstr(text, "}}") : NULL;
        if (strncmp(text, "{{{{", 4) == 0) {
            strbuf_str(&out, "{{");
            text += 4;
        } else if (end) {
            char *name = xstrndup(text + 2, (size_t)(end - text - 2));
            expand_one(&out, call, name);
            free(name);
            text = end + 2;
        } else {
            strbuf_add(&out, text++, 1);
        }
    }
    return strbuf_take(&out);
}
