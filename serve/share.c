#include "share.h"

#include <stdlib.h>

static struct share *find(const struct shares *all, uid_t uid)
{
    struct share *share = NULL;
    HASH_FIND(hh, all->by_uid, &uid, sizeof uid, share);
    return share;
}

static struct share *make(struct shares *all, uid_t uid)
{
    struct share *share = calloc(1, sizeof *share);
    if (!share)
        return NULL;
    share->uid = uid;
    HASH_ADD(hh, all->by_uid, uid, sizeof share->uid, share);
    if (share->hh.tbl)
        return share;
    free(share);
    return NULL;
}

struct share *share_join(struct shares *all, uid_t uid)
{
    struct share *share = find(all, uid);
    if (!share)
        share = make(all, uid);
    if (share)
        share->members++;
    return share;
}

void share_leave(struct shares *all, struct share *share)
{
    if (--share->members > 0)
        return;
    HASH_DEL(all->by_uid, share);
    free(share);
}

size_t shares_bound(const struct shares *all, uid_t uid)
{
    const struct share *share = find(all, uid);
    return share ? share->bound : 0;
}

void share_count(struct shares *all, struct share *share, enum share_kind kind, size_t *counted,
                 size_t now)
{
    all->bytes[kind] = all->bytes[kind] - *counted + now;
    share->bytes[kind] = share->bytes[kind] - *counted + now;
    *counted = now;
}

struct share *shares_greediest(const struct shares *all, enum share_kind kind)
{
    struct share *greediest = NULL;
    if (!all->most[kind] || all->bytes[kind] <= all->most[kind])
        return NULL;
    for (struct share *share = all->by_uid; share; share = share->hh.next)
        if (!greediest || share->bytes[kind] > greediest->bytes[kind])
            greediest = share;
    return greediest;
}
