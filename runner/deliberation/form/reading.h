/* What was read out of an answer. read.h fills it, reading_release frees what it holds. */
#ifndef RUNNER_DELIBERATION_FORM_READING_H
#define RUNNER_DELIBERATION_FORM_READING_H

#include <jansson.h>
#include <stdbool.h>

struct reading {
    bool ok;
    const char *parse; /* native, json, block, embedded, text; NULL for plain text */
    json_t *parsed;    /* the value, or NULL */
    json_t *ballot;    /* ids after repair, or NULL */
    char *content;     /* without the tail and the rebuttal */
    char *rebuttal;    /* what a debater says beside its answer, or NULL */
    char *answer;      /* what becomes the current answer in an answer round */
    char *shown;       /* what other seats see: reasons, then the decision in labels */
    double confidence; /* NAN: not told */
    int changed;       /* 1, 0, -1 not told */
    json_t *flags;     /* array of words */
    json_t *errors;    /* array of lines for the corrective re-ask */
};

void reading_release(struct reading *r);

/* ---- for those who read ---- */

void reading_flag(struct reading *r, const char *flag);
/* The answer is of no use, for this reason. */
void reading_error(struct reading *r, const char *line);
void reading_confidence(struct reading *r, const json_t *value);
/* A confidence as models write it: 0..1, or a percentage (then scaled is set, unless it
 * is NULL); NAN for anything else. */
double read_confidence(const json_t *value, bool *scaled);

#endif
