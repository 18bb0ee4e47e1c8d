/* Who looks after records: the operator's retention after each end and hourly, and passes that
 * clients ask for, a few files in each turn of the loop. Pinned records (those being replayed) and
 * live runs stay. Before it the index is tidied; every hour, and at once, ends that could not be
 * written are tried again. */
#ifndef DAEMON_RECORDS_KEEPER_H
#define DAEMON_RECORDS_KEEPER_H

#include "retention.h"

struct keeper;
struct loop;

/* A pass that somebody asked for. It is the asker's; done, which may free it, is called when it is
 * through, or when the keeper goes before. */
struct keeper_order {
    struct retention pass; /* result: removed, error */
    void (*done)(struct keeper_order *order);
    struct keeper_order *next;
};

/* Applies the policy at once and from now on. Loop and records must outlive it. 0 or -ENOMEM. */
int keeper_new(struct loop *loop, struct records *records, const struct retention_policy *policy,
               struct keeper **ret);
void keeper_free(struct keeper *k); /* NULL is fine */
/* The settings are others: for the next pass. */
void keeper_set_policy(struct keeper *k, const struct retention_policy *policy);
/* A record was added: applies the policy, unless a pass is under way. */
void keeper_apply(struct keeper *k);
/* Orders are worked one after the other. whose NULL: of all records. */
void keeper_take(struct keeper *k, struct keeper_order *order,
                 const struct retention_policy *policy, const struct record_whose *whose);

#endif
