/* Early stop: is the leader of a count beyond reach while ballots are still out? */
#ifndef RUNNER_DELIBERATION_ROUND_EARLY_H
#define RUNNER_DELIBERATION_ROUND_EARLY_H

struct count_of;
struct round;

/* After each settled ballot: is the leader beyond reach? Reports it once, and with early_stop
 * `stop` ends the calls that are still open. */
void counting_watch(struct round *r, const struct count_of *what);
/* At the end, when nothing was stopped: notes for the result at which ballot it was decided. */
void early_note_shadow(struct round *r, const struct count_of *what);

#endif
