/* What somebody may have meant who typed a name that there is not.
 *
 *     struct nearest n = {.word = "canel"};
 *     nearest_try(&n, "cancel");
 *     nearest_try(&n, "call");
 *     if (n.name) printf("did you mean %s?", n.name); */
#ifndef CTL_TERMINAL_NEAREST_H
#define CTL_TERMINAL_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *word;
    size_t len;       /* of the word, where it is not all of the text; 0: to its end */
    const char *name; /* the nearest one that was tried, the first of several; NULL: none is near */
    size_t distance;
};

/* Near is a name that the word begins, of three letters or more, and one that at most a third of
 * its letters are added to, left out of, changed or swapped in. */
void nearest_try(struct nearest *n, const char *name);

#endif
