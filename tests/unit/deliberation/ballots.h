/* Ballots written as text for the tests: candidates are the letters A, B, C ... */
#ifndef TESTS_UNIT_BALLOTS_H
#define TESTS_UNIT_BALLOTS_H

#include <string.h>

#include "runner/deliberation/count/count.h"

static const char *const letter_names[] = {"A", "B", "C", "D", "E", "F", "G", "H"};

/* `times` ballots that rank the letters of `order`; `presented` NULL: all candidates. */
static inline void add_ranked(struct ballots *b, int times, const char *judge, const char *order,
                              const char *presented)
{
    for (int i = 0; i < times; i++) {
        struct ballot *v = ballots_add(b, judge);
        for (int c = 0; c < b->candidates; c++)
            v->presented[c] = !presented || strchr(presented, 'A' + c);
        for (const char *p = order; *p; p++)
            ballot_rank(v, *p - 'A');
    }
}

#endif
