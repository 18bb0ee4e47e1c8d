/* The report of a peer ranking. */
#ifndef RUNNER_DELIBERATION_COUNT_PEER_REPORT_H
#define RUNNER_DELIBERATION_COUNT_PEER_REPORT_H

#include "count.h"

/* {avg_position, votes, first_places, judge_ballots, agreement, judge_tau, uninformative}; names
 * are the ids of the candidates. The caller owns it. */
json_t *peer_report(const struct ballots *b, const struct tally *t, const char *const *names);

#endif
