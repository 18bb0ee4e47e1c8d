/* Who has the ends of records synced to the disk without ever waiting for it: a small process of
 * councild's own (sync_helper.h), which gets descriptors and may hang, be killed and be replaced.
 *
 *     syncer_new(&options, &syncer);
 *     syncer_begin(syncer);             makes the process
 *     syncer_hand(syncer, &work);       as often as something was written; never waits
 *     ...
 *     syncer_free(syncer);              it ends with its socket, at the latest with the daemon
 *
 * It is there from the beginning, so that its place among the processes of a user is not taken, and
 * not taken from a run, when these are running out. That it has died is found out by the next work;
 * a new one is made at once, and when they keep dying, after a pause that grows. What was handed to
 * one that dies, or does not fit into the queue of one that hangs, is not synced by us: the kernel
 * writes it back in its own time, so only a power cut before that would show it.
 *
 * Nobody keeps its number: it is no run, is in no table, and is reaped as an orphan is. */
#ifndef DAEMON_SYNC_SYNCER_H
#define DAEMON_SYNC_SYNCER_H

#include <stddef.h>

struct process_origin;
struct syncer;

struct syncer_options {
    const char *program; /* executed as SYNC_HELPER_NAME; NULL: the program that we are ourselves */
    const struct process_origin *origin; /* must stay */
};

/* A file and the two folders between which it was moved. All stay the caller's, who may close them
 * at once. */
struct sync_work {
    int file; /* its data is synced first, */
    int to;   /* then the folder where its name stands now, */
    int from; /* then the one where it stood */
};

/* 0 or -errno. */
int syncer_new(const struct syncer_options *options, struct syncer **ret);
void syncer_free(struct syncer *s); /* NULL is fine */
/* Before it work is only queued: the process is to be born into the cgroup where the daemon stays.
 */
void syncer_begin(struct syncer *s);
/* s NULL: nobody syncs. */
void syncer_hand(struct syncer *s, const struct sync_work *work);

#endif
