/* Which records go on from another one: a resumption may need what its elder holds, so the elder is
 * kept as long as one of its heirs is. Each entry knows its elder, and counts its heirs, live or
 * ended. For the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_HEIRS_H
#define DAEMON_RECORDS_RECORD_HEIRS_H

#include <stdbool.h>

#include "record_key.h"

struct record_entry;
struct records;

/* elder: the name of a record; one that is none, or empty, gives no elder. */
void record_heirs_set(struct record_entry *entry, const char *elder);
/* The elder of the entry has one heir more, or one less. */
void record_heirs_link(struct records *records, const struct record_entry *entry);
void record_heirs_unlink(struct records *records, const struct record_entry *entry);
/* Counts the heirs of all. */
void record_heirs_count(struct records *records);
/* Also while there is one that could not be read. */
bool record_heirs_any(const struct records *records, const struct record_key *elder);

#endif
