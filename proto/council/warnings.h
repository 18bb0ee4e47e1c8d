/* What is doubtful in a council that would run. */
#ifndef PROTO_COUNCIL_WARNINGS_H
#define PROTO_COUNCIL_WARNINGS_H

#include "proto/council/check/work.h"

/* `rounds` are resolved; seats are in w. */
void council_warn(struct work *w, const json_t *rounds);

#endif
