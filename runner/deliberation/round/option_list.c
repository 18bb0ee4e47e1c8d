#include "option_list.h"

#include <string.h>

#include "common/jx.h"

#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"

json_t *option_ids(const struct round *r)
{
    size_t i;
    json_t *option, *ids = j_array();
    json_array_foreach (j_get(r->opts, "options"), i, option)
        j_add(ids, j_string(need_str(option, "id")));
    return ids;
}

json_t *option_texts(const struct round *r)
{
    size_t i;
    json_t *option, *texts = j_object();
    json_array_foreach (j_get(r->opts, "options"), i, option)
        j_set(texts, need_str(option, "id"), j_string(need_str(option, "text")));
    return texts;
}

void option_list(struct strbuf *out, const json_t *ids, const json_t *texts)
{
    size_t i;
    json_t *id;
    json_array_foreach (ids, i, id) {
        const char *name = json_string_value(id), *text = j_str(texts, name, name);
        strbuf_addf(out, strcmp(name, text) ? "- %s: %s\n" : "- %s\n", name, text);
    }
}
