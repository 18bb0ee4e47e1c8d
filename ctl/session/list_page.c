#include "list_page.h"

#include "ctl.h"
#include "ctl/terminal/out.h"
#include "story/safe_text.h"

static void print(const struct list_page *how, const json_t *page)
{
    const json_t *next = json_object_get(page, "next");
    struct table *t = table_new(how->heads);
    size_t i;
    json_t *row;
    json_array_foreach (json_object_get(page, how->rows), i, row)
        how->add_row(t, row);
    struct buf *out = out_begin();
    table_print(t, "", out);
    if (json_is_string(next)) {
        text_add(out, "more: --after ");
        text_add_json(out, next);
        text_add(out, "\n");
    }
    if (how->add_note)
        how->add_note(out, page);
    out_end(out);
    table_free(t);
}

int list_page_show(const struct ctl *ctl, const struct list_page *how, json_t *params)
{
    json_t *page = NULL;
    int status = ctl_once(ctl, how->method, params, &page);
    if (status)
        return status;
    if (ctl->json)
        out_json(page, true);
    else
        print(how, page);
    json_decref(page);
    return EXIT_COMPLETE;
}
