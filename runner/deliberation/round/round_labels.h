/* How members are called in a round, and whose answers a reader does not judge. */
#ifndef RUNNER_DELIBERATION_ROUND_ROUND_LABELS_H
#define RUNNER_DELIBERATION_ROUND_ROUND_LABELS_H

#include <stdbool.h>

struct label_map;
struct round;
struct seat;

/* The labels that a call reads, made when the scope asks for it. call_id NULL: those of nobody's
 * own. */
const struct label_map *round_labels(struct round *r, const char *call_id);
bool round_excludes(const struct round *r, const struct seat *reader, const struct seat *writer);

#endif
