#include <inttypes.h>
#include <string.h>

#include "common/jx.h"
#include "diagram.h"
#include "safe_text.h"
#include "story.h"

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
        if (chair && j_has(member, "id", chair))
            continue;
        text_add(to, "  participant ");
        add_name(to, j_str(member, "id", NULL));
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
    const json_t *chair = j_get(document, "chair");
    const char *chair_id = chair ? j_str(chair, "id", "chair") : NULL;
    size_t i, k;
    json_t *round, *member;
    add_participants(to, j_get(document, "members"), chair_id);
    json_array_foreach (j_get(document, "rounds"), i, round) {
        const char *type = j_str(round, "type", "round");
        add_note(to, j_str(round, "name", type));
        if (chair_id && story_asks_chair(round)) {
            add_message(to, "council", "->>", chair_id, type, "");
            add_message(to, chair_id, "-->>", "council", "final answer", "");
            continue;
        }
        json_array_foreach (j_get(document, "members"), k, member)
            add_message(to, "council", "->>", j_str(member, "id", NULL), type, "");
        json_array_foreach (j_get(document, "members"), k, member)
            add_message(to, j_str(member, "id", NULL), "-->>", "council", "answer", "");
    }
}

/* ---- from a journal ---- */

static void add_end(struct buf *to, const json_t *event)
{
    char text[128];
    const json_t *result = j_get(event, "result");
    const char *status = j_str(result, "status", NULL);
    snprintf(text, sizeof text, "after %" PRId64 " ms", j_int(result, "latency_ms", 0));
    bool ok = status && !strcmp(status, "ok");
    add_message(to, j_str(event, "member_id", NULL), ok ? "-->>" : "--x", "council",
                status ? status : "?", text);
}

static void add_event(struct buf *to, const json_t *event)
{
    if (j_has(event, "type", "round_started"))
        add_note(to, j_str(event, "name", NULL));
    else if (j_has(event, "type", "member_started"))
        add_message(to, "council", "->>", j_str(event, "member_id", NULL),
                    j_str(event, "kind", "ask"), "");
    else if (j_has(event, "type", "attempt_failed"))
        add_note(to, j_str(j_get(event, "error"), "code", NULL));
    else if (j_has(event, "type", "member_completed"))
        add_end(to, event);
    else if (j_has(event, "type", "tool_call_request"))
        add_note(to, j_str(j_get(event, "tool_call"), "name", NULL));
    else if (j_has(event, "type", "run_completed") || j_has(event, "type", "run_failed"))
        add_note(to, j_str(j_get(event, "result"), "outcome", "end"));
}

void diagram_sequence_journal(struct buf *to, const json_t *events)
{
    size_t i;
    json_t *event;
    json_array_foreach ((json_t *)events, i, event) {
        if (j_get(event, "members")) {
            const json_t *chair = j_get(j_get(event, "council"), "chair");
            add_participants(to, j_get(event, "members"),
                             chair ? j_str(chair, "id", "chair") : NULL);
        }
        add_event(to, event);
    }
}
