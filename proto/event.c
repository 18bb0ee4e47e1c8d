#include "event.h"

#include <errno.h>
#include <string.h>

static const struct {
    const char *name;
    bool terminal; /* the last of a run */
} EVENTS[] = {
    [EVENT_RUN_STARTED] = {"run_started"},
    [EVENT_RUN_RESUMED] = {"run_resumed"},
    [EVENT_CARRIED] = {"carried"},
    [EVENT_CARRIED_END] = {"carried_end"},
    [EVENT_COUNCIL_SELECTED] = {"council_selected"},
    [EVENT_ROUND_STARTED] = {"round_started"},
    [EVENT_MEMBER_STARTED] = {"member_started"},
    [EVENT_ATTEMPT_FAILED] = {"attempt_failed"},
    [EVENT_EXCHANGE_COMPLETED] = {"exchange_completed"},
    [EVENT_TOOL_CALL_REQUEST] = {"tool_call_request"},
    [EVENT_TOOL_CALL_RESULT] = {"tool_call_result"},
    [EVENT_MEMBER_REASK] = {"member_reask"},
    [EVENT_MEMBER_COMPLETED] = {"member_completed"},
    [EVENT_EARLY_STOP] = {"early_stop"},
    [EVENT_ROUND_COMPLETED] = {"round_completed"},
    [EVENT_SUB_RUN_STARTED] = {"sub_run_started"},
    [EVENT_SUB_RUN_COMPLETED] = {"sub_run_completed"},
    [EVENT_SUB_RUN_FAILED] = {"sub_run_failed"},
    [EVENT_WARNING] = {"warning"},
    [EVENT_CANCEL_REQUESTED] = {"cancel_requested"},
    [EVENT_RUN_COMPLETED] = {"run_completed", true},
    [EVENT_RUN_FAILED] = {"run_failed", true},
    [EVENT_MEMBER_TOKEN] = {"member_token"},
    [EVENT_MEMBER_REASONING] = {"member_reasoning"},
};
_Static_assert(sizeof(EVENTS) / sizeof(EVENTS[0]) == EVENT_TYPE_COUNT, "a row for every type");

static const char *const OUTCOMES[] = {
    [OUTCOME_NONE] = NULL,           [OUTCOME_COMPLETE] = "complete",
    [OUTCOME_DEGRADED] = "degraded", [OUTCOME_REFUSED] = "refused",
    [OUTCOME_FAILED] = "failed",     [OUTCOME_CANCELLED] = "cancelled",
};
_Static_assert(sizeof(OUTCOMES) / sizeof(OUTCOMES[0]) == OUTCOME_COUNT, "a name for every outcome");

static bool same(const char *word, const char *name, size_t len)
{
    return word && strlen(word) == len && memcmp(word, name, len) == 0;
}

const char *event_name(enum event_type type)
{
    return EVENTS[type].name;
}

int event_find(const char *name, size_t len)
{
    for (int i = 0; i < EVENT_TYPE_COUNT; i++)
        if (same(EVENTS[i].name, name, len))
            return i;
    return -EINVAL;
}

bool event_is_terminal(enum event_type type)
{
    return EVENTS[type].terminal;
}

const char *outcome_name(enum outcome outcome)
{
    return OUTCOMES[outcome];
}

int outcome_find(const char *name, size_t len)
{
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (same(OUTCOMES[i], name, len))
            return i;
    return -EINVAL;
}
