/* The life of a call, whoever answers it: made, prepared by its round, begun, ended. */
#ifndef RUNNER_DELIBERATION_CALL_CALL_H
#define RUNNER_DELIBERATION_CALL_CALL_H

#include "proto/council/tables/call_kinds.h"

struct round;
struct seat;
struct seat_call;

/* A call that belongs to the round but does not stand in its list yet (round_add_call). slot tells
 * several calls of one kind to one seat apart; NULL: none. The caller fills form and messages
 * before it begins. */
struct seat_call *call_new(struct round *r, struct seat *s, enum call_kind kind, const char *slot);
void call_free(struct seat_call *c);
void call_unprepare(struct seat_call *c); /* forgets the prompt, before it is made anew */

/* Leaves the queue: its time runs from now, its answerer begins. */
void call_begin(struct seat_call *c);
/* Tells member_started. For answerers, once, before they tell anything else. */
void call_tell_started(struct seat_call *c);
/* Ends it now; what is under way is stopped. Nothing for one that is done. */
void call_end(struct seat_call *c, const char *status, const char *reason);
/* Nothing new is begun for it: ends it unless something is under way that may end by itself. */
void call_drain(struct seat_call *c);

#endif
