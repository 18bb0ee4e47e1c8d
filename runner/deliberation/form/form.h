/* The form of an answer: what a seat is asked to send back. A form is made for one call, because
 * the labels and ids that may be named are those that this call presents. read.h reads what comes.
 */
#ifndef RUNNER_DELIBERATION_FORM_FORM_H
#define RUNNER_DELIBERATION_FORM_FORM_H

#include <jansson.h>
#include <stdbool.h>

#include "labels.h"
#include "runner/deliberation/words/strbuf.h"

enum form_kind {
    FORM_TEXT,
    FORM_SCHEMA, /* the seat's own output schema */
    FORM_VOTE,
    FORM_APPROVAL,
    FORM_RANKING,
    FORM_SCORES,
    FORM_CRITIQUE,
    FORM_CONSENSUS,
    FORM_DISSENT,
    FORM_MEMBERS, /* a router's choice: ids */
    FORM_GROUPS,  /* which of the numbered texts say the same */
};

struct form {
    enum form_kind kind;
    const char *name;            /* of the schema; NULL for text */
    json_t *schema;              /* NULL for text */
    json_t *presented;           /* ids of the candidates in the order shown, or NULL */
    const struct label_map *map; /* how they are called; NULL: by their ids. Borrowed */
    const char *self;            /* the reader's own id, NULL for none. Borrowed */
    double min, max;             /* scale of scores */
    json_t *rubric;              /* [{id, text, weight}] or NULL */
    const char *ceiling;         /* rubric id or NULL. Borrowed */
    bool abstain;
    bool free;            /* vote: any words are a choice */
    bool tail_confidence; /* text: the last line tells the confidence */
    bool tail_changed;    /* ... and whether the answer changed */
    bool rebuttal;        /* text: under headings, what is argued apart from the answer */
};

/* Fill in what is wanted after form_init, then form_build makes the schema. `presented` and
 * `rubric` are referenced; for FORM_SCHEMA set name and schema (a reference is taken over). */
void form_init(struct form *f, enum form_kind kind);
void form_build(struct form *f);
void form_release(struct form *f);
/* The same form for another call: shares what is referenced. */
void form_share(struct form *f, const struct form *from);

/* How a candidate is called in this form. */
const char *form_name(const struct form *f, const char *id);
/* The candidate that a text names, NULL for none. "abstain" where that is allowed. */
const char *form_resolve(const struct form *f, const char *text);
/* Does it say "abstain", where that is allowed, however it is written? */
bool form_abstains(const struct form *f, const char *text);

/* The `# Form` part without its heading; nothing when the form has no wish. */
void form_text(const struct form *f, struct strbuf *out);

#endif
