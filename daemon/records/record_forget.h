/* Forgetting a record that is gone from disk: nothing that is kept in memory names it any more. For
 * the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_FORGET_H
#define DAEMON_RECORDS_RECORD_FORGET_H

struct record_key;
struct records;

/* Out of the index, with its row, its end that waits to be written, and its claim on its elder. One
 * that is not known is no error. */
void record_forget(struct records *records, const struct record_key *key);
/* Out of the list of those that live, likewise: it is gone, and had no end. */
void record_forget_live(struct records *records, const struct record_key *key);

#endif
