/* When a loop ends. */
#ifndef RUNNER_DELIBERATION_ROUND_UNTIL_H
#define RUNNER_DELIBERATION_ROUND_UNTIL_H

#include <jansson.h>
#include <stdbool.h>

/* What is known of the iteration that just ended. Numbers are NAN where there is nothing. */
struct until_facts {
    bool converged;
    bool unanimous;
    int same_winner; /* iterations in a row with this winner, 0: there is none */
    double agreement;
    double mean_confidence;
    /* What a judge said: -1 not asked yet, 0 no, 1 yes. `judge` is the {"judge": ...} object. */
    int (*judged)(void *arg, const json_t *judge);
    void *arg;
};

enum until_answer { UNTIL_NO, UNTIL_YES, UNTIL_ASK };

/* UNTIL_ASK: it hangs on a judge; *ret_judge (borrowed) is the first one to ask. */
enum until_answer until_holds(const json_t *until, const struct until_facts *f, json_t **ret_judge);

#endif
