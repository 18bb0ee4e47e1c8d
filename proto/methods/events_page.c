#include "events_page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "page_text.h"
#include "proto/json/json_out.h"
#include "proto/object_set.h"
#include "proto/objects/event_objects.h"
#include "proto/objects/result_objects.h"

enum { LINE_MAX_BYTES = 110, STEP = 2 };

/* ---- examples: on one line what fits there ---- */

static void add_value(struct page_text *page, const json_t *value, size_t indent, size_t used);

static void add_break(struct page_text *page, size_t indent)
{
    page_add(page, "\n");
    for (size_t i = 0; i < indent; i++)
        page_add(page, " ");
}

static void add_members(struct page_text *page, const json_t *value, size_t indent)
{
    const char *key, *comma = "";
    size_t i;
    json_t *part;

    json_array_foreach (value, i, part) {
        page_add(page, comma);
        add_break(page, indent);
        add_value(page, part, indent, 0);
        comma = ",";
    }
    json_object_foreach ((json_t *)value, key, part) {
        page_add(page, comma);
        add_break(page, indent);
        if (page->error == 0)
            page->error = json_out_string(page->to, key);
        page_add(page, ": ");
        add_value(page, part, indent, strlen(key) + 4);
        comma = ",";
    }
}

/* `used` of the line are gone beside its indentation. */
static void add_value(struct page_text *page, const json_t *value, size_t indent, size_t used)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
    bool parts = json_object_size(value) + json_array_size(value) > 0;

    if (!text) {
        page->error = -ENOMEM;
    } else if (!parts || indent + used + strlen(text) < LINE_MAX_BYTES) {
        page_add(page, text);
    } else {
        page_add(page, json_is_object(value) ? "{" : "[");
        add_members(page, value, indent + STEP);
        add_break(page, indent);
        page_add(page, json_is_object(value) ? "}" : "]");
    }
    free(text);
}

/* ---- events ---- */

/* Behind what every event has. */
static const struct field *own_fields(const struct object *event)
{
    const struct field *field = event->fields;

    while (strcmp(field->name, "type") != 0)
        field++;
    field++;
    return field->name && strcmp(field->name, "seq") == 0 ? field + 1 : field;
}

static void add_event(struct page_text *page, enum event_type type, const json_t *example)
{
    const struct object *event = event_object(type);

    page_add(page, "\n### ");
    page_add(page, event->title);
    page_add(page, "\n\n");
    page_code(page, event_name(type));
    page_add(page, ". ");
    page_add(page, event->doc);
    page_add(page, "\n");
    page_table(page, "member", own_fields(event));
    page_add(page, "\n```json\n");
    add_value(page, example, 0, 0);
    page_add(page, "\n```\n");
}

static bool is_event(const struct object *object)
{
    for (int i = 0; i < EVENT_TYPE_COUNT; i++)
        if (event_object((enum event_type)i) == object)
            return true;
    return false;
}

static void add_objects(struct page_text *page)
{
    struct object_set set = {.n = 0};

    object_set_add(&set, &OBJECT_EVENT);
    for (size_t i = 0; i < set.n; i++)
        if (set.at[i] != &OBJECT_EVENT && !is_event(set.at[i]))
            page_object(page, set.at[i]);
}

int events_page(struct buf *to, const json_t *examples)
{
    struct page_text page = {.to = to};
    size_t before = to->len;

    page_add(&page, "\n## Events\n");
    page_object(&page, &OBJECT_EVENT);
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        const json_t *example = json_object_get(examples, event_name((enum event_type)i));

        if (!example && page.error == 0)
            page.error = -EINVAL;
        else
            add_event(&page, (enum event_type)i, example);
    }
    page_add(&page, "\n## What they are made of\n");
    add_objects(&page);
    page_add(&page, "\n");
    if (page.error < 0)
        buf_truncate(to, before);
    return page.error;
}

static int make(struct buf *to, const void *arg)
{
    return events_page(to, arg);
}

int events_page_update(struct buf *to, const char *page, const json_t *examples, struct error *err)
{
    static const struct page_marks MARKS = {EVENTS_PAGE_BEGIN, EVENTS_PAGE_END};

    return page_update(to, page, &MARKS, make, examples, err);
}
