#include "event.h"

#include <errno.h>
#include <string.h>

enum event_class { LIFECYCLE, TERMINAL, DELTA };

static const struct {
    const char *name;
    enum event_class class;
} EVENTS[] = {
    [EVENT_RUN_STARTED] = {"run_started", LIFECYCLE},
    [EVENT_RUN_RESUMED] = {"run_resumed", LIFECYCLE},
    [EVENT_COUNCIL_SELECTED] = {"council_selected", LIFECYCLE},
    [EVENT_ROUND_STARTED] = {"round_started", LIFECYCLE},
    [EVENT_MEMBER_STARTED] = {"member_started", LIFECYCLE},
    [EVENT_ATTEMPT_FAILED] = {"attempt_failed", LIFECYCLE},
    [EVENT_EXCHANGE_COMPLETED] = {"exchange_completed", LIFECYCLE},
    [EVENT_TOOL_CALL_REQUEST] = {"tool_call_request", LIFECYCLE},
    [EVENT_TOOL_CALL_RESULT] = {"tool_call_result", LIFECYCLE},
    [EVENT_MEMBER_REASK] = {"member_reask", LIFECYCLE},
    [EVENT_MEMBER_COMPLETED] = {"member_completed", LIFECYCLE},
    [EVENT_EARLY_STOP] = {"early_stop", LIFECYCLE},
    [EVENT_ROUND_COMPLETED] = {"round_completed", LIFECYCLE},
    [EVENT_SUB_RUN_STARTED] = {"sub_run_started", LIFECYCLE},
    [EVENT_SUB_RUN_COMPLETED] = {"sub_run_completed", LIFECYCLE},
    [EVENT_SUB_RUN_FAILED] = {"sub_run_failed", LIFECYCLE},
    [EVENT_WARNING] = {"warning", LIFECYCLE},
    [EVENT_CANCEL_REQUESTED] = {"cancel_requested", LIFECYCLE},
    [EVENT_RUN_COMPLETED] = {"run_completed", TERMINAL},
    [EVENT_RUN_FAILED] = {"run_failed", TERMINAL},
    [EVENT_MEMBER_TOKEN] = {"member_token", DELTA},
    [EVENT_MEMBER_REASONING] = {"member_reasoning", DELTA},
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

bool event_is_delta(enum event_type type)
{
    return EVENTS[type].class == DELTA;
}

bool event_is_terminal(enum event_type type)
{
    return EVENTS[type].class == TERMINAL;
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
