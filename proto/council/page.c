#include "page.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "proto/council/tables/records.h"

/* Object types that were named and are yet to be explained, each once. */
enum { QUEUE_MAX = 64 };
struct queue {
    const struct doc_record *at[QUEUE_MAX];
    size_t count, done;
};

static void mention(struct queue *q, const struct doc_record *record)
{
    for (size_t i = 0; i < q->count; i++)
        if (q->at[i] == record)
            return;
    if (q->count < QUEUE_MAX)
        q->at[q->count++] = record;
}

static int add_part(struct buf *to, bool *first, const char *text)
{
    int r = *first ? 0 : buf_add_str(to, " or ");
    *first = false;
    return r < 0 ? r : buf_add_str(to, text);
}

static int add_words(struct buf *to, const struct doc_shape *s)
{
    int r = 0;
    bool first = true;
    for (const char *const *word = s->words; r == 0 && *word; word++) {
        r = buf_addf(to, "%s`%s`", first ? "" : ", ", *word);
        first = false;
    }
    return r;
}

static int add_string(struct buf *to, bool *first, const struct doc_shape *s)
{
    int r = add_part(to, first, s->words ? "" : s->flags & S_ID ? "id" : "string");
    if (r == 0 && s->words)
        return add_words(to, s);
    if (r == 0 && s->max_length)
        r = buf_addf(to, " (at most %zu characters)", s->max_length);
    return r;
}

static int add_number(struct buf *to, bool *first, const struct doc_shape *s)
{
    int r = add_part(to, first, s->types & T_NUMBER ? "number" : "integer");
    if (r == 0 && (s->min != 0 || s->max != 0))
        r = buf_addf(to, " %s%.16g..%.16g", s->flags & S_ABOVE ? "above " : "", s->min, s->max);
    return r;
}

static int add_type(struct buf *to, struct queue *q, const struct doc_shape *s);

static int add_array(struct buf *to, struct queue *q, bool *first, const struct doc_shape *s)
{
    int r = add_part(to, first, "list of ");
    if (r == 0)
        r = add_type(to, q, s->items);
    if (r == 0 && s->max_items)
        r = buf_addf(to, " (at most %zu)", s->max_items);
    return r;
}

static int add_object(struct buf *to, struct queue *q, bool *first, const struct doc_shape *s)
{
    int r = add_part(to, first, "");
    if (r < 0)
        return r;
    if (s->record) {
        mention(q, s->record);
        return buf_addf(to, "[%s](#%s)", s->record->name, s->record->name);
    }
    if (s->raw)
        return buf_add_str(to, doc_raw_words(s->raw));
    if (!s->items)
        return buf_add_str(to, "object");
    r = buf_add_str(to, "{name: ");
    if (r == 0)
        r = add_type(to, q, s->items);
    return r < 0 ? r : buf_add_str(to, "}");
}

static int add_type(struct buf *to, struct queue *q, const struct doc_shape *s)
{
    bool first = true;
    int r = 0;
    if (s->types == T_ANY)
        return buf_add_str(to, "anything");
    if (s->types & T_STRING)
        r = add_string(to, &first, s);
    if (r == 0 && s->types & (T_INTEGER | T_NUMBER))
        r = add_number(to, &first, s);
    if (r == 0 && s->types & T_BOOLEAN)
        r = add_part(to, &first, "boolean");
    if (r == 0 && s->types & T_ARRAY)
        r = add_array(to, q, &first, s);
    if (r == 0 && s->types & T_OBJECT)
        r = add_object(to, q, &first, s);
    if (r == 0 && s->types & T_NULL)
        r = add_part(to, &first, "null");
    return r;
}

static int add_field(struct buf *to, struct queue *q, const struct doc_field *f)
{
    int r = buf_addf(to, "| `%s` | ", f->name);
    if (r == 0)
        r = add_type(to, q, &f->shape);
    if (r < 0)
        return r;
    if (f->flags & F_REQUIRED)
        return buf_addf(to, " | required | %s |\n", f->doc);
    return f->fallback ? buf_addf(to, " | `%s` | %s |\n", f->fallback, f->doc)
                       : buf_addf(to, " | | %s |\n", f->doc);
}

