/* Grounding: documents of the council that stand under the task. */
#include "grounding.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "blocks.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/words/bm25.h"
#include "runner/deliberation/words/need.h"

static json_t *chosen(const struct prompt *p, json_t *documents)
{
    const struct council *c = p->call->council;
    json_t *grounding = j_get(c->doc, "grounding");
    int mode = need_word(grounding, "mode", GROUNDING_MODE_NAMES);
    if (mode == GROUNDING_MODE_ALL)
        return json_incref(documents);
    if (mode != GROUNDING_MODE_TOP_K)
        return j_array();
    char *task = task_text(p->call);
    json_t *hits = bm25_search(documents, task, (int)need_int(grounding, "k"));
    free(task);
    return hits;
}

/* The title is the document's own text and stands with it. */
static char *titled(const json_t *document)
{
    const char *title = j_str(document, "title", NULL), *text = need_str(document, "text");
    return title ? xasprintf("%s\n\n%s", title, text) : xstrdup(text);
}

void prompt_grounding(struct prompt *p)
{
    size_t i;
    json_t *document, *all = council_documents(p->call->council), *list = chosen(p, all);
    json_array_foreach (list, i, document) {
        char *text = titled(document);
        struct prompt_block *b = prompt_block(p, "document", need_str(document, "id"), NULL, text);
        b->of_task = b->ground = true;
        free(text);
    }
    json_decref(list);
    json_decref(all);
}
