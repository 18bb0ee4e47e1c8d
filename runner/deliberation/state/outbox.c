#include "outbox.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/event.h"

#include "council_data.h"
#include "round_state.h"
#include "seat_call.h"
#include "state.h"
#include "want.h"

struct event_item {
    json_t *event;
    struct event_item *next;
};

struct want_item {
    struct engine_want want;
    struct seat_call
        *call; /* ENGINE_ATTEMPT: no longer valid when it was aborted before it was taken */
    char *call_id, *tool_id, *tool;
    struct want_item *next;
};

void engine_emit(struct engine *e, const char *path, const char *type, json_t *payload)
{
    char ts[CLOCK_RFC3339_SIZE];
    struct event_item *item = xcalloc(1, sizeof *item);
    item->event = j_object();
    j_set(item->event, "v", j_integer(EVENT_VERSION));
    j_set(item->event, "run_id", j_string(e->run_id));
    j_set(item->event, "seq", j_integer(++e->seq));
    j_set(item->event, "ts", j_string(clock_rfc3339(e->wall_ms + e->now, ts)));
    j_set(item->event, "ms", j_integer(e->now));
    j_set(item->event, "path", j_string(path));
    j_set(item->event, "type", j_string(type));
    if (json_object_update(item->event, payload) < 0)
        xcheck(NULL);
    json_decref(payload);
    LL_APPEND(e->events, item);
}

json_t *outbox_next_event(struct engine *e)
{
    struct event_item *item = e->events;
    if (!item)
        return NULL;
    json_t *event = item->event;
    LL_DELETE(e->events, item);
    free(item);
    return event;
}

void engine_warn(struct engine *e, const struct round *r, const char *code, const char *member_id,
                 const char *message, json_t *context)
{
    json_t *p = j_object(), *kept = j_object();
    j_set(p, "code", j_string(code));
    j_set(p, "message", j_string(message));
    j_set(p, "index", r ? j_integer(r->index) : json_null());
    j_set(p, "member_id", j_string(member_id));
    if (json_object_update(kept, p) < 0)
        xcheck(NULL);
    j_set(p, "context", context ? context : json_null());
    j_add(e->warnings, kept);
    engine_emit(e, r ? r->council->path : "", "warning", p);
}

static void free_want(struct want_item *item)
{
    if (!item)
        return;
    json_decref(item->want.tool_doc);
    json_decref(item->want.args);
    free(item->call_id);
    free(item->tool_id);
    free(item->tool);
    free(item);
}

void engine_drop_wants(struct engine *e, const struct seat_call *call)
{
    struct want_item *item, *next;
    LL_FOREACH_SAFE (e->wants, item, next) {
        if (item->call != call ||
            (item->want.kind != ENGINE_ATTEMPT && item->want.kind != ENGINE_TOOL))
            continue;
        LL_DELETE(e->wants, item);
        free_want(item);
    }
}

/* An attempt that nobody has taken yet needs no abort. */
static bool never_taken(struct engine *e, const struct engine_want *want,
                        const struct seat_call *call)
{
    struct want_item *item;
    LL_FOREACH (e->wants, item) {
        if (item->call == call && item->want.kind == ENGINE_ATTEMPT &&
            item->want.attempt == want->attempt)
            return true;
    }
    return false;
}

/* Nor does a tool. */
static bool drop_tool(struct engine *e, const struct engine_want *want,
                      const struct seat_call *call)
{
    struct want_item *item, *next;
    LL_FOREACH_SAFE (e->wants, item, next) {
        if (item->call != call || item->want.kind != ENGINE_TOOL ||
            strcmp(item->tool_id, want->tool_id) != 0)
            continue;
        LL_DELETE(e->wants, item);
        free_want(item);
        return true;
    }
    return false;
}

void engine_push_want(struct engine *e, struct engine_want want, struct seat_call *call)
{
    if (want.kind == ENGINE_ABORT && never_taken(e, &want, call)) {
        engine_drop_wants(e, call);
        return;
    }
    if (want.kind == ENGINE_ABORT_TOOL && drop_tool(e, &want, call))
        return;
    struct want_item *item = xcalloc(1, sizeof *item);
    item->want = want;
    item->call = call;
    json_incref(want.tool_doc);
    json_incref(want.args);
    if (want.call_id)
        item->want.call_id = item->call_id = xstrdup(want.call_id);
    if (want.tool_id)
        item->want.tool_id = item->tool_id = xstrdup(want.tool_id);
    if (want.tool)
        item->want.tool = item->tool = xstrdup(want.tool);
    LL_APPEND(e->wants, item);
}

const struct engine_want *outbox_next_want(struct engine *e)
{
    free_want(e->taken);
    e->taken = NULL;
    if (e->events || !e->wants)
        return NULL;
    e->taken = e->wants;
    LL_DELETE(e->wants, e->taken);
    return &e->taken->want;
}

void outbox_release(struct engine *e)
{
    struct want_item *w, *next;
    json_t *event;
    while ((event = outbox_next_event(e)))
        json_decref(event);
    LL_FOREACH_SAFE (e->wants, w, next) {
        LL_DELETE(e->wants, w);
        free_want(w);
    }
    free_want(e->taken);
}
