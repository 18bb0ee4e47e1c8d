#include "round_labels.h"

#include <string.h>
#include <utlist.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/form/labels.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/need.h"

/* Whose answers a reviewer does not judge (opt `exclude`, the seat's `recuse`). */
bool round_excludes(const struct round *r, const struct seat *reader, const struct seat *writer)
{
    int exclude = need_word(r->opts, "exclude", EXCLUDE_NAMES);
    struct entry a = seat_entry(reader, 0), b = seat_entry(writer, 0);
    bool same_provider = strcmp(a.provider, b.provider) == 0;
    if (j_array_has(j_get(reader->doc, "recuse"), writer->id))
        return true;
    if (exclude == EXCLUDE_NONE)
        return false;
    if (reader == writer)
        return true;
    if (exclude == EXCLUDE_SAME_PROVIDER)
        return same_provider;
    return exclude == EXCLUDE_SAME_MODEL && same_provider && strcmp(a.model, b.model) == 0;
}

static const struct label_map *make_labels(struct round *r, const char *scope, json_t *anonymity)
{
    struct council *c = r->council;
    struct named_map *m = xcalloc(1, sizeof *m);
    json_t *ids = j_array();
    for (int i = 0; i < c->n; i++)
        j_add(ids, j_string(c->members[i].id));
    m->scope = xstrdup(scope);
    m->map = label_map_new(c->e->seed, scope, ids, anonymity);
    LL_APPEND(c->maps, m);
    json_decref(ids);
    return m->map;
}

const struct label_map *round_labels(struct round *r, const char *call_id)
{
    json_t *anonymity = council_anonymity(r);
    int scope = need_word(anonymity, "scope", LABEL_SCOPE_NAMES);
    const struct label_map *map = r->council->labels, *own = r->own_labels;
    if (scope == LABEL_SCOPE_REVIEWER && call_id) {
        map = make_labels(r, call_id, anonymity);
    } else if (scope != LABEL_SCOPE_RUN) {
        if (!own)
            r->own_labels = (struct label_map *)(own = make_labels(r, r->key, anonymity));
        map = own;
    }
    json_decref(anonymity);
    return map;
}
