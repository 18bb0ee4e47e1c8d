/* Which records go on from another one: a resumption may need what its elder holds, so the elder is
 * kept as long as one of its heirs is. The names of the heirs stand in the elder's file `resumed`,
 * one a line; one whose record is gone, or never came to be, keeps nothing. */
#ifndef DAEMON_RECORDS_RECORD_HEIRS_H
#define DAEMON_RECORDS_RECORD_HEIRS_H

#include <stdbool.h>

#include "record_key.h"

struct records;

/* `elder` is an ended record. 0 or -errno. */
int record_heirs_add(const struct records *records, const struct record_key *elder,
                     const struct record_key *heir);
/* Is there an heir, live or ended? */
bool record_heirs_any(const struct records *records, const struct record_key *elder);

#endif
