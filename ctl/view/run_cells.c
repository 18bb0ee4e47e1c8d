#include "run_cells.h"

#include <stdint.h>
#include <stdio.h>

#include "common/buf.h"

void run_cells_cost(struct table *t, const json_t *run)
{
    char text[32] = "-";
    const json_t *cost = json_object_get(run, "cost");
    if (json_is_number(cost))
        snprintf(text, sizeof text, "%.4f", json_number_value(cost));
    table_cell(t, text);
}

void run_cells_labels(struct table *t, const json_t *run)
{
    struct buf text = BUF_INIT(SIZE_MAX / 2);
    const char *name;
    json_t *value;
    json_object_foreach (json_object_get(run, "labels"), name, value) {
        const char *word = json_string_value(value);
        buf_addf(&text, "%s%s=%s", text.len ? " " : "", name, word ? word : "");
    }
    table_cell(t, text.len ? buf_str(&text) : "-");
    buf_release(&text);
}
