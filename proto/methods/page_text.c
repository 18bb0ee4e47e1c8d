#include "page_text.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "proto/field_text.h"

void page_add(struct page_text *page, const char *text)
{
    if (page->error == 0)
        page->error = buf_add_str(page->to, text);
}

void page_cell(struct page_text *page, const char *text)
{
    for (; *text; text++) {
        char one[3] = {'\\', *text, '\0'};
        page_add(page, *text == '|' ? one : one + 1);
    }
}

void page_code(struct page_text *page, const char *text)
{
    page_add(page, "`");
    page_add(page, text);
    page_add(page, "`");
}

void page_link(struct page_text *page, const struct object *object)
{
    page_add(page, "[");
    page_add(page, object->title);
    page_add(page, object->told_by_runs ? "](events.md#" : "](protocol.md#");
    for (const char *c = object->title; *c; c++) {
        char one[2] = {(char)tolower((unsigned char)*c), '\0'};
        page_add(page, one);
    }
    page_add(page, ")");
}

/* An object's name, which ends the text of its type, leads to where it stands. */
static void add_type(struct page_text *page, const struct field *field)
{
    char type[256], *name;

    field_type_text(field, type, sizeof(type));
    name = field->of ? strstr(type, field->of->title) : NULL;
    if (!name) {
        page_cell(page, type);
        return;
    }
    *name = '\0';
    page_cell(page, type);
    page_link(page, field->of);
    page_cell(page, name + strlen(field->of->title));
}

static void add_row(struct page_text *page, const char *prefix, const struct field *field,
                    const char *mark)
{
    page_add(page, "| `");
    page_add(page, prefix);
    page_add(page, field->name);
    page_add(page, "`");
    page_add(page, mark);
    page_add(page, " | ");
    add_type(page, field);
    page_add(page, " | ");
    page_cell(page, field->doc);
    page_add(page, " |\n");
}

static void add_rows(struct page_text *page, const char *prefix, const struct field *table)
{
    for (const struct field *field = table; field->name; field++) {
        char inside[128];
        add_row(page, prefix, field, field->flags & FIELD_REQUIRED ? "" : "?");
        snprintf(inside, sizeof(inside), "%s%s.", prefix, field->name);
        if (field->sub)
            add_rows(page, inside, field->sub);
    }
}

void page_table(struct page_text *page, const char *title, const struct field *table)
{
    page_add(page, "\n| ");
    page_add(page, title);
    page_add(page, " | type | |\n|---|---|---|\n");
    add_rows(page, "", table);
}

void page_members(struct page_text *page, const struct object *object)
{
    if (object->fields)
        page_table(page, "member", object->fields);
    for (const struct object *const *one = object->variants; one && *one; one++) {
        page_add(page, one == object->variants ? "\nOne of " : ", ");
        page_link(page, *one);
    }
    page_add(page, object->variants ? ".\n" : "");
}

void page_object(struct page_text *page, const struct object *object)
{
    page_add(page, "\n### ");
    page_add(page, object->title);
    page_add(page, "\n\n");
    page_add(page, object->doc);
    page_add(page, "\n");
    page_members(page, object);
}

int page_update(struct buf *to, const char *page, const struct page_marks *marks,
                int (*make)(struct buf *to, const void *arg), const void *arg, struct error *err)
{
    const char *begin = strstr(page, marks->begin);
    const char *end = begin ? strstr(begin, marks->end) : NULL;
    int r;

    if (!end)
        return error_set(err, EINVAL, "the marker lines of the part that is made are missing");
    begin += strlen(marks->begin);
    r = buf_add(to, page, (size_t)(begin - page));
    if (r == 0)
        r = make(to, arg);
    if (r == 0)
        r = buf_add_str(to, end);
    return r < 0 ? error_errno(err, -r, "the page cannot be put together") : 0;
}
