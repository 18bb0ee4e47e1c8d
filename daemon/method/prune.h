/* run.prune: removes records when a client asks for it, a few in each turn of the loop, and answers
 * when it is through. Pinned records (those being replayed) and live runs stay. */
#ifndef DAEMON_METHOD_PRUNE_H
#define DAEMON_METHOD_PRUNE_H

#include <stdbool.h>

struct server;

/* A bounded piece of work on the oldest request; true: more is to be done. */
bool prune_step(struct server *s);
/* Forgets what is not done; the requests go with their connections. */
void prunes_drop(struct server *s);

#endif
