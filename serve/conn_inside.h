/* What a connection is made of; for conn.c, conn_life.c and conn_share.c alone. */
#ifndef SERVE_CONN_INSIDE_H
#define SERVE_CONN_INSIDE_H

#include "framing.h"
#include "listen.h"
#include "loop.h"
#include "owner.h"
#include "part.h"
#include "queue.h"
#include "share.h"

struct conn {
    struct conn_home *home;
    int fd;
    struct peer peer;
    struct watch in, out;
    struct framing input;
    struct out_queue queue;
    struct timer half;           /* set while the rest of a line is waited for */
    struct share *share;         /* of its user */
    size_t counted[SHARE_KINDS]; /* what it holds of that */
    struct conn_part *pulling;   /* parts that pull */
    struct conn_part *stepping;  /* parts whose work takes several turns */
    struct conn_part *resting;   /* all others */
    bool paused;                 /* too much output waits: no reading */
    bool at_eof;                 /* the client will say no more */
    bool closing;                /* nothing is read any more; closed when everything is sent */
    bool doomed;                 /* lost or given up */
    struct conn *prev, *next;    /* of the home */
};

/* conn_doom, for who is below it. */
static inline void conn_give_up(struct conn *c)
{
    c->doomed = true;
    watch_disarm(&c->in);
    watch_note(&c->out);
}

#endif
