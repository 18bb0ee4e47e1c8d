#include "tell.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"

enum { LINE_MAX_BYTES = 256 * 1024 * 1024 };

/* The queue holds hundreds of MiB: only memory can be short. */
static void queued(int r)
{
    if (r < 0)
        xcheck(NULL);
}

static struct json_span span_of(const struct buf *b)
{
    return (struct json_span){b->at, b->len};
}

void tell_release(struct tell *t)
{
    free(t->progress);
    t->progress = NULL;
}

void tell_dump(const struct tell *t, struct buf *to, const json_t *value, bool *redacted)
{
    _cleanup_free_ char *text = j_dump(value);
    buf_init(to, LINE_MAX_BYTES);
    queued(buf_add_str(to, text));
    bool any = secrets_redact_line(t->secrets, to);
    if (redacted)
        *redacted |= any;
}

void tell_event(struct tell *t, const struct buf *line)
{
    queued(link_make_event(&t->uplink->out, span_of(line)));
}

void tell_delta(struct tell *t, const json_t *event)
{
    struct buf line;
    tell_dump(t, &line, event, NULL);
    queued(link_make_delta(&t->uplink->out, span_of(&line)));
    buf_release(&line);
}

void tell_progress(struct tell *t, json_t *progress)
{
    char *text = j_dump(progress);
    if (t->progress && !strcmp(text, t->progress)) {
        free(text);
        return;
    }
    free(t->progress);
    t->progress = text;
    queued(link_make_progress(&t->uplink->out, j_str(progress, "phase", NULL),
                              json_object_get(progress, "usage"),
                              json_integer_value(json_object_get(progress, "calls")),
                              j_str(progress, "council_id", NULL)));
}

void tell_result(struct tell *t, enum outcome outcome, json_t *result, bool journaled)
{
    struct buf text;
    tell_dump(t, &text, result, NULL);
    if (text.len + 256 > t->longest) {
        json_t *shorter = xcheck(json_copy(result));
        j_set(shorter, "rounds", json_null());
        j_set(shorter, "rounds_omitted", json_true());
        buf_release(&text);
        tell_dump(t, &text, shorter, NULL);
        json_decref(shorter);
    }
    queued(link_make_result(&t->uplink->out, outcome, span_of(&text), journaled));
    buf_release(&text);
}

void tell_result_at(struct tell *t, enum outcome outcome, int64_t at, size_t bytes)
{
    queued(link_make_result_at(&t->uplink->out, outcome, at, bytes));
}
