/* Who answers for a seat: a model of a provider (call/by_model.c), a whole council
 * (council/by_council.c). A call and its round do not know which; they know this. Which one it is
 * follows from the seat's document; the engine says so (answerer_of in state.h). */
#ifndef RUNNER_DELIBERATION_STATE_ANSWERER_H
#define RUNNER_DELIBERATION_STATE_ANSWERER_H

#include <jansson.h>
#include <stdbool.h>

struct seat_call;

struct answerer {
    /* The call has left the queue: sets its state, and ends it sooner or later (call_end). */
    void (*begin)(struct seat_call *c);
    /* Lets it move; true when something did. NULL: facts alone move it. */
    bool (*step)(struct seat_call *c);
    /* The call is being ended with this status: nothing may come any more. Called in any state. */
    void (*stop)(struct seat_call *c, const char *status, const char *reason);
    /* The run is cancelled: nothing new is begun, what is under way may end by itself. */
    void (*drain)(struct seat_call *c);
    /* For the member `sub_run` of the result of a call on which it has hung something; new. */
    json_t *(*told)(const struct seat_call *c);
    void (*release)(struct seat_call *c); /* frees what it has hung on the call */
};

#endif
