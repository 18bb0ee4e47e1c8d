/* A page of a list, as the daemon answers it: printed as JSON where that was asked for, else as a
 * table of its rows with the way to the next page below. */
#ifndef CTL_SESSION_LIST_PAGE_H
#define CTL_SESSION_LIST_PAGE_H

#include <jansson.h>

#include "story/columns.h"

struct buf;
struct ctl;

struct list_page {
    const char *method;
    const char *rows; /* member of the result that holds them */
    const char *const *heads;
    void (*add_row)(struct table *t, const json_t *row);
    void (*add_note)(struct buf *out, const json_t *page); /* what else is to be said; or NULL */
};

/* Takes params over. The exit status, after a failure has been told. */
int list_page_show(const struct ctl *ctl, const struct list_page *how, json_t *params);

#endif
