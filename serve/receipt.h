/* Who wants to know how a call was answered: it goes with the call from its handler to whatever the
 * call waits for, and is told once. */
#ifndef SERVE_RECEIPT_H
#define SERVE_RECEIPT_H

#include "proto/rpc_reasons.h"

enum receipt_kind {
    RECEIPT_DONE,   /* with a result */
    RECEIPT_ERROR,  /* with an error, for the reason */
    RECEIPT_NOBODY, /* the client has gone before; what it asked for goes on */
};

struct receipt {
    /* Frees what it stands in. */
    void (*tell)(struct receipt *receipt, enum receipt_kind kind, enum rpc_reason reason);
};

/* Tells it, if there is one; *receipt is NULL then. */
static inline void receipt_tell(struct receipt **receipt, enum receipt_kind kind,
                                enum rpc_reason reason)
{
    struct receipt *r = *receipt;
    *receipt = (struct receipt *)0;
    if (r)
        r->tell(r, kind, reason);
}

#endif
