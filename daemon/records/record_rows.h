/* The rows of records: what lists show of a run, in one line of index.jsonl. A row is made from
 * what stands in the record (its spec and its end), or, while councild writes that itself, from the
 * same bytes. Beside what run.list shows it holds `type` (start, end), `started_by`, `resume_from`
 * and `size`. */
#ifndef DAEMON_RECORDS_RECORD_ROWS_H
#define DAEMON_RECORDS_RECORD_ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "record_key.h"

struct record_entry;
struct record_search;
struct records;

/* One row of run.list, as its table says, of a run that has ended: 1 when it has what is looked
 * for, then the caller owns *ret; 0; or -errno. *ret_len: bytes of what it was read from, about as
 * many as those of the row. */
int records_search(const struct records *records, const struct record_key *key,
                   const struct record_search *search, json_t **ret, size_t *ret_len);
/* That row as text, with what lists do not show: malloc'ed. 0 or -errno. */
int records_row(const struct records *records, const struct record_key *key, char **ret);
/* The row of an end that stands in no record; down: what would be its last line. 0 or -errno. */
int records_unkept_row(const struct record_key *key, const char *down, json_t **ret);

/* ---- for the record modules alone ---- */

/* Reads index.jsonl at the start, when the names of all records are known. */
void record_rows_load(struct records *records);
/* The row of a start; spec: the line of the record. A failure is no harm. */
void record_rows_start(struct records *records, const struct record_key *key, const char *spec,
                       size_t len);
/* The row of an end; body: as record_end got it. It takes the place of the row of the start. */
void record_rows_end(struct records *records, struct record_entry *entry, const char *body);
/* There is no row of the end yet, and that of the start is not true any more: one is made from the
 * record later. */
void record_rows_drop(struct records *records, struct record_entry *entry);
/* The same as record_rows_end from the record itself: begun is its spec, or NULL. */
void record_rows_made(struct records *records, struct record_entry *entry, const char *body,
                      const char *begun);
/* What the row of a start says, or NULL; malloc'ed. */
char *record_rows_begun(const struct records *records, const struct record_key *key);
/* Makes some of the rows that are missing, from their records. What turns out to be no record is
 * put aside. True: there is more to do. */
bool record_rows_fill(struct records *records);
/* Drops rows that no longer count, some at a time. True: there is more to do. */
bool record_rows_tidy(struct records *records);

#endif
