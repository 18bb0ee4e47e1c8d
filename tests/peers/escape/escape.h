/* The escape kit: what somebody who has taken over a runner or a tool would try. Each attempt does
 * one thing and says whether it got through; what is to be attacked comes from outside as words
 * NAME=VALUE. An attempt leaves things as it found them where it can.
 *
 * The same attempts are made by a program (a tool of a council) and, preloaded, inside a runner. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Beside 0 (got through) and errno. */
enum {
    ESCAPE_REFUSED = 1000, /* the other side said no */
    ESCAPE_NOTHING,        /* was let in, and what was looked for is not there */
    ESCAPE_ABSENT,         /* nothing of that kind to attack */
};

/* Returns 0, an errno, or one of the above. `value` is what the target's name stands for. */
typedef int attempt_fn(const char *value);
struct attempt {
    const char *name, *target; /* target NULL: none is needed, value is "" */
    attempt_fn *act;
};
/* Each closed by a row without a name. */
extern const struct attempt ESCAPE_MEMORY[], ESCAPE_FILES[], ESCAPE_NETWORK[], ESCAPE_KERNEL[],
    ESCAPE_PROCESSES[];

/* The words; they are kept. */
void escape_set_targets(const char *words);
/* The value of a word, or NULL; lives until the next call for the same name. */
const char *escape_target(const char *name);
long escape_number(const char *value);
/* Whether the attempt has a process of its own, which may be spoilt. */
bool escape_is_forked(void);
/* The record that the runner writes, or -1. */
void escape_set_record(int fd);
int escape_record(void);

/* Makes all attempts, one line "NAME RESULT" each, and last "end END" with the number of attempts.
 */
void escape_all(int report);

#endif
