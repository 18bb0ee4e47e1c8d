/* The first message of a call: who the reader is in this call. */
#ifndef RUNNER_DELIBERATION_CALL_SYSTEM_MESSAGE_H
#define RUNNER_DELIBERATION_CALL_SYSTEM_MESSAGE_H

struct seat_call;

/* A member and the chair in their own work get the words that the document has for them, else those
 * of their purpose. Who judges, routes or decides gets the words of that purpose and no role: what
 * the document says to a member is no brief for judging. A seat that is written out for the purpose
 * keeps its words. Caller frees. */
char *system_message(const struct seat_call *call);

#endif
