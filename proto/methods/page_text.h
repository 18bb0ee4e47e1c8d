/* Pieces of a page of the docs that is made from tables. */
#ifndef PROTO_METHODS_PAGE_TEXT_H
#define PROTO_METHODS_PAGE_TEXT_H

#include "common/buf.h"
#include "common/error.h"
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
/* The fields of an object, or what it is one of. */
void page_members(struct page_text *page, const struct object *object);
/* A section of its own. */
void page_object(struct page_text *page, const struct object *object);
/* The name of an object, which leads to its section. */
void page_link(struct page_text *page, const struct object *object);

/* The lines between which a part of a page is made. */
struct page_marks {
    const char *begin, *end;
};

/* The page with what stands between its markers made anew: adds all of it to `to`. -EINVAL when
 * the markers are not there, else what `make` gives, which adds to `to`. */
int page_update(struct buf *to, const char *page, const struct page_marks *marks,
                int (*make)(struct buf *to, const void *arg), const void *arg, struct error *err);

#endif
