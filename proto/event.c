#include "event.h"

#include <errno.h>
#include <string.h>

static const struct {
    const char *name;
    bool terminal; /* the last of a run */
} EVENTS[] = {
    [EVENT_RUN_STARTED] = {.name = "run_started"},
    [EVENT_RUN_RESUMED] = {.name = "run_resumed"},
    [EVENT_CARRIED] = {.name = "carried"},
    [EVENT_CARRIED_END] = {.name = "carried_end"},
    [EVENT_COUNCIL_SELECTED] = {.name = "council_selected"},
    [EVENT_ROUND_STARTED] = {.name = "round_started"},
    [EVENT_MEMBER_STARTED] = {.name = "member_started"},
    [EVENT_ATTEMPT_FAILED] = {.name = "attempt_failed"},
    [EVENT_EXCHANGE_COMPLETED] = {.name = "exchange_completed"},
    [EVENT_TOOL_CALL_REQUEST] = {.name = "tool_call_request"},
    [EVENT_TOOL_CALL_RESULT] = {.name = "tool_call_result"},
    [EVENT_MEMBER_REASK] = {.name = "member_reask"},
    [EVENT_MEMBER_COMPLETED] = {.name = "member_completed"},
    [EVENT_EARLY_STOP] = {.name = "early_stop"},
    [EVENT_ROUND_COMPLETED] = {.name = "round_completed"},
    [EVENT_SUB_RUN_STARTED] = {.name = "sub_run_started"},
    [EVENT_SUB_RUN_COMPLETED] = {.name = "sub_run_completed"},
    [EVENT_SUB_RUN_FAILED] = {.name = "sub_run_failed"},
    [EVENT_WARNING] = {.name = "warning"},
    [EVENT_CANCEL_REQUESTED] = {.name = "cancel_requested"},
    [EVENT_RUN_COMPLETED] = {.name = "run_completed", .terminal = true},
    [EVENT_RUN_FAILED] = {.name = "run_failed", .terminal = true},
    [EVENT_MEMBER_TOKEN] = {.name = "member_token"},
    [EVENT_MEMBER_REASONING] = {.name = "member_reasoning"},
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
