/* Columns of text, aligned. Cells may come from strangers: they are escaped. */
#ifndef STORY_COLUMNS_H
#define STORY_COLUMNS_H

#include <jansson.h>
#include <stddef.h>

#include "common/buf.h"

struct table;

/* heads: the titles, ended by NULL; one that begins with '>' makes its column right-aligned. */
struct table *table_new(const char *const *heads);
void table_free(struct table *t);

/* Cells are added from left to right, row by row. */
void table_cell(struct table *t, const char *text);
void table_json(struct table *t, const json_t *value); /* NULL and null: "-" */
void table_count(struct table *t, const json_t *number);
void table_duration(struct table *t, const json_t *ms);

/* Adds all rows, each beginning with `indent`. */
void table_print(struct table *t, const char *indent, struct buf *to);

#endif
