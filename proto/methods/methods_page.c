#include "methods_page.h"

#include "methods.h"
#include "page_text.h"
#include "proto/field_text.h"

static void add_params(struct page_text *page, const struct field *params)
{
    if (params->name)
        page_table(page, "param", params);
    else
        page_add(page, "\nNo params.\n");
}

static void add_result(struct page_text *page, const struct method_row *row)
{
    char type[256];

    if (row->result_value) {
        page_add(page, "\nResult: ");
        page_add(page, field_type_text(row->result_value, type, sizeof(type)));
        page_add(page, "; ");
        page_add(page, row->result_value->doc);
        page_add(page, ".\n");
    } else if (row->result->name) {
        page_table(page, "result", row->result);
    } else {
        page_add(page, "\nResult: `{}`.\n");
    }
}

static void add_errors(struct page_text *page, const enum rpc_reason *errors)
{
    for (size_t i = 0; errors[i] != RPC_REASON_COUNT; i++) {
        page_add(page, i ? ", " : "\nErrors: ");
        page_code(page, rpc_reason_name(errors[i]));
    }
    if (errors[0] != RPC_REASON_COUNT)
        page_add(page, ".\n");
}

static void add_role(struct page_text *page, const struct method_row *row)
{
    page_add(page, "\nRole: ");
    page_code(page, role_name(row->role));
    if (row->owned)
        page_add(page, ", for runs that the caller owns; `operate` for all");
    if (row->whole)
        page_add(page, "; not for a connection that sees one registry");
    page_add(page, row->audited ? ". Audited.\n" : ".\n");
}

static void add_method(struct page_text *page, enum method method)
{
    const struct method_row *row = method_row(method);

    page_add(page, "\n### ");
    page_add(page, method_name(method));
    page_add(page, "\n\n");
    page_add(page, row->doc);
    if (row->waits)
        page_add(page, " *Answers when done.*");
    page_add(page, "\n");
    add_role(page, row);
    add_params(page, row->params);
    add_result(page, row);
    add_errors(page, row->errors);
}

static void add_notification(struct page_text *page, enum notification notification)
{
    const struct notification_row *row = notification_row(notification);

    page_add(page, "\n### ");
    page_add(page, notification_name(notification));
    page_add(page, "\n\n");
    page_add(page, row->doc);
    page_add(page, "\n");
    page_table(page, "param", row->params);
}

static void add_objects(struct page_text *page)
{
    struct object_set set = {.n = 0};

    methods_objects(&set);
    for (size_t i = 0; i < set.n; i++)
        if (!set.at[i]->told_by_runs)
            page_object(page, set.at[i]);
}

static void add_reason(struct page_text *page, enum rpc_reason reason)
{
    char code[16];

    snprintf(code, sizeof(code), "%d", rpc_reason_code(reason));
    page_add(page, "| ");
    page_code(page, rpc_reason_name(reason));
    page_add(page, " | ");
    page_add(page, code);
    page_add(page, " | ");
    page_add(page, rpc_reason_members(reason));
    page_add(page, " | ");
    page_cell(page, rpc_reason_doc(reason));
    page_add(page, " |\n");
}

int methods_page(struct buf *to)
{
    struct page_text page = {.to = to};
    size_t before = to->len;

    page_add(&page, "\n## Methods\n\nA name with `?` may be left out.\n");
    for (int i = 0; i < METHOD_COUNT; i++)
        add_method(&page, (enum method)i);
    page_add(&page, "\n## Notifications\n");
    for (int i = 0; i < NOTIFICATION_COUNT; i++)
        add_notification(&page, (enum notification)i);
    page_add(&page, "\n## Objects\n\nWhat `rpc.discover` has as `components.schemas`.\n");
    add_objects(&page);
    page_add(
        &page,
        "\n## Errors\n\n| `data.reason` | code | also in `data` | when |\n|---|---|---|---|\n");
    for (int i = 0; i < RPC_REASON_COUNT; i++)
        add_reason(&page, (enum rpc_reason)i);
    page_add(&page, "\n");
    if (page.error < 0)
        buf_truncate(to, before);
    return page.error;
}

static int make(struct buf *to, const void *arg)
{
    (void)arg;
    return methods_page(to);
}

int methods_page_update(struct buf *to, const char *page, struct error *err)
{
    static const struct page_marks MARKS = {METHODS_PAGE_BEGIN, METHODS_PAGE_END};

    return page_update(to, page, &MARKS, make, NULL, err);
}
