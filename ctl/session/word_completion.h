/* What the last word of a command line may become, for shells that complete it. All is taken from
 * the tables of commands and options and from what usage calls the places: COUNCIL, RUN_ID, or
 * words of small letters, which stand for themselves.
 *
 *     completion_init(&c, COMMANDS, words, n);
 *     while ((name = completion_next(&c, &at, &len))) ...      of COMPLETION_PLACE
 *     completion_release(&c); */
#ifndef CTL_SESSION_WORD_COMPLETION_H
#define CTL_SESSION_WORD_COMPLETION_H

#include <stdbool.h>

#include "command.h"

enum completion_kind {
    COMPLETION_NOTHING, /* what stands before it is no beginning of a command line */
    COMPLETION_COMMAND,
    COMPLETION_OPTION, /* of the command, or of all commands */
    COMPLETION_PLACE   /* an operand, or the value of an option */
};

struct completion {
    enum completion_kind kind;
    const char *last;              /* the word, as far as it was typed */
    const struct command_row *row; /* NULL: no command yet */
    struct args args;              /* of the words before it */
    const char *place;             /* how usage writes its place, `[COUNCIL]`, `COUNCIL | RUN_ID` */
    size_t place_len;
};

/* n words, of which the last may be empty; they have to stay. */
void completion_init(struct completion *c, const struct command_row *rows, const char *const *words,
                     size_t n);
void completion_release(struct completion *c);
/* The names in a place, one after the other: start with *at = 0; NULL ends. */
const char *completion_next(const struct completion *c, size_t *at, size_t *ret_len);
/* Does a word begin with what was typed? */
bool completion_fits(const struct completion *c, const char *word);

#endif
