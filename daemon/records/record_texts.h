/* The texts that a record holds, and how long they may be: what is longer is not written, and what
 * is not is read back. */
#ifndef DAEMON_RECORDS_RECORD_TEXTS_H
#define DAEMON_RECORDS_RECORD_TEXTS_H

#include "proto/link.h"

enum {
    RECORD_SPEC_MAX = LINK_DOWN_MAX, /* bytes of the line of a spec */
    RECORD_TEXT_MAX = LINK_UP_MAX    /* of a result, or of an end */
};

/* The end of a run as JSON texts, NUL-terminated, NULL for what is not there. */
struct record_end_texts {
    char *down;   /* an object: how it ended */
    char *result; /* an object with the member `result` */
};

void record_end_texts_release(struct record_end_texts *t);

#endif
