/* What a connection is made of; for conn.c and conn_life.c alone. */
#ifndef SERVE_CONN_INSIDE_H
#define SERVE_CONN_INSIDE_H

#include "framing.h"
#include "listen.h"
#include "loop.h"
#include "owner.h"
#include "part.h"
#include "queue.h"

struct conn {
    struct conn_home *home;
    int fd;
    struct peer peer;
    struct watch in, out;
    struct framing input;
    struct out_queue queue;
    struct conn_part *pulling;  /* parts that pull */
    struct conn_part *stepping; /* parts whose work takes several turns */
    struct conn_part *resting;  /* all others */
    bool paused;                /* too much output waits: no reading */
    bool at_eof;                /* the client will say no more */
    bool closing;               /* nothing is read any more; closed when everything is sent */
    bool doomed;                /* lost or given up */
    struct conn *prev, *next;   /* of the home */
};

#endif
