#include "conn_share.h"

#include "common/log.h"
#include "conn_inside.h"

bool conn_share_join(struct conn *c)
{
    c->share = share_join(&c->home->shares, c->peer.uid);
    if (!c->share)
        return false;
    c->share->bound += c->peer.is_bound;
    c->home->shares.kept += c->peer.is_kept;
    return true;
}

static size_t holds(const struct conn *c, enum share_kind kind)
{
    if (c->doomed)
        return 0; /* it is on its way */
    return kind == SHARE_INPUT ? c->input.input.size : c->queue.bytes;
}

static void count(struct conn *c, enum share_kind kind)
{
    share_count(&c->home->shares, c->share, kind, &c->counted[kind], holds(c, kind));
}

void conn_share_leave(struct conn *c)
{
    if (!c->share)
        return;
    c->doomed = true;
    count(c, SHARE_INPUT);
    count(c, SHARE_OUTPUT);
    c->share->bound -= c->peer.is_bound;
    c->home->shares.kept -= c->peer.is_kept;
    share_leave(&c->home->shares, c->share);
}

static struct conn *greediest_of(const struct share *share, const struct conn_home *home,
                                 enum share_kind kind)
{
    struct conn *greediest = NULL;
    for (struct conn *c = home->conns; c; c = c->next)
        if (c->share == share && (!greediest || c->counted[kind] > greediest->counted[kind]))
            greediest = c;
    return greediest;
}

/* It may be the one that is counted now, or any other. */
static void make_room(struct conn_home *home, enum share_kind kind)
{
    static const char *const WHAT[] = {[SHARE_INPUT] = "what clients have not said to the end",
                                       [SHARE_OUTPUT] = "what clients have not read"};
    const struct share *share;
    while ((share = shares_greediest(&home->shares, kind))) {
        struct conn *c = greediest_of(share, home, kind);
        log_notice("a connection is given up, there is too much of all together",
                   LOG_S("of", WHAT[kind]), LOG_I("uid", c->peer.uid), LOG_I("pid", c->peer.pid),
                   LOG_I("bytes", (int64_t)c->counted[kind]));
        conn_give_up(c);
        count(c, kind);
    }
}

void conn_share_count(struct conn *c)
{
    for (enum share_kind kind = SHARE_INPUT; kind < SHARE_KINDS; kind++) {
        count(c, kind);
        make_room(c->home, kind);
    }
}
