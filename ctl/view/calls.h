/* The calls of a run that are going on: who is being asked, since when, and what has been heard. */
#ifndef CTL_VIEW_CALLS_H
#define CTL_VIEW_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

struct call_shown {
    struct call_shown *next;
    char *call_id;
    char *member;  /* escaped for a terminal, with the path of a sub-council before it */
    char *model;   /* escaped: provider/model */
    int64_t since; /* clock_mono_ms */
    int64_t attempt;
    struct buf text; /* what has been streamed and not been printed as a line yet, unescaped */
    bool thinking;   /* the last delta was reasoning */
};

struct calls {
    struct call_shown *first; /* in the order in which they began */
};

void calls_release(struct calls *calls);
/* Strings are copied. A call of that id that is there already is begun anew. */
struct call_shown *calls_begin(struct calls *calls, const char *call_id, const char *member,
                               const char *model);
struct call_shown *calls_find(struct calls *calls, const char *call_id); /* or NULL */
void calls_end(struct calls *calls, const char *call_id);

#endif
