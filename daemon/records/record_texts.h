/* The texts that a record holds, and how long they may be. */
#ifndef DAEMON_RECORDS_RECORD_TEXTS_H
#define DAEMON_RECORDS_RECORD_TEXTS_H

enum {
    RECORD_SPEC_MAX = 64 * 1024 * 1024, /* bytes of a spec */
    RECORD_TEXT_MAX = 256 * 1024 * 1024 /* of a result */
};

/* The end of a run as JSON texts, NUL-terminated, NULL for what is not there. */
struct record_end_texts {
    char *down;   /* an object: how it ended */
    char *result; /* an object with the member `result` */
};

void record_end_texts_release(struct record_end_texts *t);

#endif
