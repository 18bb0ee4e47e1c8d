#include "blocks.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/fence.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/pointer.h"
#include "runner/deliberation/words/strbuf.h"

void prompt_init(struct prompt *p, struct seat_call *call)
{
    *p = (struct prompt){.call = call};
}

void prompt_block(struct prompt *p, const char *kind, const char *header, const char *note,
                  const char *text)
{
    p->blocks = xrealloc(p->blocks, (size_t)(p->n + 1) * sizeof *p->blocks);
    p->blocks[p->n++] = (struct prompt_block){
        .kind = kind,
        .header = fence_header(header),
        .note = xstrdup(note ? note : ""),
        .text = fence_clean(text, NULL),
    };
}

char *task_text(const struct seat_call *call)
{
    json_t *input = call->input ? call->input : call->council->input;
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
