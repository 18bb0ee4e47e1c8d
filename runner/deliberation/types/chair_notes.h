/* What a chair is shown beside the answers. */
#ifndef RUNNER_DELIBERATION_TYPES_CHAIR_NOTES_H
#define RUNNER_DELIBERATION_TYPES_CHAIR_NOTES_H

struct prompt;

/* What members said of each other, as blocks. */
void chair_show_reviews(struct prompt *p);
/* What was counted, and how many seats have no answer when `shown` have one. */
void chair_show_tallies(struct prompt *p, int shown);

#endif
