/* What a chain of journals holds: a run, the run that resumed it, the one that resumed that ... The
 * journals are folded from the oldest to the youngest:
 *
 *     carry_init(&c)
 *     for each journal: for each line: carry_line(&c, line, run_id); carry_close(&c, outage)
 *     calls = carry_calls(&c); lines = carry_lines(&c)
 *     carry_release(&c)
 *
 * An answer belongs to its question: the id of the call and the key of what it was asked. Lines
 * that were carried over from an older journal count as that journal's. */
#ifndef RUNNER_DELIBERATION_CARRY_H
#define RUNNER_DELIBERATION_CARRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What has been charged, or was given up of it. */
struct carry_sum {
    int64_t tokens;
    double cost;
};

struct carry {
    json_t *entries;   /* every question, in the order in which they came up */
    json_t *calls;     /* {call_id: {call_key: entry}} */
    json_t *asked;     /* {call_id: entry}: what the lines that follow are about */
    json_t *open;      /* {call_id: reserved}: requests that may be on their way */
    int64_t lines;     /* so far */
    int64_t outputs;   /* tokens, of ... */
    int64_t exchanges; /* settled attempts that reported them */
    struct carry_sum charged;
    int64_t attempts;
    struct carry_sum spared; /* charged less than in full: once in a chain */
};

void carry_init(struct carry *c);
void carry_line(struct carry *c, json_t *line, const char *run_id);
/* The end of one journal: its open requests are charged: in full, or, when the run died with its
 * daemon (outage) and nothing was spared before, what such requests have used so far. */
void carry_close(struct carry *c, bool outage);
/* {call_id: {call_key: {exchanges, requests, tools, answered}}} of the questions that have an
 * answer, in the order of their last one, and how many those are. A new reference. */
json_t *carry_calls(struct carry *c, int *ret_n);
/* Their lines as they are carried over: [{from_run_id, event}]. Call it after carry_calls. */
json_t *carry_lines(struct carry *c);
void carry_release(struct carry *c);

#endif
