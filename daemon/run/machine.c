#include "machine.h"

#include "common/cleanup.h"

struct cell {
    bool known; /* false: the event changes nothing and asks for nothing */
    enum run_state next;
    enum run_want want;
    enum run_action action;
};

#define GO(s, w, a)                                                                                \
    {                                                                                              \
        .known = true, .next = RUN_##s, .want = RUN_##w, .action = RUN_DO_##a                      \
    }

static const struct cell
    TABLE[RUN_STATES][RUN_WANTS][RUN_EVENTS] =
        {
            [RUN_STARTING] =
                {
                    [RUN_UP] =
                        {
                            [RUN_EV_READY] = GO(RUNNING, UP, ANNOUNCE),
                            [RUN_EV_FAILED] = GO(STARTING, DOWN, ABORT),
                            [RUN_EV_LINK_CLOSED] = GO(STARTING, UP, AWAIT_EXIT),
                            [RUN_EV_EXITED] = GO(ENDING, UP, CLEAN),
                            [RUN_EV_TIMER] = GO(STARTING, DOWN, ABORT),
                            [RUN_EV_TERMINATE] = GO(STARTING, DOWN, ABORT),
                            [RUN_EV_CANCEL] = GO(STARTING, UP, REFUSE),
                        },
                    [RUN_DOWN] =
                        {
                            [RUN_EV_EXITED] =
                                GO(ENDING, DOWN, CLEAN),
                            [RUN_EV_TIMER] = GO(STARTING, DOWN, CLIMB),
                            [RUN_EV_TERMINATE] = GO(STARTING, DOWN, JOIN),
                            [RUN_EV_CANCEL] =
                                GO(STARTING, DOWN, REFUSE),
                        },
                },
            [RUN_RUNNING] =
                {
                    [RUN_UP] =
                        {
                            [RUN_EV_LINK_CLOSED] = GO(RUNNING, UP, NOTE_LINK),
                            [RUN_EV_EXITED] = GO(ENDING, UP, CLEAN),
                            [RUN_EV_TIMER] = GO(RUNNING, UP, DEADLINE),
                            [RUN_EV_TERMINATE] = GO(TERMINATING, DOWN, STOP),
                            [RUN_EV_CANCEL] = GO(RUNNING, UP, CANCEL),
                        },
                },
            [RUN_TERMINATING] =
                {
                    [RUN_DOWN] =
                        {
                            [RUN_EV_LINK_CLOSED] = GO(TERMINATING, DOWN, NOTE_LINK),
                            [RUN_EV_EXITED] = GO(ENDING, DOWN, CLEAN),
                            [RUN_EV_TIMER] = GO(TERMINATING, DOWN, CLIMB),
                            [RUN_EV_TERMINATE] = GO(TERMINATING, DOWN, JOIN),
                            [RUN_EV_CANCEL] = GO(TERMINATING, DOWN, CANCEL),
                        },
                },
            [RUN_ENDING] =
                {
                    [RUN_UP] =
                        {
                            [RUN_EV_READY] = GO(ENDING, UP, ANNOUNCE),
                            [RUN_EV_TIMER] = GO(ENDING, UP, CLEAN_ON),
                            [RUN_EV_TERMINATE] = GO(ENDING, DOWN, JOIN_FIRST),
                            [RUN_EV_CANCEL] = GO(ENDING, UP, CANCEL),
                            [RUN_EV_CLEAN] = GO(GONE, UP, FINISH),
                        },
                    [RUN_DOWN] =
                        {
                            [RUN_EV_TIMER] = GO(ENDING, DOWN, CLEAN_ON),
                            [RUN_EV_TERMINATE] = GO(ENDING, DOWN, JOIN),
                            [RUN_EV_CANCEL] = GO(ENDING, DOWN, CANCEL),
                            [RUN_EV_CLEAN] = GO(GONE, DOWN, FINISH),
                        },
                },
            [RUN_GONE] =
                {
                    [RUN_UP] =
                        {
                            [RUN_EV_TERMINATE] = GO(GONE, UP, REFUSE),
                            [RUN_EV_CANCEL] = GO(GONE, UP, REFUSE),
                        },
                    [RUN_DOWN] =
                        {
                            [RUN_EV_TERMINATE] = GO(GONE, DOWN, REFUSE),
                            [RUN_EV_CANCEL] = GO(GONE, DOWN, REFUSE),
                        },
                },
};

static const char *const STATE_NAMES[] = {
    [RUN_STARTING] = "starting", [RUN_RUNNING] = "running", [RUN_TERMINATING] = "terminating",
    [RUN_ENDING] = "ending",     [RUN_GONE] = "gone",
};
_Static_assert(ARRAY_LEN(STATE_NAMES) == RUN_STATES, "a name for every state");

static const char *const EVENT_NAMES[] = {
    [RUN_EV_READY] = "ready",   [RUN_EV_FAILED] = "failed", [RUN_EV_LINK_CLOSED] = "link closed",
    [RUN_EV_EXITED] = "exited", [RUN_EV_TIMER] = "timer",   [RUN_EV_TERMINATE] = "terminate",
    [RUN_EV_CANCEL] = "cancel", [RUN_EV_CLEAN] = "clean",
};
_Static_assert(ARRAY_LEN(EVENT_NAMES) == RUN_EVENTS, "a name for every event");

enum run_action run_advance(struct run_machine *machine, enum run_event event)
{
    const struct cell *cell = &TABLE[machine->state][machine->want][event];
    if (!cell->known)
        return RUN_DO_NOTHING;
    machine->state = cell->next;
    machine->want = cell->want;
    return cell->action;
}

bool run_is_listed(enum run_state state, bool announced)
{
    return announced && (state == RUN_RUNNING || state == RUN_TERMINATING || state == RUN_ENDING);
}

const char *run_state_name(enum run_state state)
{
    return STATE_NAMES[state];
}

const char *run_event_name(enum run_event event)
{
    return EVENT_NAMES[event];
}
