#include "labels.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/words.h"

#include "label_map.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/text.h"

static void letters(char *to, int i)
{
    char reversed[8];
    int n = 0;
    for (int k = i + 1; k > 0; k = (k - 1) / 26)
        reversed[n++] = (char)('A' + (k - 1) % 26);
    while (n > 0)
        *to++ = reversed[--n];
    *to = '\0';
}

static bool code_used(const struct label_map *m, const char *code, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(m->labels[i].bare, code) == 0)
            return true;
    return false;
}

static void draw_code(const struct label_map *m, struct stream *s, char *to, int drawn)
{
    do {
        to[0] = "BCDFGHJKLMNPQRSTVWXZ"[stream_uniform(s, 20)];
        to[1] = (char)('2' + stream_uniform(s, 8));
        to[2] = '\0';
    } while (code_used(m, to, drawn));
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct label *)a)->id, ((const struct label *)b)->id);
}

static void order_ids(struct label_map *m, struct stream *s, json_t *ids,
                      enum label_assign_word assign)
{
    int *order = xcalloc((size_t)m->n + 1, sizeof *order);
    for (int i = 0; i < m->n; i++)
        order[i] = i;
    if (assign == LABEL_ASSIGN_SHUFFLE)
        stream_shuffle(s, order, m->n);
    for (int i = 0; i < m->n; i++)
        m->labels[i].id = xstrdup(json_string_value(json_array_get(ids, (size_t)order[i])));
    free(order);
    if (assign == LABEL_ASSIGN_STABLE && m->n > 0)
        qsort(m->labels, (size_t)m->n, sizeof *m->labels, by_id);
}

static struct label_map *map_for(json_t *ids)
{
    struct label_map *m = xcalloc(1, sizeof *m);
    m->n = (int)json_array_size(ids);
    m->labels = xcalloc((size_t)m->n + 1, sizeof *m->labels);
    return m;
}

static void name_by_id(struct label *l)
{
    l->label = xstrdup(l->id);
    l->bare = l->label;
}

struct label_map *label_map_new(const char *seed, const char *scope, json_t *ids, json_t *anonymity)
{
    struct label_map *m = map_for(ids);
    int style = need_word(anonymity, "style", LABEL_STYLE_NAMES);
    const char *prefix = need_str(anonymity, "prefix");
    struct stream s;
    stream_init(&s, seed, "labels/%s", scope);
    order_ids(m, &s, ids,
              (enum label_assign_word)need_word(anonymity, "assign", LABEL_ASSIGN_NAMES));
    for (int i = 0; i < m->n; i++) {
        struct label *l = &m->labels[i];
        char bare[16];
        if (style == LABEL_STYLE_IDS) {
            name_by_id(l);
            continue;
        }
        if (style == LABEL_STYLE_CODES)
            draw_code(m, &s, bare, i);
        else
            letters(bare, i);
        l->label = xasprintf("%s%s", prefix, bare);
        l->bare = l->label + strlen(prefix);
    }
    stream_release(&s);
    return m;
}

struct label_map *label_map_of_ids(json_t *ids)
{
    size_t i;
    json_t *id;
    struct label_map *m = map_for(ids);
    json_array_foreach (ids, i, id) {
        m->labels[i].id = xstrdup(json_string_value(id));
        name_by_id(&m->labels[i]);
    }
    return m;
}

void label_map_free(struct label_map *m)
{
    if (!m)
        return;
    for (int i = 0; i < m->n; i++) {
        free(m->labels[i].label);
        free(m->labels[i].id);
    }
    free(m->labels);
    free(m);
}

int label_index(const struct label_map *m, const char *id)
{
    for (int i = 0; i < m->n; i++)
        if (strcmp(m->labels[i].id, id) == 0)
            return i;
    return -1;
}

const char *label_of(const struct label_map *m, const char *id)
{
    int i = label_index(m, id);
    return i < 0 ? NULL : m->labels[i].label;
}

const char *label_resolve(const struct label_map *m, const char *text)
{
    char *trimmed = text_trim(text);
    const char *found = NULL;
    for (int i = 0; i < m->n && !found; i++)
        if (strcmp(m->labels[i].label, trimmed) == 0)
            found = m->labels[i].id;
    for (int i = 0; i < m->n && !found; i++)
        if (text_equal_case(m->labels[i].label, trimmed))
            found = m->labels[i].id;
    for (int i = 0; i < m->n && !found; i++)
        if (text_equal_case(m->labels[i].bare, trimmed))
            found = m->labels[i].id;
    free(trimmed);
    return found;
}

json_t *label_map_json(const struct label_map *m)
{
    json_t *o = xcheck(json_object());
    for (int i = 0; i < m->n; i++)
        j_set(o, m->labels[i].label, json_string(m->labels[i].id));
    return o;
}
