/* The pool of spares: runners that are started and wait for a run. Refilled after a start was
 * answered, one in a turn; when spares die idle, refilling pauses, longer each time. The pause
 * never holds back a start: that makes its own runner. */
#ifndef DAEMON_RUNNER_SPARE_H
#define DAEMON_RUNNER_SPARE_H

struct runner;
struct server;

int spares_open(struct server *s); /* 0 or -ENOMEM; begins to fill */
void spares_fill(struct server *s);
/* A spare that is not known to be dead; NULL: there is none. It is the caller's now. */
struct runner *spare_take(struct server *s);
/* A start went well: runners can be started, the pause begins anew. */
void spares_praise(struct server *s);
/* Its leader has ended: reaps it. */
void spare_died(struct runner *r);
/* Ends all of them: reload (they are replaced) and stop (they are not). */
void spares_retire(struct server *s);

#endif
