/* Grounding: documents of the council that stand under the task. */
#include "grounding.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
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

void prompt_grounding(struct prompt *p)
{
    size_t i;
    json_t *document, *all = council_documents(p->call->council), *list = chosen(p, all);
    json_array_foreach (list, i, document) {
        const char *id = need_str(document, "id");
        const char *title = j_str(document, "title", id);
        prompt_block(p, "document", title, strcmp(title, id) == 0 ? NULL : id,
                     need_str(document, "text"));
        p->blocks[p->n - 1].of_task = true;
    }
    json_decref(list);
    json_decref(all);
}
