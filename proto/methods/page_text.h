/* Pieces of a page of the docs that is made from tables. */
#ifndef PROTO_METHODS_PAGE_TEXT_H
#define PROTO_METHODS_PAGE_TEXT_H

#include "common/buf.h"
#include "proto/field.h"

/* Text is added by steps that do nothing once one has failed. */
struct page_text {
    struct buf *to;
    int error; /* 0, or what the first step that failed gave */
};

void page_add(struct page_text *page, const char *text);
/* In a cell of a table: a bar would end it. */
void page_cell(struct page_text *page, const char *text);
void page_code(struct page_text *page, const char *text);
/* The fields, with those of what stands inside. */
void page_table(struct page_text *page, const char *title, const struct field *table);
/* A section of its own. */
void page_object(struct page_text *page, const struct object *object);

#endif
