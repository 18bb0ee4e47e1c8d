#include "columns.h"

#include <string.h>

#include "common/xalloc.h"
#include "safe_text.h"

enum { CELL_MAX = 64 * 1024, CELL_COLUMNS = 72, GAP = 2 };

struct table {
    const char *const *heads;
    size_t columns;
    char **cells;
    size_t n;
};

static void add(struct table *t, const char *text, size_t len)
{
    struct buf cell = BUF_INIT(CELL_MAX);
    size_t fit = text_fit(text, len, CELL_COLUMNS);
    text_addf(&cell, "%.*s%s", (int)fit, text, fit < len ? "..." : "");
    t->cells = xrealloc(t->cells, (t->n + 1) * sizeof *t->cells);
    t->cells[t->n++] = xcheck(buf_take(&cell));
}

struct table *table_new(const char *const *heads)
{
    struct table *t = xcalloc(1, sizeof *t);
    t->heads = heads;
    while (heads[t->columns])
        t->columns++;
    for (size_t i = 0; i < t->columns; i++) {
        const char *head = heads[i] + (heads[i][0] == '>');
        add(t, head, strlen(head));
    }
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        free(t->cells[i]);
    free(t->cells);
    free(t);
}

static void add_buf(struct table *t, struct buf *text)
{
    const char *s = xcheck(buf_str(text));
    add(t, s, text->len);
    buf_release(text);
}

void table_cell(struct table *t, const char *text)
{
    struct buf cell = BUF_INIT(CELL_MAX);
    text_escape(&cell, text, strlen(text), TEXT_LINE);
    add_buf(t, &cell);
}

void table_json(struct table *t, const json_t *value)
{
    struct buf cell = BUF_INIT(64 * 1024 * 1024);
    text_add_json(&cell, value);
    add_buf(t, &cell);
}

void table_count(struct table *t, const json_t *number)
{
    struct buf cell = BUF_INIT(CELL_MAX);
    text_add_count(&cell, number);
    add_buf(t, &cell);
}

void table_duration(struct table *t, const json_t *ms)
{
    struct buf cell = BUF_INIT(CELL_MAX);
    if (json_is_number(ms))
        text_add_duration(&cell, (long long)json_number_value(ms));
    else
        text_add(&cell, "-");
    add_buf(t, &cell);
}

static size_t width_of(const struct table *t, size_t column)
{
    size_t width = 0;
    for (size_t i = column; i < t->n; i += t->columns) {
        size_t w = text_columns(t->cells[i], strlen(t->cells[i]));
        if (w > width)
            width = w;
    }
    return width;
}

static void print_cell(const struct table *t, size_t i, size_t width, struct buf *to)
{
    size_t column = i % t->columns;
    size_t pad = width - text_columns(t->cells[i], strlen(t->cells[i]));
    int gap = column ? GAP : 0;
    if (t->heads[column][0] == '>')
        text_addf(to, "%*s%s", gap + (int)pad, "", t->cells[i]);
    else
        text_addf(to, "%*s%s%*s", gap, "", t->cells[i], column + 1 < t->columns ? (int)pad : 0, "");
}

void table_print(struct table *t, const char *indent, struct buf *to)
{
    size_t *widths = xcalloc(t->columns, sizeof *widths);
    for (size_t c = 0; c < t->columns; c++)
        widths[c] = width_of(t, c);
    for (size_t i = 0; i < t->n; i++) {
        if (i % t->columns == 0)
            text_add(to, indent);
        print_cell(t, i, widths[i % t->columns], to);
        if ((i + 1) % t->columns == 0)
            text_add(to, "\n");
    }
    free(widths);
}
