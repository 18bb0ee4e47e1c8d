#include "methods_page.h"

#include <errno.h>

#include "methods.h"
#include "proto/field_text.h"

/* Text is added by steps that do nothing once one has failed. */
struct page_text {
    struct buf *to;
    int error;
};

static void add(struct page_text *page, const char *text)
{
    if (page->error == 0)
        page->error = buf_add_str(page->to, text);
}

/* A cell of a table: a bar would end it. */
static void add_cell(struct page_text *page, const char *text)
{
    for (; *text; text++) {
        char one[3] = {'\\', *text, '\0'};
        add(page, *text == '|' ? one : one + 1);
    }
}

static void add_code(struct page_text *page, const char *text)
{
    add(page, "`");
    add(page, text);
    add(page, "`");
}

static void add_row(struct page_text *page, const char *prefix, const struct field *field,
                    const char *mark)
{
    char type[256];

    add(page, "| `");
    add(page, prefix);
    add(page, field->name);
    add(page, "`");
    add(page, mark);
    add(page, " | ");
    add_cell(page, field_type_text(field, type, sizeof(type)));
    add(page, " | ");
    add_cell(page, field->doc);
    add(page, " |\n");
}

static void add_rows(struct page_text *page, const char *prefix, const struct field *table)
{
    for (const struct field *field = table; field->name; field++) {
        char inside[128];
        add_row(page, prefix, field, field->flags & FIELD_REQUIRED ? "" : "?");
        snprintf(inside, sizeof(inside), "%s%s%s", prefix, field->name,
                 field->type == FIELD_ARRAY ? "[]." : ".");
        if (field->sub)
            add_rows(page, inside, field->sub);
    }
}

static void add_table(struct page_text *page, const char *title, const struct field *table)
{
    add(page, "\n| ");
    add(page, title);
    add(page, " | type | |\n|---|---|---|\n");
    add_rows(page, "", table);
}

static void add_params(struct page_text *page, const struct field *params)
{
    if (params->name)
        add_table(page, "param", params);
    else
        add(page, "\nNo params.\n");
}

static void add_result(struct page_text *page, const struct method_row *row)
{
    char type[256];

    if (row->result_value) {
        add(page, "\nResult: ");
        add(page, field_type_text(row->result_value, type, sizeof(type)));
        add(page, "; ");
        add(page, row->result_value->doc);
        add(page, ".\n");
    } else if (row->result->name) {
        add_table(page, "result", row->result);
    } else {
        add(page, "\nResult: `{}`.\n");
    }
}

static void add_errors(struct page_text *page, const enum rpc_reason *errors)
{
    for (size_t i = 0; errors[i] != RPC_REASON_COUNT; i++) {
        add(page, i ? ", " : "\nErrors: ");
        add_code(page, rpc_reason_name(errors[i]));
    }
    if (errors[0] != RPC_REASON_COUNT)
        add(page, ".\n");
}

static void add_role(struct page_text *page, const struct method_row *row)
{
    add(page, "\nRole: ");
    add_code(page, role_name(row->role));
    if (row->owned)
        add(page, ", for runs that the caller owns; `operate` for all");
    if (row->whole)
        add(page, "; not for a connection that sees one registry");
    add(page, row->audited ? ". Audited.\n" : ".\n");
}

static void add_method(struct page_text *page, enum method method)
{
    const struct method_row *row = method_row(method);

    add(page, "\n### ");
    add(page, method_name(method));
    add(page, "\n\n");
    add(page, row->doc);
    if (row->waits)
        add(page, " *Answers when done.*");
    add(page, "\n");
    add_role(page, row);
    add_params(page, row->params);
    add_result(page, row);
    add_errors(page, row->errors);
}

static void add_notification(struct page_text *page, enum notification notification)
{
    const struct notification_row *row = notification_row(notification);

    add(page, "\n### ");
    add(page, notification_name(notification));
    add(page, "\n\n");
    add(page, row->doc);
    add(page, "\n");
    add_table(page, "param", row->params);
}

static void add_reason(struct page_text *page, enum rpc_reason reason)
{
    char code[16];

    snprintf(code, sizeof(code), "%d", rpc_reason_code(reason));
    add(page, "| ");
    add_code(page, rpc_reason_name(reason));
    add(page, " | ");
    add(page, code);
    add(page, " | ");
    add(page, rpc_reason_members(reason));
    add(page, " | ");
    add_cell(page, rpc_reason_doc(reason));
    add(page, " |\n");
}

int methods_page(struct buf *to)
{
    struct page_text page = {.to = to};
    size_t before = to->len;

    add(&page, "\n## Methods\n\nA name with `?` may be left out.\n");
    for (int i = 0; i < METHOD_COUNT; i++)
        add_method(&page, (enum method)i);
    add(&page, "\n## Notifications\n");
    for (int i = 0; i < NOTIFICATION_COUNT; i++)
        add_notification(&page, (enum notification)i);
    add(&page,
        "\n## Errors\n\n| `data.reason` | code | also in `data` | when |\n|---|---|---|---|\n");
    for (int i = 0; i < RPC_REASON_COUNT; i++)
        add_reason(&page, (enum rpc_reason)i);
    add(&page, "\n");
    if (page.error < 0)
        buf_truncate(to, before);
    return page.error;
}

int methods_page_update(struct buf *to, const char *page, struct error *err)
{
    const char *begin = strstr(page, METHODS_PAGE_BEGIN);
    const char *end = begin ? strstr(begin, METHODS_PAGE_END) : NULL;
    int r;

    if (!end)
        return error_set(err, EINVAL, "the marker lines of the method part are missing");
    begin += strlen(METHODS_PAGE_BEGIN);
    r = buf_add(to, page, (size_t)(begin - page));
    if (r == 0)
        r = methods_page(to);
    if (r == 0)
        r = buf_add_str(to, end);
    return r < 0 ? error_errno(err, -r, "the page cannot be put together") : 0;
}