static int add_fields(struct buf *to, struct queue *q, const struct doc_record *record)
{
    const struct doc_field *f;
    int r = buf_add_str(to, "\n| field | type | default | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; r == 0 && (f = doc_field_at(record, i)); i++)
        r = add_field(to, q, f);
    return r;
}

/* A seat is shown without the fields of the bundle, which has a table of its own. */
static int add_record(struct buf *to, struct queue *q, const struct doc_record *record)
{
    struct doc_record own = *record;
    bool seat = own.base[2] == &BUNDLE;
    if (seat) {
        own.base[2] = NULL;
        mention(q, &BUNDLE);
    }
    int r = buf_addf(to, "\n### %s\n", record->name);
    if (r == 0)
        r = add_fields(to, q, &own);
    if (r == 0 && seat)
        r = buf_add_str(to, "\nand the fields of a [bundle](#bundle).\n");
    return r;
}

static int add_mentioned(struct buf *to, struct queue *q)
{
    int r = 0;
    while (r == 0 && q->done < q->count)
        r = add_record(to, q, q->at[q->done++]);
    return r;
}

/* ---- kinds ---- */

static int add_kind(struct buf *to, struct queue *q, const char *name, const char *doc,
                    const struct doc_record *record)
{
    int r = buf_addf(to, "\n#### `%s`\n\n%s.\n", name, doc);
    return r == 0 && doc_field_at(record, 0) ? add_fields(to, q, record) : r;
}

static int add_aggregator(struct buf *to, const struct aggregator_kind *kind)
{
    int r = buf_addf(to, "| `%s` | ", kind->name);
    for (size_t i = 0, n = 0; r == 0 && BALLOT_NAMES[i]; i++)
        if (kind->ballots & 1U << i)
            r = buf_addf(to, "%s%s", n++ ? ", " : "", BALLOT_NAMES[i]);
    if (r == 0)
        r = buf_addf(to, kind->tie == TIE_RULE_NONE ? " | `%s` | " : " | `%s`, `none` | ",
                     TIE_KINDS[kind->tie].name);
    return r < 0 ? r : buf_addf(to, "%s |\n", kind->doc);
}

static int add_aggregators(struct buf *to)
{
    int r = buf_add_str(to, "\n### Aggregators\n\n| name | ballots | ties, if not said | winner "
                            "|\n|---|---|---|---|\n");
    for (size_t i = 0; r == 0 && i < AGGREGATOR_COUNT; i++)
        r = add_aggregator(to, &AGGREGATOR_KINDS[i]);
    for (const struct aggregator_alias *a = AGGREGATOR_ALIASES; r == 0 && a->name; a++)
        r = buf_addf(to, "| `%s` | | | %s |\n", a->name, a->doc);
    if (r == 0)
        r = buf_add_str(to, "\n### Rules for ties\n\n| name | keeps |\n|---|---|\n");
    for (size_t i = 0; r == 0 && i < TIE_RULE_COUNT; i++)
        r = buf_addf(to, "| `%s` | %s |\n", TIE_KINDS[i].name, TIE_KINDS[i].doc);
    return r;
}

#define ADD_KINDS(title, table, count, record)                                                     \
    r = r < 0 ? r : buf_add_str(to, "\n### " title "\n");                                          \
    for (size_t i = 0; r == 0 && i < (count); i++)                                                 \
    r = add_kind(to, q, (table)[i].name, (table)[i].doc, (table)[i].record)

static int add_kinds(struct buf *to, struct queue *q)
{
    int r = 0;
    ADD_KINDS("Round types", ROUND_KINDS, ROUND_TYPE_COUNT, opts);
    ADD_KINDS("Templates", TEMPLATE_KINDS, TEMPLATE_COUNT, opts);
    for (const struct template_alias *a = TEMPLATE_ALIASES; r == 0 && a->name; a++)
        r = buf_addf(to, "\n#### `%s`\n\n%s.\n", a->name, a->doc);
    ADD_KINDS("Routers", ROUTER_KINDS, ROUTER_COUNT, fields);
    return r < 0 ? r : add_aggregators(to);
}

static int add_all(struct buf *to)
{
    struct queue q = {.at = {&COUNCIL}, .count = 1};
    int r = add_mentioned(to, &q);
    if (r == 0)
        r = add_kinds(to, &q);
    mention(&q, &OPTIONS);
    return r < 0 ? r : add_mentioned(to, &q);
}

int council_page_update(struct buf *to, const char *page, struct error *err)
{
    const char *begin = strstr(page, COUNCIL_PAGE_BEGIN);
    const char *end = begin ? strstr(begin, COUNCIL_PAGE_END) : NULL;
    if (!end)
        return error_set(err, EINVAL, "the markers of the reference are not in the page");
    begin += strlen(COUNCIL_PAGE_BEGIN);
    int r = buf_add(to, page, (size_t)(begin - page));
    if (r == 0)
        r = add_all(to);
    if (r == 0)
        r = buf_add_str(to, "\n");
    if (r == 0)
        r = buf_add_str(to, end);
    return r < 0 ? error_set(err, -r, "the page cannot be made") : 0;
}
