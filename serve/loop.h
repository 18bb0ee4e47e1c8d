/* The event loop: libevent says what is ready, the loop decides in which order it is worked.
 *
 * A watch is one descriptor, one direction, one phase. libevent's callback only puts it on the list
 * of its phase; after each look at the kernel the phases are worked in the order of enum
 * loop_phase. The first three mean what the program wants them to mean, or nothing; connections
 * (conn.h) are read in LOOP_CLIENTS and written, and freed, in LOOP_OUTPUT. Timers fire between
 * these two, and only after everything that the kernel still held back was taken: a program that
 * was stopped for a while blames nobody for its own pause.
 *
 * All of LOOP_CLIENTS together gets LOOP_CLIENTS_MS of a turn, so does all of LOOP_OUTPUT, and so
 * does looking at the kernel before timers fire: what is left waits, in its order, until the phases
 * before it, timers and output have had their turn. One watch of these should stop after
 * LOOP_SHARE_MS; loop_share_is_over says when.
 *
 * `work` handles a bounded amount; what is left is reported again by the kernel, or, for things
 * that wait in memory, by watch_note.
 *
 * Other users of libevent (evhttp) may live on the same base: what they do happens during the look
 * at the kernel, before the first phase. */
#ifndef SERVE_LOOP_H
#define SERVE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "timer.h"

enum loop_phase { LOOP_FIRST, LOOP_SECOND, LOOP_THIRD, LOOP_CLIENTS, LOOP_OUTPUT, LOOP_PHASES };

enum { LOOP_CLIENTS_MS = 10, LOOP_SHARE_MS = 2 };

struct loop;
struct event;
struct event_base;

struct watch {
    struct loop *loop;
    enum loop_phase phase;
    struct event *event;     /* NULL: a watch without a descriptor, only ever noted */
    bool armed;              /* the kernel is being asked */
    bool noted;              /* on the list of its phase */
    void (*work)(void *arg); /* may release the watch */
    void *arg;
    struct watch *prev, *next;
};

/* What a watch waits for. */
enum watch_kind { WATCH_READ, WATCH_WRITE, WATCH_NONE };

struct loop *loop_new(void);    /* NULL: no memory, or the kernel refuses */
void loop_free(struct loop *l); /* after everything that is on it; NULL is fine */
struct event_base *loop_base(struct loop *l);

/* Called before the watches of that phase are worked, whether there are any or not, in every pass
 * over the phases; one for each phase. Not for LOOP_OUTPUT. */
void loop_set_hook(struct loop *l, enum loop_phase phase, void (*work)(void *arg), void *arg);

/* One look at the kernel and one pass over the phases. Waits only when there is nothing to do. */
void loop_turn(struct loop *l);
void loop_run(struct loop *l); /* turns until loop_stop */
void loop_stop(struct loop *l);

int64_t loop_now_us(const struct loop *l); /* fresh reading of CLOCK_MONOTONIC */
/* For tests: another clock, in microseconds, for all that goes by the loop's time. */
void loop_set_clock(struct loop *l, int64_t (*now_us)(void));
struct timers *loop_timers(struct loop *l);
int loop_timer_init(struct loop *l, struct timer *t, void (*fire)(void *), void *arg);
void loop_timer_set(struct loop *l, struct timer *t, int64_t ms);

/* The descriptor stays the caller's and must be open until watch_release. Not armed at first. */
int watch_init(struct loop *l, struct watch *w, int fd, enum watch_kind kind, enum loop_phase phase,
               void (*work)(void *), void *arg);
void watch_release(struct watch *w); /* also of a zeroed one */
int watch_arm(struct watch *w);      /* 0 or -ENOMEM */
void watch_disarm(struct watch *w);
/* From the next arming on it is edge-triggered: one report per change. For descriptors that stay
 * ready for ever. All watches of a descriptor have to be of one kind, so all are disarmed for this.
 */
void watch_make_edge(struct watch *w, int fd);
/* The watch that is worked now has had its share: it should note itself and let
 * others have theirs. */
bool loop_share_is_over(const struct loop *l);
/* To be worked in this turn if its phase is still to come, else in the next. */
void watch_note(struct watch *w);

#endif
