/* Seats: layers merged, names inlined, defaults filled in. */
#ifndef PROTO_COUNCIL_SEAT_RESOLVE_SEAT_H
#define PROTO_COUNCIL_SEAT_RESOLVE_SEAT_H

#include "proto/council/check/work.h"

enum seat_kind { SEAT_MEMBER, SEAT_CHAIR, SEAT_EXTRA };
/* `seat` is a checked copy. A new reference, or bad. */
json_t *seat_resolve(struct work *w, const json_t *seat, enum seat_kind kind,
                     const struct place *at);
/* A seat that is named or written in place: `words` (may be NULL) and member ids stay strings. */
json_t *seat_or_name(struct work *w, json_t *value, const char *const *words,
                     const struct place *at);

/* Notes a seat's id: reserved_id, duplicate_id. */
void seat_id_claim(struct work *w, const json_t *seat, const char *fallback,
                   const struct place *at);
bool member_known(const struct work *w, const json_t *id);
/* Fault for the id of no member. */
void member_check(struct work *w, const json_t *id, const struct place *at);

#endif
