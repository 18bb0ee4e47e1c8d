#include <string.h>

#include "diagram.h"
#include "js.h"
#include "safe_text.h"

static void add_name(struct buf *to, const char *s)
{
    struct buf clean = BUF_INIT(1024 * 1024);
    text_escape(&clean, s ? s : "?", strlen(s ? s : "?"), TEXT_LINE);
    for (size_t i = 0; i < clean.len; i++)
        text_addf(to, strchr("\"<>#;:,&`{}[]()|\\+-", clean.at[i]) ? "#%d;" : "%c", clean.at[i]);
    buf_release(&clean);
}

static void add_message(struct buf *to, const char *from, const char *arrow, const char *target,
                        const char *what, const char *more)
{
    text_add(to, "  ");
    add_name(to, from);
    text_add(to, arrow);
    add_name(to, target);
    text_add(to, ": ");
    add_name(to, what);
    if (more && *more) {
        text_add(to, " ");
        add_name(to, more);
    }
    text_add(to, "\n");
}

static void add_participants(struct buf *to, const json_t *members, const char *chair)
{
    size_t i;
    json_t *member;
    text_add(to, "sequenceDiagram\n  participant council\n");
    json_array_foreach ((json_t *)members, i, member) {
        if (chair && js_is(member, "id", chair))
            continue;
        text_add(to, "  participant ");
        add_name(to, js_str(member, "id"));
        text_add(to, "\n");
    }
    if (chair) {
        text_add(to, "  participant ");
        add_name(to, chair);
        text_add(to, "\n");
    }
}

static void add_note(struct buf *to, const char *text)
{
    text_add(to, "  Note over council: ");
    add_name(to, text);
    text_add(to, "\n");
}

void diagram_sequence_plan(struct buf *to, const json_t *document)
{
    const json_t *chair = js_get(document, "chair");
    const char *chair_id = chair ? (js_str(chair, "id") ? js_str(chair, "id") : "chair") : NULL;
    size_t i, k;
    json_t *round, *member;
    add_participants(to, js_get(document, "members"), chair_id);
    json_array_foreach (js_get(document, "rounds"), i, round) {
        const char *type = js_str(round, "type") ? js_str(round, "type") : "round";
        add_note(to, js_str(round, "name") ? js_str(round, "name") : type);
        if (chair_id && strstr(type, "synthesis")) {
            add_message(to, "council", "->>", chair_id, type, "");
            add_message(to, chair_id, "-->>", "council", "final answer", "");
            continue;
        }
        json_array_foreach (js_get(document, "members"), k, member)
            add_message(to, "council", "->>", js_str(member, "id"), type, "");
        json_array_foreach (js_get(document, "members"), k, member)
            add_message(to, js_str(member, "id"), "-->>", "council", "answer", "");
    }
}

/* ---- from a journal ---- */

static void add_end(struct buf *to, const json_t *event)
{
    char text[128];
    const json_t *result = js_get(event, "result");
    const char *status = js_str(result, "status");
    snprintf(text, sizeof text, "after %lld ms", js_int(result, "latency_ms", 0));
    bool ok = status && !strcmp(status, "ok");
    add_message(to, js_str(event, "member_id"), ok ? "-->>" : "--x", "council",
                status ? status : "?", text);
}

static void add_event(struct buf *to, const json_t *event)
{
    if (js_is(event, "type", "round_started"))
        add_note(to, js_str(event, "name"));
    else if (js_is(event, "type", "member_started"))
        add_message(to, "council", "->>", js_str(event, "member_id"),
                    js_str(event, "kind") ? js_str(event, "kind") : "ask", "");
    else if (js_is(event, "type", "attempt_failed"))
        add_note(to, js_str(js_get(event, "error"), "code"));
    else if (js_is(event, "type", "member_completed"))
        add_end(to, event);
    else if (js_is(event, "type", "tool_call_request"))
        add_note(to, js_str(js_get(event, "tool_call"), "name"));
    else if (js_is(event, "type", "run_completed") || js_is(event, "type", "run_failed"))
        add_note(to, js_str(js_get(event, "result"), "outcome")
                         ? js_str(js_get(event, "result"), "outcome")
                         : "end");
}

void diagram_sequence_journal(struct buf *to, const json_t *events)
{
    size_t i;
    json_t *event;
    json_array_foreach ((json_t *)events, i, event) {
        if (js_get(event, "members")) {
            const json_t *chair = js_get(js_get(event, "council"), "chair");
            add_participants(to, js_get(event, "members"),
                             chair ? (js_str(chair, "id") ? js_str(chair, "id") : "chair") : NULL);
        }
        add_event(to, event);
    }
}
