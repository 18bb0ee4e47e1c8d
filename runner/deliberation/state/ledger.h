/* The budget of a run: every attempt reserves before it is sent and settles
 * after. Estimates serve the ledger only and are never reported as cost. */
#ifndef RUNNER_DELIBERATION_STATE_LEDGER_H
#define RUNNER_DELIBERATION_STATE_LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What one attempt may use at most. */
struct reservation {
    int64_t tokens;
    double cost;           /* NAN: its price is unknown */
    int64_t output_tokens; /* how much of it is output, which may become less */
    double output_cost;
};

struct ledger {
    int64_t max_tokens, max_calls; /* -1: no limit */
    double max_cost;               /* NAN: no limit */
    double chair_reserve;          /* share of every limit that only the chair may use */
    bool allow_unknown_price;
    int64_t tokens, calls; /* settled */
    double cost;
    int64_t reserved_tokens, reserved_calls;
    double reserved_cost;
    int64_t peak_reserved_tokens;
    int refused_calls;
    int64_t estimated_tokens;  /* those of the settled that nobody reported */
    struct reservation spared; /* by which requests of an ended run count for less than in full */
};

enum ledger_answer {
    LEDGER_OK,
    LEDGER_FULL,          /* does not fit beside what is settled and reserved */
    LEDGER_UNKNOWN_PRICE, /* money is limited and the price is not known: never fits */
};

/* budget: {max_tokens, max_cost, max_calls, chair_reserve, allow_unknown_price} */
void ledger_init(struct ledger *l, const json_t *budget);
/* Is a limit of tokens or money in force? */
bool ledger_limited(const struct ledger *l);
/* Would `n` attempts with this sum fit? */
enum ledger_answer ledger_fits(const struct ledger *l, struct reservation sum, int64_t n,
                               bool chair);
/* Takes the reservation when it fits. */
enum ledger_answer ledger_reserve(struct ledger *l, struct reservation r, bool chair);
/* Gives the reservation back and charges what was used. */
void ledger_settle(struct ledger *l, struct reservation r, struct reservation charged,
                   bool estimated);
/* {limits, charged_tokens, charged_cost, peak_reserved_tokens, refused_calls} */
json_t *ledger_json(const struct ledger *l);
json_t *reservation_json(struct reservation r);
/* The same with its output apart: {tokens, cost, output_tokens, output_cost}. */
json_t *reservation_json_parts(struct reservation r);

#endif
