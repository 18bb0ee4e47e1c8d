/* A ballot that counts in a round, and whose it is. */
#ifndef RUNNER_DELIBERATION_ROUND_CAST_H
#define RUNNER_DELIBERATION_ROUND_CAST_H

#include <jansson.h>
#include <stdbool.h>

struct label_map;
struct seat;
struct seat_call;

/* One ballot that counts in this round. */
struct cast {
    struct seat *seat;
    json_t *ballot;    /* as read; NULL: the seat is silent and counts for missing_counts_as */
    json_t *presented; /* ids */
    const struct label_map *map; /* the names that its writer read */
    double confidence;
    double share;                 /* of the seat's vote, when several of its ballots count */
    const char *provider, *model; /* who gave it */
    bool carried;
    bool unheard; /* its call was ended by an early stop: a seat, but not a missing ballot */
    struct cast *next;
};

/* Of an answered call. */
struct cast *cast_new(const struct seat_call *c);
/* A seat without a ballot. */
struct cast *cast_silent(struct seat *s, bool unheard);
struct cast *cast_copy(const struct cast *c);
void cast_free(struct cast *c);
void casts_free(struct cast *list);
bool cast_abstains(const struct cast *c);

#endif
