#include "calls.h"

#include <string.h>

#include "common/clock.h"
#include "common/xalloc.h"

enum { STREAMED_MAX = 16 * 1024 * 1024 };

static void call_free(struct call_shown *call)
{
    free(call->call_id);
    free(call->member);
    free(call->model);
    buf_release(&call->text);
    free(call);
}

void calls_release(struct calls *calls)
{
    while (calls->first)
        calls_end(calls, calls->first->call_id);
}

struct call_shown *calls_begin(struct calls *calls, const char *call_id, const char *member,
                               const char *model)
{
    calls_end(calls, call_id);
    struct call_shown **at = &calls->first;
    while (*at)
        at = &(*at)->next;
    struct call_shown *call = *at = xcalloc(1, sizeof *call);
    call->call_id = xstrdup(call_id);
    call->member = xstrdup(member);
    call->model = xstrdup(model);
    call->since = clock_mono_ms();
    buf_init(&call->text, STREAMED_MAX);
    return call;
}

struct call_shown *calls_find(struct calls *calls, const char *call_id)
{
    struct call_shown *call = calls->first;
    while (call && strcmp(call->call_id, call_id) != 0)
        call = call->next;
    return call;
}

void calls_end(struct calls *calls, const char *call_id)
{
    for (struct call_shown **at = &calls->first; *at; at = &(*at)->next) {
        if (strcmp((*at)->call_id, call_id) != 0)
            continue;
        struct call_shown *call = *at;
        *at = call->next;
        call_free(call);
        return;
    }
}
