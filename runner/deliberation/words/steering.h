/* Words that try to steer their reader. A list finds what its makers thought of; it warns people
 * and decides nothing. */
#ifndef RUNNER_DELIBERATION_WORDS_STEERING_H
#define RUNNER_DELIBERATION_WORDS_STEERING_H

enum {
    FENCE_FORGED = 1,    /* an imitation of our delimiter; it was defused */
    FENCE_ROLE_MARK = 2, /* a line that plays system, user or assistant */
    FENCE_OVERRIDE = 4,  /* asks to ignore instructions */
    FENCE_CAMPAIGN = 8,  /* asks to be ranked first or voted for */
};
/* Their words in the flags of a result, in the order of the bits; NULL at the end. */
extern const char *const FENCE_WORDS[];

/* What is found by words. FENCE_FORGED is not: fence.h sees to it. text: in lower case, white space
 * as single blanks and line feeds. */
int steering_flags(const char *text);

#endif
