/* What attempts cost: reserved before one is sent, settled when it has ended, in the ledger of the
 * run and in those of all inner councils around the call. */
#ifndef RUNNER_DELIBERATION_CALL_SPENDING_H
#define RUNNER_DELIBERATION_CALL_SPENDING_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/deliberation/state/ledger.h"
#include "runner/deliberation/state/usage.h"

struct seat_call;

/* Takes c->reserved everywhere, or nowhere. */
enum ledger_answer spending_reserve(struct seat_call *c);
/* Gives the reservation back and charges what was used. Nothing for an answer that is reused. */
void spending_settle(struct seat_call *c, struct reservation charged, bool estimated);
/* What is charged for a complete answer, in the ledger only. */
struct charge {
    struct reservation sum;
    bool estimated;   /* no usage was reported: a third of the bytes */
    bool implausible; /* what was reported cannot be: less than what came, or beyond all bounds */
};
/* At least what the bytes that came must have used, whatever the provider says of it. cost: its own
 * word or that of the price, NAN for neither. */
struct charge spending_charge(const struct seat_call *c, const json_t *fact, struct usage usage,
                              double cost);

/* Opens the record of an attempt: c->current, in c->attempts. */
void spending_open_record(struct seat_call *c);
/* Closes it and adds to the sums. fact and error may be NULL; cost NAN: unknown. */
void spending_close_record(struct seat_call *c, const json_t *fact, json_t *error,
                           struct usage usage, bool estimated, double cost);

#endif
