/* A fact goes to what it is about. */
#include "facts.h"

#include <errno.h>
#include <string.h>
#include <uthash.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/call/complete_answer.h"
#include "runner/deliberation/call/failure.h"
#include "runner/deliberation/call/tool_loop.h"
#include "runner/deliberation/round/calls_end.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/outbox.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"

static int feed_attempt(struct engine *e, json_t *fact, bool failed)
{
    struct seat_call *c = NULL;
    const char *id = j_str(fact, "call_id", NULL);
    if (!id || !j_is_number(fact, "attempt"))
        return -EINVAL;
    HASH_FIND_STR(e->calls, id, c);
    if (!c || c->state != CALL_RUNNING || j_int(fact, "attempt", -1) != c->attempt)
        return -ESTALE;
    if (failed && !json_is_object(json_object_get(fact, "error")))
        return -EINVAL;
    if (failed)
        failure_take(c, fact);
    else
        answer_take(c, fact);
    return 0;
}

static int feed_tool(struct engine *e, json_t *fact)
{
    struct seat_call *c = NULL;
    const char *id = j_str(fact, "call_id", NULL);
    if (!id || !j_str(fact, "id", NULL) || !j_is_number(fact, "turn"))
        return -EINVAL;
    HASH_FIND_STR(e->calls, id, c);
    return c && c->state == CALL_TOOLS ? tool_loop_feed(c, fact) : -ESTALE;
}

/* The journal is the one reason with which a run fails. Where it cannot be written any more it
 * comes first, whoever else wanted the end. */
static void take_fault(struct engine *e, const json_t *fact)
{
    if (!e->fault)
        e->fault = xstrdup(j_str(fact, "message", "the journal cannot be written"));
}

static int feed_cancel(struct engine *e, const json_t *fact)
{
    const char *mode = j_str(fact, "mode", "drain"), *reason = j_str(fact, "reason", "client");
    bool now = strcmp(mode, "now") == 0, journal = strcmp(reason, "journal") == 0;
    if (!now && strcmp(mode, "drain") != 0)
        return -EINVAL;
    bool stale = e->cancel && (strcmp(e->cancel, "now") == 0 || !now);
    if (journal && (now || !stale))
        take_fault(e, fact);
    if (stale)
        return -ESTALE;
    json_t *p = j_object();
    if (!e->cancel)
        e->cancel_reason = strcmp(reason, "deadline") == 0 ? "deadline" : "client";
    e->cancel = now ? "now" : "drain";
    j_set(p, "mode", j_string(e->cancel));
    j_set(p, "reason", j_string(reason));
    if (journal)
        j_set(p, "message", j_string(e->fault));
    engine_emit(e, "", "cancel_requested", p);
    round_drain(e->root->round, now);
    return 0;
}

static int feed_warning(struct engine *e, const json_t *fact)
{
    const char *code = j_str(fact, "code", NULL);
    json_t *context = j_get(fact, "context");
    if (!code)
        return -EINVAL;
    bool here = e->root->round && j_int(fact, "index", -1) == e->root->round->index;
    engine_warn(e, here ? e->root->round : NULL, code, j_str(fact, "member_id", NULL),
                j_str(fact, "message", ""), context ? json_incref(context) : NULL);
    return 0;
}

int fact_take(struct engine *e, json_t *fact)
{
    const char *type = j_str(fact, "type", "");
    if (strcmp(type, "attempt_failed") == 0)
        return feed_attempt(e, fact, true);
    if (strcmp(type, "exchange_completed") == 0)
        return feed_attempt(e, fact, false);
    if (strcmp(type, "tool_call_result") == 0)
        return feed_tool(e, fact);
    if (strcmp(type, "cancel_requested") == 0)
        return feed_cancel(e, fact);
    if (strcmp(type, "warning") == 0)
        return feed_warning(e, fact);
    return -EINVAL;
}
