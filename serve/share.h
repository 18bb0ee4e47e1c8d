/* What the clients of each user hold of one server: connections, memory for what they have said and
 * not ended, and lines that wait for them. So that one user does not hold what all share. For the
 * modules of connections and of the line server alone.
 *
 * Zero at first; a share is there while it has members. */
#ifndef SERVE_SHARE_H
#define SERVE_SHARE_H

#include <stddef.h>
#include <sys/types.h>

#include "common/hash.h"

/* What is bounded for all together. */
enum share_kind { SHARE_INPUT, SHARE_OUTPUT, SHARE_KINDS };

struct share {
    uid_t uid;
    size_t members;            /* connections */
    size_t bound;              /* those of them that count against the user's part of all */
    size_t bytes[SHARE_KINDS]; /* sum of its members */
    UT_hash_handle hh;
};

struct shares {
    struct share *by_uid;
    size_t kept;               /* connections of those that some are kept back for */
    size_t bytes[SHARE_KINDS]; /* of all */
    size_t most[SHARE_KINDS];  /* above that somebody has to go; 0: no bound */
};

/* One member more; NULL: no memory. */
struct share *share_join(struct shares *all, uid_t uid);
void share_leave(struct shares *all, struct share *share);
/* How many of this user's connections count against its part. */
size_t shares_bound(const struct shares *all, uid_t uid);
/* A member that held *counted holds `now` instead. */
void share_count(struct shares *all, struct share *share, enum share_kind kind, size_t *counted,
                 size_t now);
/* Whoever holds most, if all together hold too much; else NULL. */
struct share *shares_greediest(const struct shares *all, enum share_kind kind);

#endif
