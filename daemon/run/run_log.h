/* What the log says of a run at its start and at its end: one line each. */
#ifndef DAEMON_RUN_RUN_LOG_H
#define DAEMON_RUN_RUN_LOG_H

struct run;

void run_log_started(const struct run *run);
/* How it has ended is known. */
void run_log_ended(const struct run *run);
/* It never was ready, and is gone. */
void run_log_refused(const struct run *run);

#endif
