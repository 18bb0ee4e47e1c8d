/* A seat: who it is, the answer with which it stands, what it has cost. seat_init fills one from
 * its document (borrowed), seat_release lets go of what it holds. */
#ifndef RUNNER_DELIBERATION_STATE_SEAT_H
#define RUNNER_DELIBERATION_STATE_SEAT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/council/tables/words.h"

#include "usage.h"

struct answerer;
struct council;
struct label_map;

struct answer {
    char *text;     /* as others see it; NULL: none */
    char *content;  /* as the member wrote it */
    char *rebuttal; /* what it argued beside it in a debate, or NULL */
    json_t *parsed;
    int index, iteration;
    bool stale;
    double confidence;           /* NAN: none */
    const struct label_map *map; /* the labels that the writer read */
};

struct seat {
    struct council *council;
    const char *id;
    const char *role; /* NULL: none */
    json_t *doc;
    const struct answerer *answerer; /* who answers for it */
    bool is_chair;
    struct seat *account; /* a member asked as fallback chair: its own seat, for the sums */
    bool eliminated;
    bool unavailable; /* its whole chain is dead for good */
    struct answer answer;
    json_t *statuses; /* one per round and iteration */
    struct usage usage;
    struct cost cost;
    int calls;
    int64_t latency_ms;
    double confidence; /* the latest told, NAN */
};

/* One entry of a seat's chain: its own provider and model, then its fallbacks. */
struct entry {
    const char *provider, *model;
    json_t *price;                    /* NULL: unknown */
    json_t *temperature, *max_tokens; /* NULL: not set */
};

int seat_chain_length(const struct seat *s);
struct entry seat_entry(const struct seat *s, int i);
json_t *seat_confidence(const struct seat *s); /* its method, NULL: none */
/* Is it one of the methods that are a word? */
bool seat_confidence_by(const struct seat *s, enum confidence_method_word method);
void seat_init(struct seat *s, struct council *c, json_t *doc, bool is_chair,
               const struct answerer *answerer);
void seat_release(struct seat *s);
void answer_release(struct answer *a);

#endif
